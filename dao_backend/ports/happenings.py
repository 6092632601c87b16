"""What the index says of bargains and safeguards; a part of the port in ports/index.py."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from dao_backend.core.bargains import CounterOffer, Offer, Verdict
from dao_backend.core.metering import Metering
from dao_backend.core.model import Address
from dao_backend.ports.paging import Page


@dataclass(frozen=True, slots=True)
class CounterRow:
    """The members' answer to a request."""

    terms: CounterOffer
    accept_by: int
    offered_at: int
    accepted_at: int | None


@dataclass(frozen=True, slots=True)
class OfferRow:
    """An offer with what became of it."""

    offer_id: int
    offer: Offer
    replaces: int | None
    """The offer that this one amended."""
    replaced_by: int | None
    published_at: int
    accepted: int
    """How many times."""
    withdrawn: bool
    """Whether a vote closed it, to replace it or not."""

    def is_open(self, now: int) -> bool:
        """Whether it can be accepted at `now`, in seconds of chain time."""
        left = self.accepted < self.offer.max_count
        return left and not self.withdrawn and now <= self.offer.expiry


@dataclass(frozen=True, slots=True)
class DisputeRow:
    """A disputed delivery; an open one whose `rule_by` has passed was decided by silence."""

    request_id: int
    buyer: Address
    arbiter: Address
    bond: int
    claim_hash: bytes
    opened_at: int
    rule_by: int
    verdict: Verdict
    reason_hash: bytes | None
    ruled_at: int | None
    bond_paid: bool
    """Whether the bond went back to the buyer or on to the members."""


@dataclass(frozen=True, slots=True)
class MeterRow:
    """What a metered licence has used and paid, as far as it was reported."""

    licence_id: int
    asset: Address
    metering: Metering
    opened_at: int
    used: int
    """Units of use that were paid, since the beginning."""
    paid: int
    """What its bond paid to the members, minimums included."""
    balance: int
    """What is left of the bond."""
    reported_at: int | None
    """The newest report's last second; None before the first."""
    lapsed: bool
    closes_at: int | None
    emptied: bool


@dataclass(frozen=True, slots=True)
class AnnouncedKey:
    """A release key that a licence's holder wants instead, and from when on it can be applied."""

    release_key: bytes
    earliest: int


@dataclass(frozen=True, slots=True)
class RoyaltyRow:
    """A royalty that somebody paid for a licence."""

    licence_id: int
    edition_id: int
    sender: Address
    asset: Address
    amount: int
    report_hash: bytes
    timestamp: int
    transaction: bytes


@dataclass(frozen=True, slots=True)
class StrikeRow:
    """A call to strike with what is pledged to it."""

    strike_id: int
    member: Address
    """Who called."""
    reason: str
    called_at: int
    timepoint: int
    deadline: int
    needed: int
    pledged: int
    pledges: int
    """How many members pledged, those who took their pledge back left out."""
    begun_at: int | None
    until: int | None
    """When it ends; None before it has begun."""


@dataclass(frozen=True, slots=True)
class PledgeRow:
    """A pledge that stands."""

    strike_id: int
    member: Address
    units: int
    timestamp: int


@dataclass(frozen=True, slots=True)
class PauseRow:
    """A pause by the council."""

    begun_at: int
    until: int
    ended_at: int | None
    """When the guardian ended it before its time."""


@dataclass(frozen=True, slots=True)
class GuardianRow:
    """An appointment of a guardian; the zero address is nobody."""

    guardian: Address
    mandate_until: int
    appointed_at: int


@dataclass(frozen=True, slots=True)
class DepartureRow:
    """A member that left with all it had."""

    member: Address
    tenure: int
    units: tuple[int, ...]
    """By collection number; what it held in each."""
    timestamp: int
    transaction: bytes


class Happenings(Protocol):
    """Offers, disputes, meters, strikes, pauses and departures, newest first."""

    def offer(self, offer_id: int) -> OfferRow:
        """NotFound."""
        ...

    def offers(
        self, *, collection: int | None = None, after: str | None = None, limit: int = 50
    ) -> Page[OfferRow]: ...

    def dispute(self, request_id: int) -> DisputeRow:
        """NotFound."""
        ...

    def disputes(self, *, after: str | None = None, limit: int = 50) -> Page[DisputeRow]: ...

    def meter(self, licence_id: int) -> MeterRow:
        """NotFound."""
        ...

    def meters(self, *, after: str | None = None, limit: int = 50) -> Page[MeterRow]: ...

    def royalties(
        self, *, licence_id: int | None = None, after: str | None = None, limit: int = 50
    ) -> Page[RoyaltyRow]: ...

    def strike(self, strike_id: int) -> StrikeRow:
        """NotFound."""
        ...

    def strikes(self, *, after: str | None = None, limit: int = 50) -> Page[StrikeRow]: ...

    def pledges(
        self, strike_id: int, *, after: str | None = None, limit: int = 50
    ) -> Page[PledgeRow]: ...

    def pauses(self, *, after: str | None = None, limit: int = 50) -> Page[PauseRow]: ...

    def guardians(self, *, after: str | None = None, limit: int = 50) -> Page[GuardianRow]: ...

    def departures(
        self, *, member: Address | None = None, after: str | None = None, limit: int = 50
    ) -> Page[DepartureRow]: ...
