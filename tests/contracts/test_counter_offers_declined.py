"""Counter-offers that come to nothing: the buyer declines, or lets its time pass."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dao_backend.core.model import RequestStatus
from tests.contracts.actors import HOUR
from tests.contracts.dao import FEE, NATIVE, PRICE, TOKEN_PRICE, Dao
from tests.contracts.desk_stand import (
    BOND,
    COUNTERED,
    METERING,
    counter,
)
from tests.contracts.refusals import refused
from tests.contracts.votes import State

if TYPE_CHECKING:
    from ape.api import AccountAPI

pytestmark = pytest.mark.usefixtures("edition")


# --- declining: refusals ---


def test_decline__nothing_was_offered__is_refused(dao: Dao, buyer: AccountAPI) -> None:
    """A request without an answer is not declined but cancelled, or refunded."""
    dao.request(buyer)
    pending = RequestStatus.PENDING
    with refused(dao.desk.NotCountered, requestId=1, status=pending):
        dao.desk.decline(1, buyer, sender=buyer)


def test_decline__by_somebody_else__is_refused(
    dao: Dao, alice: AccountAPI, buyer: AccountAPI
) -> None:
    """Only the buyer may refuse, and say where its money goes."""
    dao.request(buyer)
    counter(dao, alice)
    with refused(dao.desk.NotBuyer, caller=alice, buyer=buyer):
        dao.desk.decline(1, alice, sender=alice)


def test_decline__to_nobody__is_refused(dao: Dao, alice: AccountAPI, buyer: AccountAPI) -> None:
    """The zero address is a slip of the pen."""
    dao.request(buyer)
    counter(dao, alice)
    with refused(dao.desk.TransferFailed, to=NATIVE, amount=PRICE):
        dao.desk.decline(1, NATIVE, sender=buyer)


def test_decline__twice__is_refused(dao: Dao, alice: AccountAPI, buyer: AccountAPI) -> None:
    """The money goes back once, whichever way is asked."""
    dao.request(buyer)
    dao.request(buyer)
    counter(dao, alice)
    dao.desk.decline(1, buyer, sender=buyer)
    refunded = RequestStatus.REFUNDED
    with refused(dao.desk.NotCountered, requestId=1, status=refunded):
        dao.desk.decline(1, buyer, sender=buyer)
    with refused(dao.desk.NotCountered, requestId=1, status=refunded):
        dao.desk.acceptCounter(1, sender=buyer)
    with refused(dao.desk.NotRefundable, requestId=1, status=refunded):
        dao.desk.refund(1, sender=buyer)


# --- while an answer stands: refusals ---


def test_grant__by_its_own_vote_after_a_counter__is_refused(
    dao: Dao, alice: AccountAPI, buyer: AccountAPI
) -> None:
    """Once members answered, the terms that they first voted for cannot be granted any more."""
    vote = dao.request(buyer).pass_by(alice)
    counter(dao, alice)
    assert vote.state == State.QUEUED
    for execute in (vote.execute, vote.execute_at_timelock):
        with refused(dao.desk.RequestNotPending, requestId=1, status=COUNTERED):
            execute()


def test_cancel__after_a_counter__is_refused(
    dao: Dao, alice: AccountAPI, buyer: AccountAPI
) -> None:
    """What was answered is declined, not cancelled."""
    dao.request(buyer)
    counter(dao, alice)
    with refused(dao.desk.RequestNotPending, requestId=1, status=COUNTERED):
        dao.desk.cancel(1, sender=buyer)


def test_refund__while_the_buyer_may_accept__is_refused(
    dao: Dao, alice: AccountAPI, buyer: AccountAPI
) -> None:
    """Nobody else can take the choice from the buyer, up to its last second."""
    dao.request(buyer)
    counter(dao, alice)
    dao.go_to(dao.desk.counterOf(1).acceptBy - 1)
    assert not dao.desk.isRefundable(1)
    with refused(dao.desk.NotRefundable, requestId=1, status=COUNTERED):
        dao.desk.refund(1, sender=dao.stranger)


# --- success ---


def test_decline__at_once__sends_everything_to_the_account_named(
    dao: Dao, alice: AccountAPI, buyer: AccountAPI, stranger: AccountAPI
) -> None:
    """The buyer need not wait: price and bond go where it says."""
    dao.request(buyer, metering=METERING)
    counter(dao, alice)
    before = stranger.balance
    receipt = dao.desk.decline(1, stranger, sender=buyer)
    logged = dao.desk.Refunded.from_receipt(receipt)[0]
    assert tuple(logged.event_arguments.values()) == (1, stranger, NATIVE, PRICE + BOND)
    assert stranger.balance == before + PRICE + BOND
    assert (dao.desk.balance, dao.desk.escrowOf(1)) == (FEE, 0)
    assert dao.desk.requestOf(1).status == RequestStatus.REFUNDED


def test_decline__after_the_answers_time__still_names_the_account(
    dao: Dao, alice: AccountAPI, buyer: AccountAPI, stranger: AccountAPI
) -> None:
    """A buyer that its token blocks gets out at any time."""
    dao.request(buyer, asset=dao.dollar.address, price=TOKEN_PRICE)
    counter(dao, alice, price=TOKEN_PRICE)
    dao.dollar.setBlocked(buyer, True, sender=stranger)
    dao.wait(2 * HOUR)
    with refused(dao.desk.TransferFailed, to=buyer, amount=TOKEN_PRICE):
        dao.desk.refund(1, sender=stranger)
    dao.desk.decline(1, stranger, sender=buyer)
    assert dao.dollar.balanceOf(stranger) == TOKEN_PRICE


def test_refund__once_the_buyers_time_is_over__pays_it_back(
    dao: Dao, alice: AccountAPI, buyer: AccountAPI, stranger: AccountAPI
) -> None:
    """Silence refuses: anybody sends the buyer its money, all of what it had escrowed."""
    dao.request(buyer, metering=METERING)
    counter(dao, alice, price=2 * PRICE)
    dao.go_to(dao.desk.counterOf(1).acceptBy + 1)
    assert dao.desk.isRefundable(1)
    before = buyer.balance
    dao.desk.refund(1, sender=stranger)
    assert buyer.balance == before + PRICE + BOND
    assert dao.desk.requestOf(1).status == RequestStatus.REFUNDED
