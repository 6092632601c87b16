"""What the service reads from the index: the chain's facts, joined, a page at a time.

Every list is ordered and paginated by keyset: `after` is the `cursor` of the last row already seen.
Rows come newest first unless a method says otherwise. All answers are as of `cursor()`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from dao_backend.core.events import LogEvent, VoteCast
from dao_backend.core.model import (
    Address,
    Collection,
    Contribution,
    Edition,
    Licence,
    Receipt,
    RequestStatus,
    Terms,
)
from dao_backend.core.motion import Motion
from dao_backend.ports.chain import Block
from dao_backend.ports.committees import Committees
from dao_backend.ports.happenings import AnnouncedKey, CounterRow, Happenings
from dao_backend.ports.paging import Page as Page  # noqa: PLC0414  # a part of this port


@dataclass(frozen=True, slots=True)
class ContributionRow:
    """A contribution with when it was registered and, if so, withdrawn."""

    contribution: Contribution
    registered_at: int
    transaction: bytes
    withdrawn_time: int | None


@dataclass(frozen=True, slots=True)
class EditionRow:
    """An edition with its times and size."""

    edition: Edition
    sealed_at: int
    contributions: int
    """How many contributions stand in it."""
    attested_at: int | None


@dataclass(frozen=True, slots=True)
class ProposalRow:
    """A proposal with its tally; its state depends on the clock and is read from the chain."""

    proposal_id: int
    request_id: int | None
    proposer: Address
    motion: Motion
    vote_start: int
    vote_end: int
    votes_against: int
    votes_for: int
    votes_abstain: int
    ballots: int
    eta: int | None
    ended: str | None
    """"executed" or "canceled" once it is, else None."""

    @property
    def description(self) -> str:
        """The proposer's own words."""
        return self.motion.description


@dataclass(frozen=True, slots=True)
class RequestRow:
    """A request with its status and, once granted, its edition."""

    request_id: int
    buyer: Address
    terms: Terms
    proposal_id: int
    execute_by: int
    deliver_by: int
    filed_at: int
    status: RequestStatus
    edition_id: int | None
    counter: CounterRow | None = None
    """What the members answered; once accepted, its terms are the request's."""
    offer_id: int | None = None
    """The offer that was accepted, where no vote stands behind the request."""


@dataclass(frozen=True, slots=True)
class LicenceRow:
    """A licence with the receipts of its keepers."""

    licence: Licence
    receipts: tuple[Receipt, ...]
    deliver_by: int
    delivered: bool
    """Whether t receipts were posted."""
    announced: AnnouncedKey | None = None
    """The key that the holder has announced; None once it is applied or taken back."""


@dataclass(frozen=True, slots=True)
class DepositRow:
    """Money that an edition received."""

    edition_id: int
    asset: Address
    sender: Address
    amount: int
    """Net of the cuts: what the members share."""
    reserve_cut: int
    keeper_cut: int
    purpose: bytes
    timestamp: int
    transaction: bytes
    royalty_for: int | None = None
    """The licence that a royalty was paid for, whose report's hash is the purpose."""


@dataclass(frozen=True, slots=True)
class ClaimRow:
    """Money that a member took."""

    edition_id: int
    asset: Address
    member: Address
    payee: Address
    amount: int
    timestamp: int
    transaction: bytes


@dataclass(frozen=True, slots=True)
class MemberRow:
    """A member and what it holds now; `units` is by collection number."""

    member: Address
    index: int
    units: tuple[int, ...]
    contributions: int


@dataclass(frozen=True, slots=True)
class AssetRow:
    """What requests may be paid in now."""

    asset: Address
    minimum_price: int


@dataclass(frozen=True, slots=True)
class Totals:
    """The DAO in figures."""

    members: int
    contributions: int
    withdrawn: int
    units: tuple[int, ...]
    editions: int
    licences: int
    bytes_stored: int


class Index(Happenings, Committees, Protocol):
    """Durable and reorganisation-safe. DatabaseUnavailable where the file cannot be used."""

    def cursor(self) -> Block | None:
        """The last block folded in, None before the first."""
        ...

    def remembered(self) -> tuple[Block, ...]:
        """Cursors of the recent past, newest first: where a reorganisation may have begun."""
        ...

    def apply(self, events: Sequence[LogEvent], upto: Block) -> None:
        """Add the events of all blocks after the cursor up to and with `upto`, atomically."""
        ...

    def roll_back(self, to: int) -> None:
        """Forget everything above block `to`, atomically."""
        ...

    def events(self, after: str | None = None, limit: int = 100) -> Page[LogEvent]:
        """The log itself, oldest first: what the event stream replays."""
        ...

    def totals(self) -> Totals: ...

    def collections(self) -> tuple[Collection, ...]: ...

    def assets(self) -> tuple[AssetRow, ...]:
        """Those that are allowed now, by address."""
        ...

    def contribution(self, contribution_id: bytes) -> ContributionRow:
        """NotFound."""
        ...

    def contributions(
        self,
        *,
        collection: int | None = None,
        contributor: Address | None = None,
        edition_id: int | None = None,
        after: str | None = None,
        limit: int = 50,
    ) -> Page[ContributionRow]:
        """With `edition_id`: those that stand in that edition, in order of contribution id."""
        ...

    def members(self, *, after: str | None = None, limit: int = 50) -> Page[MemberRow]:
        """By index, lowest first."""
        ...

    def member(self, member: Address) -> MemberRow:
        """NotFound."""
        ...

    def edition(self, edition_id: int) -> EditionRow:
        """NotFound."""
        ...

    def editions(
        self, *, collection: int | None = None, after: str | None = None, limit: int = 50
    ) -> Page[EditionRow]: ...

    def proposal(self, proposal_id: int) -> ProposalRow:
        """NotFound."""
        ...

    def proposals(self, *, after: str | None = None, limit: int = 50) -> Page[ProposalRow]: ...

    def ballots(
        self, proposal_id: int, *, after: str | None = None, limit: int = 50
    ) -> Page[VoteCast]: ...

    def request(self, request_id: int) -> RequestRow:
        """NotFound."""
        ...

    def requests(
        self, *, buyer: Address | None = None, after: str | None = None, limit: int = 50
    ) -> Page[RequestRow]: ...

    def licence(self, licence_id: int) -> LicenceRow:
        """NotFound."""
        ...

    def licences(
        self, *, holder: Address | None = None, after: str | None = None, limit: int = 50
    ) -> Page[LicenceRow]: ...

    def deposits(
        self, *, edition_id: int | None = None, after: str | None = None, limit: int = 50
    ) -> Page[DepositRow]: ...

    def claims(
        self, *, member: Address | None = None, after: str | None = None, limit: int = 50
    ) -> Page[ClaimRow]: ...

    def earning_editions(self, member: Address) -> tuple[tuple[int, Address], ...]:
        """(edition, asset) pairs with money, of editions in which the member held units."""
        ...
