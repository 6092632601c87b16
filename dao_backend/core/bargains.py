"""What members and buyers agree on beside a plain request: offers, counter-offers, disputes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import IntEnum

from dao_backend.core.metering import Metering
from dao_backend.core.model import Address, Purpose, Terms, require_bytes


class Verdict(IntEnum):
    """Stored state of a dispute, in the contract's order."""

    NONE = 0
    OPEN = 1
    UPHELD = 2
    REJECTED = 3


@dataclass(frozen=True, slots=True)
class CounterOffer:
    """Other terms for a pending request, as members voted them; see IAccessDesk's `Counter`."""

    purposes: Purpose
    price: int
    duration: int
    royalty_bps: int
    terms_hash: bytes
    arbiter: Address
    metering: Metering
    answer_period: int
    """Seconds from its execution in which the buyer may accept."""

    def __post_init__(self) -> None:
        require_bytes("terms_hash", self.terms_hash, 32)


@dataclass(frozen=True, slots=True)
class Offer:
    """Standing terms that any buyer may accept; see IOfferDesk's `Offer`."""

    collection: int
    purposes: Purpose
    asset: Address
    unit_price: int
    """For each unit of the edition."""
    duration: int
    royalty_bps: int
    terms_hash: bytes
    arbiter: Address
    metering: Metering
    expiry: int
    """Last second in which it can be accepted."""
    max_count: int
    """How many times it can be accepted."""

    def __post_init__(self) -> None:
        require_bytes("terms_hash", self.terms_hash, 32)


@dataclass(frozen=True, slots=True)
class Acceptance:
    """What a buyer adds to an offer; see IOfferDesk's `Acceptance`."""

    release_key: bytes
    max_price: int
    """The most that the buyer pays as price, bond not included."""
    min_edition: int
    min_units: int

    def __post_init__(self) -> None:
        require_bytes("release_key", self.release_key, 32)


def under(counter: CounterOffer, asked: Terms) -> Terms:
    """The terms of a request whose buyer accepted `counter`: what it does not name stays."""
    return replace(
        asked,
        purposes=counter.purposes,
        price=counter.price,
        duration=counter.duration,
        royalty_bps=counter.royalty_bps,
        terms_hash=counter.terms_hash,
        arbiter=counter.arbiter,
        metering=counter.metering,
    )
