"""AccessDesk, filing: which terms are taken and what is escrowed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dao_backend.core.model import RequestStatus
from tests.contracts.dao import DAY, FEE, PRICE, TERMS_HASH, TOKEN_PRICE, Dao
from tests.contracts.refusals import decoded, refused
from tests.contracts.votes import State

if TYPE_CHECKING:
    from ape.api import AccountAPI

pytestmark = pytest.mark.usefixtures("members")

MINIMUM = PRICE // 100
LOW_ORDER = (b"\x01" + bytes(31), b"\x01" + bytes(30) + b"\x80", bytes(32))


# --- terms: refusals ---


def test_request__unknown_collection__is_refused(dao: Dao, buyer: AccountAPI) -> None:
    """There are two collections, 0 and 1."""
    with refused(dao.registry.CollectionUnknown, collection=2):
        dao.request(buyer, collection=2)


@pytest.mark.parametrize(
    ("collection", "purposes", "offered"),
    [(0, 0, 31), (1, 0b00001, 20), (1, 0b10101, 20), (0, 1 << 5, 31), (0, 2**32 - 1, 31)],
)
def test_request__purposes_outside_the_collections__is_refused(
    dao: Dao, buyer: AccountAPI, collection: int, purposes: int, offered: int
) -> None:
    """Contributors consented to these purposes and no other; no purpose at all is no request."""
    with refused(dao.desk.PurposesNotOffered, purposes=purposes, offered=offered):
        dao.request(buyer, collection=collection, purposes=purposes)


def test_request__asset_that_is_not_listed__is_refused(dao: Dao, buyer: AccountAPI) -> None:
    """Only assets that the DAO listed are taken."""
    value = FEE
    terms = dao.terms(asset=buyer.address)
    with refused(dao.desk.AssetNotAllowed, asset=buyer):
        dao.desk.request(tuple(terms.values()), value=value, sender=buyer)


@pytest.mark.parametrize("price", [0, MINIMUM - 1])
def test_request__price_below_the_minimum__is_refused(
    dao: Dao, buyer: AccountAPI, price: int
) -> None:
    """A price is at least the asset's minimum, so it is never zero."""
    with refused(dao.desk.PriceTooLow, price=price, minimum=MINIMUM):
        dao.request(buyer, price=price)


@pytest.mark.parametrize("duration", [0, DAY - 1, 3650 * DAY + 1, 2**40 - 1])
def test_request__duration_out_of_bounds__is_refused(
    dao: Dao, buyer: AccountAPI, duration: int
) -> None:
    """A licence runs from one day to ten years."""
    with refused(dao.desk.DurationOutOfBounds, duration=duration):
        dao.request(buyer, duration=duration)


def test_request__royalty_above_half__is_refused(dao: Dao, buyer: AccountAPI) -> None:
    """Royalties are at most 5,000 basis points."""
    with refused(dao.desk.RoyaltyOutOfBounds, royaltyBps=5001):
        dao.request(buyer, royaltyBps=5001)


@pytest.mark.parametrize("key", LOW_ORDER)
def test_request__release_key_of_low_order__is_refused(
    dao: Dao, buyer: AccountAPI, key: bytes
) -> None:
    """Anybody could open what is sealed to such a key."""
    with refused(dao.desk.ReleaseKeyLowOrder, releaseKey=key):
        dao.request(buyer, releaseKey=key)


# --- money: refusals ---


@pytest.mark.parametrize("value", [0, FEE, PRICE, PRICE + FEE - 1, PRICE + FEE + 1])
def test_request__other_coin_than_price_and_fee__is_refused(
    dao: Dao, buyer: AccountAPI, value: int
) -> None:
    """Exactly price and filing fee are taken, so that no change is ever owed."""
    with refused(dao.desk.ValueMismatch, value=value, expected=PRICE + FEE):
        dao.desk.request(tuple(dao.terms().values()), value=value, sender=buyer)


@pytest.mark.parametrize("value", [0, FEE - 1, FEE + TOKEN_PRICE])
def test_request__in_tokens_with_other_coin_than_the_fee__is_refused(
    dao: Dao, buyer: AccountAPI, value: int
) -> None:
    """The filing fee is paid in coin, whatever the price is paid in."""
    terms = dao.terms(asset=dao.dollar.address, price=TOKEN_PRICE)
    with refused(dao.desk.ValueMismatch, value=value, expected=FEE):
        dao.desk.request(tuple(terms.values()), value=value, sender=buyer)


def test_request__in_tokens_without_allowance__is_refused(dao: Dao, buyer: AccountAPI) -> None:
    """The desk takes only what it was allowed to."""
    terms = dao.terms(asset=dao.dollar.address, price=TOKEN_PRICE)
    expected = {"spender": dao.desk, "allowance": 0, "needed": TOKEN_PRICE}
    with refused(dao.dollar.ERC20InsufficientAllowance, **expected):
        dao.desk.request(tuple(terms.values()), value=FEE, sender=buyer)


def test_request__token_with_a_fee_on_transfer__is_refused(dao: Dao, buyer: AccountAPI) -> None:
    """What arrives is measured: less than the price is no price."""
    dao.dollar.setFee(100, sender=buyer)
    expected = {"received": TOKEN_PRICE * 99 // 100, "expected": TOKEN_PRICE}
    with refused(dao.desk.AmountMismatch, **expected):
        dao.request(buyer, asset=dao.dollar.address, price=TOKEN_PRICE)


def test_request__token_that_fails_silently__is_refused(dao: Dao, buyer: AccountAPI) -> None:
    """A token that returns false paid nothing."""
    dao.dollar.setFailsSilently(True, sender=buyer)
    with refused("SafeERC20FailedOperation", token=dao.dollar):
        dao.request(buyer, asset=dao.dollar.address, price=TOKEN_PRICE)


def test_request__reentered_by_its_token__keeps_the_second_call_out(
    dao: Dao, buyer: AccountAPI
) -> None:
    """A token that calls the desk while it is paid meets the guard."""
    inner = dao.desk.request.encode_input(tuple(dao.terms().values()))
    dao.dollar.setReentry(dao.desk, inner, sender=buyer)
    dao.request(buyer, asset=dao.dollar.address, price=TOKEN_PRICE)
    assert not dao.dollar.reentered()
    assert decoded(bytes(dao.dollar.answer())) == ("ReentrancyGuardReentrantCall", {})
    assert dao.desk.requestCount() == 1


# --- success ---


def test_request__in_coin__escrows_files_and_logs(dao: Dao, buyer: AccountAPI) -> None:
    """The price is in escrow, the fee beside it, and the proposal is the desk's own."""
    terms = dao.terms()
    before = buyer.balance
    receipt = dao.desk.request(tuple(terms.values()), value=PRICE + FEE, sender=buyer)
    now, (execution, delivery) = dao.now, dao.desk.periods()

    assert before - buyer.balance == PRICE + FEE + receipt.total_fees_paid
    assert dao.desk.balance == PRICE + FEE
    vote = dao.vote_on(1)
    assert vote.state == State.PENDING
    assert dao.governor.proposalProposer(vote.proposal_id) == dao.desk.address
    logged = dao.desk.Requested.from_receipt(receipt)[0]
    assert (logged.requestId, logged.buyer, logged.proposalId) == (1, buyer, vote.proposal_id)
    assert tuple(logged.terms) == tuple(terms.values())
    assert (logged.executeBy, logged.deliverBy) == (now + execution, now + execution + delivery)
    assert dao.desk.requestCount() == 1


def test_request__in_tokens__escrows_exactly_the_price(dao: Dao, buyer: AccountAPI) -> None:
    """The price is in tokens, the fee in coin."""
    dao.request(buyer, asset=dao.dollar.address, price=TOKEN_PRICE)
    assert dao.dollar.balanceOf(dao.desk) == TOKEN_PRICE
    assert dao.dollar.balanceOf(buyer) == 0
    assert dao.desk.balance == FEE


def test_request__every_field_at_its_bound__is_read_back_unchanged(
    dao: Dao, buyer: AccountAPI
) -> None:
    """Packing loses nothing: all fields at their widest come back as they were given."""
    dao.dollar.mint(buyer, 2**129 - 2, sender=buyer)
    changes = {
        "collection": 1,
        "purposes": 20,
        "asset": dao.dollar.address,
        "price": 2**128 - 1,
        "duration": 3650 * DAY,
        "royaltyBps": 5000,
        "termsHash": b"\xff" * 32,
        "releaseKey": b"\xfe" * 31 + b"\xff",
        "minEdition": 2**40 - 1,
        "minUnits": 2**56 - 1,
        "arbiter": "0xFFfFfFffFFfffFFfFFfFFFFFffFFFffffFfFFFfF",
        "metering": (2**128 - 1, 2**128 - 1, 2**128 - 1, 365 * DAY),
    }
    dao.dollar.approve(dao.desk, 2**256 - 1, sender=buyer)
    dao.desk.request(tuple(changes.values()), value=FEE, sender=buyer)
    request = dao.desk.requestOf(1)
    assert tuple(request.terms) == tuple(changes.values())
    assert (request.buyer, request.status) == (buyer, RequestStatus.PENDING)
    assert dao.desk.escrowOf(1) == dao.dollar.balanceOf(dao.desk) == 2**129 - 2


def test_proposal__of_a_request__is_rebuilt_from_storage(dao: Dao, buyer: AccountAPI) -> None:
    """One call, and a sentence with id, terms hash and the desk as its only proposer."""
    dao.request(buyer)
    proposal_id, targets, values, calldatas, description = dao.desk.proposalOf(1)
    assert (targets, values) == ([dao.desk.address], [0])
    assert bytes(calldatas[0]) == bytes(dao.desk.approve.encode_input(1))
    desk = dao.desk.address.lower()
    expected = f"Grant access request 1 on terms 0x{TERMS_HASH.hex()} #proposer={desk}"
    assert description == expected
    assert dao.governor.proposalSnapshot(proposal_id) > 0


# --- properties ---


def test_request__by_a_new_buyer_in_tokens__costs_less_than_the_ceiling(
    dao: Dao, buyer: AccountAPI, alice: AccountAPI
) -> None:
    """Escrow and proposal together stay under 240,000 gas."""
    dao.request(alice, asset=dao.dollar.address, price=TOKEN_PRICE)
    dao.wait(10)
    terms = dao.terms(asset=dao.dollar.address, price=TOKEN_PRICE)
    dao.dollar.mint(buyer, TOKEN_PRICE, sender=buyer)
    dao.dollar.approve(dao.desk, TOKEN_PRICE, sender=buyer)
    receipt = dao.desk.request(tuple(terms.values()), value=FEE, sender=buyer)
    assert receipt.gas_used <= 240_000
