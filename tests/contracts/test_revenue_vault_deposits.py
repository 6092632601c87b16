"""RevenueVault, deposits: what comes in, and the stated cuts of reserve and keepers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.contracts.dao import (
    AMOUNT,
    KEEPERS,
    NATIVE,
    NET,
    PURPOSE,
    RESERVE,
    Dao,
)
from tests.contracts.refusals import decoded, refused

if TYPE_CHECKING:
    from ape.api import AccountAPI
    from ape.managers import ProjectManager

REENTRANCY = ("ReentrancyGuardReentrantCall", {})


# --- refusals ---


@pytest.mark.parametrize(
    ("reserve", "keepers", "bps", "maximum"),
    [(2_001, 0, 2_001, 2_000), (0, 1_001, 1_001, 1_000), (65_535, 0, 65_535, 2_000)],
)
def test_create__cuts_above_their_bounds__is_refused(
    deployer: AccountAPI,
    project: ProjectManager,
    reserve: int,
    keepers: int,
    bps: int,
    maximum: int,
) -> None:
    """The reserve takes at most 20 percent, the keepers at most 10."""
    peers = tuple([deployer.address] * 13)
    with refused("CutOutOfBounds", bps=bps, maximum=maximum):
        deployer.deploy(project.RevenueVault, peers, reserve, keepers)


def test_deposit__nothing__is_refused(dao: Dao, edition: int, buyer: AccountAPI) -> None:
    """A deposit moves something."""
    for asset in (NATIVE, dao.dollar):
        with refused(dao.vault.NothingDeposited):
            dao.vault.deposit(edition, asset, 0, PURPOSE, sender=buyer)


def test_deposit__other_coin_than_stated__is_refused(
    dao: Dao, edition: int, buyer: AccountAPI
) -> None:
    """The stated amount is what came, and tokens come without coin."""
    for asset, amount, value, expected in (
        (NATIVE, 5, 4, 5),
        (NATIVE, 5, 6, 5),
        (dao.dollar, 5, 1, 0),
    ):
        with refused(dao.vault.NativeAmountMismatch, value=value, amount=expected):
            dao.vault.deposit(edition, asset, amount, PURPOSE, value=value, sender=buyer)


def test_deposit__for_an_unknown_edition__is_refused(
    dao: Dao, edition: int, buyer: AccountAPI
) -> None:
    """Money for nobody is not taken."""
    for unknown in (0, edition + 1):
        with refused(dao.registry.EditionUnknown, editionId=unknown):
            dao.pay(buyer, unknown)


def test_deposit__for_an_edition_without_units__is_refused(
    dao: Dao, alice: AccountAPI, buyer: AccountAPI
) -> None:
    """Nobody could ever claim it."""
    identity = dao.contribute(alice, 10)
    dao.wait(1)
    dao.withdraw(alice, identity)
    empty = dao.seal()
    with refused(dao.vault.EditionWithoutUnits, editionId=empty):
        dao.pay(buyer, empty)


def test_deposit__reentered_by_its_token__keeps_the_second_call_out(
    dao: Dao, edition: int, buyer: AccountAPI
) -> None:
    """A token cannot deposit, or claim, from inside a deposit."""
    inner = dao.vault.claimMany.encode_input(edition, dao.dollar.address, [])
    dao.dollar.setReentry(dao.vault, inner, sender=buyer)
    dao.pay_tokens(buyer, edition)
    assert decoded(bytes(dao.dollar.answer())) == REENTRANCY
    assert dao.vault.receivedOf(edition, dao.dollar) == NET


def test_collect_and_sweeps__nothing_there__is_refused(
    dao: Dao, edition: int, alice: AccountAPI, buyer: AccountAPI, stranger: AccountAPI
) -> None:
    """Nothing parked, reserved, or due to a keeper; and no keeper beyond the committee."""
    with refused(dao.vault.NothingParked, member=alice, asset=NATIVE):
        dao.vault.collect(NATIVE, alice, sender=alice)
    with refused(dao.vault.NothingReserved, asset=NATIVE):
        dao.vault.sweepReserve(NATIVE, sender=stranger)
    with refused(dao.vault.NothingDueToKeeper, epoch=1, index=1, asset=NATIVE):
        dao.vault.payKeeper(1, 1, NATIVE, sender=stranger)
    dao.pay(buyer, edition)
    for epoch, index in ((1, 0), (1, 4), (2, 1)):
        with refused(dao.vault.NothingDueToKeeper, epoch=epoch, index=index, asset=NATIVE):
            dao.vault.payKeeper(epoch, index, NATIVE, sender=stranger)


# --- success ---


def test_deposit__in_coin__is_split_and_logged(dao: Dao, edition: int, buyer: AccountAPI) -> None:
    """The three parts are the whole, each rounded down but the members'."""
    receipt = dao.pay(buyer, edition)
    logged = dao.vault.Deposited.from_receipt(receipt)[0]
    assert tuple(logged.event_arguments.values()) == (
        edition,
        NATIVE,
        buyer,
        AMOUNT,
        RESERVE,
        KEEPERS,
        PURPOSE,
    )
    assert dao.vault.receivedOf(edition, NATIVE) == NET
    assert dao.vault.reserveOf(NATIVE) == RESERVE
    assert [dao.vault.keeperDue(1, index, NATIVE) for index in (1, 2, 3)] == [KEEPERS // 3] * 3
    assert dao.vault.balance == AMOUNT
    assert tuple(dao.vault.cuts()) == (500, 200)


def test_deposit__token_with_a_fee__counts_what_arrives(
    dao: Dao, edition: int, buyer: AccountAPI
) -> None:
    """A token that takes a fee has paid less, and only that is shared."""
    dao.dollar.setFee(100, sender=buyer)
    receipt = dao.pay_tokens(buyer, edition, 10_000)
    assert dao.vault.Deposited.from_receipt(receipt)[0].amount == 9_900
    assert dao.vault.receivedOf(edition, dao.dollar) == 9_900 - 495 - 198
    assert dao.dollar.balanceOf(dao.vault) == 9_900


def test_sweep_and_pay_keepers__after_a_deposit__pay_exactly_the_cuts(
    dao: Dao,
    edition: int,
    operators: list[AccountAPI],
    buyer: AccountAPI,
    stranger: AccountAPI,
) -> None:
    """The reserve goes to the timelock, the keepers' cut in equal parts to their operators."""
    dao.pay(buyer, edition)
    receipt = dao.vault.sweepReserve(NATIVE, sender=stranger)
    logged = dao.vault.ReserveSwept.from_receipt(receipt)[0]
    assert (logged.asset, logged.amount, dao.timelock.balance) == (NATIVE, RESERVE, RESERVE)
    for index, operator in enumerate(operators, 1):
        before = operator.balance
        receipt = dao.vault.payKeeper(1, index, NATIVE, sender=stranger)
        logged = dao.vault.KeeperPaid.from_receipt(receipt)[0]
        assert tuple(logged.event_arguments.values()) == (1, index, NATIVE, KEEPERS // 3)
        assert operator.balance - before == KEEPERS // 3
        with refused(dao.vault.NothingDueToKeeper, epoch=1, index=index, asset=NATIVE):
            dao.vault.payKeeper(1, index, NATIVE, sender=stranger)
    assert dao.vault.balance == NET + KEEPERS % 3


# --- properties ---


def test_assets__that_misbehave__harm_only_what_was_paid_in_them(
    dao: Dao, edition: int, alice: AccountAPI, buyer: AccountAPI, stranger: AccountAPI
) -> None:
    """A token that stops working leaves every other asset payable in full."""
    dao.pay(buyer, edition)
    dao.pay_tokens(buyer, edition)
    dao.dollar.setFailsSilently(True, sender=stranger)
    expected = {"payee": alice, "asset": dao.dollar, "amount": NET * 600 // 1_000}
    with refused(dao.vault.PaymentFailed, **expected):
        dao.vault.claim(edition, dao.dollar, sender=alice)
    dao.vault.claim(edition, NATIVE, sender=alice)
    assert dao.vault.claimedOf(edition, NATIVE, alice) == NET * 600 // 1_000


@pytest.mark.parametrize(
    ("native", "deposit_ceiling", "claim_ceiling"),
    [(False, 98_000, 66_000), (True, 78_000, 57_000)],
)
def test_gas__of_deposits_and_repeated_claims__stays_under_the_ceilings(
    dao: Dao,
    edition: int,
    alice: AccountAPI,
    buyer: AccountAPI,
    native: bool,
    deposit_ceiling: int,
    claim_ceiling: int,
) -> None:
    """A deposit and a member's second claim, with time moved in between."""
    asset = NATIVE if native else dao.dollar.address
    for _ in range(2):
        dao.wait(10)
        deposit = (dao.pay if native else dao.pay_tokens)(buyer, edition)
        dao.wait(10)
        claim = dao.vault.claim(edition, asset, sender=alice)
    assert deposit.gas_used <= deposit_ceiling
    assert claim.gas_used <= claim_ceiling
