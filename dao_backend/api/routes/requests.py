"""Buyers' requests, and the transactions that move them on."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query, Response

from dao_backend.api.backend import Served
from dao_backend.api.conditional import Tagged
from dao_backend.api.idempotency import Relay, Relayed
from dao_backend.api.models.base import (
    After,
    Limit,
    Number,
    Rows,
    Transaction,
    rows_of,
    transaction_of,
)
from dao_backend.api.models.votes import RequestShape
from dao_backend.core.lifecycle import Action
from dao_backend.core.model import address

router = APIRouter(prefix="/v1/requests", tags=["Requests"])

RequestId = Annotated[int, Path(ge=0, le=2**64 - 1, examples=[1])]


@router.get("", summary="Requests, newest first", dependencies=[Tagged])
def requests(
    backend: Served,
    buyer: Annotated[str | None, Query(description="Only this account's.")] = None,
    after: After = None,
    limit: Limit = 50,
) -> Rows[RequestShape]:
    """Each with its terms, its deadlines and what became of it."""
    account = None if buyer is None else address(buyer)
    return rows_of(backend.index.requests(buyer=account, after=after, limit=limit), RequestShape.of)


@router.get("/{request_id}", summary="One request", dependencies=[Tagged])
def request(request_id: Number, backend: Served) -> RequestShape:
    """A buyer files it by its own transaction, with the price in escrow."""
    return RequestShape.of(backend.index.request(request_id))


@router.post(
    "/{request_id}/queue",
    summary="Queue a request whose vote has passed",
    response_model=Transaction,
)
async def queue(request_id: RequestId, backend: Served, relay: Relayed) -> Response:
    """Anybody may; 409 where it is not due."""
    return await _act(relay, backend, request_id, Action.QUEUE)


@router.post(
    "/{request_id}/execution",
    summary="Grant a request whose timelock has run out",
    response_model=Transaction,
)
async def execute(request_id: RequestId, backend: Served, relay: Relayed) -> Response:
    """The licence is on the collection's newest edition; the price stays in escrow."""
    return await _act(relay, backend, request_id, Action.EXECUTE)


@router.post(
    "/{request_id}/settlement",
    summary="Move the escrow to the members of the edition",
    response_model=Transaction,
)
async def settle(request_id: RequestId, backend: Served, relay: Relayed) -> Response:
    """Once t keepers posted their receipts."""
    return await _act(relay, backend, request_id, Action.SETTLE)


@router.post(
    "/{request_id}/refund",
    summary="Give the price of a failed request back to its buyer",
    response_model=Transaction,
)
async def refund(request_id: RequestId, backend: Served, relay: Relayed) -> Response:
    """After a lost vote, or a deadline that passed."""
    return await _act(relay, backend, request_id, Action.REFUND)


async def _act(relay: Relay, backend: Served, request_id: int, action: Action) -> Response:
    """NotFound for an unknown request, before anything is sent."""

    def work() -> Transaction:
        backend.chain.request(request_id)
        return transaction_of(backend.requests.act(request_id, action))

    return await relay.once(work)
