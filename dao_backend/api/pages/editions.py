"""Editions: the sealed lists that buyers buy. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from dao_backend.api.pages import commands, contributions, words
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
from dao_backend.core.model import Committee
from dao_backend.ports.index import ContributionRow, EditionRow, Page

COLUMNS = (
    Column("Edition"),
    Column("Collection"),
    Column("Contributions", figures=True),
    Column("Units", figures=True),
    Column("Sealed"),
    Column("State"),
)
EMPTY = (
    "No edition is sealed yet. Anybody may seal one once something was contributed and the "
    "interval has passed; this service does it by itself."
)


@dataclass(frozen=True, slots=True)
class OneEdition:
    """One of them."""

    title: str
    heading: str
    state: State
    sentence: str
    attested: bool
    manifest: str
    facts: tuple[Fact, ...]
    contributions: Listing
    commands: tuple[Command, ...]


def overview(
    page: Page[EditionRow], names: Mapping[int, str], now: int, here: str, first: str | None
) -> ListPage:
    """The list."""
    return ListPage(
        title="Editions",
        lead="An edition is a sealed list of a collection's active contributions. It is what a "
        "buyer buys, and what decides who is paid.",
        listing=listing(page, names, now, here, first),
        commands=(commands.editions(),),
    )


def listing(
    page: Page[EditionRow],
    names: Mapping[int, str],
    now: int,
    here: str,
    first: str | None = None,
) -> Listing:
    """A table of editions; `names` are the collections' by number."""
    return Listing(
        caption="Editions, newest first",
        columns=COLUMNS,
        rows=tuple(_row(row, names, now) for row in page.rows),
        empty=EMPTY,
        next=words.following(here, page.next),
        first=first,
    )


def one(
    row: EditionRow,
    committee: Committee,
    inside: Page[ContributionRow],
    names: Mapping[int, str],
    now: int,
    here: str,
    first: str | None,
) -> OneEdition:
    """One edition, the committee of its epoch, and some of the contributions in it."""
    number = row.edition.edition_id
    return OneEdition(
        title=f"Edition {number}",
        heading=f"Edition {number}",
        state=_state(row),
        sentence=_sentence(row),
        attested=row.edition.root is not None,
        manifest=f"/v1/editions/{number}/manifest",
        facts=_facts(row, committee, names, now),
        contributions=contributions.listing(
            inside,
            names,
            now,
            here,
            first,
            f"Contributions in edition {number}, by id",
        ),
        commands=(commands.verify(number),),
    )


def _row(row: EditionRow, names: Mapping[int, str], now: int) -> tuple[Value, ...]:
    number = row.edition.edition_id
    return (
        Link(f"Edition {number}", f"/editions/{number}"),
        words.collection(row.edition.collection, names),
        words.number(row.contributions),
        words.number(row.edition.total_units),
        words.moment(row.sealed_at, now),
        _state(row),
    )


def _state(row: EditionRow) -> State:
    if row.edition.root is None:
        return State("sealed, not attested", Tone.WAITING)
    return State("attested", Tone.GOOD)


def _sentence(row: EditionRow) -> str:
    inside = words.counted(row.contributions, "contribution")
    units = words.counted(row.edition.total_units, "unit")
    return (
        f"A sealed list of the {inside} that were active in its collection, worth {units}. "
        "It never changes: whoever is in it is paid for it."
    )


def _facts(
    row: EditionRow, committee: Committee, names: Mapping[int, str], now: int
) -> tuple[Fact, ...]:
    edition = row.edition
    size = len(committee.keepers)
    root: Value = Text("none yet") if edition.root is None else words.hashed(edition.root)
    return (
        Fact("Collection", words.collection(edition.collection, names)),
        Fact("Root", root, "of the list's Merkle tree"),
        Fact("Contributions", words.number(row.contributions)),
        Fact("Units", words.number(edition.total_units), "what income is divided by"),
        Fact("As it was at", words.moment(edition.timepoint, now)),
        Fact("Sealed", words.moment(row.sealed_at, now)),
        Fact("History", words.number(edition.history_count), "changes folded in"),
        Fact(
            "Attested by",
            Link(f"{committee.threshold} of {words.counted(size, 'keeper')}", "/keepers"),
            f"the committee of epoch {edition.epoch}",
        )
        if edition.root is not None
        else Fact(
            "Attestation",
            Text("awaited"),
            f"from {committee.threshold} of {words.counted(size, 'keeper')}; until then no request "
            "can be granted on it",
        ),
        *(
            (Fact("Attested", words.moment(row.attested_at, now)),)
            if row.attested_at is not None
            else ()
        ),
    )
