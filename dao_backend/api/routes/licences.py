"""Licences, and the bundles that keepers hand over for them, without any login."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response

from dao_backend.api.backend import Backend, Served
from dao_backend.api.conditional import Tagged
from dao_backend.api.models.base import After, Limit, Number, Rows, rows_of
from dao_backend.api.models.licences import BundleShape, BundlesShape, LicenceShape
from dao_backend.api.routes.envelopes import BYTES
from dao_backend.core.model import address
from dao_backend.core.packing import bytes_of
from dao_backend.errors import NotReleased
from dao_backend.web import send_blob

router = APIRouter(prefix="/v1/licences", tags=["Licences"])

LicenceId = Annotated[int, Path(ge=0, le=2**63 - 1, examples=[1])]
KeeperIndex = Annotated[int, Path(ge=0, le=255, examples=[1])]
ReleaseKey = Annotated[str | None, Query(alias="releaseKey", pattern=r"^0x[0-9a-f]{64}$")]


@router.get("", summary="Licences, newest first", dependencies=[Tagged])
def licences(
    backend: Served,
    holder: Annotated[str | None, Query(description="Only this account's.")] = None,
    after: After = None,
    limit: Limit = 50,
) -> Rows[LicenceShape]:
    """Each with the receipts of its keepers."""
    account = None if holder is None else address(holder)
    page = backend.index.licences(holder=account, after=after, limit=limit)
    return rows_of(page, LicenceShape.of)


@router.get("/{licence_id}", summary="One licence", dependencies=[Tagged])
def licence(licence_id: Number, backend: Served) -> LicenceShape:
    """Its number is that of the request it was granted for."""
    return LicenceShape.of(backend.index.licence(licence_id))


@router.get("/{licence_id}/bundles", summary="What each keeper says of its bundle")
def bundles(
    licence_id: LicenceId,
    backend: Served,
    asker: Annotated[str | None, Query(description="Who asks; can only deny.")] = None,
    release_key: ReleaseKey = None,
) -> BundlesShape:
    """Whether it is handed over now, and if not, why. A bundle opens to the release key only."""
    account = None if asker is None else address(asker)
    key = None if release_key is None else bytes_of(release_key)
    found = backend.releases.bundles(licence_id, account, key)
    return BundlesShape(rows=[BundleShape.of(facts) for facts in found])


@router.get(
    "/{licence_id}/bundles/{index}",
    summary="Download a keeper's bundle, whole or a range of it",
    response_class=Response,
    responses=BYTES,
)
def bundle(
    licence_id: LicenceId, index: KeeperIndex, request: Request, backend: Served
) -> Response:
    """403 with the keeper's reason before enough receipts are final."""
    return _send(licence_id, index, request, backend)


@router.head(
    "/{licence_id}/bundles/{index}",
    summary="Whether a bundle is handed over, and its length",
    responses=BYTES,
)
def bundle_head(
    licence_id: LicenceId, index: KeeperIndex, request: Request, backend: Served
) -> Response:
    """As GET without the bytes."""
    return _send(licence_id, index, request, backend)


def _send(licence_id: int, index: int, request: Request, backend: Backend) -> Response:
    facts = backend.releases.standing(licence_id, index)
    if not facts.ready or facts.cid is None or facts.length is None:
        raise NotReleased(facts.sentence or "The bundle is not built yet.", facts.reason)
    return send_blob(
        request,
        facts.cid,
        facts.length,
        lambda start, size: backend.releases.bundle(licence_id, index, start, size),
        {"Cache-Control": "private, no-cache"},
    )
