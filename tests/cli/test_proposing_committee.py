"""`ddao propose committee`: who keeps next, refused or put to the vote.

The chapters of a story: each test rests on the ones before.
"""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from dao_backend.core.model import Address, Keeper
from dao_backend.core.packing import hex_of
from tests.support.core_actors import sealing_secret, wallet
from tests.support.shop import Shop, said

ENDPOINT = "https://keeper.example"
KEY = sealing_secret(5, 1).public
LOW_ORDER = bytes([1]) + bytes(31)
PROPOSE = ("propose", "committee", "--file")


def written(folder: Path, *keepers: tuple[Address, bytes]) -> Path:
    """A file that lists these operators with their keys, at one endpoint."""
    path = folder / "committee.yaml"
    seats = [
        {"operator": operator, "sealing_key": hex_of(key), "endpoint": ENDPOINT}
        for operator, key in keepers
    ]
    path.write_text(yaml.safe_dump(seats))
    return path


def last(shop: Shop) -> Keeper:
    """The one keeper of the first committee."""
    return shop.service.system.chain.committee(1).keepers[0]


@pytest.fixture(scope="module", autouse=True)
def votes(shop: Shop) -> None:
    """Enough units of the contributor to propose something, in a new edition."""
    shop.enlarge()


# --- refusals -------------------------------------------------------------------------------


def test_propose__file_that_is_not_there_or_no_list__is_refused_before_the_password(
    shop: Shop, tmp_path: Path
) -> None:
    """No password file is given: whoever asks for one would fail otherwise."""
    missing = tmp_path / "missing.yaml"
    answer = shop.alice.run(*PROPOSE, missing)
    said(answer, 2, f"{missing} cannot be read: No such file or directory.")
    odd = tmp_path / "odd.yaml"
    odd.write_text("keepers: 3")
    said(shop.alice.run(*PROPOSE, odd), 2, "Keepers is {'keepers': 3}: write a list.")
    odd.write_text("[")
    answer = shop.alice.run(*PROPOSE, odd)
    assert (answer.code, answer.err.startswith(f"{odd} is no YAML: ")) == (2, True)


def test_propose__another_size__is_refused_before_the_password(shop: Shop, tmp_path: Path) -> None:
    """Shares were dealt to one."""
    two = written(tmp_path, (wallet(51), KEY), (wallet(52), sealing_secret(5, 2).public))
    said(
        shop.alice.run(*PROPOSE, two),
        2,
        "The committee has 1 keepers and the file 2: shares were dealt to so many, so their number "
        "cannot change.",
    )


def test_propose__key_that_everybody_can_open__is_refused_before_the_password(
    shop: Shop, tmp_path: Path
) -> None:
    """The vote would pass and could never be carried out."""
    said(
        shop.alice.run(*PROPOSE, written(tmp_path, (wallet(51), LOW_ORDER))),
        2,
        f"Anybody can open what is sealed for keeper 1: public key {hex_of(LOW_ORDER)} has low "
        "order.",
    )


def test_propose__without_votes__is_refused_before_the_password(shop: Shop, tmp_path: Path) -> None:
    """A buyer holds no units, and chooses no keeper."""
    answer = shop.bob.run(*PROPOSE, written(tmp_path, (wallet(51), KEY)))
    said(answer, 3, f"{shop.bob.address} has 0 votes, proposing takes 100.")


# --- success --------------------------------------------------------------------------------


def test_propose__another_keeper__is_told_seat_by_seat(shop: Shop, tmp_path: Path) -> None:
    """Whoever votes reads who would come in whose place, in the call itself; then it is so."""
    file = written(tmp_path, (wallet(51), KEY))
    told = shop.alice.signs(*PROPOSE, file, "--why", "Ours moves away.")
    assert told["description"].startswith(
        f"Form the committee of epoch 2: keeper 1 becomes {wallet(51)} in the place of "
        f"{last(shop).operator}."
    )
    shop.follow()
    (call,) = shop.bob.does("proposals", "show", told["proposalId"])["calls"]
    assert (call["contract"], call["function"]) == ("KeeperRegistry", "changeCommittee")
    assert call["sentence"].startswith("Makes the accounts below the keepers of the next epoch.")
    assert {each["name"]: each["value"] for each in call["arguments"]} == {
        "keepers[1].operator": wallet(51),
        "keepers[1].sealingKey": hex_of(KEY),
        "keepers[1].endpoint": ENDPOINT,
    }
    shop.passed(told["proposalId"])
    chain = shop.service.system.chain
    assert (chain.current_epoch(), chain.serving_epoch()) == (2, 1)
    assert chain.committee(2).keepers == (Keeper(1, wallet(51), KEY, ENDPOINT),)


def test_propose__those_who_keep_already__is_refused(shop: Shop, tmp_path: Path) -> None:
    """A handover from a committee to itself would freeze editions for nothing."""
    same = written(tmp_path, (wallet(51), KEY))
    answer = shop.alice.run(*PROPOSE, same)
    said(answer, 2, "These are the keepers already: nothing would change.")
