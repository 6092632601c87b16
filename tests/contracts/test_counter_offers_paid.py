"""Counter-offers that the buyer accepts: what it pays on top, or gets back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.contracts.dao import DAY, FEE, NATIVE, PRICE, RELEASE_KEY, TOKEN_PRICE, Dao
from tests.contracts.desk_stand import (
    ANSWER_HASH,
    BOND,
    METERING,
    REENTRANCY,
    counter,
    hand_dollars,
)
from tests.contracts.refusals import decoded, refused

if TYPE_CHECKING:
    from ape.api import AccountAPI
    from ape.contracts import ContractInstance

pytestmark = pytest.mark.usefixtures("edition")


# --- refusals ---


@pytest.mark.parametrize(
    ("price", "expected", "value"),
    [
        (2 * PRICE, PRICE, 0),
        (2 * PRICE, PRICE, PRICE - 1),
        (2 * PRICE, PRICE, 2 * PRICE),
        (PRICE, 0, 1),
        (PRICE // 2, 0, 1),
    ],
)
def test_accept__with_other_coin_than_the_difference__is_refused(
    dao: Dao, alice: AccountAPI, buyer: AccountAPI, price: int, expected: int, value: int
) -> None:
    """The buyer adds exactly what is missing, and nothing where nothing is."""
    dao.request(buyer)
    counter(dao, alice, price=price)
    with refused(dao.desk.ValueMismatch, value=value, expected=expected):
        dao.desk.acceptCounter(1, value=value, sender=buyer)


def test_accept__in_tokens_with_coin__is_refused(
    dao: Dao, alice: AccountAPI, buyer: AccountAPI
) -> None:
    """Coin sent along with tokens would be lost."""
    dao.request(buyer, asset=dao.dollar.address, price=TOKEN_PRICE)
    counter(dao, alice, price=2 * TOKEN_PRICE)
    with refused(dao.desk.ValueMismatch, value=1, expected=0):
        dao.desk.acceptCounter(1, value=1, sender=buyer)


def test_accept__in_tokens_without_allowance__is_refused(
    dao: Dao, alice: AccountAPI, buyer: AccountAPI
) -> None:
    """The desk takes only what it was allowed to."""
    dao.request(buyer, asset=dao.dollar.address, price=TOKEN_PRICE)
    counter(dao, alice, price=2 * TOKEN_PRICE)
    expected = {"spender": dao.desk, "allowance": 0, "needed": TOKEN_PRICE}
    with refused(dao.dollar.ERC20InsufficientAllowance, **expected):
        dao.desk.acceptCounter(1, sender=buyer)


def test_accept__token_that_takes_a_fee_meanwhile__is_refused(
    dao: Dao, alice: AccountAPI, buyer: AccountAPI
) -> None:
    """What arrives on top is measured as well."""
    dao.request(buyer, asset=dao.dollar.address, price=TOKEN_PRICE)
    counter(dao, alice, price=2 * TOKEN_PRICE)
    hand_dollars(dao, buyer, TOKEN_PRICE)
    dao.dollar.setFee(100, sender=buyer)
    expected = {"received": TOKEN_PRICE * 99 // 100, "expected": TOKEN_PRICE}
    with refused(dao.desk.AmountMismatch, **expected):
        dao.desk.acceptCounter(1, sender=buyer)


def test_accept__cheaper_by_a_buyer_that_its_token_blocks__is_refused(
    dao: Dao, alice: AccountAPI, buyer: AccountAPI, stranger: AccountAPI
) -> None:
    """What is to go back cannot; the buyer declines to another account instead."""
    dao.request(buyer, asset=dao.dollar.address, price=2 * TOKEN_PRICE)
    counter(dao, alice, price=TOKEN_PRICE)
    dao.dollar.setBlocked(buyer, True, sender=stranger)
    with refused(dao.desk.TransferFailed, to=buyer, amount=TOKEN_PRICE):
        dao.desk.acceptCounter(1, sender=buyer)
    dao.desk.decline(1, stranger, sender=buyer)
    assert dao.dollar.balanceOf(stranger) == 2 * TOKEN_PRICE


@pytest.mark.parametrize("price", [TOKEN_PRICE, 3 * TOKEN_PRICE])
def test_accept__reentered_by_its_token__keeps_the_second_call_out(
    dao: Dao, alice: AccountAPI, buyer: AccountAPI, price: int
) -> None:
    """A token that calls the desk while it pays or is paid meets the guard."""
    dao.request(buyer, asset=dao.dollar.address, price=2 * TOKEN_PRICE)
    counter(dao, alice, price=price)
    hand_dollars(dao, buyer, TOKEN_PRICE)
    dao.dollar.setReentry(dao.desk, dao.desk.refund.encode_input(1), sender=buyer)
    dao.desk.acceptCounter(1, sender=buyer)
    assert decoded(bytes(dao.dollar.answer())) == REENTRANCY
    assert dao.dollar.balanceOf(dao.desk) == dao.desk.escrowOf(1) == price


def test_accept__reentered_by_its_buyer__pays_back_once(
    dao: Dao, alice: AccountAPI, wallet: ContractInstance, buyer: AccountAPI
) -> None:
    """A wallet that declines while the difference comes back gets the difference alone."""
    value = PRICE + FEE
    call = dao.desk.request.encode_input(tuple(dao.terms().values()))
    wallet.execute(dao.desk, value, call, value=value, sender=buyer)
    counter(dao, alice, price=PRICE // 4)
    wallet.setManner(3, sender=buyer)
    wallet.setReentry(dao.desk, dao.desk.decline.encode_input(1, wallet), sender=buyer)
    wallet.execute(dao.desk, 0, dao.desk.acceptCounter.encode_input(1), sender=buyer)
    assert decoded(bytes(wallet.answer())) == REENTRANCY
    assert wallet.balance == PRICE - PRICE // 4
    assert dao.desk.balance == PRICE // 4 + FEE


# --- success ---


@pytest.mark.parametrize("price", [3 * PRICE, PRICE, PRICE // 4])
def test_accept__in_coin__moves_the_difference_and_grants(
    dao: Dao, alice: AccountAPI, buyer: AccountAPI, price: int
) -> None:
    """The escrow is the new price, the licence has the new terms, and the rest is the buyer's."""
    dao.request(buyer)
    counter(dao, alice, price=price)
    before = buyer.balance
    receipt = dao.desk.acceptCounter(1, value=max(price - PRICE, 0), sender=buyer)
    now, (_, delivery) = dao.now, dao.desk.periods()
    assert before - buyer.balance == price - PRICE + receipt.total_fees_paid
    assert dao.desk.escrowOf(1) == price == dao.desk.balance - FEE
    accepted = dao.desk.CounterAccepted.from_receipt(receipt)[0]
    assert (accepted.requestId, accepted.deliverBy) == (1, now + delivery)
    assert dao.desk.Granted.from_receipt(receipt)[0].editionId == 1
    licence = dao.licence.licenceOf(1)
    assert (licence.holder, licence.editionId, licence.purposes) == (buyer, 1, 0b1)
    assert (licence.expiry, licence.royaltyBps) == (now + 60 * DAY, 250)
    issued = dao.licence.LicenceIssued.from_receipt(receipt)[0]
    assert (issued.termsHash, issued.releaseKey) == (ANSWER_HASH, RELEASE_KEY)


def test_accept__metering_and_arbiter_taken_away__gives_the_bond_back(
    dao: Dao, alice: AccountAPI, buyer: AccountAPI
) -> None:
    """A licence that is metered no more needs no bond, and one without arbiter settles at once."""
    dao.request(buyer, metering=METERING, arbiter=alice.address)
    counter(dao, alice)
    before = buyer.balance
    receipt = dao.desk.acceptCounter(1, sender=buyer)
    assert buyer.balance == before + BOND - receipt.total_fees_paid
    terms = dao.desk.requestOf(1).terms
    assert (terms.arbiter, tuple(terms.metering)) == (NATIVE, (0, 0, 0, 0))
    dao.deliver(1)
    dao.desk.settle(1, sender=dao.stranger)
    assert (dao.vault.balance, dao.meter.balance, dao.desk.balance) == (PRICE, 0, FEE)
    with refused(dao.meter.NotMetered, licenceId=1):
        dao.meter.accountOf(1)


def test_accept__undelivered__refunds_the_new_price(
    dao: Dao, alice: AccountAPI, buyer: AccountAPI
) -> None:
    """The delivery's time runs from the acceptance, and then everything goes back."""
    dao.request(buyer)
    counter(dao, alice, price=2 * PRICE)
    dao.desk.acceptCounter(1, value=PRICE, sender=buyer)
    deliver_by = dao.keepers.deliveryOf(1).deliverBy
    dao.go_to(deliver_by - 1)
    assert not dao.desk.isRefundable(1)
    dao.go_to(deliver_by + 1)
    before = buyer.balance
    dao.desk.refund(1, sender=dao.stranger)
    assert buyer.balance == before + 2 * PRICE


def test_accept__at_the_same_price_in_tokens__moves_none(
    dao: Dao, alice: AccountAPI, buyer: AccountAPI
) -> None:
    """Some tokens refuse to transfer nothing, so nothing is not transferred."""
    dao.request(buyer, asset=dao.dollar.address, price=TOKEN_PRICE)
    counter(dao, alice, price=TOKEN_PRICE)
    receipt = dao.desk.acceptCounter(1, sender=buyer)
    assert dao.dollar.Transfer.from_receipt(receipt) == []
