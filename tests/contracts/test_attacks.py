"""Attacks on money and data, each named after the loss that it was somewhere else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from ape.exceptions import ContractLogicError, OutOfGasError

from dao_backend.core.model import LicenceStatus, RequestStatus
from tests.contracts.dao import FEE, NATIVE, NET, PRICE, Dao
from tests.contracts.refusals import refused
from tests.contracts.votes import VoteHelper

if TYPE_CHECKING:
    from collections.abc import Callable

    from ape.api import AccountAPI
    from ape.contracts import ContractInstance

    Grant = Callable[..., VoteHelper]


def end_by_vote(dao: Dao, member: AccountAPI, method: str, licence: int) -> VoteHelper:
    """A passed vote on a licence, which only waits for somebody to execute it."""
    call = bytes(getattr(dao.licence, method).encode_input(licence))
    return dao.propose(member, [(dao.licence, 0, call)], f"{method} {licence}").pass_by(member)


# --- paid, and nothing handed over ---


@pytest.mark.parametrize("method", ["suspend", "revoke"])
def test_end_licence__between_its_receipts_and_the_hand_over__is_refused(
    dao: Dao, grant: Grant, alice: AccountAPI, stranger: AccountAPI, method: str
) -> None:
    """Receipts owe the members the price; until deliverBy no vote can keep the bundles back."""
    grant()
    ambush = end_by_vote(dao, alice, method, 1)
    dao.deliver(1)
    dao.desk.settle(1, sender=stranger)
    deadline = dao.desk.requestOf(1).deliverBy
    with refused(dao.keepers.HandOverUnderWay, licenceId=1, deliverBy=deadline):
        ambush.execute()
    assert dao.licence.isInForce(1)
    dao.pass_deliver_by(1)
    ambush.execute()
    assert not dao.licence.isInForce(1)


@pytest.mark.parametrize("method", ["suspend", "revoke"])
def test_end_licence__before_the_last_receipt__leaves_the_price_to_the_buyer(
    dao: Dao,
    grant: Grant,
    alice: AccountAPI,
    buyer: AccountAPI,
    stranger: AccountAPI,
    method: str,
) -> None:
    """A receipt that a vote overtook does not count, so the buyer is refunded."""
    grant()
    dao.receipt(1, 1)
    end_by_vote(dao, alice, method, 1).execute()
    with refused(dao.keepers.DeliveryHalted, licenceId=1):
        dao.receipt(1, 2)
    dao.pass_deliver_by(1)
    before = buyer.balance
    dao.desk.refund(1, sender=stranger)
    assert buyer.balance == before + PRICE
    assert dao.licence.licenceOf(1).status == LicenceStatus.REVOKED


def test_reinstate__before_the_last_receipt__lets_the_delivery_go_on(
    dao: Dao, grant: Grant, alice: AccountAPI, stranger: AccountAPI
) -> None:
    """A suspension that was taken back in time costs nobody the sale."""
    grant()
    dao.receipt(1, 1)
    end_by_vote(dao, alice, "suspend", 1).execute()
    end_by_vote(dao, alice, "reinstate", 1).execute()
    dao.receipt(1, 2)
    dao.desk.settle(1, sender=stranger)
    assert dao.vault.balance == PRICE


# --- money stranded by somebody else ---


def test_claim_many__for_a_payee_that_can_only_receive__leaves_the_money_to_its_member(
    dao: Dao,
    edition: int,
    wallet: ContractInstance,
    alice: AccountAPI,
    buyer: AccountAPI,
    stranger: AccountAPI,
) -> None:
    """A stranger's batch cannot lock a payment into a payee that has no way to call for it."""
    dao.pay(buyer, edition)
    dao.vault.setPayee(wallet, sender=alice)
    wallet.setManner(2, sender=alice)
    dao.vault.claimMany(edition, NATIVE, [alice.address], sender=stranger)
    before = stranger.balance
    dao.vault.collect(NATIVE, stranger, sender=alice)
    assert stranger.balance - before == NET * 600 // 1_000


def test_refund__by_a_caller_that_saves_gas__is_paid_or_refused(
    dao: Dao, wallet: ContractInstance, buyer: AccountAPI, stranger: AccountAPI
) -> None:
    """However little gas a stranger gives, the request never ends without its money."""
    call = dao.desk.request.encode_input(tuple(dao.terms().values()))
    wallet.execute(dao.desk, PRICE + FEE, call, value=PRICE + FEE, sender=buyer)
    dao.pass_execute_by(1)
    for gas in range(60_000, 200_000, 10_000):
        with dao.chain.isolate():
            try:
                dao.desk.refund(1, gas=gas, sender=stranger)
            except (ContractLogicError, OutOfGasError):
                assert dao.desk.requestOf(1).status == RequestStatus.PENDING
            else:
                assert wallet.balance == PRICE


# --- a vote around the request's own ---


def test_grant__by_an_earlier_vote_before_the_own_one_is_due__is_refused(
    dao: Dao, edition: int, alice: AccountAPI, buyer: AccountAPI
) -> None:
    """An approval that lies in the timelock since before the request cannot cut its delay short."""
    call = bytes(dao.desk.approve.encode_input(1))
    early = dao.propose(alice, [(dao.desk, 0, call)], "Routine").pass_by(alice)
    vote = dao.request(buyer).open()
    vote.cast(alice)
    vote.close().queue()
    expected = {"requestId": 1, "proposalId": vote.proposal_id}
    with refused(dao.desk.ProposalNotPassed, **expected):
        early.execute()
    vote.wait().execute()
    assert dao.desk.requestOf(1).status == RequestStatus.GRANTED
