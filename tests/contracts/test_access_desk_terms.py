"""AccessDesk, filing: arbiter, metering, and when nothing can be filed at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.contracts.actors import HOUR
from tests.contracts.dao import DAY, FEE, NATIVE, PRICE, TOKEN_PRICE, Dao
from tests.contracts.desk_stand import (
    BOND,
    METERING,
    TOKEN_BOND,
    TOKEN_METERING,
    appoint,
    escrowed,
)
from tests.contracts.refusals import refused

if TYPE_CHECKING:
    from ape.api import AccountAPI
    from ape.managers import ProjectManager

WIDE = (2**128 - 1, 2**128 - 1, 2**128 - 1, 365 * DAY)


# --- refusals ---


def test_request__before_the_genesis__is_refused(dao: Dao, buyer: AccountAPI) -> None:
    """A DAO without its stated members and units sells nothing."""
    with refused(dao.registry.BeforeGenesis, members=1, units=1):
        dao.request(buyer)


def test_request__after_everybody_has_left__is_taken(
    dao: Dao, members: list[AccountAPI], buyer: AccountAPI
) -> None:
    """The genesis comes once; that nobody is left shows in the edition, not at filing."""
    for member in members:
        dao.registry.leaveAll(sender=member)
    dao.request(buyer)
    assert dao.desk.requestCount() == 1


def test_request__while_the_council_pauses__is_refused_to_the_last_second(
    dao: Dao, members: list[AccountAPI], alice: AccountAPI, buyer: AccountAPI
) -> None:
    """A pause stops filing until its end, which is the first second in which one can file."""
    dao.wait(1)
    appoint(dao, alice, dao.stranger)
    dao.council.pause(HOUR, sender=dao.stranger)
    until = dao.registry.pausedUntil()
    dao.chain.pending_timestamp = until - 1
    with refused(dao.registry.RegistrationPaused, until=until):
        dao.request(buyer)
    dao.chain.pending_timestamp = until
    dao.request(buyer)
    assert dao.desk.requestCount() == 1


@pytest.mark.usefixtures("members")
def test_request__arbiter_is_the_buyer__is_refused(dao: Dao, buyer: AccountAPI) -> None:
    """Nobody judges its own delivery."""
    with refused(dao.desk.ArbiterIsBuyer, buyer=buyer):
        dao.request(buyer, arbiter=buyer.address)


@pytest.mark.usefixtures("members")
@pytest.mark.parametrize(
    "metering",
    [
        (0, *METERING[1:]),
        (METERING[0], 0, *METERING[2:]),
        (*METERING[:2], METERING[1] - 1, DAY),
        (METERING[2] + 1, *METERING[1:]),
        (*METERING[:2], 0, DAY),
        (*METERING[:3], 0),
        (*METERING[:3], HOUR - 1),
        (*METERING[:3], 365 * DAY + 1),
        (1, 0, 0, 0),
        (0, 1, 0, 0),
        (0, 0, 1, 0),
        (0, 0, 0, HOUR),
    ],
)
def test_request__metering_that_is_not_whole__is_refused(
    dao: Dao, buyer: AccountAPI, metering: tuple[int, ...]
) -> None:
    """Metering has a unit price, a minimum, a bond of at least either, and a period; or nothing."""
    with refused(dao.desk.MeteringOutOfBounds, metering=metering):
        dao.request(buyer, metering=metering)


@pytest.mark.usefixtures("members")
@pytest.mark.parametrize("value", [PRICE + FEE, PRICE + BOND, PRICE + BOND + FEE - 1])
def test_request__metered_without_its_bond__is_refused(
    dao: Dao, buyer: AccountAPI, value: int
) -> None:
    """Price, bond and fee are due together."""
    terms = tuple(dao.terms(metering=METERING).values())
    with refused(dao.desk.ValueMismatch, value=value, expected=PRICE + BOND + FEE):
        dao.desk.request(terms, value=value, sender=buyer)


@pytest.mark.parametrize("periods", [(30 * DAY + 1, HOUR), (HOUR, 365 * DAY + 1)])
def test_create__period_longer_than_its_bound__is_refused(
    deployer: AccountAPI, project: ProjectManager, periods: tuple[int, int]
) -> None:
    """Requests last thirty days at most, so that no two pauses hit one; deliveries a year."""
    peers = tuple([deployer.address] * 13)
    with refused("PeriodOutOfBounds", period=max(periods)):
        deployer.deploy(project.AccessDesk, peers, [], 0, *periods)


# --- success ---


def test_create__periods_at_their_bounds__are_kept(
    deployer: AccountAPI, project: ProjectManager
) -> None:
    """Both bounds themselves are allowed."""
    for periods in ((60, 60), (30 * DAY, 365 * DAY)):
        desk = deployer.deploy(project.AccessDesk, tuple([deployer.address] * 13), [], 0, *periods)
        assert tuple(desk.periods()) == periods


@pytest.mark.usefixtures("members")
@pytest.mark.parametrize("metering", [(1, 1, 1, HOUR), METERING])
def test_request__metered__escrows_price_and_bond(
    dao: Dao, buyer: AccountAPI, alice: AccountAPI, metering: tuple[int, ...]
) -> None:
    """The bond lies in escrow beside the price, and terms are read back as they were given."""
    terms = dao.terms(metering=metering, arbiter=alice.address)
    dao.request(buyer, **terms)
    assert dao.desk.escrowOf(1) == PRICE + metering[2] == dao.desk.balance - FEE
    assert tuple(dao.desk.requestOf(1).terms) == tuple(terms.values())


@pytest.mark.usefixtures("members")
def test_request__metered_at_every_bound__is_read_back_unchanged(
    dao: Dao, buyer: AccountAPI
) -> None:
    """All metering fields at their widest come back as they were given."""
    changes = {"asset": dao.dollar.address, "price": TOKEN_PRICE, "metering": WIDE}
    dao.request(buyer, **changes)
    assert tuple(dao.desk.requestOf(1).terms.metering) == WIDE
    assert dao.desk.escrowOf(1) == dao.dollar.balanceOf(dao.desk) == TOKEN_PRICE + WIDE[2]


@pytest.mark.usefixtures("members")
def test_cancel__of_a_metered_request__returns_price_and_bond(dao: Dao, buyer: AccountAPI) -> None:
    """What was escrowed together comes back together."""
    dao.request(buyer, metering=METERING)
    before = buyer.balance
    receipt = dao.desk.cancel(1, sender=buyer)
    assert buyer.balance == before + PRICE + BOND - receipt.total_fees_paid
    assert dao.desk.Cancelled.from_receipt(receipt)[0].amount == PRICE + BOND
    assert (dao.desk.escrowOf(1), dao.desk.balance) == (0, FEE)


def test_refund__of_an_undelivered_metered_licence__returns_price_and_bond(
    dao: Dao, edition: int, alice: AccountAPI, buyer: AccountAPI
) -> None:
    """Without receipts there is nothing to meter."""
    dao.request(buyer, metering=METERING).pass_by(alice).execute()
    dao.pass_deliver_by(1)
    before = buyer.balance
    receipt = dao.desk.refund(1, sender=dao.stranger)
    assert buyer.balance == before + PRICE + BOND
    assert dao.desk.Refunded.from_receipt(receipt)[0].amount == PRICE + BOND


def test_settle__of_a_metered_licence__opens_its_meter_with_the_bond(
    dao: Dao, edition: int, alice: AccountAPI, buyer: AccountAPI
) -> None:
    """The price goes to the members, the bond to the meter, and nothing stays behind."""
    dao.request(buyer, metering=METERING).pass_by(alice).execute()
    dao.deliver(1)
    receipt = dao.desk.settle(1, sender=dao.stranger)
    opened = dao.meter.MeterOpened.from_receipt(receipt)[0]
    assert tuple(opened.event_arguments.values()) == (1, NATIVE, *METERING)
    assert dao.meter.accountOf(1).balance == dao.meter.balance == BOND
    assert (dao.vault.balance, dao.desk.balance, escrowed(dao)) == (PRICE, FEE, 0)


def test_settle__of_a_metered_licence_in_tokens__leaves_no_allowance(
    dao: Dao, edition: int, alice: AccountAPI, buyer: AccountAPI
) -> None:
    """The same in tokens; vault and meter may take nothing more."""
    changes = {"asset": dao.dollar.address, "price": TOKEN_PRICE, "metering": TOKEN_METERING}
    dao.request(buyer, **changes).pass_by(alice).execute()
    dao.deliver(1)
    dao.desk.settle(1, sender=dao.stranger)
    assert dao.dollar.balanceOf(dao.meter) == dao.meter.accountOf(1).balance == TOKEN_BOND
    assert dao.dollar.balanceOf(dao.vault) == TOKEN_PRICE
    assert dao.dollar.balanceOf(dao.desk) == 0
    for spender in (dao.vault, dao.meter):
        assert dao.dollar.allowance(dao.desk, spender) == 0
