"""AccessDesk: taking a request back, and what the DAO sets and sweeps."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dao_backend.core.model import RequestStatus
from tests.contracts.dao import FEE, NATIVE, PRICE, TOKEN_PRICE, Dao
from tests.contracts.refusals import refused
from tests.contracts.votes import State

if TYPE_CHECKING:
    from ape.api import AccountAPI

pytestmark = pytest.mark.usefixtures("members")


# --- refusals ---


def test_cancel__unknown__is_refused(dao: Dao, buyer: AccountAPI) -> None:
    """There is nothing under an id that was never given out."""
    for call in ("cancel", "refund", "settle", "acceptCounter"):
        with refused(dao.desk.RequestUnknown, requestId=1):
            getattr(dao.desk, call)(1, sender=buyer)
    for call in ("refundTo", "decline"):
        with refused(dao.desk.RequestUnknown, requestId=1):
            getattr(dao.desk, call)(1, buyer, sender=buyer)
    for view in ("requestOf", "proposalOf", "isRefundable", "counterOf", "escrowOf"):
        with refused(dao.desk.RequestUnknown, requestId=1):
            getattr(dao.desk, view)(1)


def test_cancel__by_somebody_else__is_refused(
    dao: Dao, buyer: AccountAPI, stranger: AccountAPI
) -> None:
    """Only the buyer takes its request back."""
    dao.request(buyer)
    with refused(dao.desk.NotBuyer, caller=stranger, buyer=buyer):
        dao.desk.cancel(1, sender=stranger)


def test_cancel__once_the_vote_has_begun__is_refused(
    dao: Dao, members: list[AccountAPI], buyer: AccountAPI
) -> None:
    """From the first second of the vote the buyer is bound."""
    dao.request(buyer).open()
    with refused(dao.desk.VoteHasBegun, requestId=1):
        dao.desk.cancel(1, sender=buyer)


def test_cancel__twice__is_refused(dao: Dao, buyer: AccountAPI) -> None:
    """The price goes back once."""
    dao.request(buyer)
    dao.desk.cancel(1, sender=buyer)
    cancelled = RequestStatus.CANCELLED
    with refused(dao.desk.RequestNotPending, requestId=1, status=cancelled):
        dao.desk.cancel(1, sender=buyer)
    with refused(dao.desk.NotRefundable, requestId=1, status=cancelled):
        dao.desk.refund(1, sender=buyer)


@pytest.mark.parametrize(
    ("method", "arguments"),
    [("approve", (1,)), ("setAsset", (NATIVE, 1)), ("setFilingFee", (1,))],
)
def test_desk__governed_by_anybody_but_the_timelock__is_refused(
    dao: Dao, buyer: AccountAPI, method: str, arguments: tuple[object, ...]
) -> None:
    """Grants, prices and fees are the DAO's."""
    dao.request(buyer)
    with refused(dao.desk.UnexpectedCaller, caller=buyer, expected=dao.timelock):
        dao.desk._mutable_methods_[method](*arguments, sender=buyer)


def test_sweep__nothing_collected__is_refused(dao: Dao, stranger: AccountAPI) -> None:
    """Without fees there is nothing to send."""
    with refused(dao.desk.NoFees):
        dao.desk.sweepFees(sender=stranger)


# --- success ---


def test_cancel__before_the_vote__returns_the_price_and_kills_the_proposal(
    dao: Dao, buyer: AccountAPI
) -> None:
    """The price is back in full, the fee is not, and the proposal is cancelled."""
    vote = dao.request(buyer)
    before = buyer.balance
    receipt = dao.desk.cancel(1, sender=buyer)
    assert buyer.balance == before + PRICE - receipt.total_fees_paid
    assert dao.desk.balance == FEE
    logged = dao.desk.Cancelled.from_receipt(receipt)[0]
    assert (logged.requestId, logged.asset, logged.amount) == (1, NATIVE, PRICE)
    assert dao.desk.requestOf(1).status == RequestStatus.CANCELLED
    assert vote.state == State.CANCELED


def test_cancel__in_tokens__returns_them(dao: Dao, buyer: AccountAPI) -> None:
    """The same with a price in tokens."""
    dao.request(buyer, asset=dao.dollar.address, price=TOKEN_PRICE)
    dao.desk.cancel(1, sender=buyer)
    assert dao.dollar.balanceOf(buyer) == TOKEN_PRICE


def test_sweep__of_fees__leaves_the_escrow_alone(
    dao: Dao, buyer: AccountAPI, stranger: AccountAPI
) -> None:
    """Fees go to the timelock, once; prices stay."""
    dao.request(buyer)
    dao.request(buyer)
    receipt = dao.desk.sweepFees(sender=stranger)
    assert dao.desk.FeesSwept.from_receipt(receipt)[0].amount == 2 * FEE
    assert dao.timelock.balance == 2 * FEE
    assert dao.desk.balance == 2 * PRICE
    with refused(dao.desk.NoFees):
        dao.desk.sweepFees(sender=stranger)


def test_settings__changed_by_a_vote__hold_for_new_requests(
    dao: Dao, members: list[AccountAPI], alice: AccountAPI, buyer: AccountAPI
) -> None:
    """A vote delists an asset and drops the fee; a request filed before is not touched."""
    dao.wait(1)
    dao.request(buyer)
    calls = [
        (dao.desk, 0, bytes(dao.desk.setAsset.encode_input(NATIVE, 0))),
        (dao.desk, 0, bytes(dao.desk.setFilingFee.encode_input(0))),
    ]
    receipt = dao.propose(alice, calls).pass_by(alice).execute()
    assert dao.desk.AssetChanged.from_receipt(receipt)[0].minimumPrice == 0
    assert dao.desk.FilingFeeChanged.from_receipt(receipt)[0].fee == 0
    assert (dao.desk.minimumPriceOf(NATIVE), dao.desk.filingFee()) == (0, 0)
    with refused(dao.desk.AssetNotAllowed, asset=NATIVE):
        dao.request(buyer)
    assert dao.desk.requestOf(1).status == RequestStatus.PENDING
    dao.request(buyer, asset=dao.dollar.address, price=TOKEN_PRICE)
