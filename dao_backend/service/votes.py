"""Proposals as people ask about them: tally, quorum, clock, what can be done now, and by whom."""

from __future__ import annotations

from dataclasses import dataclass

from dao_backend.core.ballot import Eligibility, NextStep, Standing, eligibility, next_step
from dao_backend.core.calls import Step
from dao_backend.core.lifecycle import Action, due, motion_due
from dao_backend.core.model import Address, ProposalState
from dao_backend.errors import ContractRefused
from dao_backend.ports.chain import ChainReader
from dao_backend.ports.index import Index, Page, ProposalRow
from dao_backend.service.offers import brake as held_up
from dao_backend.service.requests import RequestDesk


@dataclass(frozen=True, slots=True)
class ProposalView:
    """A proposal's row with what the chain says of it now."""

    row: ProposalRow
    state: ProposalState
    quorum: int | None
    """Votes for and abstaining that it takes to pass; None before the snapshot."""
    eta: int | None
    """When the timelock opens, None while nothing is queued."""
    now: int
    """Timestamp of the newest block."""
    opens_in: int
    """Seconds until voting opens, 0 once it is open."""
    closes_in: int
    """Seconds until voting closes, 0 once it is closed."""
    next: NextStep
    steps: tuple[Step, ...]
    """What it would do, call by call."""
    brake: str | None = None
    """Why a request that could be granted is not, where a pause or a strike is in the way."""


@dataclass(frozen=True, slots=True)
class VoterView:
    """One account before one proposal."""

    proposal_id: int
    voter: Address
    standing: Standing
    eligibility: Eligibility


class ProposalBoard:
    """Proposals from the index; their state depends on the clock and comes from the chain."""

    def __init__(self, chain: ChainReader, index: Index, requests: RequestDesk) -> None:
        self._chain = chain
        self._index = index
        self._requests = requests

    def proposal(self, proposal_id: int) -> ProposalView:
        """NotFound."""
        return self._view(self._index.proposal(proposal_id), self._now())

    def proposals(self, after: str | None, limit: int) -> Page[ProposalView]:
        """Newest first."""
        page = self._index.proposals(after=after, limit=limit)
        now = self._now()
        return Page(tuple(self._view(row, now) for row in page.rows), page.next)

    def voter(self, proposal_id: int, voter: Address) -> VoterView:
        """Whether an account can vote, and why not; NotFound for an unknown proposal."""
        row, now = self._index.proposal(proposal_id), self._now()
        standing = Standing(
            votes=self._chain.votes_at(voter, min(row.vote_start, now - 1)),
            has_voted=self._chain.has_voted(proposal_id, voter),
            state=self._chain.proposal_state(proposal_id),
            snapshot=row.vote_start,
            vote_end=row.vote_end,
            now=now,
        )
        return VoterView(proposal_id, voter, standing, eligibility(standing))

    def _view(self, row: ProposalRow, now: int) -> ProposalView:
        state = self._chain.proposal_state(row.proposal_id)
        opens_in, closes_in = max(row.vote_start + 1 - now, 0), max(row.vote_end - now, 0)
        if row.request_id is None:
            step = motion_due(state, row.eta, now)
        else:
            step = due(self._requests.situation(row.request_id))
        brake = held_up(self._chain) if row.request_id and step is Action.EXECUTE else None
        now_next = next_step(state, step, opens_in, closes_in)
        return ProposalView(
            row=row,
            state=state,
            quorum=self._quorum(row.proposal_id),
            eta=row.eta,
            now=now,
            opens_in=opens_in,
            closes_in=closes_in,
            next=now_next if brake is None else NextStep("wait", "nobody", brake),
            steps=self._chain.steps(row.motion),
            brake=brake,
        )

    def _quorum(self, proposal_id: int) -> int | None:
        """None while the snapshot is still to come: the contract refuses to say."""
        try:
            return self._chain.proposal_quorum(proposal_id)
        except ContractRefused:
            return None

    def _now(self) -> int:
        return self._chain.head().timestamp
