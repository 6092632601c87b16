"""Counter-offers: members answer a pending request with other terms, once and in time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from dao_backend.core.model import RequestStatus
from tests.contracts.actors import HOUR
from tests.contracts.dao import DAY, FEE, PRICE, TOKEN_PRICE, Dao
from tests.contracts.desk_stand import (
    BOND,
    COUNTERED,
    METERING,
    answer,
    counter,
    countering,
    decide,
    digest,
    fields,
)
from tests.contracts.refusals import refused
from tests.contracts.votes import State

if TYPE_CHECKING:
    from ape.api import AccountAPI

pytestmark = pytest.mark.usefixtures("edition")

MINIMUM = PRICE // 100


# --- refusals ---


def test_counter__by_anybody_but_the_timelock__is_refused(
    dao: Dao, alice: AccountAPI, buyer: AccountAPI
) -> None:
    """Only a vote answers a request."""
    dao.request(buyer)
    with refused(dao.desk.UnexpectedCaller, caller=alice, expected=dao.timelock):
        dao.desk.counter(1, digest(dao, 1), answer(), sender=alice)


def test_counter__to_a_request_that_nobody_filed__is_refused(dao: Dao, alice: AccountAPI) -> None:
    """There is nothing to answer."""
    vote = countering(dao, alice, 1)
    with refused(dao.desk.RequestUnknown, requestId=1):
        vote.execute()


def test_counter__voted_before_the_question_was_known__is_refused(
    dao: Dao, alice: AccountAPI, buyer: AccountAPI
) -> None:
    """Whoever has members answer a number in advance cannot choose the request afterwards."""
    vote = countering(dao, alice, 1)
    dao.request(buyer)
    expected = {"requestId": 1, "answered": bytes(32), "filed": dao.desk.digestOf(1)}
    with refused(dao.desk.AnswersOtherTerms, **expected):
        vote.execute()


def test_counter__to_a_granted_request__is_refused(
    dao: Dao, alice: AccountAPI, buyer: AccountAPI
) -> None:
    """What was granted stays as it was granted."""
    dao.request(buyer).pass_by(alice).execute()
    vote = countering(dao, alice)
    granted = RequestStatus.GRANTED
    with refused(dao.desk.RequestNotPending, requestId=1, status=granted):
        vote.execute()


def test_counter__a_second_time__is_refused(dao: Dao, alice: AccountAPI, buyer: AccountAPI) -> None:
    """Members answer once: the buyer is not strung along."""
    dao.request(buyer)
    counter(dao, alice)
    vote = countering(dao, alice, price=2 * PRICE)
    with refused(dao.desk.RequestNotPending, requestId=1, status=COUNTERED):
        vote.execute()


def test_counter__after_execute_by__is_refused(
    dao: Dao, alice: AccountAPI, buyer: AccountAPI
) -> None:
    """An answer a second late is none, and the buyer is refunded."""
    dao.request(buyer)
    vote = countering(dao, alice)
    execute_by = dao.desk.requestOf(1).executeBy
    dao.chain.pending_timestamp = execute_by + 1
    expected = {"requestId": 1, "executeBy": execute_by, "timestamp": execute_by + 1}
    with refused(dao.desk.TooLateToExecute, **expected):
        vote.execute()
    dao.pass_execute_by(1)
    dao.desk.refund(1, sender=dao.stranger)
    assert dao.desk.requestOf(1).status == RequestStatus.REFUNDED


@pytest.mark.parametrize("period", [0, 59, 30 * DAY + 1, 2**40 - 1])
def test_counter__answer_period_out_of_bounds__is_refused(
    dao: Dao, alice: AccountAPI, buyer: AccountAPI, period: int
) -> None:
    """The buyer has a minute at least, and its money is held a month at most."""
    dao.request(buyer)
    vote = countering(dao, alice, answerPeriod=period)
    with refused(dao.desk.AnswerPeriodOutOfBounds, answerPeriod=period):
        vote.execute()


@pytest.mark.parametrize(
    ("changes", "error", "arguments"),
    [
        ({"purposes": 0}, "PurposesNotOffered", {"purposes": 0, "offered": 31}),
        ({"purposes": 1 << 5}, "PurposesNotOffered", {"purposes": 32, "offered": 31}),
        ({"price": MINIMUM - 1}, "PriceTooLow", {"price": MINIMUM - 1, "minimum": MINIMUM}),
        ({"duration": DAY - 1}, "DurationOutOfBounds", {"duration": DAY - 1}),
        ({"duration": 3650 * DAY + 1}, "DurationOutOfBounds", {"duration": 3650 * DAY + 1}),
        ({"royaltyBps": 5001}, "RoyaltyOutOfBounds", {"royaltyBps": 5001}),
        ({"metering": (0, 1, 1, DAY)}, "MeteringOutOfBounds", {"metering": (0, 1, 1, DAY)}),
    ],
)
def test_counter__terms_out_of_bounds__is_refused(
    dao: Dao,
    alice: AccountAPI,
    buyer: AccountAPI,
    changes: dict[str, Any],
    error: str,
    arguments: dict[str, object],
) -> None:
    """An answer keeps every rule that a request keeps."""
    dao.request(buyer)
    vote = countering(dao, alice, **changes)
    with refused(error, **arguments):
        vote.execute()


def test_counter__arbiter_is_the_buyer__is_refused(
    dao: Dao, alice: AccountAPI, buyer: AccountAPI
) -> None:
    """Nobody judges its own delivery, not even by vote."""
    dao.request(buyer)
    vote = countering(dao, alice, arbiter=buyer.address)
    with refused(dao.desk.ArbiterIsBuyer, buyer=buyer):
        vote.execute()


def test_counter__in_an_asset_that_was_delisted__is_refused(
    dao: Dao, alice: AccountAPI, buyer: AccountAPI
) -> None:
    """The asset is the buyer's; where the DAO takes it no longer, nothing new is agreed in it."""
    dao.request(buyer, asset=dao.dollar.address, price=TOKEN_PRICE)
    decide(dao, alice, dao.desk, "setAsset", dao.dollar, 0)
    vote = countering(dao, alice, price=TOKEN_PRICE)
    with refused(dao.desk.AssetNotAllowed, asset=dao.dollar):
        vote.execute()


# --- success ---


def test_counter__by_vote__stands_beside_the_request(
    dao: Dao, alice: AccountAPI, buyer: AccountAPI
) -> None:
    """The answer is logged and readable; terms and money stay the buyer's until it accepts."""
    dao.request(buyer, metering=METERING, arbiter=alice.address)
    assert dao.desk.counterOf(1).acceptBy == 0
    receipt = counter(dao, alice, price=2 * PRICE)
    logged = dao.desk.CounterOffered.from_receipt(receipt)[0]
    assert (logged.requestId, logged.acceptBy) == (1, dao.now + HOUR)
    assert fields(logged.terms) == answer(price=2 * PRICE)
    stored = dao.desk.counterOf(1)
    assert (tuple(stored.terms), stored.acceptBy) == (answer(price=2 * PRICE), dao.now + HOUR)
    request = dao.desk.requestOf(1)
    assert request.status == COUNTERED
    assert tuple(request.terms) == tuple(
        dao.terms(metering=METERING, arbiter=alice.address).values()
    )
    assert dao.desk.escrowOf(1) == PRICE + BOND == dao.desk.balance - FEE


@pytest.mark.parametrize("period", [60, 30 * DAY])
def test_counter__answer_period_at_its_bounds__is_kept(
    dao: Dao, alice: AccountAPI, buyer: AccountAPI, period: int
) -> None:
    """The buyer's time runs from the execution of the vote."""
    dao.request(buyer)
    counter(dao, alice, answerPeriod=period)
    assert dao.desk.counterOf(1).acceptBy == dao.now + period


def test_counter__in_the_last_second__is_made(
    dao: Dao, alice: AccountAPI, buyer: AccountAPI
) -> None:
    """The deadline itself is still in time."""
    dao.request(buyer)
    vote = countering(dao, alice)
    dao.chain.pending_timestamp = dao.desk.requestOf(1).executeBy
    vote.execute()
    assert dao.desk.requestOf(1).status == COUNTERED


def test_counter__after_the_requests_vote_was_defeated__is_made(
    dao: Dao, alice: AccountAPI, buyer: AccountAPI
) -> None:
    """Members who refuse the buyer's terms may still offer theirs, as long as it has no refund."""
    vote = dao.request(buyer).defeat_by(alice)
    counter(dao, alice)
    assert vote.state == State.DEFEATED
    assert dao.desk.requestOf(1).status == COUNTERED
