"""Proposals and ballots: tally, clock, what can be done now; relayed votes."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from dao_backend.api.backend import Served
from dao_backend.api.conditional import Tagged
from dao_backend.api.idempotency import Relayed
from dao_backend.api.models.base import (
    After,
    Limit,
    ProposalId,
    Rows,
    Transaction,
    rows_of,
    transaction_of,
)
from dao_backend.api.models.batches import BallotsBody, BallotsShape
from dao_backend.api.models.votes import BallotBody, BallotShape, EligibilityShape, ProposalShape
from dao_backend.core.lifecycle import Action
from dao_backend.core.model import Vote, address
from dao_backend.core.packing import bytes_of
from dao_backend.core.typed import Ballot, wallet_json
from dao_backend.errors import InputError, NotFound
from dao_backend.service.motions import MotionDesk

router = APIRouter(prefix="/v1/proposals", tags=["Proposals"])

Voter = Annotated[str, Query(description="The account that wants to vote.")]
Support = Annotated[int, Query(ge=0, le=2, description="0 against, 1 for, 2 abstain.")]


@router.get("", summary="Proposals, newest first")
def proposals(backend: Served, after: After = None, limit: Limit = 20) -> Rows[ProposalShape]:
    """Their state depends on the clock and is asked of the chain."""
    return rows_of(backend.proposals.proposals(after, limit), ProposalShape.of)


@router.get("/{proposal_id}", summary="One proposal with its tally and clock")
def proposal(proposal_id: ProposalId, backend: Served) -> ProposalShape:
    """`next` says what can be done now and by whom."""
    return ProposalShape.of(backend.proposals.proposal(_number(proposal_id)))


@router.get("/{proposal_id}/ballots", summary="Ballots, newest first", dependencies=[Tagged])
def ballots(
    proposal_id: ProposalId, backend: Served, after: After = None, limit: Limit = 50
) -> Rows[BallotShape]:
    """Every ballot that was counted."""
    number = _number(proposal_id)
    backend.index.proposal(number)
    return rows_of(backend.index.ballots(number, after=after, limit=limit), BallotShape.of)


@router.get("/{proposal_id}/ballots/typed-data", summary="What to sign in order to vote")
def ballot_typed_data(
    proposal_id: ProposalId, support: Support, voter: Voter, backend: Served
) -> dict[str, Any]:
    """For eth_signTypedData_v4."""
    message = Ballot(_number(proposal_id), Vote(support), address(voter))
    return wallet_json(backend.chain.addresses.domain("DataGovernor"), message)


@router.post(
    "/{proposal_id}/ballots", summary="Have a signed ballot relayed", response_model=Transaction
)
async def cast(
    proposal_id: ProposalId, body: BallotBody, backend: Served, relay: Relayed
) -> Response:
    """The member pays nothing; a second ballot of the same member is refused."""
    voter, number = address(body.voter), _number(proposal_id)
    signature = bytes_of(body.signature)
    return await relay.once(
        lambda: transaction_of(backend.relay.vote_for(number, body.support, voter, signature))
    )


@router.post(
    "/{proposal_id}/ballots/batch",
    summary="Have many signed ballots relayed in one transaction",
    response_model=BallotsShape,
)
async def cast_several(
    proposal_id: ProposalId, body: BallotsBody, backend: Served, relay: Relayed
) -> Response:
    """One that is refused is skipped with its reason, and the others count."""
    number, given = _number(proposal_id), body.parsed()
    if len({each.voter for each in given}) != len(given):
        raise InputError("a voter is listed twice: list each once")

    def work() -> BallotsShape:
        return BallotsShape.of(given, backend.relay.count_all(number, given))

    return await relay.once(work)


@router.get("/{proposal_id}/eligibility", summary="Whether an account can vote, and if not, why")
def eligibility(proposal_id: ProposalId, voter: Voter, backend: Served) -> EligibilityShape:
    """Votes at the snapshot, whether it voted, and when voting opens and closes."""
    return EligibilityShape.of(backend.proposals.voter(_number(proposal_id), address(voter)))


@router.post(
    "/{proposal_id}/queue", summary="Queue a proposal that has passed", response_model=Transaction
)
async def queue(proposal_id: ProposalId, backend: Served, relay: Relayed) -> Response:
    """Anybody may; 409 where it is not due."""
    motion = MotionDesk(backend.chain, backend.relay, backend.index)
    number = _number(proposal_id)
    return await relay.once(lambda: transaction_of(motion.act(number, Action.QUEUE)))


@router.post(
    "/{proposal_id}/execution",
    summary="Carry a proposal out whose timelock has run out",
    response_model=Transaction,
)
async def execute(proposal_id: ProposalId, backend: Served, relay: Relayed) -> Response:
    """Anybody may; what it does stands in its calls."""
    motion = MotionDesk(backend.chain, backend.relay, backend.index)
    number = _number(proposal_id)
    return await relay.once(lambda: transaction_of(motion.act(number, Action.EXECUTE)))


def _number(text: str) -> int:
    number = int(text)
    if number >= 2**256:
        raise NotFound(f"there is no proposal {text}")
    return number
