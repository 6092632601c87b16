"""A successor confirms without what its operator forgoes, soon after the word and no sooner."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Any

from dao_backend.errors import ServiceUnavailable
from dao_backend.keeper import takeover
from tests.keeper.committees import confirm, follower, registered, replaced
from tests.keeper.forgoing import Clock, forgo
from tests.support.running_dao import ALICE, Meddled, RunningDao, program


def test_take_over__missing_and_then_forgone__is_confirmed_after_the_pause(
    sold: RunningDao,
) -> None:
    """The word of two operators lets their committee serve; what is forgone is not needed."""
    named = registered(sold, sold.sealed(ALICE, program(8)))
    replaced(sold)
    clock = Clock()
    with follower(sold, clock=lambda _: clock) as keeper:
        keeper.work()
        told = keeper.status()
        assert told.missing == (named,)
        assert told.handover is not None
        assert (told.handover.needed, told.handover.held) == (4, 3)
        assert told.handover.confirmation is None
        forgo(keeper, named)
        keeper.work()
        assert keeper.status().missing == ()
        clock.now += takeover.PAUSE
        forgo(sold.system.local[1], named)
        confirm(sold, keeper, sold.system.local[1])
        told = keeper.status()
        assert told.handover is not None
        assert (told.handover.needed, told.handover.held) == (3, 3)
    assert sold.system.chain.serving_epoch() == 2


def test_take_over__forgone_after_a_long_round__is_looked_at_again_after_the_pause(
    sold: RunningDao,
) -> None:
    """However long a look takes, the operator's word brings the next one."""
    replaced(sold)
    clock, looks = Clock(), list[int]()

    def reach(_seat: Any) -> Any:
        raise ServiceUnavailable("it is down")

    def slowly(real: Any, after: int = 0, limit: int = 1_000) -> Any:
        looks.append(after)
        clock.now += 100
        return real.contributions(after, limit)

    parts = {
        "clock": lambda _: clock,
        "reach": lambda _: reach,
        "book": lambda real: Meddled(real, contributions=slowly),
    }
    with follower(sold, **parts) as keeper:
        for _ in range(2):
            keeper.work()
        begun = looks.count(0)
        clock.now += takeover.PAUSE
        keeper.work()
        assert looks.count(0) == begun
        missing = keeper.status().missing
        assert len(missing) == 3
        forgo(keeper, *missing)
        for _ in range(2):
            keeper.work()
        assert looks.count(0) == begun + 1
        told = keeper.status().handover
        assert told is not None
        assert told.confirmation is not None


def test_take_over__forgone_and_another_missing__is_asked_for_with_it(sold: RunningDao) -> None:
    """What a keeper before has all the same is taken, and counts as held again."""
    replaced(sold)
    clock, silent = Clock(), [True]

    def reach(seat: Any) -> Any:
        if silent:
            raise ServiceUnavailable("it is down")
        return sold.system.local[seat.index - 1]

    with follower(sold, clock=lambda _: clock, reach=lambda _: reach) as keeper:
        keeper.work()
        first, *others = keeper.status().missing
        assert len(others) == 2
        forgo(keeper, first)
        assert keeper.status().missing == tuple(others)
        clock.now += takeover.PAUSE
        keeper.work()
        told = keeper.status().handover
        assert told is not None
        assert (told.needed, told.held, told.confirmation) == (2, 0, None)
        silent.clear()
        clock.now += takeover.PAUSE
        confirm(sold, keeper)
        told = keeper.status().handover
        assert told is not None
        assert (told.needed, told.held) == (3, 3)
        assert keeper._office.custody.sealed_to([first])


def test_take_over__confirmed_without_what_the_leaver_holds__takes_it_within_the_hour(
    sold: RunningDao,
) -> None:
    """An operator who gave up too early loses nothing that the keeper before still has."""
    epoch = replaced(sold)
    clock, silent = Clock(), [True]

    def answer(real: Any, *args: Any) -> Any:
        if silent:
            raise ServiceUnavailable("it is down")
        return real.hand_over(*args)

    own = {"clock": lambda _: clock, "approves_handover": lambda _: True}
    with ExitStack() as stack:
        leaver = Meddled(stack.enter_context(sold.keeper(1, **own)), hand_over=answer)
        reach = {"clock": lambda _: clock, "reach": lambda _: lambda _seat: leaver}
        keeper = stack.enter_context(follower(sold, **reach))
        keeper.work()
        forgo(keeper, *keeper.status().missing)
        clock.now += takeover.PAUSE
        confirm(sold, keeper)
        assert keeper.status().shares == 0
        silent.clear()
        clock.now += takeover.LATER - 1
        keeper.work()
        assert keeper.status().shares == 0
        clock.now += 1
        keeper.work()
        told = keeper.status()
        assert (told.shares, told.missing, told.forgone) == (3, (), ())
        assert told.handover is not None
        assert (told.handover.epoch, told.handover.confirmation) == (epoch, None)
        assert (told.handover.needed, told.handover.held) == (3, 3)
