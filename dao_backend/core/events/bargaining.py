"""Facts of AccessDesk, OfferDesk and DisputeDesk: what is asked, offered, answered, disputed."""

from __future__ import annotations

from dataclasses import dataclass

from dao_backend.core.bargains import CounterOffer, Offer
from dao_backend.core.model import Address, Terms


@dataclass(frozen=True, slots=True)
class AssetChanged:
    asset: Address
    minimum_price: int


@dataclass(frozen=True, slots=True)
class Requested:
    request_id: int
    buyer: Address
    proposal_id: int
    terms: Terms
    execute_by: int
    deliver_by: int


@dataclass(frozen=True, slots=True)
class CounterOffered:
    request_id: int
    terms: CounterOffer
    accept_by: int


@dataclass(frozen=True, slots=True)
class CounterAccepted:
    request_id: int
    deliver_by: int


@dataclass(frozen=True, slots=True)
class Granted:
    request_id: int
    edition_id: int


@dataclass(frozen=True, slots=True)
class Settled:
    request_id: int
    edition_id: int
    asset: Address
    amount: int


@dataclass(frozen=True, slots=True)
class Refunded:
    request_id: int
    to: Address
    asset: Address
    amount: int


@dataclass(frozen=True, slots=True)
class Cancelled:
    request_id: int
    asset: Address
    amount: int


@dataclass(frozen=True, slots=True)
class OfferPublished:
    offer_id: int
    replaces: int
    offer: Offer


@dataclass(frozen=True, slots=True)
class OfferWithdrawn:
    offer_id: int


@dataclass(frozen=True, slots=True)
class OfferAccepted:
    offer_id: int
    request_id: int
    buyer: Address
    price: int


@dataclass(frozen=True, slots=True)
class DisputeOpened:
    request_id: int
    buyer: Address
    arbiter: Address
    bond: int
    rule_by: int
    claim_hash: bytes


@dataclass(frozen=True, slots=True)
class DisputeRuled:
    request_id: int
    upheld: bool
    reason_hash: bytes


@dataclass(frozen=True, slots=True)
class BondReturned:
    request_id: int
    to: Address
    amount: int


@dataclass(frozen=True, slots=True)
class BondForfeited:
    request_id: int
    edition_id: int
    amount: int


Bargaining = (
    AssetChanged
    | Requested
    | CounterOffered
    | CounterAccepted
    | Granted
    | Settled
    | Refunded
    | Cancelled
    | OfferPublished
    | OfferWithdrawn
    | OfferAccepted
    | DisputeOpened
    | DisputeRuled
    | BondReturned
    | BondForfeited
)
