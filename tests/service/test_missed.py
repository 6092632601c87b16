"""Shares that a keeper missed are given again, as they were handed in, a few at a time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from dao_backend.errors import NotFound, ServiceUnavailable
from dao_backend.service.missed import MissedShares
from tests.keeper.forgoing import forgo
from tests.service.desks import asked
from tests.support.core_actors import seed
from tests.support.running_dao import ALICE, BOB, Meddled, RunningDao, program


def desk(dao: RunningDao, second: Any) -> MissedShares:
    """The service's, with another keeper 2."""
    first, _, third = dao.system.local
    return MissedShares(dao.system.chain, dao.system.pending, asked(first, second, third))


def identities(dao: RunningDao) -> set[bytes]:
    """Ids of everything that is registered."""
    rows = dao.system.index.contributions().rows
    return {row.contribution.record.contribution_id for row in rows}


@pytest.fixture
def forgetful(young: RunningDao) -> Iterator[tuple[RunningDao, Any]]:
    """Keeper 2 after it lost its files; three contributions were registered before."""
    for member, number in ((ALICE, 1), (BOB, 2), (ALICE, 3)):
        young.contribute(member, program(number))
    with young.keeper(2, data=young.data / "after the loss") as lost:
        lost.work()
        yield young, lost


def test_give_again__not_handed_in_here__is_told_once(young: RunningDao) -> None:
    """What another service relayed cannot be given by this one, which does not try for ever."""
    young.dao.register(7)
    young.settle_down()
    young.work()
    found = young.system.local[1].status().missing
    assert len(found) == 1
    missed = desk(young, young.system.local[1])
    given = missed.give_again()
    assert list(given) == [1, 2, 3]
    assert [(each, type(error)) for each, error in given[2].refused] == [(found[0], NotFound)]
    assert missed.give_again() == {}


def test_give_again__keeper_invents_ids__only_the_newest_are_remembered(
    young: RunningDao, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A keeper that calls ever other ids missing takes no ever larger room here."""
    monkeypatch.setattr("dao_backend.service.missed.REMEMBERED", 5)
    keeper, lies = young.system.local[1], [seed("invented", at) for at in range(8)]
    said = lies

    def status(_real: Any) -> Any:
        return replace(keeper.status(), missing=tuple(said))

    missed = desk(young, Meddled(keeper, status=status))
    assert len(missed.give_again()[2].refused) == 8
    said = lies[3:]
    assert 2 not in missed.give_again(), "the five newest are remembered"
    said = lies[:3]
    assert [each for each, _ in missed.give_again()[2].refused] == said, "the oldest are not"


def test_give_again__keeper_away__is_no_obstacle(forgetful: tuple[RunningDao, Any]) -> None:
    """It gets nothing now, and everything once it is back."""
    dao, lost = forgetful

    def refuse(*_asked: Any) -> Any:
        raise ServiceUnavailable("it does not answer")

    assert desk(dao, Meddled(lost, status=refuse)).give_again() == {}
    missed = desk(dao, Meddled(lost, take_in=refuse))
    (again,) = missed.give_again().values()
    assert again.taken == ()
    assert len(again.refused) == 1
    assert list(missed.give_again()) == [2], "what could not be had now is tried again"


def test_give_again__lost_shares__are_all_back(
    forgetful: tuple[RunningDao, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two in a round here, then the rest, then nothing; the keeper can attest again."""
    monkeypatch.setattr("dao_backend.service.missed.BATCH", 2)
    dao, lost = forgetful
    missed = desk(dao, lost)
    rounds = [missed.give_again() for _ in range(3)]
    assert [len(each[2].taken) if each else 0 for each in rounds] == [2, 1, 0]
    assert {one for each in rounds[:2] for one in each[2].taken} == identities(dao)
    assert lost.status().missing == ()
    for identity in identities(dao):
        assert lost.commitments(identity) == dao.system.local[0].commitments(identity)


def test_give_again__forgone__is_given_all_the_same(
    forgetful: tuple[RunningDao, Any],
) -> None:
    """An operator that gave up too early no longer goes on without what the service keeps."""
    dao, lost = forgetful
    forgo(lost, *identities(dao))
    told = lost.status()
    assert (told.missing, set(told.forgone)) == ((), identities(dao))
    (given,) = desk(dao, lost).give_again().values()
    assert (set(given.taken), given.refused) == (identities(dao), ())
    told = lost.status()
    assert (told.missing, told.forgone, told.shares) == ((), (), 3)


def test_give_again__forgotten_after_a_withdrawal__is_not_given(
    forgetful: tuple[RunningDao, Any],
) -> None:
    """The service has nothing left to give of what was withdrawn."""
    dao, lost = forgetful
    for identity in identities(dao):
        assert dao.system.pending.forget_shares(identity)
    (given,) = desk(dao, lost).give_again().values()
    assert given.taken == ()
    assert {type(error) for _, error in given.refused} == {NotFound}
