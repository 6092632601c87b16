"""RevenueVault: money per edition, claimed by exactly those whose data was in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.contracts.dao import (
    NATIVE,
    NET,
    PRICE,
    Dao,
    increasing,
)
from tests.contracts.refusals import decoded, refused

if TYPE_CHECKING:
    from ape.api import AccountAPI
    from ape.contracts import ContractInstance
    from ape.managers import AccountManager

REENTRANCY = ("ReentrancyGuardReentrantCall", {})


# --- refusals ---


def test_claim__nothing_due__is_refused(
    dao: Dao, edition: int, alice: AccountAPI, buyer: AccountAPI, stranger: AccountAPI
) -> None:
    """Before a deposit, for a stranger, for an unknown edition, and a second time."""
    expected = {"editionId": edition, "asset": NATIVE}
    with refused(dao.vault.NothingDue, **expected, member=alice):
        dao.vault.claim(edition, NATIVE, sender=alice)
    dao.pay(buyer, edition)
    with refused(dao.vault.NothingDue, **expected, member=stranger):
        dao.vault.claim(edition, NATIVE, sender=stranger)
    with refused(dao.vault.NothingDue, editionId=99, asset=NATIVE, member=alice):
        dao.vault.claim(99, NATIVE, sender=alice)
    dao.vault.claim(edition, NATIVE, sender=alice)
    with refused(dao.vault.NothingDue, **expected, member=alice):
        dao.vault.claim(edition, NATIVE, sender=alice)


def test_claim__units_that_came_after_the_edition__is_refused(
    dao: Dao, edition: int, accounts: AccountManager, buyer: AccountAPI
) -> None:
    """Who joins before the money comes, but after the edition, was not sold and is not paid."""
    late = accounts[11]
    dao.contribute(late, 1_000_000)
    dao.pay(buyer, edition)
    with refused(dao.vault.NothingDue, editionId=edition, asset=NATIVE, member=late):
        dao.vault.claim(edition, NATIVE, sender=late)
    assert dao.vault.dueOf(edition, NATIVE, late) == 0


def test_claim__units_of_another_collection__is_refused(
    dao: Dao, edition: int, accounts: AccountManager, buyer: AccountAPI
) -> None:
    """Each collection's members are paid for their own."""
    other = accounts[11]
    dao.contribute(other, 500, collection=1)
    second = dao.publish(collection=1)
    dao.pay(buyer, edition)
    assert dao.vault.dueOf(edition, NATIVE, other) == 0
    dao.pay(buyer, second)
    assert dao.vault.dueOf(second, NATIVE, other) == NET


def test_claim__payee_that_refuses_coin__is_refused_and_loses_nothing(
    dao: Dao, edition: int, wallet: ContractInstance, alice: AccountAPI, buyer: AccountAPI
) -> None:
    """The claim is undone; the member names another payee and is paid."""
    dao.pay(buyer, edition)
    due = dao.vault.dueOf(edition, NATIVE, alice)
    wallet.setManner(1, sender=alice)
    dao.vault.setPayee(wallet, sender=alice)
    with refused(dao.vault.PaymentFailed, payee=wallet, asset=NATIVE, amount=due):
        dao.vault.claim(edition, NATIVE, sender=alice)
    assert dao.vault.claimedOf(edition, NATIVE, alice) == 0
    dao.vault.setPayee(NATIVE, sender=alice)
    dao.vault.claim(edition, NATIVE, sender=alice)
    assert dao.vault.claimedOf(edition, NATIVE, alice) == due


def test_claim__reentered_by_its_payee__keeps_the_second_call_out(
    dao: Dao, edition: int, wallet: ContractInstance, alice: AccountAPI, buyer: AccountAPI
) -> None:
    """A payee that calls the vault while it is paid is paid once."""
    dao.pay(buyer, edition)
    due = dao.vault.dueOf(edition, NATIVE, alice)
    wallet.setManner(3, sender=alice)
    inner = dao.vault.claimMany.encode_input(edition, NATIVE, [alice.address])
    wallet.setReentry(dao.vault, inner, sender=alice)
    dao.vault.setPayee(wallet, sender=alice)
    dao.vault.claim(edition, NATIVE, sender=alice)
    assert wallet.balance == due
    assert decoded(bytes(wallet.answer())) == REENTRANCY


# --- success ---


@pytest.mark.parametrize("native", [True, False])
def test_claim__by_a_member__pays_its_share_of_units(
    dao: Dao, edition: int, alice: AccountAPI, buyer: AccountAPI, native: bool
) -> None:
    """600 of 1,000 units are six tenths of what is left after the cuts, rounded down."""
    asset = NATIVE if native else dao.dollar.address
    (dao.pay if native else dao.pay_tokens)(buyer, edition)
    due = NET * 600 // 1_000
    assert dao.vault.dueOf(edition, asset, alice) == due
    before = alice.balance if native else dao.dollar.balanceOf(alice)
    receipt = dao.vault.claim(edition, asset, sender=alice)
    logged = dao.vault.Claimed.from_receipt(receipt)[0]
    assert tuple(logged.event_arguments.values()) == (edition, asset, alice, alice, due)
    after = alice.balance + receipt.total_fees_paid if native else dao.dollar.balanceOf(alice)
    assert after - before == due
    assert dao.vault.claimedOf(edition, asset, alice) == due
    assert dao.vault.dueOf(edition, asset, alice) == 0


def test_claim__after_withdrawal__is_paid_for_what_was_sold(
    dao: Dao, alice: AccountAPI, bob: AccountAPI, buyer: AccountAPI
) -> None:
    """An edition keeps paying who was in it, also for money that comes after the withdrawal."""
    identity = dao.contribute(alice, 100)
    dao.contribute(bob, 300)
    edition = dao.publish()
    dao.withdraw(alice, identity)
    dao.pay(buyer, edition)
    assert dao.vault.dueOf(edition, NATIVE, alice) == NET * 100 // 400
    later = dao.publish()
    dao.pay(buyer, later)
    assert dao.vault.dueOf(later, NATIVE, alice) == 0
    assert dao.vault.dueOf(later, NATIVE, bob) == NET


def test_claim__payee_of_ones_choice__is_paid(
    dao: Dao, edition: int, alice: AccountAPI, buyer: AccountAPI, stranger: AccountAPI
) -> None:
    """A member says where its payments go; zero means itself again."""
    dao.pay(buyer, edition)
    receipt = dao.vault.setPayee(stranger, sender=alice)
    logged = dao.vault.PayeeChanged.from_receipt(receipt)[0]
    assert (logged.member, logged.payee) == (alice, stranger)
    assert dao.vault.payeeOf(alice) == stranger
    before = stranger.balance
    dao.vault.claim(edition, NATIVE, sender=alice)
    assert stranger.balance - before == NET * 600 // 1_000
    dao.vault.setPayee(NATIVE, sender=alice)
    assert dao.vault.payeeOf(alice) == alice


# --- properties ---


@pytest.mark.parametrize("seed", range(6))
def test_claims__of_any_units_and_deposits__never_exceed_what_was_received(
    dao: Dao, accounts: AccountManager, buyer: AccountAPI, stranger: AccountAPI, seed: int
) -> None:
    """In any turns Σ claimed ≤ Σ received, with less dust than there are members."""
    members = [accounts[place] for place in range(10, 14)]
    primes = (2, 3, 5, 7, 11, 13, 17, 19)
    for place, member in enumerate(members):
        dao.contribute(member, primes[(seed + place) % 8] ** (seed % 3 + 1))
    edition = dao.publish()
    for turn, amount in enumerate((1, 99, 10**18 + seed, 7, PRICE // 3)):
        dao.pay(buyer, edition, amount)
        claimants = increasing(*members[turn % 4 :])
        dao.vault.claimMany(edition, NATIVE, claimants, sender=stranger)
    dao.vault.claimMany(edition, NATIVE, increasing(*members), sender=stranger)
    received = dao.vault.receivedOf(edition, NATIVE)
    claimed = sum(dao.vault.claimedOf(edition, NATIVE, member) for member in members)
    assert 0 <= received - claimed < len(members)
    kept = dao.vault.reserveOf(NATIVE) + sum(dao.vault.keeperDue(1, i, NATIVE) for i in (1, 2, 3))
    assert dao.vault.balance >= received - claimed + kept
