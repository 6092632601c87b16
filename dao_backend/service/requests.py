"""Move requests on: queue, execute, settle, refund. Anybody may; the service does it for all."""

from __future__ import annotations

from collections.abc import Callable

from dao_backend.core.lifecycle import Action, Situation, due
from dao_backend.core.model import NATIVE
from dao_backend.ports.chain import ChainReader, ChainWriter, Sent


class RequestDesk:
    """The service's side of steps 9 and 12, paid for by the relayer."""

    def __init__(self, chain: ChainReader, relay: ChainWriter) -> None:
        self._chain = chain
        self._steps: dict[Action, Callable[[int], Sent]] = {
            Action.QUEUE: relay.queue,
            Action.EXECUTE: relay.execute,
            Action.SETTLE: relay.settle,
            Action.REFUND: relay.refund,
        }

    def situation(self, request_id: int) -> Situation:
        """The request as the chain has it now; NotFound."""
        request = self._chain.request(request_id)
        number = request.proposal_id
        delivery = self._chain.delivery(request_id)
        delivered = delivery is not None and delivery.delivered_at is not None
        arbitrated = delivered and request.terms.arbiter != NATIVE
        return Situation(
            status=request.status,
            proposal=self._chain.proposal_state(number) if number else None,
            eta=self._chain.proposal_eta(number) if number else None,
            delivered=delivered,
            disputable=arbitrated and not self._chain.receipts_stand(request_id),
            refundable=self._chain.is_refundable(request_id),
            now=self._chain.head().timestamp,
        )

    def act(self, request_id: int, action: Action) -> Sent:
        """Take one step; ContractRefused with the reason where it is not due."""
        return self._steps[action](request_id)

    def advance(self, request_id: int) -> Action | None:
        """Take the step that is due, if any; the step taken."""
        action = due(self.situation(request_id))
        if action is not None:
            self.act(request_id, action)
        return action
