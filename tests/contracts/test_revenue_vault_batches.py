"""RevenueVault, batches: anybody claims for many, and nobody can make another's payment fail."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from ape.exceptions import ContractLogicError, OutOfGasError

from tests.contracts.dao import (
    NATIVE,
    NET,
    Dao,
    increasing,
)
from tests.contracts.refusals import error_of, refused

if TYPE_CHECKING:
    from ape.api import AccountAPI
    from ape.contracts import ContractInstance

REENTRANCY = ("ReentrancyGuardReentrantCall", {})


# --- refusals ---


def test_claim_many__members_out_of_order_or_repeated__is_refused(
    dao: Dao, edition: int, alice: AccountAPI, bob: AccountAPI, stranger: AccountAPI
) -> None:
    """Strictly increasing order makes a repetition impossible."""
    first, second = increasing(alice, bob)
    for members, previous, member in (
        ([second, first], second, first),
        ([first, first], first, first),
        ([NATIVE], NATIVE, NATIVE),
    ):
        with refused(dao.vault.MembersNotIncreasing, previous=previous, member=member):
            dao.vault.claimMany(edition, NATIVE, members, sender=stranger)


def test_claim_many__more_than_a_hundred__is_refused(
    dao: Dao, edition: int, stranger: AccountAPI
) -> None:
    """A batch has a bound."""
    members = [f"0x{number:040x}" for number in range(1, 102)]
    with refused(dao.vault.TooManyMembers, count=101, maximum=100):
        dao.vault.claimMany(edition, NATIVE, members, sender=stranger)


@pytest.mark.parametrize("gas", [130_000, 145_000, 160_000])
def test_claim_many__caller_that_saves_gas__is_refused(
    dao: Dao, edition: int, alice: AccountAPI, buyer: AccountAPI, stranger: AccountAPI, gas: int
) -> None:
    """With less gas than a payee may use, the caller could make a good payment fail."""
    dao.pay(buyer, edition)
    with pytest.raises(ContractLogicError) as caught:
        dao.vault.claimMany(edition, NATIVE, [alice.address], gas=gas, sender=stranger)
    name, arguments = error_of(caught.value)
    assert (name, arguments["needed"]) == ("GasTooLow", 60_000 * 64 // 63 + 40_000)
    assert arguments["available"] < arguments["needed"]


# --- success ---


def test_claim_many__by_anybody__pays_each_and_passes_over_the_rest(
    dao: Dao,
    edition: int,
    alice: AccountAPI,
    bob: AccountAPI,
    carol: AccountAPI,
    buyer: AccountAPI,
    stranger: AccountAPI,
) -> None:
    """Everybody gets its own; a stranger and who claimed before get nothing and stop nobody."""
    dao.pay_tokens(buyer, edition)
    dao.vault.claim(edition, dao.dollar, sender=bob)
    members = increasing(alice, bob, carol, stranger)
    receipt = dao.vault.claimMany(edition, dao.dollar, members, sender=stranger)
    paid = {each.member: each.amount for each in dao.vault.Claimed.from_receipt(receipt)}
    assert paid == {alice.address: NET * 600 // 1_000, carol.address: NET * 100 // 1_000}
    assert dao.dollar.balanceOf(carol) == NET * 100 // 1_000
    assert dao.dollar.balanceOf(stranger) == 0


@pytest.mark.parametrize("manner", [1, 2])
def test_claim_many__payee_that_fails__is_parked_and_stops_nobody(
    dao: Dao,
    edition: int,
    wallet: ContractInstance,
    alice: AccountAPI,
    bob: AccountAPI,
    buyer: AccountAPI,
    stranger: AccountAPI,
    manner: int,
) -> None:
    """Where a payee refuses, or burns its gas, the member's money is parked; others are paid."""
    dao.pay(buyer, edition)
    dao.vault.setPayee(wallet, sender=alice)
    wallet.setManner(manner, sender=alice)
    due, before = NET * 600 // 1_000, bob.balance
    receipt = dao.vault.claimMany(edition, NATIVE, increasing(alice, bob), sender=stranger)
    logged = dao.vault.Parked.from_receipt(receipt)[0]
    assert tuple(logged.event_arguments.values()) == (alice, NATIVE, due)
    assert bob.balance - before == NET * 300 // 1_000
    assert receipt.gas_used < 300_000

    assert (dao.vault.parkedOf(alice, NATIVE), dao.vault.parkedOf(wallet, NATIVE)) == (due, 0)
    before = stranger.balance
    receipt = dao.vault.collect(NATIVE, stranger, sender=alice)
    logged = dao.vault.Collected.from_receipt(receipt)[0]
    assert tuple(logged.event_arguments.values()) == (alice, NATIVE, stranger, due)
    assert stranger.balance - before == due
    assert dao.vault.parkedOf(alice, NATIVE) == 0


@pytest.mark.parametrize("fault", ["setBlocked", "setFailsSilently"])
def test_claim_many__token_that_fails__is_parked(
    dao: Dao, edition: int, alice: AccountAPI, buyer: AccountAPI, stranger: AccountAPI, fault: str
) -> None:
    """A token that reverts for one payee, or returns false, parks until it works again."""
    dao.pay_tokens(buyer, edition)
    arguments = (alice,) if fault == "setBlocked" else ()
    getattr(dao.dollar, fault)(*arguments, True, sender=stranger)
    dao.vault.claimMany(edition, dao.dollar, [alice.address], sender=stranger)
    due = NET * 600 // 1_000
    assert dao.vault.parkedOf(alice, dao.dollar) == due
    with refused(dao.vault.PaymentFailed, payee=alice, asset=dao.dollar, amount=due):
        dao.vault.collect(dao.dollar, alice, sender=alice)
    getattr(dao.dollar, fault)(*arguments, False, sender=stranger)
    dao.vault.collect(dao.dollar, alice, sender=alice)
    assert dao.dollar.balanceOf(alice) == due


# --- properties ---


def test_claim_many__any_amount_of_gas__never_parks_a_good_payment(
    dao: Dao, edition: int, wallet: ContractInstance, alice: AccountAPI, buyer: AccountAPI
) -> None:
    """However little gas the caller gives, the batch is refused or its payee is paid."""
    dao.pay(buyer, edition)
    dao.vault.setPayee(wallet, sender=alice)
    outcomes = set()
    for gas in range(60_000, 260_000, 10_000):
        with dao.chain.isolate():
            try:
                dao.vault.claimMany(edition, NATIVE, [alice.address], gas=gas, sender=buyer)
            except (ContractLogicError, OutOfGasError):
                outcomes.add("refused")
            else:
                outcomes.add("paid" if wallet.balance else "parked")
    assert outcomes == {"refused", "paid"}
