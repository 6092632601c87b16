"""Vouchers: what the holder has signed is paid once, whoever brings it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.contracts.actors import elsewhere, second_form
from tests.contracts.dao import DAY, Dao, sign
from tests.contracts.meter_stand import BOND, PERIOD, UNIT, Meter, metered
from tests.contracts.refusals import refused

if TYPE_CHECKING:
    from ape.api import AccountAPI

EACH_ASSET = pytest.mark.parametrize("native", [True, False], ids=["native", "token"])


@pytest.fixture
def meter(dao: Dao, edition: int, alice: AccountAPI, buyer: AccountAPI) -> Meter:
    """The buyer's metered licence, in coin."""
    return metered(dao, alice, buyer)


# --- refusals ---


def test_settle__signed_by_anybody_but_the_holder__is_refused(
    dao: Dao, meter: Meter, alice: AccountAPI, buyer: AccountAPI
) -> None:
    """Neither members nor a careless form of the holder's signature spend its bond."""
    voucher = meter.voucher(5)
    good, domain = meter.sign(voucher), dao.domain(dao.meter)
    for signature in (
        sign(alice, domain, voucher),
        second_form(good),
        good[:64],
        bytes(65),
        b"",
        *(sign(buyer, other, voucher) for other in elsewhere(domain)),
        sign(buyer, replace(domain, name="DataRegistry"), voucher),
        sign(buyer, replace(domain, version="2"), voucher),
    ):
        with refused(dao.meter.VoucherSignatureInvalid, holder=buyer):
            meter.bring(voucher, signature)


def test_settle__another_voucher_than_was_signed__is_refused(
    dao: Dao, meter: Meter, alice: AccountAPI, buyer: AccountAPI
) -> None:
    """Every field is under the signature, the licence above all."""
    signed = meter.sign(meter.voucher(5, dao.now - 1))
    other = metered(dao, alice, buyer)
    for voucher in (
        replace(meter.voucher(5, dao.now - 1), licence_id=other.licence),
        meter.voucher(6, dao.now - 1),
        meter.voucher(5),
    ):
        with refused(dao.meter.VoucherSignatureInvalid, holder=buyer):
            meter.bring(voucher, signed)


def test_settle__behind_what_is_settled__is_refused(dao: Dao, meter: Meter) -> None:
    """A voucher that was settled, or adds nothing to one that was, moves nothing."""
    dao.wait(1_000)
    now = dao.now
    meter.settle(10, now)
    for units, until in ((10, now), (10, now - 1), (9, now + 1), (0, now + 1), (9, now)):
        expected = {"settledUnits": 10, "reportedUntil": now}
        with refused(dao.meter.VoucherBehind, units=units, until=until, **expected):
            meter.settle(units, until)


def test_settle__ahead_of_now__is_refused(dao: Dao, meter: Meter) -> None:
    """Nobody has used anything in the future."""
    dao.chain.pending_timestamp = pending = dao.now + 100
    with refused(dao.meter.VoucherAhead, until=pending + 1, latest=pending):
        meter.settle(1, pending + 1)


def test_settle__ahead_of_the_expiry__is_refused(dao: Dao, meter: Meter) -> None:
    """After its expiry no use is this licence's."""
    expiry = dao.licence.licenceOf(meter.licence).expiry
    dao.go_to(expiry + DAY)
    with refused(dao.meter.VoucherAhead, until=expiry + 1, latest=expiry):
        meter.settle(1, expiry + 1)
    meter.settle(1, expiry)


def test_settle__ahead_of_the_closing__is_refused(dao: Dao, meter: Meter) -> None:
    """After its closing no use is this licence's, and the final voucher is settled all the same."""
    closed = meter.close().timestamp
    dao.wait(PERIOD // 2)
    with refused(dao.meter.VoucherAhead, until=closed + 1, latest=closed):
        meter.settle(3, closed + 1)
    meter.settle(3, closed)
    assert meter.account.balance == BOND - 3 * UNIT


# --- success ---


@EACH_ASSET
def test_settle__of_a_signed_voucher__pays_the_editions_members(
    dao: Dao, edition: int, alice: AccountAPI, buyer: AccountAPI, native: bool
) -> None:
    """Units times their price go from the bond to the vault, for the edition that was sold."""
    meter = metered(dao, alice, buyer, native)
    before, due = meter.received(), dao.vault.dueOf(edition, meter.asset, alice)
    until = dao.now
    receipt = meter.settle(250, until)
    amount = 250 * UNIT
    assert meter.received() - before == amount
    assert meter.held() == meter.account.balance == BOND - amount
    assert (meter.account.units, meter.account.reportedUntil) == (250, until)
    settled = dao.meter.UsageSettled(meter.licence, edition, 250, until, amount)
    assert dao.meter.UsageSettled.from_receipt(receipt) == [settled]
    deposit = dao.vault.Deposited.from_receipt(receipt)[0]
    assert (getattr(deposit, "from"), deposit.amount) == (dao.meter, amount)
    assert bytes(deposit.purpose) == meter.purpose
    share = dao.vault.dueOf(edition, meter.asset, alice) - due
    assert abs(share - amount * 93 // 100 * 6 // 10) <= 1
    assert dao.licence.isInForce(meter.licence)


def test_settle__of_several_vouchers__pays_what_each_adds(dao: Dao, meter: Meter) -> None:
    """Units count from the beginning; a voucher that was left out is in the next."""
    paid = 0
    for units in (3, 3, 10, 500):
        dao.wait(60)
        receipt = meter.settle(units)
        paid += dao.meter.UsageSettled.from_receipt(receipt)[0].amount
        assert paid == units * UNIT
    assert meter.account.balance == BOND - 500 * UNIT


def test_settle__of_a_report_without_use__only_moves_the_date(dao: Dao, meter: Meter) -> None:
    """Who used nothing says so, and pays nothing for it."""
    dao.wait(PERIOD + 10)
    before, now = meter.received(), dao.now
    receipt = meter.settle(0, now)
    assert dao.vault.Deposited.from_receipt(receipt) == []
    assert (meter.account.balance, meter.account.reportedUntil) == (BOND, now)
    assert (meter.received(), dao.meter.silentPeriods(meter.licence)) == (before, 0)


def test_settle__more_than_the_bond__pays_whole_units_and_lapses(dao: Dao, meter: Meter) -> None:
    """A thousand and a half units are there, so a thousand are paid, and the licence lapses."""
    reported, before = meter.account.reportedUntil, meter.received()
    dao.wait(60)
    now = dao.now
    receipt = meter.settle(1_200, now)
    settled = dao.meter.UsageSettled(meter.licence, meter.edition, 1_000, now, 1_000 * UNIT)
    assert dao.meter.UsageSettled.from_receipt(receipt) == [settled]
    lapsed = dao.licence.LicenceLapsed(meter.licence)
    assert dao.licence.LicenceLapsed.from_receipt(receipt) == [lapsed]
    account = meter.account
    assert (account.units, account.reportedUntil) == (1_000, reported)
    assert (account.balance, account.lapsed) == (BOND % UNIT, True)
    assert meter.received() - before == 1_000 * UNIT
    assert not dao.licence.isInForce(meter.licence)


def test_fund__after_a_lapse__restores_once_the_bond_is_full(dao: Dao, meter: Meter) -> None:
    """Part of the bond restores nothing; then the same voucher settles its rest."""
    voucher = meter.voucher(1_200)
    meter.bring(voucher)
    missing = BOND - BOND % UNIT
    receipt = meter.fund(missing - 1)
    assert dao.licence.LicenceRestored.from_receipt(receipt) == []
    assert meter.account.lapsed
    receipt = meter.fund(1)
    restored = dao.licence.LicenceRestored(meter.licence)
    assert dao.licence.LicenceRestored.from_receipt(receipt) == [restored]
    assert not meter.account.lapsed
    assert dao.licence.isInForce(meter.licence)
    before = meter.received()
    meter.bring(voucher)
    assert meter.received() - before == 200 * UNIT
    assert (meter.account.units, meter.account.reportedUntil) == (1_200, voucher.until)
    assert dao.licence.isInForce(meter.licence)


def test_settle__while_lapsed__pays_and_does_not_restore(dao: Dao, meter: Meter) -> None:
    """What was used is owed whatever the licence's state; only a full bond brings it back."""
    dao.wait(PERIOD)
    meter.take_minimum()
    meter.settle(5)
    assert meter.account.units == 5
    assert meter.account.lapsed


# --- attacks ---


def test_settle__an_older_voucher_with_more_units__is_paid(dao: Dao, meter: Meter) -> None:
    """A holder does not get out of a voucher by settling a later one that states less."""
    dao.wait(100)
    owed = meter.voucher(800)
    dao.wait(100)
    later = dao.now
    meter.settle(0, later)
    before = meter.received()
    meter.bring(owed)
    assert meter.received() - before == 800 * UNIT
    assert meter.account.reportedUntil == later
    expected = {"settledUnits": 800, "reportedUntil": later}
    with refused(dao.meter.VoucherBehind, units=800, until=owed.until, **expected):
        meter.bring(owed)


def test_settle__a_voucher_from_before_the_minimum__is_paid(dao: Dao, meter: Meter) -> None:
    """A holder does not get out of a voucher by having the minimum taken for its time."""
    dao.wait(PERIOD - 100)
    owed = meter.voucher(800)
    dao.wait(100)
    meter.take_minimum()
    assert meter.account.reportedUntil > owed.until
    before = meter.received()
    meter.bring(owed)
    assert meter.received() - before == 800 * UNIT


def test_settle__the_largest_voucher_there_is__takes_no_more_than_the_bond(
    dao: Dao, meter: Meter, alice: AccountAPI, buyer: AccountAPI
) -> None:
    """No number overflows, and nobody else's bond is touched."""
    other = metered(dao, alice, buyer)
    before = meter.received()
    for _ in range(2):
        meter.settle(2**128 - 1)
    assert meter.received() - before == BOND // UNIT * UNIT
    assert other.account.balance == BOND
    assert dao.meter.balance == BOND + BOND % UNIT


def test_settle__bond_of_one_unit__is_paid_unit_by_unit(
    dao: Dao, edition: int, alice: AccountAPI, buyer: AccountAPI
) -> None:
    """Half a unit is not paid for; whoever fills the bond again pays with it what is still owed."""
    meter = metered(dao, alice, buyer, metering=(BOND, 1, BOND, PERIOD))
    meter.settle(2)
    assert (meter.account.balance, meter.account.units, meter.account.lapsed) == (0, 1, True)
    meter.fund(BOND - 1)
    receipt = meter.settle(2)
    assert dao.vault.Deposited.from_receipt(receipt) == []
    assert (meter.account.balance, meter.account.units, meter.account.lapsed) == (BOND - 1, 1, True)
    meter.fund(1)
    assert dao.licence.isInForce(meter.licence)
    meter.settle(2)
    assert (meter.account.balance, meter.account.units, meter.account.lapsed) == (0, 2, False)


@pytest.mark.parametrize("method", ["suspend", "revoke"])
def test_settle__of_a_licence_that_the_dao_ended__still_pays(
    dao: Dao, meter: Meter, alice: AccountAPI, method: str
) -> None:
    """What was used before is owed; the holder closes, and its bond is not the DAO's to keep."""
    dao.pass_hand_over(meter.licence)
    call = bytes(getattr(dao.licence, method).encode_input(meter.licence))
    dao.propose(alice, [(dao.licence, 0, call)]).pass_by(alice).execute()
    meter.settle(5)
    meter.close()
    dao.wait(PERIOD)
    before = alice.balance
    meter.take_bond(alice)
    assert alice.balance - before == BOND - 5 * UNIT
    assert meter.held() == 0


@EACH_ASSET
def test_gas__of_a_settlement__stays_under_its_ceiling(
    dao: Dao, edition: int, alice: AccountAPI, buyer: AccountAPI, native: bool
) -> None:
    """Whatever the number of uses, a voucher costs at most 120,000 gas; time moves in between."""
    meter = metered(dao, alice, buyer, native)
    for units in (1, 400, 900):
        dao.wait(100)
        receipt = meter.settle(units)
    assert receipt.gas_used <= 120_000
