"""DisputeDesk, verdicts: who rules, when, and where the escrow goes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dao_backend.core.model import LicenceStatus, RequestStatus
from dao_backend.core.packing import keccak256
from tests.contracts.dao import FEE, NATIVE, PRICE, TOKEN_PRICE, Dao
from tests.contracts.desk_stand import (
    BOND as METER_BOND,
)
from tests.contracts.desk_stand import (
    METERING,
    REASON,
    Verdict,
    dispute,
    pass_ruling,
    pass_window,
)
from tests.contracts.refusals import refused
from tests.contracts.votes import VoteHelper

if TYPE_CHECKING:
    from collections.abc import Callable

    from ape.api import AccountAPI

    Grant = Callable[..., VoteHelper]

BOND = PRICE // 10
TOKEN_BOND = TOKEN_PRICE // 10


# --- refusals ---


def test_rule__nothing_in_dispute__is_refused(dao: Dao, grant: Grant, carol: AccountAPI) -> None:
    """An arbiter decides what it is asked, and nothing before."""
    grant(arbiter=carol.address)
    dao.deliver(1)
    for number in (1, 9):
        with refused(dao.disputes.DisputeNotOpen, requestId=number, verdict=Verdict.NONE):
            dao.disputes.rule(number, True, REASON, sender=carol)


def test_rule__by_somebody_else__is_refused(
    dao: Dao, disputed: int, buyer: AccountAPI, alice: AccountAPI, carol: AccountAPI
) -> None:
    """Neither the buyer nor a member judges."""
    for caller in (buyer, alice, dao.stranger):
        with refused(dao.disputes.NotArbiter, caller=caller, arbiter=carol):
            dao.disputes.rule(1, True, REASON, sender=caller)


@pytest.mark.parametrize("upheld", [True, False])
def test_rule__twice__is_refused(dao: Dao, disputed: int, carol: AccountAPI, upheld: bool) -> None:
    """A verdict is final."""
    dao.disputes.rule(1, upheld, REASON, sender=carol)
    verdict = Verdict.UPHELD if upheld else Verdict.REJECTED
    with refused(dao.disputes.DisputeNotOpen, requestId=1, verdict=verdict):
        dao.disputes.rule(1, not upheld, REASON, sender=carol)


def test_rule__a_second_too_late__is_refused(dao: Dao, disputed: int, carol: AccountAPI) -> None:
    """Who was silent so long has decided."""
    rule_by = dao.disputes.disputeOf(1).ruleBy
    dao.chain.pending_timestamp = rule_by + 1
    with refused(dao.disputes.RulingOver, requestId=1, ruleBy=rule_by):
        dao.disputes.rule(1, True, REASON, sender=carol)


def test_settle__of_an_upheld_dispute__is_refused_for_ever(
    dao: Dao, disputed: int, buyer: AccountAPI, carol: AccountAPI
) -> None:
    """The price is the buyer's, whether it has fetched it or not."""
    dao.disputes.rule(1, True, REASON, sender=carol)
    dao.wait(365 * 86_400)
    with refused(dao.desk.ReceiptsDisputable, requestId=1):
        dao.desk.settle(1, sender=dao.stranger)
    dao.desk.refund(1, sender=dao.stranger)
    refunded = RequestStatus.REFUNDED
    with refused(dao.desk.RequestNotGranted, requestId=1, status=refunded):
        dao.desk.settle(1, sender=dao.stranger)


def test_refund__of_a_rejected_or_unruled_dispute__is_refused(
    dao: Dao, disputed: int, buyer: AccountAPI, carol: AccountAPI
) -> None:
    """Receipts stand: the price is the members', long after deliverBy too."""
    pass_ruling(dao)
    dao.pass_deliver_by(1)
    granted = RequestStatus.GRANTED
    with refused(dao.desk.NotRefundable, requestId=1, status=granted):
        dao.desk.refund(1, sender=buyer)


# --- success ---


def test_rule__upheld__gives_the_buyer_everything_back(
    dao: Dao, disputed: int, buyer: AccountAPI, carol: AccountAPI
) -> None:
    """Though receipts were posted: price and bond return, and the licence is revoked."""
    receipt = dao.disputes.rule(1, True, REASON, sender=carol)
    logged = dao.disputes.DisputeRuled.from_receipt(receipt)[0]
    assert tuple(logged.event_arguments.values()) == (1, True, REASON)
    stored = dao.disputes.disputeOf(1)
    assert (stored.verdict, stored.reasonHash) == (Verdict.UPHELD, REASON)
    assert dao.disputes.isUpheld(1)
    assert dao.desk.isRefundable(1)
    before = buyer.balance
    dao.desk.refund(1, sender=dao.stranger)
    assert buyer.balance == before + PRICE
    assert dao.licence.licenceOf(1).status == LicenceStatus.REVOKED
    assert dao.desk.requestOf(1).status == RequestStatus.REFUNDED

    before = dao.stranger.balance
    returned = dao.disputes.takeBond(1, dao.stranger, sender=buyer)
    logged = dao.disputes.BondReturned.from_receipt(returned)[0]
    assert tuple(logged.event_arguments.values()) == (1, dao.stranger, BOND)
    assert dao.stranger.balance == before + BOND
    assert (dao.disputes.balance, dao.desk.balance, dao.vault.balance) == (0, FEE, 0)


def test_rule__upheld_for_a_metered_licence__returns_the_meters_bond_too(
    dao: Dao, grant: Grant, buyer: AccountAPI, carol: AccountAPI
) -> None:
    """No meter opens for what was not delivered."""
    grant(arbiter=carol.address, metering=METERING)
    dao.deliver(1)
    dispute(dao, buyer)
    dao.disputes.rule(1, True, REASON, sender=carol)
    before = buyer.balance
    dao.desk.refund(1, sender=dao.stranger)
    assert buyer.balance == before + PRICE + METER_BOND
    assert dao.desk.balance == FEE


def test_rule__rejected__pays_price_and_bond_to_the_members(
    dao: Dao, disputed: int, edition: int, carol: AccountAPI
) -> None:
    """Receipts stand at once; the bond goes through the vault to the same edition."""
    dao.chain.pending_timestamp = dao.disputes.disputeOf(1).ruleBy
    receipt = dao.disputes.rule(1, False, REASON, sender=carol)
    logged = dao.disputes.DisputeRuled.from_receipt(receipt)[0]
    assert tuple(logged.event_arguments.values()) == (1, False, REASON)
    assert dao.disputes.receiptsStand(1)
    assert not dao.disputes.isUpheld(1)
    dao.desk.settle(1, sender=dao.stranger)
    receipt = dao.disputes.forfeitBond(1, sender=dao.stranger)
    logged = dao.disputes.BondForfeited.from_receipt(receipt)[0]
    assert tuple(logged.event_arguments.values()) == (1, edition, BOND)
    deposit = dao.vault.Deposited.from_receipt(receipt)[0]
    assert bytes(deposit.purpose) == keccak256((1).to_bytes(32, "big"))
    assert (dao.vault.balance, dao.disputes.balance) == (PRICE + BOND, 0)
    assert dao.vault.receivedOf(edition, NATIVE) == (PRICE + BOND) * 93 // 100


def test_silence__of_the_buyer__settles_after_the_window(
    dao: Dao, grant: Grant, carol: AccountAPI
) -> None:
    """An arbiter whom nobody asks changes nothing but the time."""
    grant(arbiter=carol.address)
    dao.deliver(1)
    pass_window(dao)
    assert dao.disputes.receiptsStand(1)
    dao.desk.settle(1, sender=dao.stranger)
    assert dao.vault.balance == PRICE


def test_silence__of_the_arbiter__lets_receipts_stand_and_the_bond_go_back(
    dao: Dao, disputed: int, buyer: AccountAPI
) -> None:
    """The members have the price, the buyer its bond."""
    pass_ruling(dao)
    assert dao.disputes.receiptsStand(1)
    dao.desk.settle(1, sender=dao.stranger)
    before = buyer.balance
    receipt = dao.disputes.takeBond(1, buyer, sender=buyer)
    assert buyer.balance == before + BOND - receipt.total_fees_paid
    assert (dao.vault.balance, dao.disputes.balance) == (PRICE, 0)


@pytest.mark.parametrize("upheld", [True, False])
def test_rule__while_everybody_is_blocked_by_the_token__is_given(
    dao: Dao, disputed_in_tokens: int, buyer: AccountAPI, carol: AccountAPI, upheld: bool
) -> None:
    """A verdict moves no money, so no payee can stop it."""
    for payee in (buyer, dao.vault, dao.disputes, carol):
        dao.dollar.setBlocked(payee, True, sender=carol)
    dao.disputes.rule(1, upheld, REASON, sender=carol)
    assert dao.disputes.isUpheld(1) is upheld
