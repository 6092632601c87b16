"""Standing offers: terms that any buyer may accept at once, and what they cost now. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from dao_backend.api.pages import commands, words
from dao_backend.api.pages.agreed import agreed, named, plus_royalty
from dao_backend.api.pages.parts import (
    Column,
    Command,
    Fact,
    Link,
    Listing,
    ListPage,
    State,
    Text,
    Tone,
    Value,
)
from dao_backend.core.bargains import Offer
from dao_backend.core.offers import OfferState
from dao_backend.ports.happenings import OfferRow
from dao_backend.ports.index import Page
from dao_backend.service.offers import OfferView

STATES = {
    OfferState.OPEN: State("open", Tone.OPEN),
    OfferState.REPLACED: State("replaced by another", Tone.OVER),
    OfferState.WITHDRAWN: State("withdrawn", Tone.OVER),
    OfferState.EXHAUSTED: State("taken as often as it can be", Tone.OVER),
    OfferState.EXPIRED: State("ended", Tone.OVER),
}


@dataclass(frozen=True, slots=True)
class OneOffer:
    """One of them."""

    title: str
    heading: str
    state: State
    sentence: str
    cost: str
    """What accepting it costs now, or why nobody can."""
    facts: tuple[Fact, ...]
    commands: tuple[Command, ...]


def overview(
    page: Page[OfferRow], names: Mapping[int, str], now: int, here: str, first: str | None
) -> ListPage:
    """The list."""
    columns = (
        Column("Offer"),
        Column("Collection"),
        Column("For each unit", figures=True),
        Column("Taken", figures=True),
        Column("Ends"),
        Column("State"),
    )
    return ListPage(
        title="Offers",
        lead="Members have passed these terms by a vote; any buyer may accept them at once, "
        "without another one. The price is that of each unit times the units of the newest "
        "edition.",
        listing=Listing(
            caption="Offers, newest first",
            columns=columns,
            rows=tuple(_row(row, names, now) for row in page.rows),
            empty="Members have not passed any offer yet. One with enough votes can propose it:",
            hint=commands.propose_offer(),
            next=words.following(here, page.next),
            first=first,
        ),
        commands=(commands.offers(),),
    )


def one(view: OfferView, names: Mapping[int, str]) -> OneOffer:
    """One offer."""
    row = view.row
    return OneOffer(
        title=f"Offer {row.offer_id}",
        heading=f"Offer {row.offer_id}",
        state=STATES[view.state],
        sentence=_sentence(row.offer, names),
        cost=_cost(view),
        facts=_facts(view, names),
        commands=(commands.accept(row.offer_id),) if view.state is OfferState.OPEN else (),
    )


def _sentence(offer: Offer, names: Mapping[int, str]) -> str:
    which = named(offer.collection, names)
    price = words.money(offer.unit_price, offer.asset).text
    return (
        f"Any buyer may {words.purposes(offer.purposes)} with the newest edition of {which} for "
        f"{words.duration(offer.duration)}, against {price} for each of its units"
        f"{plus_royalty(offer.royalty_bps)}."
    )


def _cost(view: OfferView) -> str:
    quote, obstacle = view.chance.quote, view.chance.obstacle
    if quote is None:
        return f"Nobody can accept it now: {obstacle}"
    asset = view.row.offer.asset
    bond = f", and a bond of {words.money(quote.bond, asset).text}" if quote.bond else ""
    price = (
        f"Accepting costs {words.money(quote.price, asset).text} now{bond}: edition "
        f"{quote.edition_id} has {words.counted(quote.units, 'unit')}."
    )
    return price if obstacle is None else f"{price} But nobody can accept it yet: {obstacle}"


def _facts(view: OfferView, names: Mapping[int, str]) -> tuple[Fact, ...]:
    row, now = view.row, view.now
    terms = row.offer
    return (
        Fact("Collection", words.collection(terms.collection, names)),
        Fact("For each unit", words.money(terms.unit_price, terms.asset)),
        Fact("Runs for", Text(words.duration(terms.duration))),
        Fact("Royalty", Text(words.basis_points(terms.royalty_bps))),
        *agreed(terms.arbiter, terms.metering, terms.asset),
        Fact("Can be accepted until", words.moment(terms.expiry, now)),
        Fact("Taken", Text(f"{row.accepted:,} of {words.counted(terms.max_count, 'time')}")),
        Fact("Published", words.moment(row.published_at, now)),
        *_kin("Replaces", row.replaces),
        *_kin("Replaced by", row.replaced_by),
        Fact("Hash of the terms' text", words.terms_hash(terms.terms_hash)),
    )


def _kin(term: str, number: int | None) -> tuple[Fact, ...]:
    return () if number is None else (Fact(term, Link(f"offer {number}", f"/offers/{number}")),)


def _row(row: OfferRow, names: Mapping[int, str], now: int) -> tuple[Value, ...]:
    terms = row.offer
    return (
        Link(f"Offer {row.offer_id}", f"/offers/{row.offer_id}"),
        words.collection(terms.collection, names),
        words.money(terms.unit_price, terms.asset),
        Text(f"{row.accepted:,} of {terms.max_count:,}"),
        words.moment(terms.expiry, now),
        STATES[row.state(now)],
    )
