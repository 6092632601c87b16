"""Editions: sealing, attesting, and the published manifest."""

from __future__ import annotations

from itertools import chain
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Response
from fastapi.responses import StreamingResponse

from dao_backend.api.backend import Served
from dao_backend.api.conditional import Tagged
from dao_backend.api.idempotency import Relayed
from dao_backend.api.models.base import After, Limit, Number, Rows, rows_of
from dao_backend.api.models.editions import AttestedShape, EditionShape, SealedShape, sealed_of
from dao_backend.core.packing import hex_of

router = APIRouter(prefix="/v1", tags=["Editions"])

EditionId = Annotated[int, Path(ge=0, le=2**40 - 1, examples=[1])]
CollectionNumber = Annotated[int, Path(ge=0, le=255, examples=[0])]

MANIFEST: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "One JSON document on each line: the head, then the entries by id.",
        "content": {"application/jsonl": {"schema": {"type": "string"}}},
    }
}


@router.get("/editions", summary="Editions, newest first", dependencies=[Tagged])
def editions(
    backend: Served,
    collection: Annotated[int | None, Query(ge=0, le=255)] = None,
    after: After = None,
    limit: Limit = 50,
) -> Rows[EditionShape]:
    """What a buyer buys."""
    page = backend.index.editions(collection=collection, after=after, limit=limit)
    return rows_of(page, EditionShape.of)


@router.get("/editions/{edition_id}", summary="One edition", dependencies=[Tagged])
def edition(edition_id: Number, backend: Served) -> EditionShape:
    """`root` is null until t keepers attested it."""
    return EditionShape.of(backend.index.edition(edition_id))


@router.get(
    "/editions/{edition_id}/manifest",
    summary="The published file of an edition",
    response_class=Response,
    responses=MANIFEST,
)
def manifest(edition_id: EditionId, backend: Served) -> Response:
    """Hold it against the root that is on chain; 409 while the edition is not final."""
    backend.index.edition(edition_id)
    lines = backend.editions.manifest(edition_id)
    first = next(lines, b"")
    return StreamingResponse(chain((first,), lines), media_type="application/jsonl")


@router.post(
    "/collections/{collection}/editions",
    status_code=201,
    summary="Seal the next edition of a collection",
    response_model=SealedShape,
)
async def seal(collection: CollectionNumber, backend: Served, relay: Relayed) -> Response:
    """409 says when that is possible again."""
    return await relay.once(lambda: sealed_of(backend.editions.seal(collection)), 201)


@router.post(
    "/editions/{edition_id}/attestation",
    summary="Gather the keepers' attestations and post them",
    response_model=AttestedShape,
)
async def attest(edition_id: EditionId, backend: Served, relay: Relayed) -> Response:
    """409 names every keeper that did not attest, with its reason."""

    def work() -> AttestedShape:
        done = backend.editions.attest(edition_id)
        return AttestedShape(transaction=None if done is None else hex_of(done.sent.hash))

    return await relay.once(work)
