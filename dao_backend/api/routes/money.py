"""Money that editions received and members took."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from dao_backend.api.backend import Served
from dao_backend.api.conditional import Tagged
from dao_backend.api.models.base import SQLITE_MAX, After, Limit, Rows, rows_of
from dao_backend.api.models.money import ClaimShape, DepositShape
from dao_backend.core.model import address

router = APIRouter(prefix="/v1", tags=["Money"], dependencies=[Tagged])


@router.get("/deposits", summary="Money that editions received, newest first")
def deposits(
    backend: Served,
    edition: Annotated[int | None, Query(ge=0, le=SQLITE_MAX)] = None,
    after: After = None,
    limit: Limit = 50,
) -> Rows[DepositShape]:
    """Net of the cuts, which are stated beside it."""
    page = backend.index.deposits(edition_id=edition, after=after, limit=limit)
    where = backend.chain.addresses
    return rows_of(page, lambda row: DepositShape.of(row, where))


@router.get("/claims", summary="Money that members took, newest first")
def claims(
    backend: Served,
    member: Annotated[str | None, Query(description="Only this account's.")] = None,
    after: After = None,
    limit: Limit = 50,
) -> Rows[ClaimShape]:
    """Who took what from which edition."""
    account = None if member is None else address(member)
    return rows_of(backend.index.claims(member=account, after=after, limit=limit), ClaimShape.of)
