"""Encryption by the service, for those who cannot: it sees the content, and says so."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request

from dao_backend.api.backend import Pools, Served
from dao_backend.api.models.base import ContributionId, parse_id
from dao_backend.api.models.contributions import DraftShape, OutcomeShape, SignatureBody, draft_of
from dao_backend.api.routes.envelopes import STREAM_BODY
from dao_backend.api.streams import blocks_of, in_line
from dao_backend.core.message import Metadata
from dao_backend.core.model import address
from dao_backend.core.packing import bytes_of
from dao_backend.core.submission import Submission
from dao_backend.core.typed import wallet_json
from dao_backend.service.drafts import Draft

router = APIRouter(prefix="/v1/drafts", tags=["Server-side encryption"])

Collection = Annotated[int, Query(ge=0, le=255, description="Number of the collection.")]
Contributor = Annotated[str, Query(description="The account that will sign.")]
Name = Annotated[str, Query(max_length=1000, description="File name, one path component.")]
MediaType = Annotated[str, Query(alias="mediaType", max_length=200)]


@router.post(
    "",
    status_code=201,
    summary="Have the service encrypt plaintext, sent as a raw stream",
    openapi_extra=STREAM_BODY,
)
async def make_draft(
    request: Request,
    backend: Served,
    lines: Pools,
    collection: Collection,
    contributor: Contributor,
    name: Name,
    media_type: MediaType = "application/octet-stream",
) -> DraftShape:
    """The plaintext passes through memory and never touches a disk; its operator could read it.

    Encrypt on your own machine instead (`ddao contribute`) where you can. Nothing is handed in
    before the contributor has signed `typedData`.
    """
    draft = Draft(address(contributor), collection, Metadata(media_type, name))
    limits = backend.limits

    def seal() -> Submission:
        limit = backend.facts().max_bytes
        return backend.drafts.seal(draft, blocks_of(request, limit, limits.idle_seconds))

    unsigned = await in_line(lines.uploads, limits.waiting, seal, "uploads")
    domain = backend.chain.addresses.domain("DataRegistry")
    return draft_of(unsigned, wallet_json(domain, unsigned.record))


@router.post("/{contribution_id}/signature", summary="Sign a draft and hand it in")
async def sign_draft(
    contribution_id: ContributionId, body: SignatureBody, backend: Served, lines: Pools
) -> OutcomeShape:
    """The same answer as that of POST /v1/contributions."""
    draft, signature = parse_id(contribution_id), bytes_of(body.signature)
    outcome = await in_line(
        lines.appraisals,
        backend.limits.waiting,
        lambda: backend.drafts.sign(draft, signature),
        "appraisals",
    )
    return OutcomeShape.of(outcome)
