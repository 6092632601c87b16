"""Requests, proposals and ballots."""

from __future__ import annotations

from pydantic import Field

from dao_backend.api.models.base import Account, Decimal, Hash, Model, Seconds, Signature
from dao_backend.api.models.motions import CallShape
from dao_backend.core.ballot import NextStep
from dao_backend.core.events import VoteCast
from dao_backend.core.model import Purpose, Terms, Vote
from dao_backend.core.packing import hex_of
from dao_backend.ports.index import RequestRow
from dao_backend.service.votes import ProposalView, VoterView


class TermsShape(Model):
    """What a buyer asks for."""

    collection: int
    purposes: list[str] = Field(examples=[["fine-tune", "evaluate"]])
    asset: Account
    price: Decimal
    duration: int = Field(description="Seconds from the grant.")
    royalty_bps: int
    terms_hash: Hash
    release_key: Hash
    min_edition: int
    min_units: Decimal

    @classmethod
    def of(cls, terms: Terms) -> TermsShape:
        """From the core's value."""
        return cls(
            collection=terms.collection,
            purposes=Purpose.names_of(terms.purposes),
            asset=terms.asset,
            price=str(terms.price),
            duration=terms.duration,
            royalty_bps=terms.royalty_bps,
            terms_hash=hex_of(terms.terms_hash),
            release_key=hex_of(terms.release_key),
            min_edition=terms.min_edition,
            min_units=str(terms.min_units),
        )


class RequestShape(Model):
    """A buyer's escrowed application."""

    request_id: int = Field(examples=[1])
    buyer: Account
    status: str = Field(examples=["pending"])
    proposal_id: Decimal
    terms: TermsShape
    filed_at: Seconds
    execute_by: Seconds
    deliver_by: Seconds
    edition_id: int | None = Field(description="Once it is granted.")

    @classmethod
    def of(cls, row: RequestRow) -> RequestShape:
        """From the index."""
        return cls(
            request_id=row.request_id,
            buyer=row.buyer,
            status=row.status.name.lower(),
            proposal_id=str(row.proposal_id),
            terms=TermsShape.of(row.terms),
            filed_at=row.filed_at,
            execute_by=row.execute_by,
            deliver_by=row.deliver_by,
            edition_id=row.edition_id,
        )


class NextStepShape(Model):
    """What can be done now, and who may do it."""

    action: str = Field(examples=["vote"])
    by: str = Field(examples=["members"])
    sentence: str

    @classmethod
    def of(cls, step: NextStep) -> NextStepShape:
        """From the core's value."""
        return cls(action=step.action, by=step.by, sentence=step.sentence)


class ProposalShape(Model):
    """A proposal with its tally and clock; times are seconds of chain time."""

    proposal_id: Decimal
    request_id: int | None = Field(description="Null for a proposal that is about no request.")
    proposer: Account
    description: str = Field(description="The proposer's own words; `calls` is what happens.")
    calls: list[CallShape]
    state: str = Field(examples=["active"])
    votes_against: Decimal
    votes_for: Decimal
    votes_abstain: Decimal
    quorum: Decimal | None = Field(
        description="For and abstaining votes it takes; null before the snapshot."
    )
    ballots: int
    snapshot: Seconds
    vote_end: Seconds
    eta: Seconds | None = Field(description="When the timelock opens, once queued.")
    now: Seconds
    opens_in: int
    closes_in: int
    next: NextStepShape

    @classmethod
    def of(cls, view: ProposalView) -> ProposalShape:
        """From the service."""
        row = view.row
        return cls(
            proposal_id=str(row.proposal_id),
            request_id=row.request_id,
            proposer=row.proposer,
            description=row.description,
            calls=[CallShape.of(step) for step in view.steps],
            state=view.state.value,
            votes_against=str(row.votes_against),
            votes_for=str(row.votes_for),
            votes_abstain=str(row.votes_abstain),
            quorum=None if view.quorum is None else str(view.quorum),
            ballots=row.ballots,
            snapshot=row.vote_start,
            vote_end=row.vote_end,
            eta=view.eta,
            now=view.now,
            opens_in=view.opens_in,
            closes_in=view.closes_in,
            next=NextStepShape.of(view.next),
        )


class BallotShape(Model):
    """A ballot that was counted."""

    voter: Account
    support: str = Field(examples=["for"])
    weight: Decimal
    reason: str

    @classmethod
    def of(cls, cast: VoteCast) -> BallotShape:
        """From the log."""
        return cls(
            voter=cast.voter,
            support=Vote(cast.support).name.lower(),
            weight=str(cast.weight),
            reason=cast.reason,
        )


class BallotBody(Model):
    """A member's signed ballot."""

    support: int = Field(ge=0, le=2, description="0 against, 1 for, 2 abstain.", examples=[1])
    voter: Account
    signature: Signature


class EligibilityShape(Model):
    """Whether an account can vote now, and if not, why."""

    proposal_id: Decimal
    voter: Account
    eligible: bool
    obstacle: str | None = Field(description="A stable name, null where nothing is in the way.")
    sentence: str = Field(examples=["This account held no units at the snapshot."])
    votes: Decimal
    has_voted: bool
    state: str
    snapshot: Seconds
    vote_end: Seconds
    now: Seconds

    @classmethod
    def of(cls, view: VoterView) -> EligibilityShape:
        """From the service."""
        found, standing = view.eligibility, view.standing
        return cls(
            proposal_id=str(view.proposal_id),
            voter=view.voter,
            eligible=found.obstacle is None,
            obstacle=None if found.obstacle is None else found.obstacle.value,
            sentence=found.sentence,
            votes=str(standing.votes),
            has_voted=standing.has_voted,
            state=standing.state.value,
            snapshot=standing.snapshot,
            vote_end=standing.vote_end,
            now=standing.now,
        )
