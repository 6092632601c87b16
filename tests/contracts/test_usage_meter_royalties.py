"""Royalties: anybody pays any licence's members at any time, in any asset, and harms nobody."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from ape.exceptions import ContractLogicError

from tests.contracts.dao import DAY, NATIVE, Dao
from tests.contracts.meter_stand import BOND, PERIOD, REPORT, UNIT, Meter, metered
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
def licence(dao: Dao, grant: Grant) -> int:
    """An unmetered licence that was granted."""
    return grant().request_id


@pytest.fixture
def hostile(project: ProjectManager, deployer: AccountAPI) -> ContractInstance:
    """A token that no DAO has allowed, and that does what its maker wants."""
    return deployer.deploy(project.MockToken)


def unmetered(dao: Dao, licence: int, asset: str) -> Meter:
    """The verbs of a licence without an account."""
    return Meter(dao, licence, dao.stranger, asset)


# --- refusals ---


def test_pay_royalty__for_an_unknown_licence__is_refused(dao: Dao, buyer: AccountAPI) -> None:
    """Money for nobody is not taken."""
    with refused(dao.licence.LicenceUnknown, licenceId=9):
        dao.meter.payRoyalty(9, NATIVE, 5, REPORT, value=5, sender=buyer)


@EACH_ASSET
def test_pay_royalty__nothing__is_refused(
    dao: Dao, licence: int, buyer: AccountAPI, native: bool
) -> None:
    """A report without money is not a payment."""
    asset = NATIVE if native else dao.dollar.address
    with refused(dao.meter.NothingPaid):
        unmetered(dao, licence, asset).royalty(0, buyer)


def test_pay_royalty__other_coin_than_stated__is_refused(
    dao: Dao, licence: int, buyer: AccountAPI
) -> None:
    """The stated amount is what came, and tokens come without coin."""
    for value in (0, 4, 6):
        with refused(dao.meter.ValueMismatch, value=value, expected=5):
            unmetered(dao, licence, NATIVE).royalty(5, buyer, value=value)
    with refused(dao.meter.ValueMismatch, value=5, expected=0):
        unmetered(dao, licence, dao.dollar.address).royalty(5, buyer, value=5)


def test_pay_royalty__token_that_takes_a_fee__is_refused(
    dao: Dao, licence: int, buyer: AccountAPI
) -> None:
    """What the event says is what members got; such a token is deposited in the vault itself."""
    dao.dollar.setFee(100, sender=buyer)
    with refused(dao.meter.AmountMismatch, received=990, expected=1_000):
        unmetered(dao, licence, dao.dollar.address).royalty(1_000, buyer)


def test_pay_royalty__token_not_given__is_refused(
    dao: Dao, licence: int, buyer: AccountAPI
) -> None:
    """Nobody pays with what it does not have, or did not allow."""
    expected = {"spender": dao.meter, "allowance": 0, "needed": 5}
    with refused("ERC20InsufficientAllowance", **expected):
        dao.meter.payRoyalty(licence, dao.dollar, 5, REPORT, sender=buyer)


# --- success ---


@EACH_ASSET
def test_pay_royalty__for_an_unmetered_licence__reaches_its_editions_members(
    dao: Dao, edition: int, licence: int, alice: AccountAPI, stranger: AccountAPI, native: bool
) -> None:
    """The vault has the money, with the hash of the report as its purpose."""
    payer = unmetered(dao, licence, NATIVE if native else dao.dollar.address)
    receipt = payer.royalty(1_000, stranger)
    paid = dao.meter.RoyaltyPaid(licence, edition, stranger, payer.asset, 1_000, REPORT)
    assert dao.meter.RoyaltyPaid.from_receipt(receipt) == [paid]
    deposit = dao.vault.Deposited.from_receipt(receipt)[0]
    assert (deposit.editionId, getattr(deposit, "from")) == (edition, dao.meter)
    assert (deposit.amount, bytes(deposit.purpose)) == (1_000, REPORT)
    assert (payer.held(), payer.received()) == (0, 1_000)
    assert dao.vault.dueOf(edition, payer.asset, alice) == 930 * 6 // 10


@pytest.mark.parametrize("end", ["expire", "suspend", "revoke", "refund"])
def test_pay_royalty__for_a_licence_that_has_ended__is_taken(
    dao: Dao, licence: int, alice: AccountAPI, stranger: AccountAPI, end: str
) -> None:
    """Models outlive licences, and so do their royalties."""
    match end:
        case "expire":
            dao.go_to(dao.licence.licenceOf(licence).expiry + DAY)
        case "refund":
            dao.pass_deliver_by(licence)
            dao.desk.refund(licence, sender=stranger)
        case _:
            call = bytes(getattr(dao.licence, end).encode_input(licence))
            dao.propose(alice, [(dao.licence, 0, call)]).pass_by(alice).execute()
    assert not dao.licence.isInForce(licence)
    unmetered(dao, licence, NATIVE).royalty(1_000, stranger)
    assert dao.vault.balance == 1_000


@EACH_ASSET
def test_pay_royalty__for_a_metered_licence__leaves_its_account_alone(
    dao: Dao, edition: int, alice: AccountAPI, buyer: AccountAPI, native: bool
) -> None:
    """A royalty is not a report, nor a bond."""
    meter = metered(dao, alice, buyer, native)
    before = tuple(meter.account)
    meter.royalty(700, buyer)
    assert tuple(meter.account) == before
    assert meter.held() == BOND


# --- attacks ---


def test_pay_royalty__in_the_token_of_a_bond__never_breaks_its_settlement(
    dao: Dao, edition: int, alice: AccountAPI, buyer: AccountAPI, stranger: AccountAPI
) -> None:
    """The vault takes what the meter pays, royalties and settlements in any order."""
    meter = metered(dao, alice, buyer, native=False)
    before = meter.received()
    meter.royalty(1, stranger)
    meter.settle(100)
    meter.royalty(2**100, stranger)
    meter.settle(200)
    meter.royalty(1, stranger)
    dao.wait(PERIOD)
    meter.take_minimum()
    assert meter.received() - before == 2**100 + 2 + 200 * UNIT + 50_000
    assert meter.held() == meter.account.balance


def test_take_all__through_the_meters_allowance__is_impossible(
    dao: Dao, edition: int, alice: AccountAPI, buyer: AccountAPI, stranger: AccountAPI
) -> None:
    """What the vault may take from the meter it takes for the meter's own payments only."""
    meter = metered(dao, alice, buyer, native=False)
    meter.settle(1)
    assert dao.dollar.allowance(dao.meter, dao.vault) == 2**256 - 1
    expected = {"spender": dao.vault, "allowance": 0, "needed": 100}
    with refused("ERC20InsufficientAllowance", **expected):
        dao.vault.deposit(edition, dao.dollar, 100, REPORT, sender=stranger)
    assert meter.held() == BOND - UNIT


def test_pay_royalty__in_a_hostile_token__harms_nobody(
    dao: Dao,
    edition: int,
    hostile: ContractInstance,
    alice: AccountAPI,
    buyer: AccountAPI,
    stranger: AccountAPI,
) -> None:
    """It can call back, fail or be paid in full: bonds and licences stay what they were."""
    coin, token = metered(dao, alice, buyer), metered(dao, alice, buyer, native=False)
    dao.wait(PERIOD)
    hostile.mint(stranger, 10_000, sender=stranger)
    hostile.approve(dao.meter, 10_000, sender=stranger)
    pay = (coin.licence, hostile, 1_000, REPORT)
    for inner in (
        dao.meter.takeMinimum.encode_input(coin.licence),
        dao.meter.takeBond.encode_input(token.licence, stranger),
        dao.meter.payRoyalty.encode_input(coin.licence, NATIVE, 1, REPORT),
    ):
        hostile.setReentry(dao.meter, inner, sender=stranger)
        dao.meter.payRoyalty(*pay, sender=stranger)
        assert not hostile.reentered()
    inner = dao.vault.deposit.encode_input(edition, dao.dollar, BOND, REPORT)
    hostile.setReentry(dao.vault, inner, sender=stranger)
    dao.meter.payRoyalty(*pay, sender=stranger)
    assert decoded(bytes(hostile.answer())) == ("ReentrancyGuardReentrantCall", {})
    hostile.setFailsSilently(True, sender=stranger)
    with refused("SafeERC20FailedOperation", token=hostile):
        dao.meter.payRoyalty(*pay, sender=stranger)
    for meter in (coin, token):
        assert meter.held() == meter.account.balance == BOND
        assert dao.licence.isInForce(meter.licence)
        meter.settle(10)


def test_pay_royalty__in_what_is_no_token__is_refused(
    dao: Dao, edition: int, licence: int, stranger: AccountAPI
) -> None:
    """The meter makes no call that one of the DAO's own contracts would obey."""
    for contract in (dao.token, dao.licence, dao.vault, dao.keepers, dao.desk, dao.meter):
        with pytest.raises(ContractLogicError):
            dao.meter.payRoyalty(licence, contract, 1, REPORT, sender=stranger)
        assert dao.vault.receivedOf(edition, contract) == 0
