"""OfferDesk, money: change, tokens, whose allowance is spent, and calls from inside."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.contracts.dao import PRICE, TOKEN_PRICE, Dao
from tests.contracts.desk_stand import (
    REENTRANCY,
    TOKEN_BOND,
    TOKEN_METERING,
    accept,
    acceptance,
    decide,
    escrowed,
    hand_dollars,
    publish,
)
from tests.contracts.refusals import decoded, refused

if TYPE_CHECKING:
    from ape.api import AccountAPI
    from ape.contracts import ContractInstance

pytestmark = pytest.mark.usefixtures("edition")

UNIT = TOKEN_PRICE // 1000


def wallet_accepts(
    dao: Dao, wallet: ContractInstance, payer: AccountAPI, value: int, offer_id: int = 1
) -> None:
    """A contract wallet accepts an offer with the coin that `payer` sends along."""
    call = dao.offers.accept.encode_input(offer_id, acceptance())
    wallet.execute(dao.offers, value, call, value=value, sender=payer)


# --- refusals ---


def test_accept__change_for_a_wallet_that_refuses_it__is_refused(
    dao: Dao, alice: AccountAPI, wallet: ContractInstance, buyer: AccountAPI
) -> None:
    """The offer desk keeps no coin; who takes no change sends the exact sum."""
    publish(dao, alice)
    wallet.setManner(1, sender=buyer)
    with refused(dao.offers.ChangeNotTaken, buyer=wallet, amount=7):
        wallet_accepts(dao, wallet, buyer, PRICE + 7)
    wallet_accepts(dao, wallet, buyer, PRICE)
    assert dao.licence.licenceOf(1).holder == wallet


def test_accept__in_tokens_without_allowance__is_refused(
    dao: Dao, alice: AccountAPI, buyer: AccountAPI
) -> None:
    """The desk takes only what the buyer allowed it to."""
    publish(dao, alice, asset=dao.dollar.address, unitPrice=UNIT)
    expected = {"spender": dao.desk, "allowance": 0, "needed": TOKEN_PRICE}
    with refused(dao.dollar.ERC20InsufficientAllowance, **expected):
        accept(dao, buyer, value=0)


def test_accept__in_tokens_that_somebody_else_allowed__spends_nothing(
    dao: Dao, alice: AccountAPI, buyer: AccountAPI, stranger: AccountAPI
) -> None:
    """An attacker pays itself or not at all: a victim's allowance to the desk is out of reach."""
    publish(dao, alice, asset=dao.dollar.address, unitPrice=UNIT)
    hand_dollars(dao, buyer, 10 * TOKEN_PRICE)
    expected = {"spender": dao.desk, "allowance": 0, "needed": TOKEN_PRICE}
    with refused(dao.dollar.ERC20InsufficientAllowance, **expected):
        accept(dao, stranger, value=0)
    assert dao.dollar.balanceOf(buyer) == 10 * TOKEN_PRICE


def test_accept__token_with_a_fee_on_transfer__is_refused(
    dao: Dao, alice: AccountAPI, buyer: AccountAPI
) -> None:
    """What arrives is measured: less than the price is no price."""
    publish(dao, alice, asset=dao.dollar.address, unitPrice=UNIT)
    hand_dollars(dao, buyer, TOKEN_PRICE)
    dao.dollar.setFee(100, sender=buyer)
    expected = {"received": TOKEN_PRICE * 99 // 100, "expected": TOKEN_PRICE}
    with refused(dao.desk.AmountMismatch, **expected):
        accept(dao, buyer, value=0)


def test_accept__token_that_fails_silently__is_refused(
    dao: Dao, alice: AccountAPI, buyer: AccountAPI
) -> None:
    """A token that returns false paid nothing."""
    publish(dao, alice, asset=dao.dollar.address, unitPrice=UNIT)
    hand_dollars(dao, buyer, TOKEN_PRICE)
    dao.dollar.setFailsSilently(True, sender=buyer)
    with refused("SafeERC20FailedOperation", token=dao.dollar):
        accept(dao, buyer, value=0)


def test_accept__reentered_through_its_change__keeps_the_second_call_out(
    dao: Dao, alice: AccountAPI, wallet: ContractInstance, buyer: AccountAPI
) -> None:
    """A wallet that accepts again while its change arrives meets the guard."""
    publish(dao, alice)
    wallet.setManner(3, sender=buyer)
    inner = dao.offers.accept.encode_input(1, acceptance())
    wallet.setReentry(dao.offers, inner, sender=buyer)
    wallet_accepts(dao, wallet, buyer, 2 * PRICE)
    assert decoded(bytes(wallet.answer())) == REENTRANCY
    assert (dao.offers.offerOf(1).accepted, dao.desk.requestCount()) == (1, 1)
    assert (wallet.balance, dao.desk.balance, dao.offers.balance) == (PRICE, PRICE, 0)


@pytest.mark.parametrize("inner", ["accept", "settle", "refund", "request"])
def test_accept__reentered_by_its_token__keeps_the_second_call_out(
    dao: Dao, alice: AccountAPI, buyer: AccountAPI, inner: str
) -> None:
    """A token that calls either desk while it pays meets a guard."""
    publish(dao, alice, asset=dao.dollar.address, unitPrice=UNIT)
    hand_dollars(dao, buyer, 2 * TOKEN_PRICE)
    target, call = {
        "accept": (dao.offers, dao.offers.accept.encode_input(1, acceptance())),
        "settle": (dao.desk, dao.desk.settle.encode_input(1)),
        "refund": (dao.desk, dao.desk.refund.encode_input(1)),
        "request": (dao.desk, dao.desk.request.encode_input(tuple(dao.terms().values()))),
    }[inner]
    dao.dollar.setReentry(target, call, sender=buyer)
    accept(dao, buyer, value=0)
    assert decoded(bytes(dao.dollar.answer())) == REENTRANCY
    assert (dao.offers.offerOf(1).accepted, dao.desk.requestCount()) == (1, 1)
    assert dao.dollar.balanceOf(dao.desk) == escrowed(dao, dao.dollar.address) == TOKEN_PRICE


# --- success ---


@pytest.mark.parametrize("surplus", [1, 5 * PRICE])
def test_accept__with_more_coin_than_needed__gives_the_rest_back(
    dao: Dao, alice: AccountAPI, buyer: AccountAPI, surplus: int
) -> None:
    """Who does not know the newest edition's price sends more and gets the change."""
    publish(dao, alice)
    before = buyer.balance
    receipt = accept(dao, buyer, value=PRICE + surplus)
    assert before - buyer.balance == PRICE + receipt.total_fees_paid
    assert (dao.desk.balance, dao.offers.balance) == (PRICE, 0)


def test_accept__in_tokens__takes_them_from_the_buyer_alone(
    dao: Dao, alice: AccountAPI, buyer: AccountAPI, stranger: AccountAPI
) -> None:
    """Price and bond come from who accepts, exactly, and coin sent along comes back."""
    publish(dao, alice, asset=dao.dollar.address, unitPrice=UNIT, metering=TOKEN_METERING)
    hand_dollars(dao, stranger, 2 * TOKEN_PRICE)
    hand_dollars(dao, buyer, 2 * TOKEN_PRICE)
    before = buyer.balance
    receipt = accept(dao, buyer, value=9)
    held = TOKEN_PRICE + TOKEN_BOND
    assert dao.dollar.balanceOf(dao.desk) == dao.desk.escrowOf(1) == held
    assert dao.dollar.balanceOf(buyer) == 2 * TOKEN_PRICE - held
    assert dao.dollar.balanceOf(stranger) == 2 * TOKEN_PRICE
    assert before - buyer.balance == receipt.total_fees_paid
    assert (dao.desk.balance, dao.offers.balance) == (0, 0)


def test_accept__in_tokens_by_a_buyer_with_a_request__spends_what_is_left(
    dao: Dao, alice: AccountAPI, buyer: AccountAPI
) -> None:
    """Request and offer take from the same allowance, each its own price, and escrow adds up."""
    publish(dao, alice, asset=dao.dollar.address, unitPrice=UNIT)
    dao.request(buyer, asset=dao.dollar.address, price=TOKEN_PRICE)
    hand_dollars(dao, buyer, TOKEN_PRICE)
    accept(dao, buyer, value=0)
    assert dao.dollar.balanceOf(dao.desk) == escrowed(dao, dao.dollar.address) == 2 * TOKEN_PRICE
    assert dao.dollar.balanceOf(buyer) == 0


def test_accept__with_coin_that_was_forced_on_the_desk__counts_no_cent_of_it(
    dao: Dao, alice: AccountAPI, buyer: AccountAPI
) -> None:
    """Tokens that lie at the desk already pay for nobody."""
    publish(dao, alice, asset=dao.dollar.address, unitPrice=UNIT)
    dao.dollar.mint(dao.desk, TOKEN_PRICE, sender=buyer)
    expected = {"spender": dao.desk, "allowance": 0, "needed": TOKEN_PRICE}
    with refused(dao.dollar.ERC20InsufficientAllowance, **expected):
        accept(dao, buyer, value=0)
    decide(dao, alice, dao.offers, "withdraw", 1)
    assert dao.desk.requestCount() == 0
