"""UsageMeter: an account is opened by a settlement with its bond, and anybody may fill it up."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dao_backend.core.model import RequestStatus
from tests.contracts.dao import DAY, FEE, NATIVE, PRICE, TOKEN_PRICE, UNMETERED, Dao
from tests.contracts.meter_stand import (
    BOND,
    METERING,
    MINIMUM,
    PERIOD,
    UNIT,
    Meter,
    metered,
    open_meter,
)
from tests.contracts.refusals import decoded, refused

if TYPE_CHECKING:
    from collections.abc import Callable

    from ape.api import AccountAPI
    from ape.contracts import ContractInstance
    from ape.managers import ProjectManager

    from tests.contracts.votes import VoteHelper

    Grant = Callable[..., VoteHelper]

EACH_ASSET = pytest.mark.parametrize("native", [True, False], ids=["native", "token"])


@pytest.fixture
def meter(dao: Dao, edition: int, alice: AccountAPI, buyer: AccountAPI) -> Meter:
    """The buyer's metered licence, in coin."""
    return metered(dao, alice, buyer)


@pytest.fixture
def lone_meter(dao: Dao, project: ProjectManager, alice: AccountAPI) -> ContractInstance:
    """A meter whose desk is alice, beside the DAO's own."""
    peers = [dao.timelock] * 13
    peers[4], peers[5], peers[6] = alice, dao.licence, dao.vault
    return alice.deploy(project.UsageMeter, tuple(peers))


# --- refusals ---


def test_open__by_anybody_but_the_desk__is_refused(
    dao: Dao, grant: Grant, alice: AccountAPI, buyer: AccountAPI
) -> None:
    """Nobody opens an account on terms of its own."""
    grant(metering=METERING)
    for caller in (alice, buyer):
        with refused(dao.meter.UnexpectedCaller, caller=caller, expected=dao.desk):
            dao.meter.open(1, NATIVE, METERING, value=BOND, sender=caller)


def test_open__twice__is_refused(
    grant: Grant, lone_meter: ContractInstance, alice: AccountAPI
) -> None:
    """What is in an account cannot be written over."""
    grant()
    lone_meter.open(1, NATIVE, METERING, value=BOND, sender=alice)
    with refused(lone_meter.AccountExists, licenceId=1):
        lone_meter.open(1, NATIVE, METERING, value=BOND, sender=alice)


def test_open__without_licence_or_with_other_coin_than_its_bond__is_refused(
    dao: Dao, grant: Grant, lone_meter: ContractInstance, alice: AccountAPI
) -> None:
    """An account belongs to a licence, and its bond came with it."""
    with refused(dao.licence.LicenceUnknown, licenceId=1):
        lone_meter.open(1, NATIVE, METERING, value=BOND, sender=alice)
    grant()
    for asset, value, expected in (
        (NATIVE, BOND - 1, BOND),
        (NATIVE, BOND + 1, BOND),
        (dao.dollar, 1, 0),
    ):
        with refused(lone_meter.ValueMismatch, value=value, expected=expected):
            lone_meter.open(1, asset, METERING, value=value, sender=alice)


def test_meter__licence_without_an_account__is_refused(
    dao: Dao, grant: Grant, alice: AccountAPI, buyer: AccountAPI
) -> None:
    """Unknown, unmetered and unsettled licences have no account."""
    grant()
    grant(metering=METERING)
    dao.deliver(1)
    dao.desk.settle(1, sender=alice)
    for licence in (1, 2, 3):
        for call in (
            lambda each: dao.meter.settle((each, 1, 1), bytes(65), sender=alice),
            lambda each: dao.meter.takeMinimum(each, sender=alice),
            lambda each: dao.meter.fund(each, 1, value=1, sender=alice),
            lambda each: dao.meter.close(each, sender=buyer),
            lambda each: dao.meter.takeBond(each, buyer, sender=buyer),
            dao.meter.accountOf,
            dao.meter.silentPeriods,
        ):
            with refused(dao.meter.NotMetered, licenceId=licence):
                call(licence)


def test_fund__nothing__is_refused(meter: Meter) -> None:
    """Whoever funds pays something."""
    with refused(meter.dao.meter.NothingPaid):
        meter.fund(0)


def test_fund__other_coin_than_stated__is_refused(
    dao: Dao, meter: Meter, alice: AccountAPI, buyer: AccountAPI
) -> None:
    """The stated amount is what came, and tokens come without coin."""
    for value in (0, 4, 6):
        with refused(dao.meter.ValueMismatch, value=value, expected=5):
            meter.fund(5, value=value)
    tokens = metered(dao, alice, buyer, native=False)
    with refused(dao.meter.ValueMismatch, value=5, expected=0):
        tokens.fund(5, value=5)


def test_fund__token_that_takes_a_fee__is_refused(
    dao: Dao, edition: int, alice: AccountAPI, buyer: AccountAPI
) -> None:
    """A bond is as full as it says."""
    tokens = metered(dao, alice, buyer, native=False)
    dao.dollar.setFee(100, sender=alice)
    with refused(dao.meter.AmountMismatch, received=990, expected=1_000):
        tokens.fund(1_000)


def test_fund__an_account_that_closes__is_refused(meter: Meter) -> None:
    """No money goes where only the holder would get it back."""
    meter.close()
    for _ in range(2):
        with refused(meter.dao.meter.AlreadyClosing, licenceId=meter.licence):
            meter.fund(BOND)
        meter.dao.wait(PERIOD)
    meter.take_bond()
    with refused(meter.dao.meter.AlreadyClosing, licenceId=meter.licence):
        meter.fund(BOND)


# --- success ---


@EACH_ASSET
def test_open__by_the_settlement__takes_the_bond_from_escrow(
    dao: Dao, edition: int, alice: AccountAPI, buyer: AccountAPI, native: bool
) -> None:
    """The bond is escrowed with the price, and goes to the meter when the price goes to members."""
    price = PRICE if native else TOKEN_PRICE
    asset = NATIVE if native else dao.dollar.address
    vote = dao.request(buyer, asset=asset, price=price, metering=METERING)
    assert dao.desk.escrowOf(1) == price + BOND
    held = dao.desk.balance if native else dao.dollar.balanceOf(dao.desk)
    assert held == price + BOND + (FEE if native else 0)
    vote.pass_by(alice).execute()
    dao.deliver(1)
    settled = dao.desk.settle(1, sender=dao.stranger)
    opened = dao.meter.MeterOpened(1, asset, UNIT, MINIMUM, BOND, PERIOD)
    assert dao.meter.MeterOpened.from_receipt(settled) == [opened]
    meter = Meter(dao, 1, buyer, asset)
    assert (meter.held(), meter.received()) == (BOND, price)
    at = settled.timestamp
    expected = (asset, at, 0, BOND, 0, UNIT, MINIMUM, BOND, PERIOD, False, False)
    assert tuple(meter.account) == expected
    assert dao.meter.silentPeriods(1) == 0
    if not native:
        assert dao.dollar.balanceOf(dao.desk) == dao.dollar.allowance(dao.desk, dao.meter) == 0


def test_settle_request__without_metering__opens_no_account(
    dao: Dao, grant: Grant, stranger: AccountAPI
) -> None:
    """The terms of most requests are all zero, and none is metered by accident."""
    grant(metering=UNMETERED)
    dao.deliver(1)
    receipt = dao.desk.settle(1, sender=stranger)
    assert dao.meter.MeterOpened.from_receipt(receipt) == []
    assert dao.meter.balance == 0


@EACH_ASSET
def test_refund__of_an_undelivered_metered_request__gives_the_bond_back_too(
    dao: Dao, edition: int, alice: AccountAPI, buyer: AccountAPI, native: bool
) -> None:
    """Nothing was delivered, so that nothing can be used."""
    changes = {} if native else {"asset": dao.dollar.address, "price": TOKEN_PRICE}
    dao.request(buyer, metering=METERING, **changes).pass_by(alice).execute()
    dao.pass_deliver_by(1)
    before = buyer.balance if native else dao.dollar.balanceOf(buyer)
    dao.desk.refund(1, sender=dao.stranger)
    after = buyer.balance if native else dao.dollar.balanceOf(buyer)
    assert after - before == (PRICE if native else TOKEN_PRICE) + BOND


def test_open__token_that_has_come_to_take_a_fee__keeps_what_arrives(
    dao: Dao, edition: int, alice: AccountAPI, buyer: AccountAPI
) -> None:
    """The members' price is not held up by a bond that comes short."""
    vote = dao.request(buyer, asset=dao.dollar.address, price=TOKEN_PRICE, metering=METERING)
    vote.pass_by(alice).execute()
    dao.deliver(1)
    dao.dollar.setFee(100, sender=alice)
    dao.desk.settle(1, sender=dao.stranger)
    meter = Meter(dao, 1, buyer, dao.dollar.address)
    arrived = BOND - BOND // 100
    assert meter.account.balance == meter.held() == arrived
    assert dao.desk.requestOf(1).status == RequestStatus.SETTLED


def test_open__long_after_the_grant__counts_no_silence_before(
    dao: Dao, edition: int, alice: AccountAPI, buyer: AccountAPI
) -> None:
    """Nobody could report while there was no account, so nobody pays for having been silent."""
    hourly = (UNIT, MINIMUM, BOND, 3_600)
    vote = dao.request(buyer, metering=hourly, duration=30 * DAY)
    vote.pass_by(alice).execute()
    dao.deliver(1)
    dao.wait(10 * DAY)
    opened = dao.desk.settle(1, sender=dao.stranger).timestamp
    assert dao.meter.silentPeriods(1) == 0
    with refused(dao.meter.NothingSilent, licenceId=1, dueAt=opened + 3_600):
        dao.meter.takeMinimum(1, sender=alice)
    Meter(dao, 1, buyer, NATIVE).settle(7)
    assert dao.meter.accountOf(1).balance == BOND - 7 * UNIT


def test_open__after_the_licence_has_expired__still_lets_its_use_be_settled(
    dao: Dao, edition: int, alice: AccountAPI, buyer: AccountAPI
) -> None:
    """Whoever settles late does not free the holder from what it used in time."""
    vote = dao.request(buyer, metering=METERING, duration=DAY)
    vote.pass_by(alice).execute()
    dao.deliver(1)
    expiry = dao.licence.licenceOf(1).expiry
    dao.go_to(expiry + DAY)
    dao.desk.settle(1, sender=dao.stranger)
    meter = Meter(dao, 1, buyer, NATIVE)
    assert meter.account.reportedUntil == expiry
    meter.settle(9, expiry)
    assert meter.account.balance == BOND - 9 * UNIT
    dao.wait(9 * DAY)
    assert dao.meter.silentPeriods(1) == 0


@EACH_ASSET
def test_fund__by_anybody__adds_to_the_bond(
    dao: Dao, edition: int, alice: AccountAPI, buyer: AccountAPI, native: bool
) -> None:
    """Coin or tokens, it is the account's at once and nothing else changes."""
    meter = metered(dao, alice, buyer, native)
    receipt = meter.fund(300, alice)
    funded = dao.meter.BondFunded(meter.licence, alice, 300, BOND + 300)
    assert dao.meter.BondFunded.from_receipt(receipt) == [funded]
    assert dao.licence.LicenceRestored.from_receipt(receipt) == []
    assert meter.account.balance == meter.held() == BOND + 300
    assert dao.licence.isInForce(meter.licence)


def test_fund__reentered_by_its_token__keeps_the_second_call_out(
    dao: Dao, edition: int, alice: AccountAPI, buyer: AccountAPI
) -> None:
    """A token cannot settle, or take, from inside a payment."""
    meter = metered(dao, alice, buyer, native=False)
    dao.wait(PERIOD)
    inner = dao.meter.takeMinimum.encode_input(meter.licence)
    dao.dollar.setReentry(dao.meter, inner, sender=alice)
    meter.fund(300)
    assert decoded(bytes(dao.dollar.answer())) == ("ReentrancyGuardReentrantCall", {})
    assert meter.account.balance == meter.held() == BOND + 300


def test_open__for_a_contract_wallet__takes_its_signature(
    dao: Dao, edition: int, wallet: ContractInstance, alice: AccountAPI, buyer: AccountAPI
) -> None:
    """A holder that is a contract (ERC-1271) states its use by its owner's signature."""
    value = PRICE + BOND + FEE
    call = dao.desk.request.encode_input(tuple(dao.terms(metering=METERING).values()))
    wallet.execute(dao.desk, value, call, value=value, sender=buyer)
    meter = open_meter(dao, dao.vote_on(1), alice, alice)
    voucher = meter.voucher(4)
    forged = Meter(dao, 1, buyer, NATIVE).sign(voucher)
    with refused(dao.meter.VoucherSignatureInvalid, holder=wallet):
        meter.bring(voucher, forged)
    meter.settle(4)
    assert meter.account.units == 4
