"""AccessDesk, refunds: without a grant or a delivery in time the price goes back, once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dao_backend.core.model import LicenceStatus, RequestStatus
from tests.contracts.dao import FEE, NATIVE, PRICE, TOKEN_PRICE, Dao
from tests.contracts.desk_stand import REENTRANCY
from tests.contracts.refusals import decoded, refused
from tests.contracts.votes import VoteHelper

if TYPE_CHECKING:
    from collections.abc import Callable

    from ape.api import AccountAPI
    from ape.contracts import ContractInstance

    Grant = Callable[..., VoteHelper]

pytestmark = pytest.mark.usefixtures("members")


# --- refusals ---


def test_refund__while_a_grant_may_still_come__is_refused(
    dao: Dao, edition: int, alice: AccountAPI, buyer: AccountAPI
) -> None:
    """Before, during and after a winning vote the price stays, up to the last second."""
    pending = RequestStatus.PENDING
    vote = dao.request(buyer)
    for go_on in (vote.open, lambda: vote.cast(alice), vote.close, vote.queue, vote.wait):
        with refused(dao.desk.NotRefundable, requestId=1, status=pending):
            dao.desk.refund(1, sender=buyer)
        go_on()
    dao.go_to(dao.desk.requestOf(1).executeBy)
    assert not dao.desk.isRefundable(1)


def test_refund__while_receipts_may_still_come__is_refused(
    dao: Dao, grant: Grant, buyer: AccountAPI
) -> None:
    """Keepers have up to the last second of the delivery period."""
    grant()
    dao.go_to(dao.desk.requestOf(1).deliverBy - 1)
    granted = RequestStatus.GRANTED
    with refused(dao.desk.NotRefundable, requestId=1, status=granted):
        dao.desk.refund(1, sender=buyer)


def test_refund__of_a_delivered_licence__is_refused(
    dao: Dao, grant: Grant, buyer: AccountAPI, stranger: AccountAPI
) -> None:
    """With t receipts the price is the members', even if nobody settles for a long time."""
    grant()
    dao.deliver(1)
    dao.pass_deliver_by(1)
    granted = RequestStatus.GRANTED
    with refused(dao.desk.NotRefundable, requestId=1, status=granted):
        dao.desk.refund(1, sender=buyer)
    dao.desk.settle(1, sender=stranger)
    assert dao.vault.receivedOf(1, NATIVE) == PRICE * 93 // 100


def test_refund_to__by_somebody_else__is_refused(
    dao: Dao, buyer: AccountAPI, stranger: AccountAPI
) -> None:
    """Anybody may send the buyer its money; only the buyer may send it elsewhere."""
    dao.request(buyer)
    dao.pass_execute_by(1)
    with refused(dao.desk.NotBuyer, caller=stranger, buyer=buyer):
        dao.desk.refundTo(1, stranger, sender=stranger)


def test_refund_to__nobody__is_refused(dao: Dao, buyer: AccountAPI) -> None:
    """The zero address is a slip of the pen."""
    dao.request(buyer)
    dao.pass_execute_by(1)
    with refused(dao.desk.TransferFailed, to=NATIVE, amount=PRICE):
        dao.desk.refundTo(1, NATIVE, sender=buyer)


def test_refund__buyer_that_refuses_coin__is_refused_and_goes_elsewhere(
    dao: Dao, wallet: ContractInstance, buyer: AccountAPI, stranger: AccountAPI
) -> None:
    """A wallet that refuses coin keeps its claim and names another account."""
    wallet.setManner(1, sender=buyer)
    call = dao.desk.request.encode_input(tuple(dao.terms().values()))
    value = PRICE + FEE
    wallet.execute(dao.desk, value, call, value=value, sender=buyer)
    dao.request(buyer)
    dao.pass_execute_by(2)
    with refused(dao.desk.TransferFailed, to=wallet, amount=PRICE):
        dao.desk.refund(1, sender=stranger)
    dao.desk.refund(2, sender=stranger)

    before = stranger.balance
    call = dao.desk.refundTo.encode_input(1, stranger)
    wallet.execute(dao.desk, 0, call, sender=buyer)
    assert stranger.balance == before + PRICE


def test_refund__reentered_by_its_buyer__keeps_the_second_call_out(
    dao: Dao, wallet: ContractInstance, buyer: AccountAPI, stranger: AccountAPI
) -> None:
    """A wallet that calls refund while it is refunded is paid once."""
    value = PRICE + FEE
    call = dao.desk.request.encode_input(tuple(dao.terms().values()))
    wallet.execute(dao.desk, value, call, value=value, sender=buyer)
    dao.request(buyer)
    dao.pass_execute_by(2)
    wallet.setManner(3, sender=buyer)
    wallet.setReentry(dao.desk, dao.desk.refund.encode_input(2), sender=buyer)
    dao.desk.refund(1, sender=stranger)
    assert wallet.balance == PRICE
    assert decoded(bytes(wallet.answer())) == REENTRANCY
    assert dao.desk.requestOf(2).status == RequestStatus.PENDING


def test_refund__token_that_blocks_its_buyer__goes_elsewhere_and_stops_nobody(
    dao: Dao, buyer: AccountAPI, alice: AccountAPI, stranger: AccountAPI
) -> None:
    """A blocked buyer is refunded to another account; other buyers do not notice."""
    changes = {"asset": dao.dollar.address, "price": TOKEN_PRICE}
    dao.request(buyer, **changes)
    dao.request(alice, **changes)
    dao.pass_execute_by(2)
    dao.dollar.setBlocked(buyer, True, sender=stranger)
    with refused(dao.desk.TransferFailed, to=buyer, amount=TOKEN_PRICE):
        dao.desk.refund(1, sender=stranger)
    dao.desk.refund(2, sender=stranger)
    dao.desk.refundTo(1, stranger, sender=buyer)
    assert dao.dollar.balanceOf(alice) == dao.dollar.balanceOf(stranger) == TOKEN_PRICE


# --- success ---


def test_refund__after_a_defeat__pays_the_buyer(
    dao: Dao, edition: int, alice: AccountAPI, buyer: AccountAPI, stranger: AccountAPI
) -> None:
    """A request that was voted down is refunded at once, by anybody, to the buyer."""
    dao.request(buyer).defeat_by(alice)
    before = buyer.balance
    receipt = dao.desk.refund(1, sender=stranger)
    logged = dao.desk.Refunded.from_receipt(receipt)[0]
    assert tuple(logged.event_arguments.values()) == (1, buyer, NATIVE, PRICE)
    assert buyer.balance == before + PRICE
    assert dao.desk.balance == FEE
    assert dao.desk.requestOf(1).status == RequestStatus.REFUNDED


def test_refund__passed_but_never_executed__pays_the_buyer(
    dao: Dao, edition: int, alice: AccountAPI, buyer: AccountAPI, stranger: AccountAPI
) -> None:
    """A vote that nobody executed in time is as good as none."""
    dao.request(buyer, asset=dao.dollar.address, price=TOKEN_PRICE).pass_by(alice)
    dao.pass_execute_by(1)
    dao.desk.refund(1, sender=stranger)
    assert dao.dollar.balanceOf(buyer) == TOKEN_PRICE


@pytest.mark.parametrize("receipts", [0, 1])
def test_refund__with_too_few_receipts__pays_the_buyer_and_ends_the_licence(
    dao: Dao, grant: Grant, buyer: AccountAPI, stranger: AccountAPI, receipts: int
) -> None:
    """Without delivery the buyer has its money and no licence, and no receipt counts any more."""
    grant()
    for index in range(1, receipts + 1):
        dao.receipt(1, index)
    dao.pass_deliver_by(1)
    before = buyer.balance
    dao.desk.refund(1, sender=stranger)
    assert buyer.balance == before + PRICE
    assert dao.licence.licenceOf(1).status == LicenceStatus.REVOKED
    late = dao.now + 5
    dao.chain.pending_timestamp = late
    deadline = dao.desk.requestOf(1).deliverBy
    with refused(dao.keepers.DeliveryOver, deliverBy=deadline, timestamp=late):
        dao.receipt(1, 3)


def test_refund__of_a_licence_that_the_dao_revoked__still_pays(
    dao: Dao, grant: Grant, alice: AccountAPI, buyer: AccountAPI, stranger: AccountAPI
) -> None:
    """The DAO cannot keep a buyer's money by revoking the licence before its delivery."""
    grant()
    call = bytes(dao.licence.revoke.encode_input(1))
    dao.propose(alice, [(dao.licence, 0, call)]).pass_by(alice).execute()
    dao.pass_deliver_by(1)
    before = buyer.balance
    dao.desk.refund(1, sender=stranger)
    assert buyer.balance == before + PRICE
