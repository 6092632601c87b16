"""Silence: a period without a report costs its minimum, and the licence until it is made good."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.contracts.dao import DAY, Dao
from tests.contracts.meter_stand import BOND, MINIMUM, PERIOD, Meter, metered
from tests.contracts.refusals import refused

if TYPE_CHECKING:
    from ape.api import AccountAPI

EACH_ASSET = pytest.mark.parametrize("native", [True, False], ids=["native", "token"])


@pytest.fixture
def meter(dao: Dao, edition: int, alice: AccountAPI, buyer: AccountAPI) -> Meter:
    """The buyer's metered licence, in coin."""
    return metered(dao, alice, buyer)


# --- refusals ---


def test_take_minimum__before_a_whole_period_is_silent__is_refused(dao: Dao, meter: Meter) -> None:
    """The last second of a period is still the holder's."""
    due = meter.account.reportedUntil + PERIOD
    for timestamp in (due - PERIOD // 2, due - 1):
        dao.chain.pending_timestamp = timestamp
        with refused(dao.meter.NothingSilent, licenceId=meter.licence, dueAt=due):
            meter.take_minimum()


def test_take_minimum__after_a_report__is_refused(dao: Dao, meter: Meter) -> None:
    """A report, also a late one and one without use, is no silence."""
    dao.wait(3 * PERIOD)
    now = dao.now
    meter.settle(0, now)
    with refused(dao.meter.NothingSilent, licenceId=meter.licence, dueAt=now + PERIOD):
        meter.take_minimum()


def test_take_minimum__twice__is_refused(dao: Dao, meter: Meter) -> None:
    """Each silent period is paid for once."""
    begun = meter.account.reportedUntil
    dao.wait(2 * PERIOD + 5)
    meter.take_minimum()
    due = begun + 3 * PERIOD
    with refused(dao.meter.NothingSilent, licenceId=meter.licence, dueAt=due):
        meter.take_minimum()


def test_take_minimum__for_the_time_after_the_expiry__is_refused(dao: Dao, meter: Meter) -> None:
    """Where nothing may be used there is nothing to report."""
    expiry = dao.licence.licenceOf(meter.licence).expiry
    begun = meter.account.reportedUntil
    dao.go_to(expiry + 50 * PERIOD)
    periods = (expiry - begun) // PERIOD
    assert dao.meter.silentPeriods(meter.licence) == periods
    meter.take_minimum()
    due = begun + (periods + 1) * PERIOD
    with refused(dao.meter.NothingSilent, licenceId=meter.licence, dueAt=due):
        meter.take_minimum()


def test_take_minimum__for_the_time_after_the_closing__is_refused(dao: Dao, meter: Meter) -> None:
    """A closed account owes no more reports."""
    begun = meter.account.reportedUntil
    meter.close()
    dao.wait(50 * PERIOD)
    assert dao.meter.silentPeriods(meter.licence) == 0
    due = begun + PERIOD
    with refused(dao.meter.NothingSilent, licenceId=meter.licence, dueAt=due):
        meter.take_minimum()


# --- success ---


@EACH_ASSET
@pytest.mark.parametrize("periods", [1, 3])
def test_take_minimum__after_silence__pays_members_and_lapses(
    dao: Dao, edition: int, alice: AccountAPI, buyer: AccountAPI, native: bool, periods: int
) -> None:
    """Each whole silent period costs its minimum; the part of one that has begun costs nothing."""
    meter = metered(dao, alice, buyer, native)
    begun, before = meter.account.reportedUntil, meter.received()
    dao.go_to(begun + periods * PERIOD + PERIOD // 2)
    assert dao.meter.silentPeriods(meter.licence) == periods
    receipt = meter.take_minimum()
    amount = periods * MINIMUM
    taken = dao.meter.MinimumTaken(meter.licence, edition, periods, amount)
    assert dao.meter.MinimumTaken.from_receipt(receipt) == [taken]
    lapsed = dao.licence.LicenceLapsed(meter.licence)
    assert dao.licence.LicenceLapsed.from_receipt(receipt) == [lapsed]
    deposit = dao.vault.Deposited.from_receipt(receipt)[0]
    assert (deposit.amount, bytes(deposit.purpose)) == (amount, meter.purpose)
    assert meter.received() - before == amount
    assert meter.held() == meter.account.balance == BOND - amount
    assert meter.account.reportedUntil == begun + periods * PERIOD
    assert meter.account.lapsed
    assert not dao.licence.isInForce(meter.licence)


def test_take_minimum__at_the_very_end_of_a_period__is_due(dao: Dao, meter: Meter) -> None:
    """A period is over in its last second."""
    dao.chain.pending_timestamp = meter.account.reportedUntil + PERIOD
    meter.take_minimum()
    assert meter.account.balance == BOND - MINIMUM


def test_take_minimum__more_than_there_is__takes_what_there_is(dao: Dao, meter: Meter) -> None:
    """25 silent days cost more than the bond, which is all that members get."""
    begun, before = meter.account.reportedUntil, meter.received()
    dao.go_to(begun + 25 * PERIOD)
    receipt = meter.take_minimum()
    taken = dao.meter.MinimumTaken(meter.licence, meter.edition, 25, BOND)
    assert dao.meter.MinimumTaken.from_receipt(receipt) == [taken]
    assert (meter.received() - before, meter.held(), meter.account.balance) == (BOND, 0, 0)
    dao.wait(PERIOD)
    receipt = meter.take_minimum()
    assert dao.meter.MinimumTaken.from_receipt(receipt)[0].amount == 0
    assert dao.vault.Deposited.from_receipt(receipt) == []
    assert dao.licence.LicenceLapsed.from_receipt(receipt) == []


def test_fund__after_silence__restores_the_licence(dao: Dao, meter: Meter) -> None:
    """What was taken has to come back; a bond that stayed full needs any payment at all."""
    dao.wait(PERIOD)
    meter.take_minimum()
    meter.fund(MINIMUM - 1)
    assert not dao.licence.isInForce(meter.licence)
    meter.fund(1 + MINIMUM)
    assert dao.licence.isInForce(meter.licence)
    dao.wait(PERIOD)
    meter.take_minimum()
    assert meter.account.balance == BOND
    assert not dao.licence.isInForce(meter.licence)
    meter.fund(1)
    assert dao.licence.isInForce(meter.licence)


def test_take_minimum__of_a_restored_licence__lapses_it_again(dao: Dao, meter: Meter) -> None:
    """A full bond is no report."""
    dao.wait(PERIOD)
    meter.take_minimum()
    meter.fund(MINIMUM)
    dao.wait(PERIOD)
    receipt = meter.take_minimum()
    assert dao.licence.LicenceLapsed.from_receipt(receipt) != []
    assert not dao.licence.isInForce(meter.licence)


# --- attacks ---


def test_take_minimum__again_and_again__costs_no_more_than_the_time(dao: Dao, meter: Meter) -> None:
    """However often a stranger calls, ten silent days cost ten minimums."""
    begun = meter.account.reportedUntil
    for hours in range(1, 241, 7):
        dao.go_to(begun + hours * DAY // 24)
        if dao.meter.silentPeriods(meter.licence):
            meter.take_minimum()
    dao.go_to(begun + 10 * PERIOD)
    meter.take_minimum()
    assert meter.account.balance == BOND - 10 * MINIMUM


def test_take_minimum__of_one_licence__touches_no_other(
    dao: Dao, meter: Meter, alice: AccountAPI, buyer: AccountAPI
) -> None:
    """Bonds in one asset do not mix, though one contract holds them."""
    other = metered(dao, alice, buyer)
    dao.wait(25 * PERIOD)
    other.settle(0)
    meter.take_minimum()
    assert (meter.account.balance, other.account.balance) == (0, BOND)
    assert dao.meter.balance == BOND
    assert dao.licence.isInForce(other.licence)
