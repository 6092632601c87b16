"""What somebody agrees to, in one sentence: the same wherever it is asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dao_backend.cli.amounts import duration_text

if TYPE_CHECKING:
    from dao_backend.core.facts import Facts
    from dao_backend.core.model import Address, Request, Terms


def terms_sentence(buyer: Address, terms: Terms, facts: Facts) -> str:
    """A buyer's application as one sentence."""
    from dao_backend.cli.lookup import asset_text
    from dao_backend.core.model import Purpose

    names = {collection.number: collection.name for collection in facts.collections}
    collection = names.get(terms.collection, f"collection {terms.collection}")
    royalty = f" and a royalty of {terms.royalty_bps / 100:g} %" if terms.royalty_bps else ""
    units = f", of at least {terms.min_units} units" if terms.min_units else ""
    return (
        f"{buyer} asks for the newest edition of {collection}{units}, "
        f"for {', '.join(Purpose.names_of(terms.purposes))}, "
        f"for {duration_text(terms.duration)}, "
        f"against {asset_text(terms.asset, terms.price)}{royalty}."
    )


def request_sentence(request: Request, facts: Facts) -> str:
    """A filed request as one sentence, with its number."""
    return f"Request {request.request_id}: {terms_sentence(request.buyer, request.terms, facts)}"
