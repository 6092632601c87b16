"""Members: who they are, what they earned, and taking it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response

from dao_backend.api.backend import Served
from dao_backend.api.conditional import Tagged
from dao_backend.api.idempotency import Relayed
from dao_backend.api.models.base import (
    AccountPath,
    After,
    Limit,
    Rows,
    Transaction,
    rows_of,
    transaction_of,
)
from dao_backend.api.models.contributions import ContributionShape
from dao_backend.api.models.money import ClaimBody, KnownMemberShape, MemberShape, StatementShape
from dao_backend.core.model import address
from dao_backend.errors import NotFound
from dao_backend.ports.index import Index
from dao_backend.ports.pending import PendingRow

router = APIRouter(prefix="/v1", tags=["Members"])


@router.get("/members", summary="Members, in the order in which they joined", dependencies=[Tagged])
def members(backend: Served, after: After = None, limit: Limit = 50) -> Rows[MemberShape]:
    """With the units that each holds now."""
    return rows_of(backend.index.members(after=after, limit=limit), MemberShape.of)


@router.get("/members/{account}", summary="One member", dependencies=[Tagged])
def member(account: AccountPath, backend: Served) -> KnownMemberShape:
    """404 for an account that never contributed."""
    chain, found = backend.chain, backend.index.member(address(account))
    return KnownMemberShape.known(
        found, attested=chain.is_attested(found.member), tenure=chain.tenure(found.member)
    )


@router.get("/members/{account}/statement", summary="What a member earned, line by line")
def statement(account: AccountPath, backend: Served) -> StatementShape:
    """Every figure can be computed again from its line; what is due is what a claim pays."""
    found = backend.accounts.statement(address(account))
    return StatementShape.of(found, backend.chain.addresses)


@router.post(
    "/members/{account}/claims",
    summary="Have what is due paid to a member",
    response_model=Transaction,
)
async def claim(account: AccountPath, body: ClaimBody, backend: Served, relay: Relayed) -> Response:
    """Anybody may ask; the money only ever goes to the member or the payee it named."""
    owed, asset = address(account), address(body.asset)
    return await relay.once(
        lambda: transaction_of(backend.relay.claim_many(body.edition_id, asset, (owed,)))
    )


@router.get("/pending", summary="Contributions of an account that are not in the index yet")
def pending(
    contributor: Annotated[str, Query(description="The account that signed them.")],
    backend: Served,
) -> Rows[ContributionShape]:
    """Appraised and waiting, newest first, at most 100."""
    found = backend.pending.of(address(contributor))
    rows = [ContributionShape.waiting(row) for row in found if _is_waiting(row, backend.index)]
    return Rows(rows=rows, next=None)


def _is_waiting(row: PendingRow, index: Index) -> bool:
    if row.outcome.appraisal is None:
        return False
    try:
        index.contribution(row.submission.record.contribution_id)
    except NotFound:
        return True
    return False
