"""Attacks on money and data, each named after the loss that it was somewhere else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from ape.exceptions import ContractLogicError, OutOfGasError

from dao_backend.core.model import LicenceStatus, RequestStatus
from tests.contracts.dao import AMOUNT, FEE, NATIVE, NET, PRICE, Dao, increasing
from tests.contracts.refusals import refused
from tests.contracts.votes import VoteHelper

if TYPE_CHECKING:
    from collections.abc import Callable

    from ape.api import AccountAPI
    from ape.contracts import ContractInstance

    Grant = Callable[..., VoteHelper]


def force_coin(payer: AccountAPI, receiver: ContractInstance, amount: int) -> None:
    """Send coin that no contract can refuse: of one that destroys itself while it is created."""
    code = bytes.fromhex("73" + receiver.address[2:] + "ff")
    before, ecosystem = receiver.balance, payer.provider.network.ecosystem
    transaction = ecosystem.create_transaction(data=code, value=amount, sender=payer.address)
    with pytest.warns(DeprecationWarning, match="SELFDESTRUCT"):
        payer.call(transaction)
    assert receiver.balance == before + amount


def end_by_vote(dao: Dao, member: AccountAPI, method: str, licence: int) -> VoteHelper:
    """A passed vote on a licence, which only waits for somebody to execute it."""
    call = bytes(getattr(dao.licence, method).encode_input(licence))
    return dao.propose(member, [(dao.licence, 0, call)], f"{method} {licence}").pass_by(member)


# --- paid, and nothing handed over ---


@pytest.mark.parametrize("method", ["suspend", "revoke"])
def test_end_licence__between_its_receipts_and_the_hand_over__is_refused(
    dao: Dao, grant: Grant, alice: AccountAPI, stranger: AccountAPI, method: str
) -> None:
    """Receipts owe the members the price; for a day no vote can keep the bundles back."""
    grant()
    ambush = end_by_vote(dao, alice, method, 1)
    dao.deliver(1)
    dao.desk.settle(1, sender=stranger)
    until = dao.hand_over_until(1)
    with refused(dao.keepers.HandOverUnderWay, licenceId=1, until=until):
        ambush.execute()
    assert dao.licence.isInForce(1)
    dao.pass_hand_over(1)
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
    """Akutars locked 34 million in a contract (April 2022): here a member gets at it elsewhere."""
    dao.pay(buyer, edition)
    dao.vault.setPayee(wallet, sender=alice)
    wallet.setManner(2, sender=alice)
    dao.vault.claimMany(edition, NATIVE, [alice.address], sender=stranger)
    before = stranger.balance
    dao.vault.collect(NATIVE, stranger, sender=alice)
    assert stranger.balance - before == NET * 600 // 1_000


def test_refund__by_a_caller_that_saves_gas__is_paid_or_refused(
    dao: Dao, edition: int, wallet: ContractInstance, buyer: AccountAPI, stranger: AccountAPI
) -> None:
    """Caller-chosen gas: however little a stranger gives, no request ends without its money."""
    call = dao.desk.request.encode_input(tuple(dao.terms().values()))
    wallet.execute(dao.desk, PRICE + FEE, call, value=PRICE + FEE, sender=buyer)
    dao.pass_execute_by(1)
    outcomes = set()
    for gas in range(40_000, 160_000, 10_000):
        with dao.chain.isolate():
            try:
                dao.desk.refund(1, gas=gas, sender=stranger)
            except (ContractLogicError, OutOfGasError):
                outcomes.add("refused")
            else:
                outcomes.add("paid" if wallet.balance == PRICE else "lost")
    assert outcomes == {"refused", "paid"}


# --- shares bent by money or timing ---


def test_claim__after_coin_and_tokens_were_forced_in__counts_only_deposits(
    dao: Dao, edition: int, alice: AccountAPI, buyer: AccountAPI, stranger: AccountAPI
) -> None:
    """What arrives outside a deposit moves no share, blocks no refund, and belongs to nobody."""
    force_coin(stranger, dao.vault, PRICE)
    force_coin(stranger, dao.desk, 1)
    dao.dollar.mint(dao.vault, AMOUNT, sender=stranger)
    dao.pay(buyer, edition)
    dao.pay_tokens(buyer, edition)
    for asset in (NATIVE, dao.dollar):
        assert dao.vault.receivedOf(edition, asset) == NET
        assert dao.vault.dueOf(edition, asset, alice) == NET * 600 // 1_000
    dao.request(buyer)
    dao.desk.cancel(1, sender=buyer)
    assert dao.desk.balance == FEE + 1


def test_claim__first_member_with_the_least_share__cannot_round_the_next_one_away(
    dao: Dao, alice: AccountAPI, bob: AccountAPI, buyer: AccountAPI
) -> None:
    """First depositor (ERC-4626): no member of one unit can round the next one's part away."""
    dao.contribute(alice, 1)
    first = dao.publish()
    dao.pay(alice, first, 10**6)
    dao.contribute(bob, 999)
    second = dao.publish()
    dao.pay(buyer, second, 10**6)
    assert dao.vault.dueOf(second, NATIVE, bob) == 93 * 10**4 * 999 // 1_000
    assert dao.vault.dueOf(second, NATIVE, alice) == 93 * 10**4 // 1_000


def test_claim__deposits_of_dust__cost_nobody_more_than_their_rounding(
    dao: Dao, edition: int, members: list[AccountAPI], buyer: AccountAPI, stranger: AccountAPI
) -> None:
    """Dust griefing: single wei add up instead of being rounded away, claimed between or not."""
    for _ in range(12):
        dao.pay(stranger, edition, 1)
        dao.vault.claimMany(edition, NATIVE, increasing(*members), sender=stranger)
    dao.pay(buyer, edition, 1_000)
    received = dao.vault.receivedOf(edition, NATIVE)
    for member, units in zip(members, (600, 300, 100), strict=True):
        claimed = dao.vault.claimedOf(edition, NATIVE, member)
        due = dao.vault.dueOf(edition, NATIVE, member)
        assert claimed + due == received * units // 1_000


def test_contribute_seal_withdraw__before_a_sale__earns_nothing_from_it(
    dao: Dao,
    grant: Grant,
    alice: AccountAPI,
    carol: AccountAPI,
    buyer: AccountAPI,
    stranger: AccountAPI,
) -> None:
    """Who took its data back before the edition that is sold has no part in the price."""
    identity = dao.contribute(carol, 9_000)
    dao.publish()
    dao.withdraw(carol, identity)
    vote = dao.request(buyer).pass_by(alice)
    sold = dao.publish()
    vote.execute()
    dao.deliver(1)
    dao.desk.settle(1, sender=stranger)
    assert dao.licence.licenceOf(1).editionId == sold
    assert dao.vault.dueOf(sold, NATIVE, carol) == PRICE * 93 // 100 * 100 // 1_000


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
