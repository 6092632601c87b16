"""The Solidity structs of bargains as values of core, and back, in the order of their fields."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dao_backend.core.bargains import Acceptance, CounterOffer, Offer
from dao_backend.core.metering import Metering
from dao_backend.core.model import Purpose, Terms

Values = Sequence[Any]
"""Values of a struct; ABI decoding has checked their types."""


def terms(values: Values) -> Terms:
    """IAccessDesk's `Terms`."""
    collection, purposes, *rest, metering = values
    fields: Values = (collection, Purpose(purposes), *rest, Metering(*metering))
    return Terms(*fields)


def terms_struct(terms: Terms) -> tuple[object, ...]:
    """The same, to be sent."""
    return (
        terms.collection,
        int(terms.purposes),
        terms.asset,
        terms.price,
        terms.duration,
        terms.royalty_bps,
        terms.terms_hash,
        terms.release_key,
        terms.min_edition,
        terms.min_units,
        terms.arbiter,
        metering_struct(terms.metering),
    )


def counter_offer(values: Values) -> CounterOffer:
    """IAccessDesk's `Counter`."""
    purposes, *rest, metering, answer_period = values
    fields: Values = (Purpose(purposes), *rest, Metering(*metering), answer_period)
    return CounterOffer(*fields)


def counter_struct(counter: CounterOffer) -> tuple[object, ...]:
    """The same, to be sent."""
    return (
        int(counter.purposes),
        counter.price,
        counter.duration,
        counter.royalty_bps,
        counter.terms_hash,
        counter.arbiter,
        metering_struct(counter.metering),
        counter.answer_period,
    )


def offer(values: Values) -> Offer:
    """IOfferDesk's `Offer`."""
    collection, purposes, *rest, metering, expiry, count = values
    fields: Values = (collection, Purpose(purposes), *rest, Metering(*metering), expiry, count)
    return Offer(*fields)


def offer_struct(offer: Offer) -> tuple[object, ...]:
    """The same, to be sent."""
    return (
        offer.collection,
        int(offer.purposes),
        offer.asset,
        offer.unit_price,
        offer.duration,
        offer.royalty_bps,
        offer.terms_hash,
        offer.arbiter,
        metering_struct(offer.metering),
        offer.expiry,
        offer.max_count,
    )


def acceptance_struct(acceptance: Acceptance) -> tuple[object, ...]:
    """IOfferDesk's `Acceptance`, to be sent."""
    return (
        acceptance.release_key,
        acceptance.max_price,
        acceptance.min_edition,
        acceptance.min_units,
    )


def metering_struct(metering: Metering) -> tuple[int, int, int, int]:
    """IAccessDesk's `Metering`, to be sent."""
    return (metering.unit_price, metering.minimum, metering.bond, metering.period)
