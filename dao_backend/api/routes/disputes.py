"""Disputes: where a delivery stands, and forfeiting the bond of a lost one."""

from __future__ import annotations

from fastapi import APIRouter, Response

from dao_backend.api.backend import Served
from dao_backend.api.idempotency import Relayed
from dao_backend.api.models.base import Transaction, transaction_of
from dao_backend.api.models.disputes import DisputeShape
from dao_backend.api.routes.requests import RequestId
from dao_backend.service.bargaining import dispute_of

router = APIRouter(prefix="/v1/requests/{request_id}/dispute", tags=["Requests"])


@router.get("", summary="Whether a delivery is disputed, or still can be")
def dispute(request_id: RequestId, backend: Served) -> DisputeShape:
    """The phase depends on the clock and is asked of the chain; `until` says when it ends.

    Only the buyer opens a dispute, and only the arbiter rules, each by its own transaction.
    """
    return DisputeShape.of(dispute_of(backend.chain, request_id))


@router.post(
    "/forfeit",
    summary="Send the bond of a rejected dispute to the edition's members",
    response_model=Transaction,
)
async def forfeit(request_id: RequestId, backend: Served, relay: Relayed) -> Response:
    """Anybody may; 409 where it is not due."""

    def work() -> Transaction:
        backend.chain.request(request_id)
        return transaction_of(backend.relay.forfeit_dispute_bond(request_id))

    return await relay.once(work)
