"""The pieces that pages are made of: values that know how they are shown, lists, and the frame.

A piece holds text only, never markup: templates escape everything. `kind` tells them which piece
it is. Text that somebody outside wrote (a proposal, a name, an endpoint) travels as `Foreign`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar


class Tone(StrEnum):
    """How a state is coloured; its word always stands beside the colour."""

    OPEN = "open"
    WAITING = "waiting"
    GOOD = "good"
    BAD = "bad"
    OVER = "over"


@dataclass(frozen=True, slots=True)
class Text:
    """Words of our own."""

    text: str
    kind: ClassVar[str] = "text"


@dataclass(frozen=True, slots=True)
class Foreign:
    """Words of somebody else, kept apart from the direction and wording of the page."""

    text: str
    href: str | None = None
    kind: ClassVar[str] = "foreign"


@dataclass(frozen=True, slots=True)
class Number:
    """A count, with its thousands set apart."""

    text: str
    kind: ClassVar[str] = "number"


@dataclass(frozen=True, slots=True)
class Link:
    """A way to another page of this service."""

    text: str
    href: str
    kind: ClassVar[str] = "link"


@dataclass(frozen=True, slots=True)
class Code:
    """An address or hash: shown short, there in full to be copied."""

    head: str
    tail: str
    href: str | None = None
    kind: ClassVar[str] = "code"

    @property
    def full(self) -> str:
        """What is copied."""
        return self.head + self.tail


@dataclass(frozen=True, slots=True)
class Money:
    """An amount as people read it, with the exact one beside it."""

    text: str
    exact: str
    kind: ClassVar[str] = "money"


@dataclass(frozen=True, slots=True)
class Moment:
    """A point in chain time: for programs, exactly, and in words."""

    iso: str
    absolute: str
    relative: str
    kind: ClassVar[str] = "moment"


@dataclass(frozen=True, slots=True)
class State:
    """Where something stands, in one word or two."""

    text: str
    tone: Tone
    kind: ClassVar[str] = "state"


Value = Text | Foreign | Number | Link | Code | Money | Moment | State


@dataclass(frozen=True, slots=True)
class Fact:
    """One line of a list of facts."""

    term: str
    value: Value
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Column:
    """The head of a column; figures stand to the right."""

    title: str
    figures: bool = False


@dataclass(frozen=True, slots=True)
class Command:
    """What to type in a terminal for what the page shows, and what it does."""

    line: str
    does: str


@dataclass(frozen=True, slots=True)
class Listing:
    """A table: its caption, one tuple of values for each row, and what to say when it is empty."""

    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Value, ...], ...]
    empty: str
    """What it means that there is nothing."""
    hint: Command | None = None
    """What to do about it."""
    next: str | None = None
    """Where the following rows are."""
    first: str | None = None
    """Where the first rows are, when these are not."""


@dataclass(frozen=True, slots=True)
class ListPage:
    """A page that is one table."""

    title: str
    lead: str
    """What one row is, in a sentence."""
    listing: Listing
    commands: tuple[Command, ...]


@dataclass(frozen=True, slots=True)
class Place:
    """One entry of the navigation."""

    text: str
    href: str
    here: bool


@dataclass(frozen=True, slots=True)
class Frame:
    """What stands around every page."""

    dao: str
    places: tuple[Place, ...]
    warning: str | None
    """What the embedded default has to say on every page."""
    block: int | None
    """The last block that the index has read, None before the first."""
    moment: Moment | None
    behind: str | None
    """A sentence when the index is behind the chain."""
