"""What the pages about offers read before they are shown; see pages/readers.py."""

from __future__ import annotations

from dao_backend.api.backend import Backend
from dao_backend.api.pages import offers
from dao_backend.api.pages.asked import Asked
from dao_backend.api.pages.readers import Shown
from dao_backend.service.offers import offer_view


def all_offers(backend: Backend, asked: Asked) -> Shown:
    """What any buyer may take at once."""
    page = backend.index.offers(
        collection=asked.collection, after=asked.cursor(), limit=asked.limit
    )
    now = backend.chain.head().timestamp
    return Shown("list.html", offers.overview(page, _names(backend), now, asked.here, asked.first))


def one_offer(backend: Backend, asked: Asked) -> Shown:
    """One offer with its price of now."""
    view = offer_view(backend.chain, backend.index, asked.number("number"))
    return Shown("offer.html", offers.one(view, _names(backend)))


def _names(backend: Backend) -> dict[int, str]:
    return {each.number: each.name for each in backend.index.collections()}
