"""Facts of DataGovernor, DataStrike and Council: votes, strikes, pauses."""

from __future__ import annotations

from dataclasses import dataclass

from dao_backend.core.model import Address


@dataclass(frozen=True, slots=True)
class ProposalCreated:
    proposal_id: int
    proposer: Address
    vote_start: int
    vote_end: int
    description: str
    targets: tuple[Address, ...]
    values: tuple[int, ...]
    calldatas: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class VoteCast:
    proposal_id: int
    voter: Address
    support: int
    weight: int
    reason: str


@dataclass(frozen=True, slots=True)
class BallotSkipped:
    proposal_id: int
    voter: Address
    reason: bytes


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


@dataclass(frozen=True, slots=True)
class StrikeCalled:
    strike_id: int
    member: Address
    timepoint: int
    deadline: int
    needed: int
    reason: str


@dataclass(frozen=True, slots=True)
class Pledged:
    strike_id: int
    member: Address
    units: int


@dataclass(frozen=True, slots=True)
class PledgeWithdrawn:
    strike_id: int
    member: Address
    units: int


@dataclass(frozen=True, slots=True)
class StrikeBegun:
    strike_id: int
    until: int


@dataclass(frozen=True, slots=True)
class GuardianAppointed:
    guardian: Address
    mandate_until: int


@dataclass(frozen=True, slots=True)
class PauseBegun:
    until: int


@dataclass(frozen=True, slots=True)
class PauseEnded:
    """A pause ended before its time."""


Governing = (
    ProposalCreated
    | VoteCast
    | BallotSkipped
    | ProposalExtended
    | ProposalQueued
    | ProposalExecuted
    | ProposalCanceled
    | StrikeCalled
    | Pledged
    | PledgeWithdrawn
    | StrikeBegun
    | GuardianAppointed
    | PauseBegun
    | PauseEnded
)
