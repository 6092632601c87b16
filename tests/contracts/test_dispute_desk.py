"""DisputeDesk, opening: who may dispute which delivery, when, and what that freezes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dao_backend.core.model import RequestStatus
from tests.contracts.dao import FEE, NATIVE, PRICE, TOKEN_PRICE, Dao
from tests.contracts.desk_stand import (
    CLAIM,
    COUNTERED,
    REASON,
    REENTRANCY,
    counter,
    dispute,
    hand_dollars,
    pass_window,
)
from tests.contracts.refusals import decoded, refused
from tests.contracts.votes import VoteHelper

if TYPE_CHECKING:
    from collections.abc import Callable

    from ape.api import AccountAPI
    from ape.managers import ProjectManager

    Grant = Callable[..., VoteHelper]

BOND = PRICE // 10
"""What a dispute about a licence at the usual price needs: a tenth of it."""


@pytest.fixture
def delivered(dao: Dao, grant: Grant, carol: AccountAPI) -> int:
    """A licence whose terms name carol as the arbiter, with its receipts."""
    grant(arbiter=carol.address)
    dao.deliver(1)
    return 1


# --- creation: refusals ---


@pytest.mark.parametrize("period", [0, 59, 30 * 86_400 + 1, 2**48 - 1])
def test_create__period_out_of_bounds__is_refused(
    deployer: AccountAPI, project: ProjectManager, period: int
) -> None:
    """Both periods lie between a minute and thirty days."""
    peers = tuple([deployer.address] * 13)
    for periods in ((period, 60), (60, period)):
        with refused("PeriodOutOfBounds", period=period):
            deployer.deploy(project.DisputeDesk, peers, *periods, 1)


@pytest.mark.parametrize("bps", [0, 10_001, 2**16 - 1])
def test_create__bond_out_of_bounds__is_refused(
    deployer: AccountAPI, project: ProjectManager, bps: int
) -> None:
    """A dispute costs something, and not more than the price."""
    with refused("BondOutOfBounds", bondBps=bps):
        deployer.deploy(project.DisputeDesk, tuple([deployer.address] * 13), 60, 60, bps)


# --- opening: refusals ---


def test_open__of_an_unknown_request__is_refused(dao: Dao, buyer: AccountAPI) -> None:
    """There is nothing to dispute."""
    with refused(dao.desk.RequestUnknown, requestId=1):
        dao.disputes.open(1, CLAIM, sender=buyer)


def test_open__by_somebody_else__is_refused(
    dao: Dao, delivered: int, buyer: AccountAPI, carol: AccountAPI, stranger: AccountAPI
) -> None:
    """Neither the arbiter nor a stranger freezes the members' money."""
    for caller in (carol, stranger):
        with refused(dao.disputes.NotBuyer, caller=caller, buyer=buyer):
            dao.disputes.open(1, CLAIM, value=BOND, sender=caller)


def test_open__without_an_arbiter__is_refused(dao: Dao, grant: Grant, buyer: AccountAPI) -> None:
    """Where the terms name nobody, receipts alone settle."""
    grant()
    dao.deliver(1)
    with refused(dao.disputes.NoArbiter, requestId=1):
        dao.disputes.open(1, CLAIM, value=BOND, sender=buyer)


def test_open__before_the_grant__is_refused(
    dao: Dao, edition: int, alice: AccountAPI, buyer: AccountAPI, carol: AccountAPI
) -> None:
    """What was not granted was not delivered."""
    dao.request(buyer, arbiter=carol.address)
    with refused(dao.disputes.NotUnderDelivery, requestId=1):
        dao.disputes.open(1, CLAIM, value=BOND, sender=buyer)
    counter(dao, alice, arbiter=carol.address)
    assert dao.desk.requestOf(1).status == COUNTERED
    with refused(dao.disputes.NotUnderDelivery, requestId=1):
        dao.disputes.open(1, CLAIM, value=BOND, sender=buyer)


@pytest.mark.parametrize("receipts", [0, 1])
def test_open__before_the_delivery__is_refused(
    dao: Dao, grant: Grant, buyer: AccountAPI, carol: AccountAPI, receipts: int
) -> None:
    """Until the last needed receipt the buyer only waits for its refund."""
    grant(arbiter=carol.address)
    for index in range(1, receipts + 1):
        dao.receipt(1, index)
    with refused(dao.disputes.NotDelivered, requestId=1):
        dao.disputes.open(1, CLAIM, value=BOND, sender=buyer)


def test_open__a_second_after_the_window__is_refused(
    dao: Dao, delivered: int, buyer: AccountAPI
) -> None:
    """The window's last second is in time, the next one is not."""
    window, _, _ = dao.disputes.settings()
    dispute_by = dao.keepers.deliveryOf(1).deliveredAt + window
    dao.chain.pending_timestamp = dispute_by + 1
    with refused(dao.disputes.WindowOver, requestId=1, disputeBy=dispute_by):
        dispute(dao, buyer)


def test_open__once_settled__is_refused(dao: Dao, delivered: int, buyer: AccountAPI) -> None:
    """What is the members' is not taken back."""
    pass_window(dao)
    dao.desk.settle(1, sender=dao.stranger)
    with refused(dao.disputes.NotUnderDelivery, requestId=1):
        dispute(dao, buyer)


def test_open__twice__is_refused(
    dao: Dao, delivered: int, buyer: AccountAPI, carol: AccountAPI
) -> None:
    """One dispute for each delivery, before and after its verdict."""
    dispute(dao, buyer)
    with refused(dao.disputes.DisputeExists, requestId=1):
        dispute(dao, buyer)
    dao.disputes.rule(1, False, REASON, sender=carol)
    with refused(dao.disputes.DisputeExists, requestId=1):
        dispute(dao, buyer)


@pytest.mark.parametrize("value", [0, BOND - 1, BOND + 1])
def test_open__with_other_coin_than_the_bond__is_refused(
    dao: Dao, delivered: int, buyer: AccountAPI, value: int
) -> None:
    """Exactly the bond is taken."""
    with refused(dao.disputes.ValueMismatch, value=value, expected=BOND):
        dao.disputes.open(1, CLAIM, value=value, sender=buyer)


def test_open__in_tokens__takes_exactly_them(
    dao: Dao, grant: Grant, buyer: AccountAPI, carol: AccountAPI
) -> None:
    """No coin, an allowance to the dispute desk, and all of it must arrive."""
    bond = TOKEN_PRICE // 10
    grant(asset=dao.dollar.address, price=TOKEN_PRICE, arbiter=carol.address)
    dao.deliver(1)
    with refused(dao.disputes.ValueMismatch, value=bond, expected=0):
        dao.disputes.open(1, CLAIM, value=bond, sender=buyer)
    expected = {"spender": dao.disputes, "allowance": 0, "needed": bond}
    with refused(dao.dollar.ERC20InsufficientAllowance, **expected):
        dao.disputes.open(1, CLAIM, sender=buyer)
    dao.dollar.mint(buyer, bond, sender=buyer)
    dao.dollar.approve(dao.disputes, bond, sender=buyer)
    dao.dollar.setFee(100, sender=buyer)
    with refused(dao.disputes.AmountMismatch, received=bond * 99 // 100, expected=bond):
        dao.disputes.open(1, CLAIM, sender=buyer)
    dao.dollar.setFee(0, sender=buyer)
    dao.disputes.open(1, CLAIM, sender=buyer)
    assert dao.dollar.balanceOf(dao.disputes) == bond == dao.disputes.disputeOf(1).bond
    assert dao.dollar.balanceOf(buyer) == 0


def test_open__reentered_by_its_token__keeps_the_second_call_out(
    dao: Dao, grant: Grant, buyer: AccountAPI, carol: AccountAPI
) -> None:
    """A token that takes the bond back while it is paid meets the guard."""
    grant(asset=dao.dollar.address, price=TOKEN_PRICE, arbiter=carol.address)
    dao.deliver(1)
    hand_dollars(dao, buyer, TOKEN_PRICE)
    dao.dollar.approve(dao.disputes, TOKEN_PRICE, sender=buyer)
    inner = dao.disputes.takeBond.encode_input(1, buyer)
    dao.dollar.setReentry(dao.disputes, inner, sender=buyer)
    dao.disputes.open(1, CLAIM, sender=buyer)
    assert decoded(bytes(dao.dollar.answer())) == REENTRANCY


# --- settlement beside a window: refusals ---


def test_settle__before_the_windows_end__is_refused(
    dao: Dao, delivered: int, stranger: AccountAPI
) -> None:
    """Receipts stand only once nobody can dispute them any more."""
    window, _, _ = dao.disputes.settings()
    dispute_by = dao.keepers.deliveryOf(1).deliveredAt + window
    dao.chain.pending_timestamp = dispute_by
    with refused(dao.desk.ReceiptsDisputable, requestId=1):
        dao.desk.settle(1, sender=stranger)
    dao.chain.pending_timestamp = dispute_by + 1
    dao.desk.settle(1, sender=stranger)
    assert dao.vault.balance == PRICE


def test_settle__before_the_delivery__is_refused_whatever_the_arbiter(
    dao: Dao, grant: Grant, carol: AccountAPI, stranger: AccountAPI
) -> None:
    """Without receipts there is nothing that could stand."""
    grant(arbiter=carol.address)
    dao.wait(86_400)
    assert not dao.disputes.receiptsStand(1)
    with refused(dao.desk.NotDelivered, requestId=1):
        dao.desk.settle(1, sender=stranger)


# --- success ---


def test_open__in_time__takes_the_bond_and_freezes_the_escrow(
    dao: Dao, delivered: int, buyer: AccountAPI, carol: AccountAPI, stranger: AccountAPI
) -> None:
    """The dispute stands open with its bond; neither side gets the price meanwhile."""
    window, ruling, bps = dao.disputes.settings()
    assert (dao.disputes.bondOf(1), bps) == (BOND, 1000)
    before = buyer.balance
    dao.chain.pending_timestamp = dao.keepers.deliveryOf(1).deliveredAt + window
    receipt = dispute(dao, buyer)
    now = dao.now
    assert before - buyer.balance == BOND + receipt.total_fees_paid
    logged = dao.disputes.DisputeOpened.from_receipt(receipt)[0]
    expected = (1, buyer, carol, BOND, now + ruling, CLAIM)
    assert tuple(logged.event_arguments.values()) == expected
    stored = dao.disputes.disputeOf(1)
    opened = (buyer.address, 1, now + ruling, NATIVE, False, BOND, CLAIM, bytes(32))
    assert tuple(stored) == opened
    assert dao.disputes.balance == BOND

    dao.wait(window)
    assert not dao.disputes.receiptsStand(1)
    assert not dao.disputes.isUpheld(1)
    with refused(dao.desk.ReceiptsDisputable, requestId=1):
        dao.desk.settle(1, sender=stranger)
    granted = RequestStatus.GRANTED
    with refused(dao.desk.NotRefundable, requestId=1, status=granted):
        dao.desk.refund(1, sender=buyer)


def test_open__of_one_delivery__leaves_every_other_alone(
    dao: Dao, grant: Grant, buyer: AccountAPI, alice: AccountAPI, carol: AccountAPI
) -> None:
    """A dispute freezes its own escrow: others settle, with an arbiter and without."""
    grant(arbiter=carol.address)
    grant(arbiter=carol.address)
    grant()
    for number in (1, 2, 3):
        dao.deliver(number)
    dao.desk.settle(3, sender=dao.stranger)
    dispute(dao, buyer)
    pass_window(dao, 2)
    dao.desk.settle(2, sender=dao.stranger)
    assert dao.vault.balance == 2 * PRICE
    assert dao.desk.balance == PRICE + 3 * FEE


@pytest.mark.parametrize(("price", "bond"), [(TOKEN_PRICE + 1, 500_001), (TOKEN_PRICE, 500_000)])
def test_bond__of_a_price_that_does_not_divide__is_rounded_up(
    dao: Dao, edition: int, buyer: AccountAPI, price: int, bond: int
) -> None:
    """A dispute never costs nothing."""
    dao.request(buyer, asset=dao.dollar.address, price=price)
    assert dao.disputes.bondOf(1) == bond


def test_bond__of_a_metered_licence__is_a_share_of_the_price_alone(
    dao: Dao, edition: int, buyer: AccountAPI
) -> None:
    """The meter's bond is no part of what is in dispute."""
    dao.request(buyer, metering=(1, PRICE, 5 * PRICE, 86_400))
    assert dao.disputes.bondOf(1) == BOND
