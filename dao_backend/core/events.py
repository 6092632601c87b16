"""What the contracts logged, decoded: one frozen dataclass for each event that is folded.

Field names are those of the Solidity interfaces in snake case.
`LogEvent` pairs the decoded fact with its position; a position orders facts and names the block
to roll back to.
"""

from __future__ import annotations

from dataclasses import dataclass

from dao_backend.core.model import Address, Purpose, Record, Terms


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """Where an event stands in the chain."""

    block: int
    log_index: int


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
class MemberAdded:
    member: Address
    index: int


@dataclass(frozen=True, slots=True)
class CommitteeFormed:
    epoch: int
    threshold: int
    committee_hash: bytes


@dataclass(frozen=True, slots=True)
class KeeperJoined:
    epoch: int
    index: int
    operator: Address
    sealing_key: bytes
    endpoint: str


@dataclass(frozen=True, slots=True)
class EditionAttested:
    edition_id: int
    root: bytes


@dataclass(frozen=True, slots=True)
class DeliveryOpened:
    licence_id: int
    edition_id: int
    deliver_by: int
    epoch: int


@dataclass(frozen=True, slots=True)
class ReceiptPosted:
    licence_id: int
    index: int
    bundle_digest: bytes
    bundle_length: int
    count: int


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
class Deposited:
    edition_id: int
    asset: Address
    sender: Address
    """The event's `from`, a reserved word in Python."""
    amount: int
    reserve_cut: int
    keeper_cut: int
    purpose: bytes


@dataclass(frozen=True, slots=True)
class Claimed:
    edition_id: int
    asset: Address
    member: Address
    payee: Address
    amount: int


@dataclass(frozen=True, slots=True)
class ProposalCreated:
    proposal_id: int
    proposer: Address
    vote_start: int
    vote_end: int
    description: str


@dataclass(frozen=True, slots=True)
class VoteCast:
    proposal_id: int
    voter: Address
    support: int
    weight: int
    reason: str


@dataclass(frozen=True, slots=True)
class ProposalExtended:
    proposal_id: int
    extended_deadline: int


@dataclass(frozen=True, slots=True)
class ProposalQueued:
    proposal_id: int
    eta: int


@dataclass(frozen=True, slots=True)
class ProposalExecuted:
    proposal_id: int


@dataclass(frozen=True, slots=True)
class ProposalCanceled:
    proposal_id: int


Fact = (
    CollectionCreated
    | AppraiserAdded
    | AppraiserRemoved
    | Contributed
    | Withdrawn
    | EditionSealed
    | MemberAdded
    | CommitteeFormed
    | KeeperJoined
    | EditionAttested
    | DeliveryOpened
    | ReceiptPosted
    | AssetChanged
    | Requested
    | Granted
    | Settled
    | Refunded
    | Cancelled
    | LicenceIssued
    | LicenceSuspended
    | LicenceReinstated
    | LicenceRevoked
    | Deposited
    | Claimed
    | ProposalCreated
    | VoteCast
    | ProposalExtended
    | ProposalQueued
    | ProposalExecuted
    | ProposalCanceled
)


@dataclass(frozen=True, slots=True)
class LogEvent:
    """One decoded fact at its position, with the transaction and time that brought it."""

    position: Position
    block_hash: bytes
    timestamp: int
    transaction: bytes
    fact: Fact
