"""Envelopes: encrypted bytes in and out, named by what they are."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Header, Path, Request, Response
from pydantic import Field

from dao_backend.api.backend import Pools, Served
from dao_backend.api.models.base import Decimal, Hash, Model
from dao_backend.api.models.contributions import CID
from dao_backend.api.streams import blocks_of, in_line
from dao_backend.core.crypto import TAG
from dao_backend.core.envelope import CHUNK, HEADER
from dao_backend.core.message import LENGTH, MAX_METADATA, padme
from dao_backend.core.packing import hex_of
from dao_backend.errors import CidMismatch, InputError, StorageUnavailable
from dao_backend.web import send_blob

router = APIRouter(prefix="/v1/envelopes", tags=["Envelopes"])

_BINARY = {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}
STREAM_BODY: dict[str, Any] = {"requestBody": {"required": True, "content": _BINARY}}
"""A raw body, of which FastAPI knows nothing: it is never held whole, in memory or on disk."""
BYTES: dict[int | str, dict[str, Any]] = {
    200: {"description": "The bytes.", "content": _BINARY},
    206: {"description": "The part that Range asked for.", "content": _BINARY},
    304: {"description": "The client has it already."},
}

CidPath = Annotated[str, Path(max_length=100, examples=[CID])]
Expected = Annotated[
    str | None,
    Header(
        alias="Expect-Cid",
        max_length=100,
        description="The CID that the client computed; other bytes are refused.",
    ),
]


class StoredShape(Model):
    """An envelope that the service keeps."""

    cid: str = Field(examples=[CID])
    digest: Hash
    length: Decimal


def largest_envelope(max_bytes: int) -> int:
    """Length of the envelope of the largest content that is accepted."""
    message = padme(1 + 4 + MAX_METADATA + max_bytes + LENGTH)
    return HEADER + message + (message // CHUNK + 1) * TAG


@router.post(
    "",
    status_code=201,
    summary="Upload an envelope as a raw stream",
    openapi_extra=STREAM_BODY,
)
async def put_envelope(
    request: Request, backend: Served, lines: Pools, expected: Expected = None
) -> StoredShape:
    """The same bytes again give the same answer; an upload that is cut off leaves nothing."""
    limits = backend.limits

    def store() -> StoredShape:
        limit = largest_envelope(backend.facts().max_bytes)
        blocks = blocks_of(request, limit, limits.idle_seconds)
        blob = backend.blobs.put(blocks, expected)
        if not blob.length:
            backend.blobs.delete(blob.cid)
            raise InputError("there are no bytes; an envelope is never empty")
        return StoredShape(cid=blob.cid, digest=hex_of(blob.digest), length=str(blob.length))

    return await in_line(lines.uploads, limits.waiting, store, "uploads")


@router.get(
    "/{cid}",
    summary="Download an envelope, whole or a range of it",
    response_class=Response,
    responses=BYTES,
)
def envelope(cid: CidPath, request: Request, backend: Served) -> Response:
    """Ciphertext: of use only to who recovers its content key. Supports Range and If-None-Match."""
    return _send(cid, request, backend)


@router.head("/{cid}", summary="Whether an envelope is kept, and its length", responses=BYTES)
def envelope_head(cid: CidPath, request: Request, backend: Served) -> Response:
    """As GET without the bytes."""
    return _send(cid, request, backend)


def _send(cid: str, request: Request, backend: Served) -> Response:
    headers = {"Cache-Control": "public, max-age=31536000, immutable"}
    try:
        total = backend.blobs.length(cid)
        return send_blob(
            request, cid, total, lambda start, size: backend.blobs.open(cid, start, size), headers
        )
    except CidMismatch as error:
        raise StorageUnavailable(f"the stored copy is damaged: {error}") from error
