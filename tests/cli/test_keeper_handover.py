"""`ddao keeper handover`: the operator's word on a successor, from the final chain."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import yaml

from dao_backend.core.model import Address
from dao_backend.core.model import Keeper as Seat
from dao_backend.custody.sqlite import SqliteCustody
from tests.support.anvil import Chain, running_chain
from tests.support.cli import Person, settle_in
from tests.support.keeper_program import OwnKeeper, change_committee, found_dao_of, make_keeper
from tests.support.local_dao import LocalDao


@pytest.fixture(scope="module")
def chain() -> Iterator[Chain]:
    """A local chain."""
    with running_chain() as started:
        yield started


@pytest.fixture(scope="module")
def person(tmp_path_factory: pytest.TempPathFactory) -> Person:
    """The operator."""
    return settle_in(tmp_path_factory.mktemp("operator"))


@pytest.fixture(scope="module")
def others(person: Person, chain: Chain) -> tuple[OwnKeeper, OwnKeeper]:
    """One that stays, and one that comes."""
    return make_keeper(person, "stays", chain.url), make_keeper(person, "comes", chain.url)


@pytest.fixture
def leaver(
    person: Person, chain: Chain, dao: LocalDao, others: tuple[OwnKeeper, OwnKeeper]
) -> OwnKeeper:
    """The second keeper of the first committee."""
    return OwnKeeper(person, person.home / "leaves", seat_of_leaver(person))


@pytest.fixture(scope="module")
def dao(person: Person, chain: Chain, others: tuple[OwnKeeper, OwnKeeper]) -> LocalDao:
    """A DAO of two keepers, whose second is followed by another in epoch 2."""
    stays, comes = others
    leaves = make_keeper(person, "leaves", chain.url)
    made, record = found_dao_of(chain, stays, leaves)
    comes.keep_for(record)
    change_committee(made, stays, comes)
    return made


def seat_of_leaver(person: Person) -> dict[str, str]:
    """What its folder says."""
    (found,) = yaml.safe_load((person.home / "leaves" / "seat.yaml").read_text())
    return dict(found)


def is_approved(keeper: OwnKeeper, epoch: int, successor: OwnKeeper) -> bool:
    """Whether its custody remembers the operator's word on that seat."""
    custody = SqliteCustody(keeper.data / "custody.sqlite")
    seat, key = successor.seat, bytes.fromhex(successor.seat["sealing_key"].removeprefix("0x"))
    try:
        return custody.handover_approved(
            epoch, Seat(2, Address(seat["operator"]), key, seat["endpoint"])
        )
    finally:
        custody.close()


def test_handover__epoch_that_is_not_final__not_found(
    leaver: OwnKeeper, others: tuple[OwnKeeper, OwnKeeper]
) -> None:
    """Nothing is agreed to before the chain has it."""
    answer = leaver.run("handover", "--epoch", "3", "--yes")
    assert answer.code == 4
    assert answer.err.startswith("The final chain has no epoch 3 yet.")
    assert not is_approved(leaver, 3, others[1])


def test_handover__own_seat_kept__refused(
    others: tuple[OwnKeeper, OwnKeeper], dao: LocalDao
) -> None:
    """Who stays hands nothing over."""
    answer = others[0].run("handover", "--epoch", "2", "--yes")
    assert answer.code == 3
    assert answer.err.startswith("This keeper keeps its seat in epoch 2")


def test_handover__successor_itself__has_nothing_to_give(
    others: tuple[OwnKeeper, OwnKeeper], dao: LocalDao
) -> None:
    """It had no seat before."""
    answer = others[1].run("handover", "--epoch", "1", "--yes")
    assert answer.code == 3
    assert answer.err.startswith("This keeper had no seat before epoch 1")


def test_handover__no_seat_at_all__refused(person: Person, chain: Chain, dao: LocalDao) -> None:
    """A keeper that no committee ever named has no successor."""
    made = make_keeper(person, "nobody", chain.url)
    (made.data / "deployment.json").write_text(
        (person.home / "leaves" / "deployment.json").read_text()
    )
    answer = made.run("handover")
    assert answer.code == 3
    assert "in no committee yet." in answer.err


def test_handover__nobody_to_ask__refused_and_not_agreed(
    leaver: OwnKeeper, others: tuple[OwnKeeper, OwnKeeper]
) -> None:
    """Without a terminal the word has to be given on the command line."""
    answer = leaver.run("handover", "--epoch", "2")
    assert answer.code == 2
    assert "use --yes" in answer.err
    assert not is_approved(leaver, 2, others[1])


def test_handover__chain_out_of_reach__says_so(leaver: OwnKeeper) -> None:
    """The chain alone says who follows."""
    before = (leaver.data / "keeper.yaml").read_text()
    leaver.set(rpc=["http://127.0.0.1:1"])
    answer = leaver.run("handover")
    (leaver.data / "keeper.yaml").write_text(before)
    assert answer.code == 6


def test_handover__without_epoch__shows_every_epoch(
    leaver: OwnKeeper, others: tuple[OwnKeeper, OwnKeeper]
) -> None:
    """Who sat, who sits, what was agreed to, and which committee delivers."""
    told = leaver.does("handover")
    assert (told["index"], told["servingEpoch"]) == (2, 1)
    first, second = told["epochs"]
    assert (first["own"], first["holding"]) == (True, True)
    assert (second["own"], second["holding"], second["approved"]) == (False, False, False)
    assert second["operator"] == others[1].seat["operator"]
    for_people = leaver.run("handover").out
    assert f"{leaver.seat['operator']} (this keeper)" in for_people
    assert "not agreed to" in for_people


def test_handover__agreed__custody_remembers_it(
    leaver: OwnKeeper, others: tuple[OwnKeeper, OwnKeeper]
) -> None:
    """Old and new seat are shown side by side, and the word is kept; twice is as good as once."""
    shown = leaver.run("handover", "--epoch", "2", "--yes")
    assert shown.code == 0, shown.err
    for seat in (leaver.seat, others[1].seat):
        assert all(value in shown.out for value in seat.values())
    assert is_approved(leaver, 2, others[1])
    again = leaver.does("handover", "--epoch", "2")
    assert again["new"]["approved"]
    assert leaver.does("handover")["epochs"][1]["approved"]
