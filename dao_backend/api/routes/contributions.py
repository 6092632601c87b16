"""Contributions: hand in, look up, register, withdraw."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from dao_backend.api.backend import Backend, Pools, Served
from dao_backend.api.conditional import Tagged
from dao_backend.api.idempotency import Relayed
from dao_backend.api.models.base import (
    SQLITE_MAX,
    After,
    ContributionId,
    Limit,
    Rows,
    Transaction,
    parse_id,
    transaction_of,
)
from dao_backend.api.models.batches import RegistrationsBody, RegistrationsShape
from dao_backend.api.models.contributions import (
    ContributionShape,
    OutcomeShape,
    SubmissionShape,
    WithdrawalBody,
)
from dao_backend.api.streams import in_line
from dao_backend.core.model import address
from dao_backend.core.packing import bytes_of, hex_of
from dao_backend.core.typed import Withdrawal, wallet_json
from dao_backend.errors import NotFound

router = APIRouter(prefix="/v1/contributions", tags=["Contributions"])

Deadline = Annotated[
    int, Query(ge=0, le=2**48 - 1, description="Unix seconds; the signature is void afterwards.")
]


@router.post("", summary="Hand a sealed contribution in and have it appraised")
async def submit(body: SubmissionShape, backend: Served, lines: Pools) -> OutcomeShape:
    """Its envelope must be uploaded before. The same again leads to the same place."""
    submission = body.parsed()
    outcome = await in_line(
        lines.appraisals,
        backend.limits.waiting,
        lambda: backend.submissions.submit(submission),
        "appraisals",
    )
    return OutcomeShape.of(outcome)


@router.get("", summary="Contributions, newest first", dependencies=[Tagged])
def contributions(
    backend: Served,
    collection: Annotated[int | None, Query(ge=0, le=255)] = None,
    contributor: Annotated[str | None, Query(description="Only this account's.")] = None,
    edition: Annotated[
        int | None, Query(ge=0, le=SQLITE_MAX, description="Only those that stand in it, by id.")
    ] = None,
    after: After = None,
    limit: Limit = 50,
) -> Rows[ContributionShape]:
    """Registered and withdrawn ones; what is still pending is found by its id."""
    page = backend.index.contributions(
        collection=collection,
        contributor=None if contributor is None else address(contributor),
        edition_id=edition,
        after=after,
        limit=limit,
    )
    return Rows(rows=[ContributionShape.of(row) for row in page.rows], next=page.next)


@router.get("/{contribution_id}", summary="One contribution, from the moment it was appraised")
def contribution(contribution_id: ContributionId, backend: Served) -> ContributionShape:
    """`pending` until the registration is in the index."""
    return _found(backend, parse_id(contribution_id))


@router.post(
    "/{contribution_id}/registration",
    summary="Have a contribution registered",
    response_model=Transaction,
)
async def register(contribution_id: ContributionId, backend: Served, relay: Relayed) -> Response:
    """The service pays; the same again gives the same transaction."""

    def work() -> Transaction:
        sent = backend.submissions.register(parse_id(contribution_id))
        return Transaction(transaction=hex_of(sent))

    return await relay.once(work)


@router.post(
    "/registrations",
    summary="Have several contributions registered in one transaction",
    response_model=RegistrationsShape,
)
async def register_several(body: RegistrationsBody, backend: Served, relay: Relayed) -> Response:
    """The service pays. One that is refused is skipped with its reason, and the others count."""

    def work() -> RegistrationsShape:
        return RegistrationsShape.of(backend.submissions.register_all(body.parsed()))

    return await relay.once(work)


@router.get("/{contribution_id}/withdrawal/typed-data", summary="What to sign in order to withdraw")
def withdrawal_typed_data(
    contribution_id: ContributionId, deadline: Deadline, backend: Served
) -> dict[str, Any]:
    """For eth_signTypedData_v4."""
    domain = backend.chain.addresses.domain("DataRegistry")
    return wallet_json(domain, Withdrawal(parse_id(contribution_id), deadline))


@router.post(
    "/{contribution_id}/withdrawal",
    summary="Have a signed withdrawal relayed",
    response_model=Transaction,
)
async def withdraw(
    contribution_id: ContributionId, body: WithdrawalBody, backend: Served, relay: Relayed
) -> Response:
    """Burns the units at once; the next edition is without it."""
    named = parse_id(contribution_id)

    def work() -> Transaction:
        signature = bytes_of(body.signature)
        return transaction_of(backend.relay.withdraw_for(named, body.deadline, signature))

    return await relay.once(work)


def _found(backend: Backend, contribution_id: bytes) -> ContributionShape:
    try:
        row = backend.index.contribution(contribution_id)
    except NotFound:
        return ContributionShape.waiting(backend.pending.get(contribution_id))
    erasure = None if row.withdrawn_time is None else backend.keepers.erasure(row)
    return ContributionShape.of(row, erasure)
