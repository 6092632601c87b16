"""Members' own proposals: queue them, carry them out, and know which of them answers a request."""

from __future__ import annotations

from collections.abc import Iterator

from dao_backend.core.lifecycle import Action, motion_due
from dao_backend.core.model import ProposalState
from dao_backend.ports.chain import ChainReader, ChainWriter, Sent
from dao_backend.ports.index import Index, ProposalRow, RequestRow

PAGE = 100
DAY = 86_400
LEFT_ALONE = 7 * DAY
"""Seconds after its vote in which the service still carries a proposal out by itself."""
UNDER_WAY = (
    ProposalState.PENDING,
    ProposalState.ACTIVE,
    ProposalState.SUCCEEDED,
    ProposalState.QUEUED,
)


class MotionDesk:
    """Moves proposals on that are about no request of their own; anybody may."""

    def __init__(self, chain: ChainReader, relay: ChainWriter, index: Index) -> None:
        self._chain = chain
        self._relay = relay
        self._index = index

    def act(self, proposal_id: int, action: Action) -> Sent:
        """Queue or execute; NotFound, ContractRefused with the reason where it is not due."""
        motion = self._index.proposal(proposal_id).motion
        if action is Action.QUEUE:
            return self._relay.queue_motion(motion)
        return self._relay.execute_motion(motion)

    def advance(self, proposal_id: int) -> Action | None:
        """Take the step that is due, if any; the step taken."""
        state = self._chain.proposal_state(proposal_id)
        eta = self._chain.proposal_eta(proposal_id)
        action = motion_due(state, eta, self._chain.head().timestamp)
        if action is not None:
            self.act(proposal_id, action)
        return action

    def unfinished(self) -> Iterator[ProposalRow]:
        """Those that may have passed, newest first, as long as the service cares for them."""
        now = self._chain.head().timestamp
        for row in self._since(now - LEFT_ALONE):
            passed = row.votes_for > row.votes_against and row.vote_end < now
            if row.request_id is None and row.ended is None and passed:
                yield row

    def answer_to(self, request: RequestRow) -> ProposalRow | None:
        """A counter-offer to a request that is still voted on, or has passed and waits."""
        for row in self._since(request.filed_at):
            if row.ended is None and self._answers(row, request.request_id):
                return row
        return None

    def _answers(self, row: ProposalRow, request_id: int) -> bool:
        steps = self._chain.steps(row.motion)
        named = any(
            step.calls("AccessDesk", "counter") and step.argument("requestId") == request_id
            for step in steps
        )
        return named and self._chain.proposal_state(row.proposal_id) in UNDER_WAY

    def _since(self, time: int) -> Iterator[ProposalRow]:
        """Proposals whose vote ended at `time` or later, newest first.

        A vote may be extended, so that the order is not quite that of their ends; what is missed
        by a few minutes at the edge waits for whoever sends it.
        """
        after: str | None = None
        while True:
            page = self._index.proposals(after=after, limit=PAGE)
            for row in page.rows:
                if row.vote_end < time:
                    return
                yield row
            if page.next is None:
                return
            after = page.next
