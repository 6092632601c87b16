"""What the ledger knows, and how a new state is made of an old one without changing it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from dao_backend.core import events as e
from dao_backend.core.history import GENESIS, Change, next_head
from dao_backend.core.model import (
    Address,
    Collection,
    Contribution,
    Edition,
    Keeper,
    Licence,
    ProposalState,
    Request,
    RequestStatus,
)
from dao_backend.errors import HistoryMismatch

Votes = tuple[int, int, int]
"""Weight against, for, abstaining."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """A proposal with its tally; `ended` is EXECUTED or CANCELED once the log says so."""

    proposal_id: int
    proposer: Address
    vote_start: int
    vote_end: int
    description: str
    votes: Votes = (0, 0, 0)
    eta: int | None = None
    ended: ProposalState | None = None


@dataclass(frozen=True, slots=True)
class Delivery:
    """What is awaited for a licence; `receipts` in the order in which they were posted."""

    edition_id: int
    deliver_by: int
    epoch: int
    receipts: tuple[e.ReceiptPosted, ...] = ()


@dataclass(frozen=True, slots=True)
class State:
    """Everything that the log says, keyed by the ids of the contracts."""

    position: e.Position | None = None
    history_head: bytes = GENESIS
    history_count: int = 0
    collections: dict[int, Collection] = field(default_factory=dict)
    appraisers: dict[Address, e.AppraiserAdded] = field(default_factory=dict)
    contributions: dict[bytes, Contribution] = field(default_factory=dict)
    units: dict[tuple[Address, int], int] = field(default_factory=dict)
    """By member and collection."""
    members: dict[Address, int] = field(default_factory=dict)
    """Index of each member."""
    editions: dict[int, Edition] = field(default_factory=dict)
    committees: dict[int, e.CommitteeFormed] = field(default_factory=dict)
    keepers: dict[tuple[int, int], Keeper] = field(default_factory=dict)
    """By epoch and index."""
    serving_epoch: int = 0
    """Whose committee attests and delivers; 0 before the first."""
    holding: dict[int, frozenset[int]] = field(default_factory=dict)
    """Indexes of the keepers that confirmed their handover, by epoch."""
    minimum_prices: dict[Address, int] = field(default_factory=dict)
    requests: dict[int, Request] = field(default_factory=dict)
    counters: dict[int, e.CounterOffered] = field(default_factory=dict)
    """By request id."""
    licences: dict[int, Licence] = field(default_factory=dict)
    rotated_keys: dict[int, bytes] = field(default_factory=dict)
    """Release keys that took the place of the terms' own, by licence id."""
    deliveries: dict[int, Delivery] = field(default_factory=dict)
    """By licence id."""
    proposals: dict[int, Proposal] = field(default_factory=dict)
    ballots: dict[tuple[int, Address], e.VoteCast] = field(default_factory=dict)
    deposits: dict[tuple[int, Address], tuple[int, ...]] = field(default_factory=dict)
    """Net amounts in log order, by edition and asset."""
    claimed: dict[tuple[int, Address, Address], int] = field(default_factory=dict)
    """By edition, asset and member."""


class Folding:
    """A state in the making: dictionaries of its own, and the end of the history chain."""

    def __init__(self, state: State) -> None:
        copies: dict[str, Any] = {
            name: dict(value)
            for name in State.__dataclass_fields__
            if isinstance(value := getattr(state, name), dict)
        }
        self.state = replace(state, **copies)
        self.position = state.position
        self.head = state.history_head
        self.count = state.history_count
        self.serving_epoch = state.serving_epoch
        self.timestamp = 0

    def begin(self, event: e.LogEvent) -> None:
        """Move on to `event`; raise HistoryMismatch unless it comes later than the one before."""
        if self.position is not None and event.position <= self.position:
            raise HistoryMismatch(f"the event at {event.position} is not after {self.position}")
        self.position = event.position
        self.timestamp = event.timestamp

    def chain(self, fact: Change) -> None:
        """Add a link to the history chain."""
        self.head = next_head(self.head, fact)
        self.count += 1

    def set_request(self, request_id: int, status: RequestStatus) -> None:
        """Change a request that exists; KeyError otherwise."""
        requests = self.state.requests
        requests[request_id] = replace(requests[request_id], status=status)

    def set_licence(self, licence_id: int, **changed: Any) -> None:  # noqa: ANN401
        """Change a licence that exists; KeyError otherwise."""
        licences = self.state.licences
        licences[licence_id] = replace(licences[licence_id], **changed)

    def end_proposal(self, proposal_id: int, ended: ProposalState) -> None:
        """End a proposal that exists; KeyError otherwise."""
        proposals = self.state.proposals
        proposals[proposal_id] = replace(proposals[proposal_id], ended=ended)

    def done(self) -> State:
        """The finished state."""
        return replace(
            self.state,
            position=self.position,
            history_head=self.head,
            history_count=self.count,
            serving_epoch=self.serving_epoch,
        )
