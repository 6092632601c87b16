"""Facts of DataRegistry and ContributionToken: contributions, editions, members."""

from __future__ import annotations

from dataclasses import dataclass

from dao_backend.core.model import Address, Purpose, Record


@dataclass(frozen=True, slots=True)
class CollectionCreated:
    collection: int
    name: str
    purposes: Purpose


@dataclass(frozen=True, slots=True)
class AppraiserAdded:
    appraiser: Address
    sealing_key: bytes
    endpoint: str


@dataclass(frozen=True, slots=True)
class AppraiserRemoved:
    appraiser: Address


@dataclass(frozen=True, slots=True)
class Contributed:
    record: Record
    units: int
    appraiser: Address


@dataclass(frozen=True, slots=True)
class ContributionSkipped:
    contribution_id: bytes
    reason: bytes


@dataclass(frozen=True, slots=True)
class Withdrawn:
    contribution_id: bytes
    contributor: Address
    collection: int
    units: int


@dataclass(frozen=True, slots=True)
class Left:
    member: Address
    tenure: int
    units: tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class EditionSealed:
    edition_id: int
    collection: int
    timepoint: int
    total_units: int
    history_count: int
    epoch: int


@dataclass(frozen=True, slots=True)
class GenesisReached:
    members: int
    units: int


@dataclass(frozen=True, slots=True)
class CapsChanged:
    window: int
    appraiser_bps: int
    total_bps: int


@dataclass(frozen=True, slots=True)
class MemberAdded:
    member: Address
    index: int


@dataclass(frozen=True, slots=True)
class UniquenessAttested:
    member: Address
    person: bytes
    attestor: Address


@dataclass(frozen=True, slots=True)
class AttestorAdded:
    attestor: Address


@dataclass(frozen=True, slots=True)
class AttestorRemoved:
    attestor: Address


@dataclass(frozen=True, slots=True)
class MinterNominated:
    minter: Address
    earliest: int


@dataclass(frozen=True, slots=True)
class MinterChanged:
    minter: Address


Contributing = (
    CollectionCreated
    | AppraiserAdded
    | AppraiserRemoved
    | Contributed
    | ContributionSkipped
    | Withdrawn
    | Left
    | EditionSealed
    | GenesisReached
    | CapsChanged
    | MemberAdded
    | UniquenessAttested
    | AttestorAdded
    | AttestorRemoved
    | MinterNominated
    | MinterChanged
)
