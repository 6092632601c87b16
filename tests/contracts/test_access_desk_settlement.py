"""AccessDesk, settlement: the price of a delivered licence goes to its members, once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dao_backend.core.model import RequestStatus
from dao_backend.core.packing import keccak256
from tests.contracts.dao import FEE, NATIVE, PRICE, TOKEN_PRICE, Dao
from tests.contracts.desk_stand import REENTRANCY
from tests.contracts.refusals import decoded, refused
from tests.contracts.votes import VoteHelper

if TYPE_CHECKING:
    from collections.abc import Callable

    from ape.api import AccountAPI

    Grant = Callable[..., VoteHelper]


# --- refusals ---


def test_settle__before_the_grant__is_refused(
    dao: Dao, edition: int, buyer: AccountAPI, stranger: AccountAPI
) -> None:
    """A pending request owes the members nothing."""
    dao.request(buyer)
    pending = RequestStatus.PENDING
    with refused(dao.desk.RequestNotGranted, requestId=1, status=pending):
        dao.desk.settle(1, sender=stranger)


def test_settle__with_fewer_receipts_than_needed__is_refused(
    dao: Dao, grant: Grant, stranger: AccountAPI
) -> None:
    """One of two receipts is not delivery."""
    grant()
    dao.receipt(1, 1)
    with refused(dao.desk.NotDelivered, requestId=1):
        dao.desk.settle(1, sender=stranger)


def test_settle__twice_or_after_it_refund__is_refused(
    dao: Dao, grant: Grant, buyer: AccountAPI, stranger: AccountAPI
) -> None:
    """The price leaves escrow once."""
    grant()
    dao.deliver(1)
    dao.desk.settle(1, sender=stranger)
    dao.pass_deliver_by(1)
    settled = RequestStatus.SETTLED
    with refused(dao.desk.RequestNotGranted, requestId=1, status=settled):
        dao.desk.settle(1, sender=stranger)
    with refused(dao.desk.NotRefundable, requestId=1, status=settled):
        dao.desk.refund(1, sender=stranger)
    with refused(dao.desk.NotRefundable, requestId=1, status=settled):
        dao.desk.refundTo(1, buyer, sender=buyer)


def test_settle__after_the_refund__is_refused(dao: Dao, grant: Grant, stranger: AccountAPI) -> None:
    """What went back to the buyer cannot go to the members as well."""
    grant()
    dao.receipt(1, 1)
    dao.pass_deliver_by(1)
    dao.desk.refund(1, sender=stranger)
    refunded = RequestStatus.REFUNDED
    with refused(dao.desk.RequestNotGranted, requestId=1, status=refunded):
        dao.desk.settle(1, sender=stranger)
    with refused(dao.desk.NotRefundable, requestId=1, status=refunded):
        dao.desk.refund(1, sender=stranger)


def test_settle__reentered_by_its_token__keeps_the_second_call_out(
    dao: Dao, grant: Grant, stranger: AccountAPI
) -> None:
    """A token that calls the desk while a price is settled meets the guard."""
    grant(asset=dao.dollar.address, price=TOKEN_PRICE)
    dao.deliver(1)
    dao.dollar.setReentry(dao.desk, dao.desk.settle.encode_input(1), sender=stranger)
    dao.desk.settle(1, sender=stranger)
    assert decoded(bytes(dao.dollar.answer())) == REENTRANCY
    assert dao.dollar.balanceOf(dao.vault) == TOKEN_PRICE


# --- success ---


def test_settle__in_coin__moves_the_price_to_the_members(
    dao: Dao, grant: Grant, edition: int, stranger: AccountAPI
) -> None:
    """With two receipts anybody settles: the vault has the price, less the cuts for the members."""
    grant()
    dao.deliver(1)
    receipt = dao.desk.settle(1, sender=stranger)
    logged = dao.desk.Settled.from_receipt(receipt)[0]
    assert tuple(logged.event_arguments.values()) == (1, edition, NATIVE, PRICE)
    deposit = dao.vault.Deposited.from_receipt(receipt)[0]
    assert bytes(deposit.purpose) == keccak256((1).to_bytes(32, "big"))
    assert (getattr(deposit, "from"), deposit.amount) == (dao.desk, PRICE)
    assert (dao.desk.balance, dao.vault.balance) == (FEE, PRICE)
    assert dao.vault.receivedOf(edition, NATIVE) == PRICE - PRICE * 7 // 100
    assert dao.desk.requestOf(1).status == RequestStatus.SETTLED
    assert dao.licence.isInForce(1)


def test_settle__in_tokens__leaves_no_allowance(
    dao: Dao, grant: Grant, edition: int, stranger: AccountAPI
) -> None:
    """The same in tokens; the vault may take nothing more."""
    grant(asset=dao.dollar.address, price=TOKEN_PRICE)
    dao.deliver(1)
    dao.desk.settle(1, sender=stranger)
    assert dao.dollar.balanceOf(dao.desk) == 0
    assert dao.dollar.balanceOf(dao.vault) == TOKEN_PRICE
    assert dao.dollar.allowance(dao.desk, dao.vault) == 0
    assert dao.vault.receivedOf(edition, dao.dollar) == TOKEN_PRICE * 93 // 100


def test_settle__of_a_suspended_licence__still_pays(
    dao: Dao, grant: Grant, alice: AccountAPI, stranger: AccountAPI
) -> None:
    """What was delivered in time is paid for, whatever the DAO does to the licence later."""
    grant()
    dao.deliver(1)
    dao.pass_hand_over(1)
    call = bytes(dao.licence.suspend.encode_input(1))
    dao.propose(alice, [(dao.licence, 0, call)]).pass_by(alice).execute()
    dao.desk.settle(1, sender=stranger)
    assert dao.vault.balance == PRICE


# --- properties ---


def test_escrow__of_many_requests_in_all_states__equals_the_open_ones(
    dao: Dao, edition: int, alice: AccountAPI, buyer: AccountAPI, stranger: AccountAPI
) -> None:
    """Whatever became of the others, the desk holds the prices of pending and granted requests."""
    prices = [PRICE + place for place in range(5)]
    votes = [dao.request(buyer, price=price) for price in prices]
    dao.desk.cancel(1, sender=buyer)
    votes[1].open().cast(alice)
    votes[2].cast(alice)
    votes[3].close()
    votes[1].queue().wait().execute()
    votes[2].queue().wait().execute()
    dao.desk.refund(4, sender=stranger)
    dao.deliver(2)
    dao.desk.settle(2, sender=stranger)
    dao.desk.sweepFees(sender=stranger)

    open_states = {RequestStatus.PENDING, RequestStatus.GRANTED}
    states = [dao.desk.requestOf(number).status for number in range(1, 6)]
    assert states == [5, 3, 2, 4, 1]
    held = sum(price for price, state in zip(prices, states, strict=True) if state in open_states)
    assert dao.desk.balance == held == prices[2] + prices[4]
