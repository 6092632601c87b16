"""How many receipts are enough, and whose they have to be."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dao_backend.core.model import Committee, Domain
from dao_backend.core.receipts import receipts_needed, require_intake_receipts
from dao_backend.core.typed import IntakeReceipt, digest, record_hash
from dao_backend.errors import InvalidSignature
from tests.support.core_actors import account, committee, dealt, seed, wallet

OPERATORS = (101, 102, 103)
DOMAIN = Domain("DataRegistry", 31337, wallet(7))


def seated() -> Committee:
    """Two of three, with operators whose accounts are at hand."""
    made = committee(2, 3)
    seats = zip(made.keepers, OPERATORS, strict=True)
    return replace(
        made, keepers=tuple(replace(seat, operator=wallet(number)) for seat, number in seats)
    )


RECORD = dealt(1, seated()).record


def receipt(number: int, index: int, record_digest: bytes | None = None) -> bytes:
    """What the account of that number signs as keeper `index`."""
    message = IntakeReceipt(record_digest or record_hash(RECORD), index)
    return bytes(account(number).unsafe_sign_hash(digest(DOMAIN, message)).signature)


GOOD = tuple(receipt(number, index) for index, number in enumerate(OPERATORS, 1))


@pytest.mark.parametrize(
    "given",
    [
        (),
        GOOD[:2],
        (*GOOD, GOOD[0]),
        (GOOD[1], GOOD[0], GOOD[2]),
        (GOOD[0], GOOD[1], receipt(999, 3)),
        (GOOD[0], GOOD[1], receipt(103, 2)),
        (GOOD[0], GOOD[1], receipt(103, 3, seed("another record"))),
        (GOOD[0], GOOD[1], b"short"),
        (GOOD[0], GOOD[1], None),
    ],
    ids=(
        "none, two of three, one too many, another order, a stranger, another index, "
        "another record, no signature, one absent"
    ).split(", "),
)
def test_require_intake_receipts__not_everybodys_own__is_refused(
    given: tuple[bytes | None, ...],
) -> None:
    """Every keeper has to have signed this very record, at its own index."""
    with pytest.raises(InvalidSignature):
        require_intake_receipts(DOMAIN, RECORD, seated(), given, None)


@pytest.mark.parametrize("bad", [receipt(999, 3), b"short"])
def test_require_intake_receipts__enough_and_a_bad_one__is_refused(bad: bytes) -> None:
    """A lower minimum lets keepers be absent, not lie."""
    with pytest.raises(InvalidSignature, match="keeper 3 did not sign"):
        require_intake_receipts(DOMAIN, RECORD, seated(), (*GOOD[:2], bad), 2)


def test_require_intake_receipts__fewer_than_the_minimum__says_how_many() -> None:
    """One of three is too few, even where one was asked for: two open the share."""
    with pytest.raises(InvalidSignature, match="1 keepers gave an intake receipt, 2 have to"):
        require_intake_receipts(DOMAIN, RECORD, seated(), (GOOD[0], None, None), 1)


def test_require_intake_receipts__all_or_the_minimum__pass() -> None:
    """All three, or any two where two are asked for."""
    require_intake_receipts(DOMAIN, RECORD, seated(), GOOD, None)
    for absent in range(3):
        given = tuple(None if place == absent else one for place, one in enumerate(GOOD))
        require_intake_receipts(DOMAIN, RECORD, seated(), given, 2)


@pytest.mark.parametrize(("least", "needed"), [(None, 3), (1, 2), (2, 2), (3, 3), (4, 3), (32, 3)])
def test_receipts_needed__any_minimum__lies_between_threshold_and_all(
    least: int | None, needed: int
) -> None:
    """Never fewer than open a share, never more than there are."""
    assert receipts_needed(seated(), least) == needed
