"""What a motion's calls say to people, whatever its proposer says."""

from __future__ import annotations

import pytest

from dao_backend.core.calls import Argument, Known, Step
from dao_backend.core.model import NATIVE, Purpose
from tests.support.core_actors import seed, wallet

DESK = wallet(1)


def step(*arguments: Argument, function: str = "setAsset", value: int = 0) -> Step:
    """A call of the desk."""
    return Step(DESK, value, b"\x01" * 36, Known("AccessDesk", function, arguments))


def test_sentence__unknown_call__warns() -> None:
    """Nobody is told that something unknown is harmless."""
    told = Step(wallet(2), 0, bytes(5), None).sentence
    assert told.startswith(f"Calls {wallet(2)}, which is not understood here, with 5 bytes")
    assert "nobody should approve this" in told


def test_sentence__known_function_without_words__names_it() -> None:
    """What nobody has described is still told by its names."""
    assert step(function="sweepFees").sentence == (
        "Calls sweepFees of AccessDesk with the arguments below."
    )


def test_sentence__described_call__has_its_arguments() -> None:
    """Money is told in its asset, and what is sent along too."""
    told = step(Argument("asset", NATIVE), Argument("minimumPrice", 10**16), value=10**18)
    assert told.sentence == (
        "Lets requests be paid in the native coin, from 0.01 ether on; a minimum of nothing "
        "refuses it. It sends 1 ether of the DAO's own along."
    )


@pytest.mark.parametrize(
    ("argument", "words"),
    [
        (
            Argument("terms.purposes", int(Purpose.EVALUATE | Purpose.RESEARCH)),
            "evaluate, research",
        ),
        (Argument("terms.purposes", 0), "none"),
        (Argument("terms.price", 1500), "1,500 of the smallest unit"),
        (Argument("terms.duration", 30 * 86_400), "30 days"),
        (Argument("terms.answerPeriod", 3_600), "1 hour"),
        (Argument("newDelay", 61), "61 seconds"),
        (Argument("offer.expiry", 1_767_225_600), "2026-01-01 00:00:00 UTC"),
        (Argument("offer.expiry", 2**48 - 1), "9999-12-31 23:59:59 UTC"),
        (Argument("terms.royaltyBps", 250), "2.5 %"),
        (Argument("caps.totalBps", 4_000_000_000), "40,000,000 %"),
        (Argument("terms.arbiter", NATIVE), "nobody"),
        (Argument("terms.arbiter", wallet(3)), wallet(3)),
        (Argument("terms.termsHash", bytes(32)), "none"),
        (Argument("flag", True), "yes"),  # a value of a call
        (Argument("list", (1, (seed("x")[:2], False))), f"(1, (0x{seed('x')[:2].hex()}, false))"),
    ],
)
def test_words__argument__is_told_by_what_it_means(argument: Argument, words: str) -> None:
    """Times, shares, purposes and accounts are not left as numbers."""
    assert step(argument).words(argument) == words


def test_words__amount_of_a_token__names_the_token() -> None:
    """What one whole of a token is nobody knows here."""
    price = Argument("offer.unitPrice", 5_000)
    told = step(Argument("offer.asset", wallet(9)), price).words(price)
    assert told == f"5,000 of the smallest unit of token {wallet(9)}"


def test_argument__unknown_purposes__are_kept() -> None:
    """Bits that no purpose has are no fault of whoever reads."""
    odd = Argument("terms.purposes", 2**31)
    assert step(odd).words(odd) == "none"
