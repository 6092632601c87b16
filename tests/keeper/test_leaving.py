"""What a leaver keeps, though its successor has confirmed: whatever that one does not have."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from structlog.testing import capture_logs

from dao_backend.core.typed_keepers import Cause
from dao_backend.errors import NotFound, ServiceUnavailable
from dao_backend.keeper import leaving, takeover
from dao_backend.keeper.leaving import AGAIN, FAILED
from tests.keeper.committees import (
    asked,
    confirm,
    follower,
    form,
    listed,
    reaches,
    replaced,
    seat_of,
)
from tests.support.core_actors import sealing_secret, seed
from tests.support.local_dao import KEEPERS
from tests.support.running_dao import BOB, Meddled, RunningDao
from tests.support.running_fixtures import SOLD


class Clock:
    """Time that passes when it is told to."""

    def __init__(self, now: int = 1_800_000_000) -> None:
        self.now = now

    def __call__(self) -> int:
        return self.now


def held(keeper: Any) -> set[bytes]:
    """The contributions whose shares are here."""
    return set(keeper._office.custody.ids())


@contextmanager
def succeeded(dao: RunningDao, change: Any = None) -> Iterator[tuple[Any, Any, Clock]]:
    """A leaver whose successor has confirmed, and the clock by which it works.

    Where the leaver's answer is changed, the successor goes on without what it was not given.
    """
    dao.deliver(SOLD)
    replaced(dao)
    clock, agreed = Clock(), {"approves_handover": lambda _: True}
    with dao.keeper(1, clock=lambda _: clock, **agreed) as leaver:

        def answer(real: Any, *args: Any) -> Any:
            given = real.hand_over(*args)
            return given if change is None else change(given)

        reach = Meddled(leaver, hand_over=answer)
        with follower(dao, clock=lambda _: clock, reach=lambda _: lambda _seat: reach) as keeper:
            if change is not None:
                keeper._office.custody.forgo(listed(dao, keeper))
            confirm(dao, keeper, *dao.system.local[1:])
            reaches(leaver, keeper)
            yield leaver, keeper, clock


def test_sweep__successor_does_not_answer__keeps_everything_until_it_does(
    sold: RunningDao,
) -> None:
    """A successor that is gone may have lost what it took: nothing else would have the shares."""
    with succeeded(sold) as (leaver, keeper, clock):
        calls: list[bytes] = []

        def silent(_real: Any, named: bytes) -> Any:
            calls.append(named)
            raise ServiceUnavailable("it does not answer")

        reaches(leaver, Meddled(keeper, commitments=silent))
        with capture_logs() as logs:
            for _ in range(3):
                leaver.work()
        assert len(held(leaver)) == 3
        assert len(calls) == FAILED
        assert [each["event"] for each in logs].count("leaving.delayed") == 1
        reaches(leaver, keeper)
        clock.now += AGAIN - 1
        leaver.work()
        assert len(held(leaver)) == 3
        clock.now += 1
        leaver.work()
        assert held(leaver) == set()


def test_sweep__successor_went_on_without_one__keeps_that_one_and_says_so(
    sold: RunningDao,
) -> None:
    """A share that the successor's operator gave up may exist nowhere but at the leaver."""
    with succeeded(sold, lambda given: given[1:]) as (leaver, keeper, clock):
        (lost,) = set(listed(sold, leaver)) - held(keeper)
        with capture_logs() as logs:
            leaver.work()
        assert held(leaver) == {lost}
        with pytest.raises(NotFound):
            leaver.tombstone(lost)
        (told,) = (each for each in logs if each["event"] == "leaving.kept")
        assert (told["count"], told["first"]) == (1, [f"0x{lost.hex()}"])
        (handed,) = asked(sold, leaver, [lost])
        assert handed.record.contribution_id == lost
        clock.now += AGAIN
        leaver.work()
        assert held(leaver) == {lost}


def test_sweep__successor_fails_over_one__keeps_that_one_alone(sold: RunningDao) -> None:
    """A successor that has a defect with one share must not keep all others from going."""
    with succeeded(sold) as (leaver, keeper, _clock):
        bad = min(held(leaver))

        def failing(real: Any, named: bytes) -> Any:
            if named == bad:
                raise ServiceUnavailable("it answers 500")
            return real.commitments(named)

        reaches(leaver, Meddled(keeper, commitments=failing))
        leaver.work()
        assert held(leaver) == {bad}


def test_sweep__successor_has_another_dealing__keeps_the_share(sold: RunningDao) -> None:
    """Commitments to other shares are no sign that the successor has this one."""
    with succeeded(sold) as (leaver, keeper, _clock):
        other = Meddled(keeper, commitments=lambda *_: (seed("other"),) * 3)
        reaches(leaver, other)
        leaver.work()
        assert len(held(leaver)) == 3


def test_sweep__successor_sat_here_before_and_erased_it__keeps_the_share(
    sold: RunningDao,
) -> None:
    """Who comes back knows the commitments of what it let go, and may go on without it."""
    with succeeded(sold) as (leaver, keeper, clock):
        leaver.work()
        assert held(leaver) == set()
        epoch = form(sold, {1: (KEEPERS[0], sealing_secret(1, 1))})
        leaver.work()  # the keeper before it has not agreed yet, and gives nothing
        assert len(leaver.status().missing) == 3
        leaver._office.custody.forgo(leaver.status().missing)
        clock.now += takeover.PAUSE
        confirm(sold, leaver, *sold.system.local[1:])
        keeper._office.custody.approve_handover(epoch, seat_of(sold, epoch))
        reaches(keeper, leaver)
        keeper.work()
        assert len(held(keeper)) == 3


def test_sweep__successor_never_took_what_was_withdrawn__goes_as_withdrawn(
    sold: RunningDao,
) -> None:
    """What nobody needs any more is kept for nobody, though the successor never had it."""
    with succeeded(sold, lambda given: given[1:]) as (leaver, keeper, _clock):
        ids = set(listed(sold, leaver))
        (lost,) = ids - held(keeper)
        record = next(
            each.record
            for each in leaver._office.book.contributions()
            if each.record.contribution_id == lost
        )
        numbers = {sold.chain.signer(each).address: each for each in range(1, BOB + 1)}
        sold.dao.writer(numbers[record.contributor]).withdraw(lost)
        sold.pass_time(3600)
        sold.dao.seal()
        sold.pass_time(60)
        sold.settle_down()
        leaver.work()
        assert held(leaver) == set()
        causes = {each: leaver.tombstone(each).erasure.cause for each in ids}
        assert causes.pop(lost) is Cause.WITHDRAWN
        assert set(causes.values()) == {Cause.HANDED_OVER}


def test_sweep__many_shares__goes_on_where_it_was(
    sold: RunningDao, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A successor that is slow holds the leaver's work up for some seconds at a time."""
    monkeypatch.setattr(leaving, "PAGE", 2)
    with succeeded(sold) as (leaver, keeper, clock):

        def slow(real: Any, named: bytes) -> Any:
            clock.now += leaving.AT_ONCE + 1
            return real.commitments(named)

        reaches(leaver, Meddled(keeper, commitments=slow))
        for left in (2, 1, 0):
            leaver.work()
            assert len(held(leaver)) == left
