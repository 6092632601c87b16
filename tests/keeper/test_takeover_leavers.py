"""Keepers that leave, and lie or are dead: what they spoil, and what they cannot."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from structlog.testing import capture_logs

from dao_backend.errors import ChainUnavailable, NotFound
from dao_backend.keeper.takeover import PAUSE
from dao_backend.ports.keepers import HandedShare
from tests.keeper.committees import (
    confirm,
    follower,
    form,
    key_of,
    listed,
    replaced,
)
from tests.support.local_dao import KEEPERS
from tests.support.running_dao import Meddled, RunningDao


class Clock:
    """Time that passes when it is told to."""

    def __init__(self) -> None:
        self.now = 1_800_000_000

    def __call__(self) -> int:
        return self.now


def leaving(dao: RunningDao, change: Any = None, index: int = 1) -> Any:
    """The `reach` of a successor whose leaver answers what `change` makes of its answer."""

    def answer(real: Any, ask: Any, ids: Any, signature: Any) -> Any:
        given = real.hand_over(replace(ask, asked_at=ask.asked_at), ids, signature)
        return given if change is None else change(given)

    leaver = dao.system.local[index - 1]
    return lambda _real: lambda _seat: Meddled(leaver, hand_over=answer)


def unheld(keeper: Any) -> set[bytes]:
    """What the keeper says that it misses."""
    return set(keeper.status().missing)


def spoilt(given: tuple[HandedShare, ...], **changed: Any) -> tuple[HandedShare, ...]:
    """The first share with fields replaced, the others as they are."""
    return (replace(given[0], **changed), *given[1:])


LIES: dict[str, Any] = {
    "no box": lambda given: spoilt(given, sealed_share=b"no box"),
    "somebody else's share": lambda given: spoilt(given, sealed_share=given[1].sealed_share),
    "another contribution's commitments": lambda given: spoilt(
        given, commitments=given[1].commitments
    ),
    "no commitments": lambda given: spoilt(given, commitments=()),
    "another record": lambda given: spoilt(given, record=replace(given[0].record, length=7)),
    "a record that was never registered": lambda given: spoilt(
        given, record=replace(given[0].record, contribution_id=bytes(32))
    ),
    "nothing of one": lambda given: given[1:],
}


@pytest.mark.parametrize("lie", LIES.values(), ids=LIES.keys())
def test_take_over__leaver_lies_about_one__takes_the_others_and_confirms_nothing(
    sold: RunningDao, lie: Any
) -> None:
    """A bad share is found out by itself, and spoils neither the others nor the confirmation."""
    replaced(sold)
    with capture_logs() as logs, follower(sold, reach=leaving(sold, lie)) as keeper:
        keeper.work()
        told = keeper.status()
        assert told.handover is not None
        assert (told.shares, told.handover.held, told.handover.needed) == (2, 2, 3)
        assert told.handover.confirmation is None
        assert len(told.missing) == 1
    named = [each for each in logs if each["event"] == "handover.unfit"]
    assert len(named) == (0 if lie is LIES["nothing of one"] else 1)
    taken = [each for each in logs if each["event"] == "handover.taken"]
    assert [(each["asked"], each["taken"]) for each in taken] == [(3, 2)]


def test_take_over__leaver_gives_everything_twice_and_more__takes_what_was_asked_for(
    sold: RunningDao,
) -> None:
    """More than was asked for is no harm."""
    replaced(sold)

    def twice(given: tuple[HandedShare, ...]) -> tuple[HandedShare, ...]:
        foreign = replace(given[0].record, contribution_id=bytes(32))
        return (*given, *given, replace(given[0], record=foreign))

    with follower(sold, reach=leaving(sold, twice)) as keeper:
        keeper.work()
        told = keeper.status()
        assert told.shares == 3
        assert told.handover is not None
        assert told.handover.confirmation is not None


def test_take_over__leaver_is_dead__waits_and_goes_on_when_it_is_back(sold: RunningDao) -> None:
    """Nothing is confirmed without the shares, and nobody is asked every second."""
    replaced(sold)
    clock, dead, asked = Clock(), [True], []

    def answer(real: Any, *args: Any) -> Any:
        asked.append(args)
        if dead:
            raise ChainUnavailable("no answer")
        return real.hand_over(*args)

    with (
        sold.keeper(1, clock=lambda _: clock, approves_handover=lambda _: True) as leaver,
        follower(
            sold,
            reach=lambda _: lambda _seat: Meddled(leaver, hand_over=answer),
            clock=lambda _: clock,
        ) as keeper,
    ):
        for _ in range(3):
            keeper.work()
        assert len(asked) == 1
        assert unheld(keeper) == set(listed(sold, keeper))
        dead.clear()
        clock.now += PAUSE - 1
        keeper.work()
        assert len(asked) == 1
        clock.now += 1
        keeper.work()
        assert unheld(keeper) == set()
        confirm(sold, keeper)


def test_take_over__sealing_key_not_in_the_keystore__says_so_and_takes_nothing(
    sold: RunningDao,
) -> None:
    """Nothing is sealed to a key that nobody could open again."""
    sold.settle_down()
    form(sold, {1: (KEEPERS[0], key_of(77))})
    before = sold.system.local[0]._office.custody.get_all(listed(sold, sold.system.local[0]))
    with sold.keeper(1) as keeper:
        with pytest.raises(NotFound, match=key_of(77).public.hex()):
            keeper.work()
        assert keeper._office.custody.get_all(list(before)) == before
