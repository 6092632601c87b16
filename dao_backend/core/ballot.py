"""Where a vote stands, and whether a member can vote: the same answers for page, API and terminal.

A governor's proposal is pending up to and with its snapshot, then active up to and with its end.
Votes are those held at the snapshot; nothing done later changes them.
Times are unix seconds of chain time.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import assert_never

from dao_backend.core.lifecycle import Action
from dao_backend.core.model import ProposalState


class Obstacle(StrEnum):
    """Why somebody cannot vote; stable names for programs, the sentence beside it is for people."""

    NOT_OPEN = "not-open"
    CLOSED = "closed"
    ALREADY_VOTED = "already-voted"
    NO_VOTES = "no-votes"


@dataclass(frozen=True, slots=True)
class Standing:
    """One account before one proposal."""

    votes: int
    """At the snapshot; before it, what the account holds now."""
    has_voted: bool
    state: ProposalState
    snapshot: int
    vote_end: int
    now: int


@dataclass(frozen=True, slots=True)
class Eligibility:
    """Whether the account can vote now, and if not, why."""

    obstacle: Obstacle | None
    sentence: str


def eligibility(standing: Standing) -> Eligibility:
    """The first obstacle in the order in which a person would ask."""
    if standing.state is ProposalState.PENDING:
        wait = standing.snapshot + 1 - standing.now
        return Eligibility(
            Obstacle.NOT_OPEN, f"The vote opens in {max(wait, 0)} seconds; come back then."
        )
    if standing.has_voted:
        return Eligibility(Obstacle.ALREADY_VOTED, "This account's ballot is counted already.")
    if standing.state is not ProposalState.ACTIVE:
        return Eligibility(
            Obstacle.CLOSED, f"The vote is over; the proposal is {standing.state.value}."
        )
    if standing.votes == 0:
        return Eligibility(
            Obstacle.NO_VOTES,
            f"This account had no votes at the snapshot ({standing.snapshot}). "
            "What is contributed or delegated later counts in later votes.",
        )
    left = standing.vote_end - standing.now
    votes = "1 vote" if standing.votes == 1 else f"{standing.votes} votes"
    return Eligibility(None, f"This account can vote with {votes} for another {left} seconds.")


@dataclass(frozen=True, slots=True)
class NextStep:
    """What can be done about a proposal now, and who may do it."""

    action: str
    """`wait`, `vote`, `none`, or one of `lifecycle.Action`."""
    by: str
    sentence: str


def next_step(state: ProposalState, due: Action | None, opens_in: int, closes_in: int) -> NextStep:
    """`due` is the transaction that would move the proposal's request on, if there is one."""
    if due is not None:
        return NextStep(due.value, "anybody", _DUE[due])
    match state:
        case ProposalState.PENDING:
            return NextStep("wait", "nobody", f"Voting opens in {opens_in} seconds.")
        case ProposalState.ACTIVE:
            sentence = f"Members with votes at the snapshot can vote for {closes_in} more seconds."
            return NextStep("vote", "members", sentence)
        case ProposalState.SUCCEEDED:
            return NextStep("queue", "anybody", _DUE[Action.QUEUE])
        case ProposalState.QUEUED:
            return NextStep("wait", "nobody", "The timelock has not run out yet.")
        case (
            ProposalState.CANCELED
            | ProposalState.DEFEATED
            | ProposalState.EXPIRED
            | ProposalState.EXECUTED
        ):
            return NextStep("none", "nobody", f"The proposal is {state.value}; it is over.")
        case _:
            assert_never(state)


_DUE = {
    Action.QUEUE: "The vote has passed: the proposal can be queued in the timelock.",
    Action.EXECUTE: "The timelock has run out: what was voted can be carried out.",
    Action.SETTLE: "The keepers' receipts are on chain: the price can go to the members.",
    Action.REFUND: "The request has failed: the price can go back to the buyer.",
}
