"""Closing: the holder ends its use for ever, and a period later has what is left of its bond."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.contracts.actors import FOREVER
from tests.contracts.dao import DAY, NATIVE, Dao
from tests.contracts.meter_stand import BOND, MINIMUM, PERIOD, UNIT, Meter, metered
from tests.contracts.refusals import decoded, refused

if TYPE_CHECKING:
    from ape.api import AccountAPI
    from ape.contracts import ContractInstance

EACH_ASSET = pytest.mark.parametrize("native", [True, False], ids=["native", "token"])


@pytest.fixture
def meter(dao: Dao, edition: int, alice: AccountAPI, buyer: AccountAPI) -> Meter:
    """The buyer's metered licence, in coin."""
    return metered(dao, alice, buyer)


# --- refusals ---


def test_close_or_take_bond__by_anybody_but_the_holder__is_refused(
    dao: Dao, meter: Meter, alice: AccountAPI, buyer: AccountAPI, stranger: AccountAPI
) -> None:
    """Nobody ends another's use, nor takes its bond, before or after the closing."""
    for caller in (alice, stranger):
        with refused(dao.meter.NotHolder, caller=caller, holder=buyer):
            dao.meter.close(meter.licence, sender=caller)
    meter.close()
    dao.wait(PERIOD)
    for caller in (alice, stranger):
        with refused(dao.meter.NotHolder, caller=caller, holder=buyer):
            dao.meter.takeBond(meter.licence, caller, sender=caller)


def test_close__twice__is_refused(dao: Dao, meter: Meter) -> None:
    """A closing is not put off, nor begun anew."""
    meter.close()
    dao.wait(PERIOD)
    with refused(dao.meter.AlreadyClosing, licenceId=meter.licence):
        meter.close()
    meter.take_bond()
    with refused(dao.meter.AlreadyClosing, licenceId=meter.licence):
        meter.close()


def test_take_bond__without_a_closing__is_refused(dao: Dao, meter: Meter) -> None:
    """Even an expired licence is closed first, so that its last voucher can be brought."""
    dao.go_to(dao.licence.licenceOf(meter.licence).expiry + PERIOD)
    with refused(dao.meter.NotClosed, licenceId=meter.licence, closesAt=2**256 - 1):
        meter.take_bond()


def test_take_bond__within_the_closing_delay__is_refused(dao: Dao, meter: Meter) -> None:
    """Members have a period to bring the final voucher."""
    closes_at = meter.close().timestamp + PERIOD
    for timestamp in (closes_at - PERIOD // 2, closes_at - 1):
        dao.chain.pending_timestamp = timestamp
        with refused(dao.meter.NotClosed, licenceId=meter.licence, closesAt=closes_at):
            meter.take_bond()


def test_take_bond__twice__is_refused(
    dao: Dao, meter: Meter, alice: AccountAPI, buyer: AccountAPI
) -> None:
    """A second time it would be another's."""
    metered(dao, alice, buyer)
    meter.close()
    dao.wait(PERIOD)
    meter.take_bond()
    with refused(dao.meter.NothingLeft, licenceId=meter.licence):
        meter.take_bond()
    assert dao.meter.balance == BOND


def test_take_bond__to_whom_cannot_take_it__is_refused_and_loses_nothing(
    dao: Dao, meter: Meter, wallet: ContractInstance, alice: AccountAPI, buyer: AccountAPI
) -> None:
    """The holder names another account and has the bond."""
    wallet.setManner(1, sender=alice)
    meter.close()
    dao.wait(PERIOD)
    for payee in (wallet, dao.vault, dao.meter):
        with refused(dao.meter.PaymentFailed, to=payee, amount=BOND):
            meter.take_bond(payee)
    with refused(dao.meter.PaymentFailed, to=NATIVE, amount=BOND):
        meter.take_bond(NATIVE)
    assert (meter.account.balance, meter.account.emptied, meter.held()) == (BOND, False, BOND)
    before = alice.balance
    meter.take_bond(alice)
    assert alice.balance - before == BOND


def test_take_bond__token_that_fails__is_refused_and_loses_nothing(
    dao: Dao, edition: int, alice: AccountAPI, buyer: AccountAPI
) -> None:
    """Without a revert, or with one: the bond waits until the token works again."""
    meter = metered(dao, alice, buyer, native=False)
    meter.close()
    dao.wait(PERIOD)
    for fault, arguments in (("setFailsSilently", ()), ("setBlocked", (alice,))):
        getattr(dao.dollar, fault)(*arguments, True, sender=alice)
        with refused(dao.meter.PaymentFailed, to=alice, amount=BOND):
            meter.take_bond(alice)
        getattr(dao.dollar, fault)(*arguments, False, sender=alice)
    meter.take_bond(alice)
    assert dao.dollar.balanceOf(alice) == BOND


# --- success ---


def test_close__by_the_holder__lapses_the_licence_at_once(dao: Dao, meter: Meter) -> None:
    """The bond stays for a period, the licence does not."""
    receipt = meter.close()
    at = receipt.timestamp
    assert list(receipt.events) == [
        dao.meter.MeterClosing(meter.licence, at + PERIOD),
        dao.licence.LicenceLapsed(meter.licence),
    ]
    assert (meter.account.closedAt, meter.account.balance, meter.account.lapsed) == (at, BOND, True)
    assert not dao.licence.isInForce(meter.licence)


@EACH_ASSET
def test_take_bond__after_the_delay__sends_the_rest_to_any_account(
    dao: Dao, edition: int, alice: AccountAPI, buyer: AccountAPI, native: bool
) -> None:
    """What was settled within the delay is paid; the rest is the holder's to send."""
    meter = metered(dao, alice, buyer, native)
    at = meter.close().timestamp
    meter.settle(40, at)
    dao.chain.pending_timestamp = at + PERIOD
    before = alice.balance if native else dao.dollar.balanceOf(alice)
    receipt = meter.take_bond(alice)
    rest = BOND - 40 * UNIT
    assert dao.meter.BondTaken.from_receipt(receipt) == [
        dao.meter.BondTaken(meter.licence, alice, rest)
    ]
    assert dao.meter.MinimumTaken.from_receipt(receipt) == []
    after = alice.balance if native else dao.dollar.balanceOf(alice)
    assert after - before == rest
    assert meter.held() == meter.account.balance == 0
    assert meter.account.emptied


def test_take_bond__after_silence__pays_the_minimum_first(dao: Dao, meter: Meter) -> None:
    """Closing is no way around the periods that nobody reported."""
    begun, before = meter.account.reportedUntil, meter.received()
    dao.go_to(begun + 3 * PERIOD + 10)
    meter.close()
    dao.wait(5 * PERIOD)
    receipt = meter.take_bond()
    assert dao.meter.MinimumTaken.from_receipt(receipt) == [
        dao.meter.MinimumTaken(meter.licence, meter.edition, 3, 3 * MINIMUM)
    ]
    assert dao.meter.BondTaken.from_receipt(receipt)[0].amount == BOND - 3 * MINIMUM
    assert meter.received() - before == 3 * MINIMUM
    assert meter.held() == 0


def test_take_bond__nothing_left__ends_the_account(dao: Dao, meter: Meter) -> None:
    """An account whose silence ate its bond is closed like any other."""
    dao.wait(29 * PERIOD)
    meter.close()
    dao.wait(PERIOD)
    receipt = meter.take_bond()
    assert dao.meter.MinimumTaken.from_receipt(receipt)[0].amount == BOND
    assert dao.meter.BondTaken.from_receipt(receipt)[0].amount == 0
    assert meter.account.emptied


# --- attacks ---


def test_restore__of_a_closed_licence__is_impossible(
    dao: Dao, meter: Meter, alice: AccountAPI
) -> None:
    """Neither money, nor a voucher, nor a vote brings back what its holder has ended."""
    meter.fund(5 * BOND)
    at = meter.close().timestamp
    with refused(dao.meter.AlreadyClosing, licenceId=meter.licence):
        meter.fund(BOND)
    meter.settle(0, at)
    dao.pass_hand_over(meter.licence)
    for method in ("suspend", "reinstate"):
        call = bytes(getattr(dao.licence, method).encode_input(meter.licence))
        dao.propose(alice, [(dao.licence, 0, call)], method).pass_by(alice).execute()
    assert not dao.licence.isInForce(meter.licence)
    call = bytes(dao.licence.restore.encode_input(meter.licence))
    restoring = dao.propose(alice, [(dao.licence, 0, call)], "restore").pass_by(alice)
    with refused(dao.licence.UnexpectedCaller, caller=dao.timelock, expected=dao.meter):
        restoring.execute()


def test_settle__after_the_bond_was_taken__pays_nothing_of_anybodys(
    dao: Dao, meter: Meter, alice: AccountAPI, buyer: AccountAPI
) -> None:
    """An emptied account has nothing, and its vouchers do not reach into another."""
    other = metered(dao, alice, buyer)
    at = meter.close().timestamp
    dao.wait(PERIOD)
    meter.take_bond()
    before = meter.received()
    meter.settle(500, at)
    assert meter.received() == before
    assert dao.meter.balance == other.account.balance == BOND
    assert dao.licence.isInForce(other.licence)


def test_take_bond__reentered_by_its_payee__keeps_the_second_call_out(
    dao: Dao, meter: Meter, wallet: ContractInstance, alice: AccountAPI, buyer: AccountAPI
) -> None:
    """A payee that calls the meter while it is paid gets nothing by it."""
    metered(dao, alice, buyer)
    inner = dao.meter.payRoyalty.encode_input(meter.licence, NATIVE, 1, bytes(32))
    wallet.setManner(3, sender=alice)
    wallet.setReentry(dao.meter, inner, sender=alice)
    meter.close()
    dao.wait(PERIOD)
    meter.take_bond(wallet)
    assert decoded(bytes(wallet.answer())) == ("ReentrancyGuardReentrantCall", {})
    assert (wallet.balance, dao.meter.balance) == (BOND, BOND)


def test_close__to_dodge_a_signed_voucher__does_not_stop_it(dao: Dao, meter: Meter) -> None:
    """What was signed before the closing is paid within the delay, before the bond is free."""
    owed = meter.voucher(900)
    meter.close()
    dao.wait(PERIOD - 10)
    meter.bring(owed)
    dao.wait(PERIOD)
    receipt = meter.take_bond()
    assert dao.meter.BondTaken.from_receipt(receipt)[0].amount == BOND - 900 * UNIT


def test_close__of_an_expired_licence__gives_the_bond_back(dao: Dao, meter: Meter) -> None:
    """A holder that forgot to close for years pays only for the licence's time."""
    expiry = dao.licence.licenceOf(meter.licence).expiry
    dao.go_to(expiry - 10)
    meter.settle(1)
    dao.go_to(expiry + 3_000 * DAY)
    meter.close()
    dao.wait(PERIOD)
    meter.take_bond()
    assert meter.held() == 0
    assert dao.now < FOREVER
