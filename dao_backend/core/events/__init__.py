"""What the contracts logged, decoded: one frozen dataclass for each event.

Field names are those of the Solidity interfaces in snake case; a module for each family of
contracts holds them, and its union. `LogEvent` pairs the decoded fact with its position; a
position orders facts and names the block to roll back to.
"""

from __future__ import annotations

from dataclasses import dataclass

from dao_backend.core.events.bargaining import (
    AssetChanged,
    Bargaining,
    BondForfeited,
    BondReturned,
    Cancelled,
    CounterAccepted,
    CounterOffered,
    DisputeOpened,
    DisputeRuled,
    Granted,
    OfferAccepted,
    OfferPublished,
    OfferWithdrawn,
    Refunded,
    Requested,
    Settled,
)
from dao_backend.core.events.contributing import (
    AppraiserAdded,
    AppraiserRemoved,
    AttestorAdded,
    AttestorRemoved,
    CapsChanged,
    CollectionCreated,
    Contributed,
    Contributing,
    ContributionSkipped,
    EditionSealed,
    GenesisReached,
    Left,
    MemberAdded,
    MinterChanged,
    MinterNominated,
    UniquenessAttested,
    Withdrawn,
)
from dao_backend.core.events.earning import (
    Claimed,
    Deposited,
    Earning,
)
from dao_backend.core.events.governing import (
    BallotSkipped,
    Governing,
    GuardianAppointed,
    PauseBegun,
    PauseEnded,
    Pledged,
    PledgeWithdrawn,
    ProposalCanceled,
    ProposalCreated,
    ProposalExecuted,
    ProposalExtended,
    ProposalQueued,
    StrikeBegun,
    StrikeCalled,
    VoteCast,
)
from dao_backend.core.events.keeping import (
    CommitteeFormed,
    DeliveryOpened,
    EditionAttested,
    EpochServing,
    HandoverConfirmed,
    KeeperJoined,
    Keeping,
    ReceiptPosted,
)
from dao_backend.core.events.licensing import (
    BondFunded,
    BondTaken,
    IssuerChanged,
    IssuerNominated,
    LicenceIssued,
    LicenceLapsed,
    LicenceReinstated,
    LicenceRestored,
    LicenceRevoked,
    LicenceSuspended,
    Licensing,
    MeterClosing,
    MeterOpened,
    MinimumTaken,
    ReleaseKeyAnnounced,
    ReleaseKeyRotated,
    RoyaltyPaid,
    UsageSettled,
)

__all__ = [
    "AppraiserAdded",
    "AppraiserRemoved",
    "AssetChanged",
    "AttestorAdded",
    "AttestorRemoved",
    "BallotSkipped",
    "BondForfeited",
    "BondFunded",
    "BondReturned",
    "BondTaken",
    "Cancelled",
    "CapsChanged",
    "Claimed",
    "CollectionCreated",
    "CommitteeFormed",
    "Contributed",
    "ContributionSkipped",
    "CounterAccepted",
    "CounterOffered",
    "DeliveryOpened",
    "Deposited",
    "DisputeOpened",
    "DisputeRuled",
    "EditionAttested",
    "EditionSealed",
    "EpochServing",
    "Fact",
    "GenesisReached",
    "Granted",
    "GuardianAppointed",
    "HandoverConfirmed",
    "IssuerChanged",
    "IssuerNominated",
    "KeeperJoined",
    "Left",
    "LicenceIssued",
    "LicenceLapsed",
    "LicenceReinstated",
    "LicenceRestored",
    "LicenceRevoked",
    "LicenceSuspended",
    "LogEvent",
    "MemberAdded",
    "MeterClosing",
    "MeterOpened",
    "MinimumTaken",
    "MinterChanged",
    "MinterNominated",
    "OfferAccepted",
    "OfferPublished",
    "OfferWithdrawn",
    "PauseBegun",
    "PauseEnded",
    "PledgeWithdrawn",
    "Pledged",
    "Position",
    "ProposalCanceled",
    "ProposalCreated",
    "ProposalExecuted",
    "ProposalExtended",
    "ProposalQueued",
    "ReceiptPosted",
    "Refunded",
    "ReleaseKeyAnnounced",
    "ReleaseKeyRotated",
    "Requested",
    "RoyaltyPaid",
    "Settled",
    "StrikeBegun",
    "StrikeCalled",
    "UniquenessAttested",
    "UsageSettled",
    "VoteCast",
    "Withdrawn",
]

Fact = Bargaining | Contributing | Earning | Governing | Keeping | Licensing


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """Where an event stands in the chain."""

    block: int
    log_index: int


@dataclass(frozen=True, slots=True)
class LogEvent:
    """One decoded fact at its position, with the transaction and time that brought it."""

    position: Position
    block_hash: bytes
    timestamp: int
    transaction: bytes
    fact: Fact
