"""The desk under a pause or a strike: what stands still, what goes on, and which time is added."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dao_backend.core.model import RequestStatus
from tests.contracts.actors import HOUR
from tests.contracts.dao import DAY, FEE, PRICE, Dao
from tests.contracts.desk_stand import (
    COUNTERED,
    accept,
    appoint,
    counter,
    countering,
    publish,
)
from tests.contracts.refusals import refused

if TYPE_CHECKING:
    from ape.api import AccountAPI

pytestmark = pytest.mark.usefixtures("edition")


@pytest.fixture(autouse=True)
def guardian(dao: Dao, edition: int, alice: AccountAPI, stranger: AccountAPI) -> AccountAPI:
    """Who may pause."""
    appoint(dao, alice, stranger)
    return stranger


def pause(dao: Dao, guardian: AccountAPI, duration: int = DAY) -> int:
    """Pause; give the end."""
    dao.council.pause(duration, sender=guardian)
    return int(dao.registry.pausedUntil())


# --- a pause: refusals ---


def test_grant__while_paused__is_refused_to_the_last_second(
    dao: Dao, guardian: AccountAPI, alice: AccountAPI, buyer: AccountAPI
) -> None:
    """What passed waits, and is granted in the first second after the pause."""
    vote = dao.request(buyer).pass_by(alice)
    until = pause(dao, guardian)
    dao.chain.pending_timestamp = until - 1
    with refused(dao.desk.GrantingPaused, until=until):
        vote.execute()
    dao.chain.pending_timestamp = until
    vote.execute()
    assert dao.desk.requestOf(1).status == RequestStatus.GRANTED


def test_counter__while_paused__waits(
    dao: Dao, guardian: AccountAPI, alice: AccountAPI, buyer: AccountAPI
) -> None:
    """Members' answer comes after the pause, in the time that it added."""
    dao.request(buyer)
    vote = countering(dao, alice)
    until = pause(dao, guardian)
    with refused(dao.registry.RegistrationPaused, until=until):
        vote.execute()
    dao.go_to(until)
    vote.execute()
    assert dao.desk.requestOf(1).status == COUNTERED


def test_accept_counter__while_paused__is_refused_and_the_money_stays_free(
    dao: Dao, guardian: AccountAPI, alice: AccountAPI, buyer: AccountAPI
) -> None:
    """The buyer cannot accept, but it can decline at once, or is refunded in time."""
    for _ in range(2):
        dao.request(buyer)
    votes = [countering(dao, alice, number, answerPeriod=2 * DAY) for number in (1, 2)]
    for vote in votes:
        vote.execute()
    until = pause(dao, guardian)
    with refused(dao.desk.GrantingPaused, until=until):
        dao.desk.acceptCounter(1, sender=buyer)
    dao.desk.decline(1, buyer, sender=buyer)
    dao.go_to(until)
    dao.desk.acceptCounter(2, sender=buyer)
    assert dao.desk.requestOf(2).status == RequestStatus.GRANTED


def test_refund__of_an_answer_that_a_pause_outlasted__pays_the_buyer(
    dao: Dao, guardian: AccountAPI, alice: AccountAPI, buyer: AccountAPI
) -> None:
    """A pause does not hold a buyer to an answer: acceptBy stays, and the money goes back."""
    dao.request(buyer)
    counter(dao, alice)
    accept_by = dao.desk.counterOf(1).acceptBy
    pause(dao, guardian)
    assert dao.desk.counterOf(1).acceptBy == accept_by
    dao.go_to(accept_by + 1)
    before = buyer.balance
    dao.desk.refund(1, sender=dao.stranger)
    assert dao.desk.balance == FEE
    assert buyer.balance == before + PRICE


def test_offer__while_paused__is_refused(
    dao: Dao, guardian: AccountAPI, alice: AccountAPI, buyer: AccountAPI
) -> None:
    """Nobody slips through by an offer; afterwards it is open as before."""
    publish(dao, alice)
    until = pause(dao, guardian)
    with refused(dao.registry.RegistrationPaused, until=until):
        accept(dao, buyer)
    dao.go_to(until)
    accept(dao, buyer)
    assert dao.offers.offerOf(1).accepted == 1


# --- a pause: the time it adds ---


@pytest.mark.parametrize("duration", [1, HOUR, 7 * DAY])
def test_pause__of_a_pending_request__adds_its_own_length(
    dao: Dao, guardian: AccountAPI, alice: AccountAPI, buyer: AccountAPI, duration: int
) -> None:
    """Both deadlines move by as much as the pause takes, and hold at the grant."""
    vote = dao.request(buyer).pass_by(alice)
    before = dao.desk.requestOf(1)
    until = pause(dao, guardian, duration)
    after = dao.desk.requestOf(1)
    assert after.executeBy == before.executeBy + duration
    assert after.deliverBy == before.deliverBy + duration
    dao.go_to(until)
    dao.chain.pending_timestamp = after.executeBy
    vote.execute()
    granted = dao.desk.requestOf(1)
    assert (granted.executeBy, granted.deliverBy) == (after.executeBy, after.deliverBy)
    assert dao.keepers.deliveryOf(1).deliverBy == after.deliverBy
    dao.go_to(after.deliverBy - 3)
    assert not dao.desk.isRefundable(1)
    dao.deliver(1)
    assert dao.keepers.isDelivered(1)


def test_pause__of_a_pending_request__ends_its_time_all_the_same(
    dao: Dao, guardian: AccountAPI, alice: AccountAPI, buyer: AccountAPI
) -> None:
    """A second after the moved deadline nothing is granted or countered, and the money is free."""
    vote = dao.request(buyer).pass_by(alice)
    answer = countering(dao, alice)
    pause(dao, guardian, HOUR)
    execute_by = dao.desk.requestOf(1).executeBy
    dao.go_to(execute_by - 1)
    assert not dao.desk.isRefundable(1)
    for late, timestamp in ((vote, execute_by + 1), (answer, execute_by + 9)):
        dao.chain.pending_timestamp = timestamp
        expected = {"requestId": 1, "executeBy": execute_by, "timestamp": timestamp}
        with refused(dao.desk.TooLateToExecute, **expected):
            late.execute()
    dao.pass_execute_by(1)
    dao.desk.refund(1, sender=dao.stranger)
    assert dao.desk.balance == FEE


def test_pause__in_the_last_second__still_adds_its_length(
    dao: Dao, guardian: AccountAPI, alice: AccountAPI, buyer: AccountAPI
) -> None:
    """A request is in time to its last second, so a pause then hits it."""
    dao.request(buyer).pass_by(alice)
    execute_by = dao.desk.requestOf(1).executeBy
    dao.chain.pending_timestamp = execute_by
    pause(dao, guardian)
    assert dao.desk.requestOf(1).executeBy == execute_by + DAY


def test_pause__of_an_overdue_request__revives_nothing(
    dao: Dao, guardian: AccountAPI, alice: AccountAPI, buyer: AccountAPI
) -> None:
    """What was late when the pause began stays late: the buyer can be refunded throughout."""
    vote = dao.request(buyer).pass_by(alice)
    execute_by = dao.desk.requestOf(1).executeBy
    dao.chain.pending_timestamp = execute_by + 1
    until = pause(dao, guardian)
    assert dao.desk.requestOf(1).executeBy == execute_by
    assert dao.desk.isRefundable(1)
    dao.chain.pending_timestamp = until
    expected = {"requestId": 1, "executeBy": execute_by, "timestamp": until}
    with refused(dao.desk.TooLateToExecute, **expected):
        vote.execute()
    dao.desk.refund(1, sender=dao.stranger)


def test_pause__that_was_over_before_the_filing__adds_nothing(
    dao: Dao, guardian: AccountAPI, buyer: AccountAPI
) -> None:
    """Only a pause that hits a request moves its time."""
    until = pause(dao, guardian, HOUR)
    dao.chain.pending_timestamp = until
    dao.request(buyer)
    execution, delivery = dao.desk.periods()
    request = dao.desk.requestOf(1)
    assert (request.executeBy, request.deliverBy) == (
        until + execution,
        until + execution + delivery,
    )


def test_pause__after_the_grant__moves_no_deadline(
    dao: Dao, guardian: AccountAPI, alice: AccountAPI, buyer: AccountAPI
) -> None:
    """Receipts are never paused, so their time is not either."""
    dao.request(buyer).pass_by(alice).execute()
    before = dao.desk.requestOf(1).deliverBy
    pause(dao, guardian)
    assert dao.desk.requestOf(1).deliverBy == before == dao.keepers.deliveryOf(1).deliverBy


def test_unpause__early__adds_only_what_the_pause_took(
    dao: Dao, guardian: AccountAPI, alice: AccountAPI, buyer: AccountAPI
) -> None:
    """A pause of a week that lasted an hour adds an hour."""
    vote = dao.request(buyer).pass_by(alice)
    execute_by = dao.desk.requestOf(1).executeBy
    until = pause(dao, guardian, 7 * DAY)
    begun = until - 7 * DAY
    dao.chain.pending_timestamp = begun + HOUR
    dao.council.unpause(sender=guardian)
    assert dao.desk.requestOf(1).executeBy == execute_by + HOUR
    vote.execute()
    assert dao.desk.requestOf(1).executeBy == execute_by + HOUR


def test_pause__the_next_one__takes_no_time_from_what_the_first_moved(
    dao: Dao, guardian: AccountAPI, buyer: AccountAPI
) -> None:
    """A second pause finds every request of before the first one over, and moves none of them."""
    dao.request(buyer)
    pause(dao, guardian, 7 * DAY)
    moved = dao.desk.requestOf(1).executeBy
    dao.go_to(dao.council.pausableFrom())
    assert moved < dao.now
    dao.request(buyer)
    newer = dao.desk.requestOf(2).executeBy
    pause(dao, guardian, DAY)
    assert dao.desk.isRefundable(1)
    assert dao.desk.requestOf(2).executeBy == newer + DAY


# --- what goes on ---


def test_pause__of_everything_under_way__lets_the_money_out(
    dao: Dao, guardian: AccountAPI, alice: AccountAPI, bob: AccountAPI, buyer: AccountAPI
) -> None:
    """While paused: votes, cancelling, receipts, settlement, refunds and claims."""
    delivered, voted = dao.request(buyer), dao.request(buyer)
    delivered.open().cast(alice)
    delivered.close().queue().wait().execute()
    taken_back, running = dao.request(buyer), dao.request(buyer)
    pause(dao, guardian)
    dao.desk.cancel(taken_back.request_id, sender=buyer)
    dao.deliver(1)
    dao.desk.settle(1, sender=dao.stranger)
    dao.vault.claim(1, dao.desk.requestOf(1).terms.asset, sender=alice)
    assert dao.desk.isRefundable(voted.request_id)
    dao.desk.refund(voted.request_id, sender=dao.stranger)
    running.open().cast(bob)
    running.close().queue()
    assert dao.desk.balance == PRICE + dao.desk.filingFee() * 4
