"""Shares that nobody registers: bounded in number and in time, and given again if needed."""

from __future__ import annotations

from typing import Any

import pytest
from structlog.testing import capture_logs

from dao_backend.errors import ChainUnavailable, HistoryMismatch, NotFound, Refused, StorageFull
from dao_backend.keeper import unregistered
from dao_backend.keeper.unregistered import RESERVE, WAIT
from dao_backend.service.appraising import VALID_SECONDS
from dao_backend.service.missed import MissedShares
from tests.keeper.committees import follower, listed, registered, replaced
from tests.keeper.intakes import intake_of
from tests.service.desks import asked
from tests.support.running_dao import ALICE, BOB, Meddled, RunningDao, program
from tests.support.running_fixtures import SOLD


class Clock:
    """Time that passes when it is told to."""

    def __init__(self, now: int) -> None:
        self.now = now

    def __call__(self) -> int:
        return self.now


@pytest.fixture
def clock(young: RunningDao) -> Clock:
    """The chain's own time."""
    return Clock(young.agreement.head().timestamp)


def wait(dao: RunningDao, clock: Clock, seconds: int) -> None:
    """Let it pass on the chain and on the keeper's machine; final."""
    dao.pass_time(seconds)
    dao.settle_down()
    clock.now += seconds


def is_held(keeper: Any, named: bytes) -> bool:
    """Whether its share is here."""
    return bool(keeper._office.custody.sealed_to([named]))


def test_take_in__too_much_is_unregistered__is_refused_until_it_is_registered(
    young: RunningDao, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One account cannot fill a keeper; what it registers counts no more, others may go on."""
    monkeypatch.setattr(unregistered, "MOST", 2)
    first, second, third, of_bob = (
        young.sealed(member, program(number))
        for member, number in ((ALICE, 1), (ALICE, 2), (ALICE, 3), (BOB, 4))
    )
    with young.keeper(1) as keeper:
        for sealed in (first, second):
            keeper.take_in(intake_of(young, sealed))
        with pytest.raises(
            Refused, match=r"keeper 1 holds 2 shares of 0x.* that are not registered"
        ):
            keeper.take_in(intake_of(young, third))
        assert not is_held(keeper, third.record.contribution_id)
        assert keeper.take_in(intake_of(young, first)), "what is here is still acknowledged"
        keeper.take_in(young_intake(young, of_bob))
        registered(young, first)
        assert keeper.take_in(intake_of(young, third))


def test_take_in__too_much_of_all_accounts__is_refused_until_some_is_registered(
    young: RunningDao, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Many accounts together cannot fill a keeper either; what is here is still acknowledged."""
    monkeypatch.setattr(unregistered, "MOST_TOGETHER", 2)
    first, second = (young.sealed(ALICE, program(number)) for number in (1, 2))
    of_bob = young.sealed(BOB, program(4))
    with young.keeper(1) as keeper:
        for sealed in (first, second):
            keeper.take_in(intake_of(young, sealed))
        with pytest.raises(StorageFull, match="keeper 1 is busy: try later, when fewer than 2 "):
            keeper.take_in(young_intake(young, of_bob))
        assert not is_held(keeper, of_bob.record.contribution_id)
        assert keeper.take_in(intake_of(young, second))
        registered(young, first)
        assert keeper.take_in(young_intake(young, of_bob))


def test_take_in__disk_nearly_full__takes_only_what_is_registered(young: RunningDao) -> None:
    """The last space is kept for what was paid for on chain; one byte more and all may go on."""
    free = [RESERVE - 1]
    first, second = (young.sealed(ALICE, program(number)) for number in (1, 2))
    with young.keeper(1, room=lambda _: lambda: free[0]) as keeper:
        with pytest.raises(StorageFull, match="keeper 1 is busy: try later, its disk is nearly"):
            keeper.take_in(intake_of(young, first))
        assert not is_held(keeper, first.record.contribution_id)
        named = registered(young, first)
        keeper.work()
        assert keeper.take_in(intake_of(young, first))
        assert is_held(keeper, named)
        with pytest.raises(StorageFull):
            keeper.take_in(intake_of(young, second))
        free[0] += 1
        assert keeper.take_in(intake_of(young, second))


def test_hand_over_and_release__disk_nearly_full__go_on(sold: RunningDao) -> None:
    """What members and buyers wait for is not held up by the reserve."""
    sold.settle_down()
    full = {"room": lambda _: lambda: 0}
    with sold.keeper(1, approves_handover=lambda _: True, **full) as keeper:
        keeper.work()
        assert keeper.bundle_facts(SOLD) is not None
        replaced(sold)
        with follower(sold, **full) as next_keeper:
            next_keeper.work()
            assert next_keeper.status().shares == len(listed(sold, keeper))


def young_intake(dao: RunningDao, sealed: Any) -> Any:
    """The first keeper's part of what Bob sealed and signed."""
    return intake_of(
        dao, sealed, contributor_signature=dao.signed(BOB, sealed).contributor_signature
    )


def test_sweep__not_registered_in_time__is_erased_without_a_statement(
    young: RunningDao, clock: Clock
) -> None:
    """It goes when the final chain and the machine's clock both say so, not before."""
    assert WAIT > 40 * VALID_SECONDS, "no appraisal is good for as long as a share waits"
    sealed = young.sealed(ALICE, program(1))
    named = sealed.record.contribution_id
    with young.keeper(1, clock=lambda _: clock) as keeper:
        keeper.take_in(intake_of(young, sealed))
        clock.now += 2 * WAIT
        keeper.work()
        assert is_held(keeper, named), "the final chain is not that far"
        clock.now -= 2 * WAIT
        young.pass_time(2 * WAIT)
        young.settle_down()
        keeper.work()
        assert is_held(keeper, named), "the machine is not that far"
        clock.now += WAIT
        with capture_logs() as logs:
            keeper.work()
        assert not is_held(keeper, named)
        assert [each["count"] for each in logs if each["event"] == "shares.never_registered"] == [1]
        with pytest.raises(NotFound):
            keeper.tombstone(named)
        with pytest.raises(NotFound):
            keeper.commitments(named)


def test_sweep__registered__stays_for_ever(young: RunningDao, clock: Clock) -> None:
    """Also where it was handed in just before the final log was read, and where it is the last."""
    with young.keeper(1, clock=lambda _: clock) as keeper:
        sealed = young.sealed(ALICE, program(1))
        keeper.take_in(intake_of(young, sealed))
        named = registered(young, sealed)
        keeper._ledger.refresh()
        keeper._unregistered._until = 1  # as if it had been gone through before the intake
        wait(young, clock, 2 * WAIT)
        keeper.work()
        assert is_held(keeper, named)
        assert keeper._office.custody.unregistered_of(sealed.record.contributor) == 0


def test_sweep__log_is_doubted__erases_nothing(young: RunningDao, clock: Clock) -> None:
    """A log from which a registration may be missing makes nothing go."""
    sealed = young.sealed(ALICE, program(1))
    with young.keeper(1, clock=lambda _: clock) as keeper:
        keeper.take_in(intake_of(young, sealed))
        named = registered(young, sealed)
        keeper._ledger.distrust()
        wait(young, clock, 2 * WAIT)
        with pytest.raises(HistoryMismatch, match="doubted"):
            keeper._unregistered.sweep()
        assert is_held(keeper, named)

    def silent(*_asked: Any) -> Any:
        raise ChainUnavailable("no answer")

    with young.keeper(
        1, clock=lambda _: clock, chain=lambda real: Meddled(real, finalized=silent)
    ) as keeper:
        with pytest.raises(ChainUnavailable):
            keeper.work()
        assert is_held(keeper, named)


def test_sweep__registered_after_it_went__is_missing_and_given_again(
    young: RunningDao, clock: Clock
) -> None:
    """A late registration costs nothing but a second delivery of the share."""
    sealed = young.sealed(ALICE, program(1))
    submission = young.signed(ALICE, sealed)
    young.system.submissions.submit(submission)
    named = sealed.record.contribution_id
    _, second, third = young.system.local
    with young.keeper(1, clock=lambda _: clock) as keeper:
        wait(young, clock, 2 * WAIT)
        keeper.work()
        assert not is_held(keeper, named)
        assert registered(young, sealed) == named
        keeper.work()
        assert keeper.status().missing == (named,)
        desk = MissedShares(young.system.chain, young.system.pending, asked(keeper, second, third))
        assert desk.give_again()[1].taken == (named,)
        keeper.work()
        assert keeper.status().missing == ()
        assert is_held(keeper, named)
