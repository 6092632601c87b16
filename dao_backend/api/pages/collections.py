"""Collections: what kinds of data there are, what for, and what asking costs. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from dao_backend.api.pages import commands, contributions, editions, words
from dao_backend.api.pages.parts import (
    Column,
    Command,
    Fact,
    Foreign,
    Link,
    Listing,
    ListPage,
    Text,
)
from dao_backend.core.model import NATIVE, Address, Collection
from dao_backend.ports.index import ContributionRow, EditionRow, Page


@dataclass(frozen=True, slots=True)
class Offer:
    """A collection as it stands now."""

    collection: Collection
    units: int
    newest: EditionRow | None
    minimums: tuple[tuple[Address, int], ...]
    """Accepted assets with their lowest price."""


@dataclass(frozen=True, slots=True)
class OneCollection:
    """One of them."""

    title: str
    name: str
    number: int
    purposes: str
    refused: str
    facts: tuple[Fact, ...]
    editions: Listing
    contributions: Listing
    commands: tuple[Command, ...]


def overview(offers: tuple[Offer, ...]) -> ListPage:
    """The list."""
    columns = (
        Column("Collection"),
        Column("May be used to"),
        Column("Units", figures=True),
        Column("In the newest edition", figures=True),
        Column("Lowest price", figures=True),
    )
    return ListPage(
        title="Collections",
        lead="A collection is a kind of data with the purposes that its contributors agreed to. "
        "Neither can change; another purpose takes another collection.",
        listing=Listing(
            caption="Kinds of data in this DAO",
            columns=columns,
            rows=tuple(
                (
                    Foreign(offer.collection.name, _href(offer.collection.number)),
                    Text(words.purposes(offer.collection.purposes)),
                    words.number(offer.units),
                    _in_newest(offer.newest),
                    words.money(offer.minimums[0][1], offer.minimums[0][0])
                    if offer.minimums
                    else Text("not for sale"),
                )
                for offer in offers
            ),
            empty="The chain has named no collection yet. Reload in a moment.",
        ),
        commands=(commands.browse(),),
    )


def one(
    offer: Offer,
    newest_editions: Page[EditionRow],
    newest_contributions: Page[ContributionRow],
    now: int,
) -> OneCollection:
    """One collection with its newest editions and contributions."""
    collection = offer.collection
    number = collection.number
    names = {number: collection.name}
    allowed = collection.purposes
    never = [words.PURPOSES[each] for each in words.PURPOSES if each not in allowed]
    minimum = next((price for asset, price in offer.minimums if asset == NATIVE), None)
    return OneCollection(
        title=f"Collection {collection.name}",
        name=collection.name,
        number=number,
        purposes=words.purposes(allowed),
        refused=words.listed(never).replace(" and ", " or "),
        facts=_facts(offer),
        editions=editions.listing(newest_editions, names, now, f"/editions?collection={number}"),
        contributions=contributions.listing(
            newest_contributions, names, now, f"/contributions?collection={number}"
        ),
        commands=(
            commands.browse(number),
            commands.request(number, allowed, minimum),
            commands.contribute(number),
        ),
    )


def _facts(offer: Offer) -> tuple[Fact, ...]:
    prices = tuple(
        Fact("Lowest price", words.money(price, asset)) for asset, price in offer.minimums
    )
    newest = offer.newest
    edition = (
        Text("none sealed yet")
        if newest is None
        else Link(f"edition {newest.edition.edition_id}", f"/editions/{newest.edition.edition_id}")
    )
    return (
        Fact("Units", words.number(offer.units)),
        Fact("Newest edition", edition, "what a grant would be on"),
        Fact("Contributions in it", _in_newest(newest)),
        *prices,
    )


def _in_newest(newest: EditionRow | None) -> Text:
    if newest is None:
        return Text("no edition yet")
    return Text(words.counted(newest.contributions, "contribution"))


def _href(number: int) -> str:
    return f"/collections/{number}"
