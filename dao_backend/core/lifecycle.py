"""What anybody may do next for a request, so that silence always has an outcome."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import assert_never

from dao_backend.core.model import ProposalState, RequestStatus


class Action(StrEnum):
    """A transaction that moves a request on; none of them needs a particular account."""

    QUEUE = "queue"
    EXECUTE = "execute"
    SETTLE = "settle"
    REFUND = "refund"


@dataclass(frozen=True, slots=True)
class Situation:
    """A request as the chain has it now."""

    status: RequestStatus
    proposal: ProposalState | None
    """None where no vote stands behind the request."""
    eta: int | None
    """When the timelock opens, None while nothing is queued."""
    delivered: bool
    """Whether t receipts were posted; an upheld dispute makes it refundable all the same."""
    disputable: bool
    """Whether the terms' arbiter can still decide against these receipts, or has done so."""
    refundable: bool
    now: int


def due(situation: Situation) -> Action | None:
    """The next step that would succeed, as far as these facts tell; None where one must wait."""
    status = situation.status
    match status:
        case RequestStatus.PENDING:
            return _pending(situation)
        case RequestStatus.GRANTED | RequestStatus.COUNTERED if situation.refundable:
            return Action.REFUND
        case RequestStatus.GRANTED if situation.delivered and not situation.disputable:
            return Action.SETTLE
        case RequestStatus.GRANTED | RequestStatus.COUNTERED:
            return None
        case (
            RequestStatus.NONE
            | RequestStatus.SETTLED
            | RequestStatus.REFUNDED
            | RequestStatus.CANCELLED
        ):
            return None
        case _:
            assert_never(status)


def motion_due(state: ProposalState, eta: int | None, now: int) -> Action | None:
    """The same for a proposal that is about no request of its own."""
    if state is ProposalState.SUCCEEDED:
        return Action.QUEUE
    opened = eta is not None and eta <= now
    return Action.EXECUTE if state is ProposalState.QUEUED and opened else None


def _pending(situation: Situation) -> Action | None:
    if situation.refundable:
        return Action.REFUND
    if situation.proposal is None:
        return None
    return motion_due(situation.proposal, situation.eta, situation.now)
