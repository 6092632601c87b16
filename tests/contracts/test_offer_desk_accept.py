"""OfferDesk, the buyers' side: which acceptances are refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.contracts.dao import DAY, NATIVE, PRICE, Dao
from tests.contracts.desk_stand import (
    BOND,
    METERING,
    UNIT_PRICE,
    accept,
    decide,
    publish,
)
from tests.contracts.refusals import refused

if TYPE_CHECKING:
    from ape.api import AccountAPI

pytestmark = pytest.mark.usefixtures("edition")

MINIMUM = PRICE // 100


# --- refusals ---


def test_grant_offer__by_anybody_but_the_offer_desk__is_refused(
    dao: Dao, alice: AccountAPI, buyer: AccountAPI, stranger: AccountAPI
) -> None:
    """Who could name another buyer could spend what that one allowed the desk to take."""
    dao.dollar.mint(buyer, PRICE, sender=buyer)
    dao.dollar.approve(dao.desk, PRICE, sender=buyer)
    terms = tuple(dao.terms(asset=dao.dollar.address).values())
    for caller in (buyer, alice, stranger):
        with refused(dao.desk.UnexpectedCaller, caller=caller, expected=dao.offers):
            dao.desk.grantOffer(buyer, terms, sender=caller)


def test_accept__after_its_expiry__is_refused(
    dao: Dao, alice: AccountAPI, buyer: AccountAPI
) -> None:
    """The last second is in time, the next one is not."""
    expiry = dao.now + DAY
    publish(dao, alice, expiry=expiry)
    dao.chain.pending_timestamp = expiry
    accept(dao, buyer)
    dao.chain.pending_timestamp = expiry + 1
    expected = {"offerId": 1, "expiry": expiry, "timestamp": expiry + 1}
    with refused(dao.offers.OfferExpired, **expected):
        accept(dao, buyer)
    dao.go_to(expiry + 1)
    assert not dao.offers.offerOf(1).open


def test_accept__more_often_than_offered__is_refused(
    dao: Dao, alice: AccountAPI, buyer: AccountAPI
) -> None:
    """The cap counts all buyers together."""
    publish(dao, alice, maxCount=2)
    accept(dao, buyer)
    accept(dao, alice)
    with refused(dao.offers.OfferExhausted, offerId=1, maxCount=2):
        accept(dao, buyer)
    stored = dao.offers.offerOf(1)
    assert (stored.accepted, stored.open) == (2, False)


@pytest.mark.parametrize("maximum", [0, PRICE - 1])
def test_accept__dearer_than_the_buyers_maximum__is_refused(
    dao: Dao, alice: AccountAPI, buyer: AccountAPI, maximum: int
) -> None:
    """However the edition grew meanwhile, the buyer pays no more than it said."""
    publish(dao, alice)
    with refused(dao.offers.PriceAboveMaximum, price=PRICE, maxPrice=maximum):
        accept(dao, buyer, maxPrice=maximum)


def test_accept__after_the_edition_grew__needs_the_new_price(
    dao: Dao, alice: AccountAPI, buyer: AccountAPI
) -> None:
    """The price is that of the newest edition, and so is what is granted."""
    publish(dao, alice)
    dao.contribute(alice, 50)
    newer = dao.publish()
    price = 1050 * UNIT_PRICE
    with refused(dao.offers.PriceAboveMaximum, price=price, maxPrice=PRICE):
        accept(dao, buyer)
    with refused(dao.offers.ValueTooLow, value=PRICE, needed=price):
        accept(dao, buyer, maxPrice=price)
    accept(dao, buyer, value=price, maxPrice=price)
    assert dao.licence.licenceOf(1).editionId == newer
    assert dao.desk.escrowOf(1) == price


@pytest.mark.parametrize("value", [0, PRICE, PRICE + BOND - 1])
def test_accept__with_less_coin_than_price_and_bond__is_refused(
    dao: Dao, alice: AccountAPI, buyer: AccountAPI, value: int
) -> None:
    """The bond comes with the price."""
    publish(dao, alice, metering=METERING)
    with refused(dao.offers.ValueTooLow, value=value, needed=PRICE + BOND):
        accept(dao, buyer, value=value)


def test_accept__price_that_does_not_fit__is_refused(
    dao: Dao, alice: AccountAPI, buyer: AccountAPI
) -> None:
    """A unit price that overflows with this edition is no price."""
    publish(dao, alice, unitPrice=2**128 - 1)
    expected = {"bits": 128, "value": 1000 * (2**128 - 1)}
    with refused("SafeCastOverflowedUintDowncast", **expected):
        accept(dao, buyer)


@pytest.mark.parametrize(
    ("changes", "error", "arguments"),
    [
        ({"purposes": 0}, "PurposesNotOffered", {"purposes": 0, "offered": 31}),
        ({"purposes": 33}, "PurposesNotOffered", {"purposes": 33, "offered": 31}),
        ({"collection": 2}, "CollectionUnknown", {"collection": 2}),
        ({"collection": 1}, "EditionMissing", {"collection": 1}),
        ({"unitPrice": 1}, "PriceTooLow", {"price": 1000, "minimum": MINIMUM}),
        ({"duration": DAY - 1}, "DurationOutOfBounds", {"duration": DAY - 1}),
        ({"royaltyBps": 5001}, "RoyaltyOutOfBounds", {"royaltyBps": 5001}),
    ],
)
def test_accept__terms_that_nobody_could_request__is_refused(
    dao: Dao,
    alice: AccountAPI,
    buyer: AccountAPI,
    changes: dict[str, Any],
    error: str,
    arguments: dict[str, object],
) -> None:
    """A vote cannot offer what consent, prices or bounds do not allow."""
    publish(dao, alice, **changes)
    with refused(error, **arguments):
        accept(dao, buyer)


def test_accept__metering_that_is_not_whole__is_refused(
    dao: Dao, alice: AccountAPI, buyer: AccountAPI
) -> None:
    """Metering without a bond would be backed by nothing."""
    metering = (*METERING[:2], 0, DAY)
    publish(dao, alice, metering=metering)
    with refused(dao.desk.MeteringOutOfBounds, metering=metering):
        accept(dao, buyer)


def test_accept__by_the_arbiter__is_refused(dao: Dao, alice: AccountAPI) -> None:
    """Who judges the delivery cannot be who gets it."""
    publish(dao, alice, arbiter=alice.address)
    with refused(dao.desk.ArbiterIsBuyer, buyer=alice):
        accept(dao, alice)


def test_accept__asset_that_was_delisted_meanwhile__is_refused(
    dao: Dao, alice: AccountAPI, buyer: AccountAPI
) -> None:
    """An offer does not outlive the vote on what may be paid in."""
    publish(dao, alice)
    decide(dao, alice, dao.desk, "setAsset", NATIVE, 0)
    with refused(dao.desk.AssetNotAllowed, asset=NATIVE):
        accept(dao, buyer)


def test_accept__below_a_minimum_that_rose_meanwhile__is_refused(
    dao: Dao, alice: AccountAPI, buyer: AccountAPI
) -> None:
    """Nor the vote on the least price."""
    publish(dao, alice)
    decide(dao, alice, dao.desk, "setAsset", NATIVE, PRICE + 1)
    with refused(dao.desk.PriceTooLow, price=PRICE, minimum=PRICE + 1):
        accept(dao, buyer)


@pytest.mark.parametrize("key", [bytes(32), b"\x01" + bytes(31), b"\x01" + bytes(30) + b"\x80"])
def test_accept__release_key_of_low_order__is_refused(
    dao: Dao, alice: AccountAPI, buyer: AccountAPI, key: bytes
) -> None:
    """Anybody could open what is sealed to such a key."""
    publish(dao, alice)
    with refused(dao.desk.ReleaseKeyLowOrder, releaseKey=key):
        accept(dao, buyer, releaseKey=key)


def test_accept__edition_that_is_not_attested__is_refused(
    dao: Dao, alice: AccountAPI, buyer: AccountAPI
) -> None:
    """What keepers have not attested nobody could check."""
    publish(dao, alice)
    dao.contribute(alice, 50)
    newer = dao.seal()
    with refused(dao.keepers.EditionNotAttested, editionId=newer):
        accept(dao, buyer, value=2 * PRICE, maxPrice=2 * PRICE)


@pytest.mark.parametrize(
    ("changes", "error", "arguments"),
    [
        ({"minEdition": 2}, "EditionTooOld", {"editionId": 1, "minEdition": 2}),
        (
            {"minUnits": 1001},
            "EditionTooSmall",
            {"editionId": 1, "totalUnits": 1000, "minUnits": 1001},
        ),
    ],
)
def test_accept__edition_less_than_asked_for__is_refused(
    dao: Dao,
    alice: AccountAPI,
    buyer: AccountAPI,
    changes: dict[str, Any],
    error: str,
    arguments: dict[str, object],
) -> None:
    """The buyer says what it must get at least, as in a request."""
    publish(dao, alice)
    with refused(error, **arguments):
        accept(dao, buyer, **changes)
