"""What somebody agrees to, in one sentence: the same wherever it is asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dao_backend.cli.amounts import duration_text

if TYPE_CHECKING:
    from dao_backend.core.bargains import CounterOffer, Offer
    from dao_backend.core.facts import Facts
    from dao_backend.core.metering import Metering
    from dao_backend.core.model import Address, Request, Terms


def terms_sentence(buyer: Address, terms: Terms, facts: Facts) -> str:
    """A buyer's application as one sentence."""
    from dao_backend.cli.lookup import asset_text
    from dao_backend.core.model import Purpose

    units = f", of at least {terms.min_units} units" if terms.min_units else ""
    return (
        f"{buyer} asks for the newest edition of {_named(terms.collection, facts)}{units}, "
        f"for {', '.join(Purpose.names_of(terms.purposes))}, "
        f"for {duration_text(terms.duration)}, "
        f"against {asset_text(terms.asset, terms.price)}{_royalty(terms.royalty_bps)}."
        f"{beside(terms.arbiter, terms.metering, terms.asset)}"
    )


def beside(arbiter: Address, metering: Metering, asset: Address) -> str:
    """What is agreed beside the price, as sentences; nothing where nothing is."""
    from dao_backend.cli.lookup import asset_text
    from dao_backend.core.model import NATIVE

    ruled = "" if arbiter == NATIVE else f" {arbiter} rules disputes about the delivery."
    if metering.absent:
        return ruled
    return (
        f"{ruled} Use is metered: {asset_text(asset, metering.unit_price)} for each unit, "
        f"{asset_text(asset, metering.minimum)} for every {duration_text(metering.period)} "
        f"without a report, against a bond of {asset_text(asset, metering.bond)}."
    )


def request_sentence(request: Request, facts: Facts) -> str:
    """A filed request as one sentence, with its number."""
    return f"Request {request.request_id}: {terms_sentence(request.buyer, request.terms, facts)}"


def offer_sentence(offer: Offer, facts: Facts) -> str:
    """Standing terms as one sentence."""
    from dao_backend.cli.clock import moment
    from dao_backend.cli.lookup import asset_text
    from dao_backend.core.model import Purpose

    return (
        f"Any buyer may have the newest edition of {_named(offer.collection, facts)}, "
        f"for {', '.join(Purpose.names_of(offer.purposes))}, "
        f"for {duration_text(offer.duration)}, "
        f"against {asset_text(offer.asset, offer.unit_price)} for each unit"
        f"{_royalty(offer.royalty_bps)}, "
        f"until {moment(offer.expiry)}, {offer.max_count} times at the most."
        f"{beside(offer.arbiter, offer.metering, offer.asset)}"
    )


def answer_sentence(request: Request, answer: CounterOffer, facts: Facts) -> str:
    """The members' other terms for a request as one sentence."""
    from dao_backend.cli.lookup import asset_text
    from dao_backend.core.model import Purpose

    return (
        f"Answer to request {request.request_id}: {request.buyer} may have the newest edition of "
        f"{_named(request.terms.collection, facts)}, "
        f"for {', '.join(Purpose.names_of(answer.purposes))}, "
        f"for {duration_text(answer.duration)}, "
        f"against {asset_text(request.terms.asset, answer.price)}"
        f"{_royalty(answer.royalty_bps)}; {duration_text(answer.answer_period)} to accept."
        f"{beside(answer.arbiter, answer.metering, request.terms.asset)}"
    )


def _named(number: int, facts: Facts) -> str:
    names = {collection.number: collection.name for collection in facts.collections}
    return names.get(number, f"collection {number}")


def _royalty(bps: int) -> str:
    return f" and a royalty of {bps / 100:g} %" if bps else ""
