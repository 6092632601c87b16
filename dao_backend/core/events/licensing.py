"""Facts of Licence and UsageMeter: the buyer's right, and what its use pays."""

from __future__ import annotations

from dataclasses import dataclass

from dao_backend.core.model import Address, Purpose


@dataclass(frozen=True, slots=True)
class LicenceIssued:
    licence_id: int
    holder: Address
    edition_id: int
    collection: int
    purposes: Purpose
    expiry: int
    royalty_bps: int
    terms_hash: bytes
    release_key: bytes


@dataclass(frozen=True, slots=True)
class LicenceSuspended:
    licence_id: int


@dataclass(frozen=True, slots=True)
class LicenceReinstated:
    licence_id: int


@dataclass(frozen=True, slots=True)
class LicenceRevoked:
    licence_id: int


@dataclass(frozen=True, slots=True)
class LicenceLapsed:
    licence_id: int


@dataclass(frozen=True, slots=True)
class LicenceRestored:
    licence_id: int


@dataclass(frozen=True, slots=True)
class ReleaseKeyAnnounced:
    licence_id: int
    release_key: bytes
    earliest: int


@dataclass(frozen=True, slots=True)
class ReleaseKeyRotated:
    licence_id: int
    release_key: bytes


@dataclass(frozen=True, slots=True)
class IssuerNominated:
    issuer: Address
    earliest: int


@dataclass(frozen=True, slots=True)
class IssuerChanged:
    issuer: Address


@dataclass(frozen=True, slots=True)
class MeterOpened:
    licence_id: int
    asset: Address
    unit_price: int
    minimum: int
    bond: int
    period: int


@dataclass(frozen=True, slots=True)
class UsageSettled:
    licence_id: int
    edition_id: int
    used: int
    """The event's `units`: of use since the beginning, not of a member."""
    until: int
    amount: int


@dataclass(frozen=True, slots=True)
class MinimumTaken:
    licence_id: int
    edition_id: int
    periods: int
    amount: int


@dataclass(frozen=True, slots=True)
class BondFunded:
    licence_id: int
    sender: Address
    amount: int
    balance: int


@dataclass(frozen=True, slots=True)
class MeterClosing:
    licence_id: int
    closes_at: int


@dataclass(frozen=True, slots=True)
class BondTaken:
    licence_id: int
    to: Address
    amount: int


@dataclass(frozen=True, slots=True)
class RoyaltyPaid:
    licence_id: int
    edition_id: int
    sender: Address
    asset: Address
    amount: int
    report_hash: bytes


Licensing = (
    LicenceIssued
    | LicenceSuspended
    | LicenceReinstated
    | LicenceRevoked
    | LicenceLapsed
    | LicenceRestored
    | ReleaseKeyAnnounced
    | ReleaseKeyRotated
    | IssuerNominated
    | IssuerChanged
    | MeterOpened
    | UsageSettled
    | MinimumTaken
    | BondFunded
    | MeterClosing
    | BondTaken
    | RoyaltyPaid
)
