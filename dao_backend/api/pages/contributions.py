"""Contributions: the public facts of what people put in. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

from dao_backend.api.pages import commands, words
from dao_backend.api.pages.parts import (
    Column,
    Command,
    Fact,
    Listing,
    ListPage,
    State,
    Text,
    Tone,
    Value,
)
from dao_backend.core.cid import Cid
from dao_backend.core.packing import hex_of
from dao_backend.ports.index import ContributionRow, Page
from dao_backend.service.keeper_board import ErasureView

COLUMNS = (
    Column("Contribution"),
    Column("Collection"),
    Column("Contributor"),
    Column("Units", figures=True),
    Column("Size", figures=True),
    Column("Registered"),
    Column("State"),
)
Cell = TypeVar("Cell")
EMPTY = "Nothing is registered here yet. Put the first thing in:"


@dataclass(frozen=True, slots=True)
class OneContribution:
    """One of them."""

    title: str
    heading: str
    state: State
    sentence: str
    facts: tuple[Fact, ...]
    commitments: tuple[Fact, ...]
    commands: tuple[Command, ...]


def overview(
    page: Page[ContributionRow], names: Mapping[int, str], now: int, here: str, first: str | None
) -> ListPage:
    """The list."""
    return ListPage(
        title="Contributions",
        lead="Each is one file or folder, encrypted by its contributor before it was stored. "
        "What is public is listed here; what is inside is not.",
        listing=listing(page, names, now, here, first),
        commands=(commands.contribute(0),),
    )


def listing(
    page: Page[ContributionRow],
    names: Mapping[int, str],
    now: int,
    here: str,
    first: str | None = None,
    caption: str = "Contributions, newest first",
    *,
    of_one: bool = False,
) -> Listing:
    """A table of contributions; `names` are the collections' by number.

    With `of_one` they are all by the same member, who is not named in each row.
    """
    return Listing(
        caption=caption,
        columns=_without_contributor(COLUMNS) if of_one else COLUMNS,
        rows=tuple(
            _without_contributor(row) if of_one else row
            for row in (_row(row, names, now) for row in page.rows)
        ),
        empty=EMPTY,
        hint=commands.contribute(0),
        next=words.following(here, page.next),
        first=first,
    )


def one(
    row: ContributionRow, erasure: ErasureView | None, names: Mapping[int, str], now: int
) -> OneContribution:
    """One contribution with everything that the chain says of it.

    `erasure` is what keepers state of a withdrawn one.
    """
    record = row.contribution.record
    identity = hex_of(record.contribution_id)
    return OneContribution(
        title=f"Contribution {identity[:10]}",
        heading="Contribution",
        state=_state(row),
        sentence=_sentence(row, now),
        facts=(
            Fact("Id", words.hashed(record.contribution_id)),
            Fact("Collection", words.collection(record.collection, names)),
            Fact("Contributor", words.account(record.contributor, member=True)),
            Fact("Units", words.number(row.contribution.units)),
            Fact("Appraised by", words.account(row.contribution.appraiser)),
            Fact("Encrypted size", Text(words.size(record.length)), f"{record.length:,} bytes"),
            Fact("Registered", words.moment(row.registered_at, now)),
            Fact("Transaction", words.hashed(row.transaction)),
            *_withdrawal(row, now),
            *(() if erasure is None else (Fact("Key shares", Text(_erasure(erasure))),)),
        ),
        commitments=(
            Fact("Envelope (CID)", words.code(str(Cid.of(record.cid_digest, record.length)))),
            Fact("Envelope commitment", words.hashed(record.envelope_commitment)),
            Fact("Key id", words.hashed(record.key_id)),
            Fact("Root of the key shares", words.hashed(record.share_root)),
            Fact("Keepers' epoch", words.number(record.epoch)),
            Fact("Place in the history", words.number(row.contribution.history_count)),
        ),
        commands=(
            commands.verify_contribution(identity),
            commands.withdraw(identity)
            if row.withdrawn_time is None
            else commands.verify_erasure(identity),
        ),
    )


def _row(row: ContributionRow, names: Mapping[int, str], now: int) -> tuple[Value, ...]:
    record = row.contribution.record
    return (
        words.hashed(record.contribution_id, f"/contributions/{hex_of(record.contribution_id)}"),
        words.collection(record.collection, names),
        words.account(record.contributor, member=True),
        words.number(row.contribution.units),
        Text(words.size(record.length)),
        words.moment(row.registered_at, now),
        _state(row),
    )


def _without_contributor(cells: tuple[Cell, ...]) -> tuple[Cell, ...]:
    return cells[:2] + cells[3:]


def _state(row: ContributionRow) -> State:
    if row.withdrawn_time is None:
        return State("active", Tone.GOOD)
    return State("withdrawn", Tone.OVER)


def _sentence(row: ContributionRow, now: int) -> str:
    units = words.counted(row.contribution.units, "unit")
    if row.withdrawn_time is None:
        return f"It counts for {units} and stands in every edition sealed from now on."
    when = words.relative(row.withdrawn_time, now)
    return (
        f"Its contributor withdrew it {when}; its {units} are gone. No later edition holds it. "
        "Editions sold before stay sold, and keep paying."
    )


def _withdrawal(row: ContributionRow, now: int) -> tuple[Fact, ...]:
    if row.withdrawn_time is None:
        return ()
    return (Fact("Withdrawn", words.moment(row.withdrawn_time, now)),)


def _erasure(view: ErasureView) -> str:
    """What keepers state about their shares, and why some still have theirs."""
    gone, keepers = len(view.stated), words.counted(view.keepers, "keeper")
    if gone == view.keepers:
        return f"erased: {gone} of {keepers} signed that its share is gone"
    said = f"{gone} of {keepers} signed that its share is gone" if gone else "not erased yet"
    hold = view.hold
    if hold is not None and hold.licence_id is not None:
        return f"{said}, because licence {hold.licence_id} still awaits a bundle"
    if hold is not None:
        return f"{said}, because edition {hold.edition_id}, the newest one, still holds it"
    return f"{said}; nothing needs the shares any more"
