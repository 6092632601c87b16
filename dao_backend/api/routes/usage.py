"""Metered use of a licence, its royalties, and the change of its release key."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from dao_backend.api.backend import Served
from dao_backend.api.conditional import Tagged
from dao_backend.api.idempotency import Relayed
from dao_backend.api.models.base import (
    After,
    Limit,
    Number,
    Rows,
    Transaction,
    rows_of,
    transaction_of,
)
from dao_backend.api.models.usage import RoyaltyShape, UsageShape, VoucherBody
from dao_backend.core.packing import bytes_of
from dao_backend.core.typed import Voucher, wallet_json
from dao_backend.errors import InputError, NotFound
from dao_backend.service.bargaining import usage_of

router = APIRouter(prefix="/v1/licences/{licence_id}", tags=["Licences"])

Units = Annotated[
    str, Query(pattern=r"^(0|[1-9][0-9]{0,38})$", description="Used since the beginning.")
]
Until = Annotated[int, Query(ge=0, le=2**48 - 1, description="The last second it covers.")]


@router.get("/usage", summary="What a metered licence has used, and what it owes")
def usage(licence_id: Number, backend: Served) -> UsageShape:
    """404 for a licence without a meter; one opens when the price is settled."""
    return UsageShape.of(usage_of(backend.chain, licence_id))


@router.get("/vouchers/typed-data", summary="What to sign in order to report use")
def voucher_typed_data(
    licence_id: Number, units: Units, until: Until, backend: Served
) -> dict[str, Any]:
    """For eth_signTypedData_v4; `latest` of the usage is the most that `until` may be."""
    message = Voucher(licence_id, _fitting(units), until)
    return wallet_json(backend.chain.addresses.domain("UsageMeter"), message)


@router.post("/vouchers", summary="Have a report of use relayed", response_model=Transaction)
async def report(
    licence_id: Number, body: VoucherBody, backend: Served, relay: Relayed
) -> Response:
    """The bond pays what it adds; 409 where it states less than is settled, or is not signed."""
    voucher = Voucher(licence_id, _fitting(body.units), body.until)
    signature = bytes_of(body.signature)
    return await relay.once(lambda: transaction_of(backend.relay.settle_usage(voucher, signature)))


@router.post("/minimum", summary="Take the minimum of a silent licence", response_model=Transaction)
async def minimum(licence_id: Number, backend: Served, relay: Relayed) -> Response:
    """For each whole period without a report; the licence lapses. Anybody may."""
    return await relay.once(lambda: transaction_of(backend.relay.take_minimum(licence_id)))


@router.get("/royalties", summary="Royalties for a licence, newest first", dependencies=[Tagged])
def royalties(
    licence_id: Number, backend: Served, after: After = None, limit: Limit = 50
) -> Rows[RoyaltyShape]:
    """Anybody may pay one, at any time; it goes to the members of the licence's edition."""
    backend.index.licence(licence_id)
    page = backend.index.royalties(licence_id=licence_id, after=after, limit=limit)
    return rows_of(page, RoyaltyShape.of)


@router.post(
    "/release-key", summary="Apply the release key that was announced", response_model=Transaction
)
async def apply_release_key(licence_id: Number, backend: Served, relay: Relayed) -> Response:
    """Once its delay has passed, and before any keeper's receipt. Anybody may."""

    def work() -> Transaction:
        if backend.chain.licence(licence_id) is None:
            raise NotFound(f"there is no licence {licence_id}")
        return transaction_of(backend.relay.apply_release_key(licence_id))

    return await relay.once(work)


def _fitting(units: str) -> int:
    found = int(units)
    if found >= 2**128:
        raise InputError("more units of use than the meter can count")
    return found
