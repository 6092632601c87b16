"""Standing offers, and what accepting them costs."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from dao_backend.api.backend import Served
from dao_backend.api.models.bargains import OfferShape, QuotedOfferShape
from dao_backend.api.models.base import After, Limit, Number, Rows, rows_of
from dao_backend.service.offers import offer_view

router = APIRouter(prefix="/v1/offers", tags=["Offers"])


@router.get("", summary="Standing offers, newest first")
def offers(
    backend: Served,
    collection: Annotated[int | None, Query(ge=0, le=255)] = None,
    after: After = None,
    limit: Limit = 50,
) -> Rows[OfferShape]:
    """With those that are closed; whether one is open depends on the clock."""
    page = backend.index.offers(collection=collection, after=after, limit=limit)
    now = backend.chain.head().timestamp
    return rows_of(page, lambda row: OfferShape.of(row, now))


@router.get("/{offer_id}", summary="One offer with its price of now")
def offer(offer_id: Number, backend: Served) -> QuotedOfferShape:
    """A buyer accepts by its own transaction; the price grows with the newest edition."""
    return QuotedOfferShape.of(offer_view(backend.chain, backend.index, offer_id))
