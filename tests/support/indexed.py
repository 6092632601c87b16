"""An index that is told the story, and everything that it says of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from dao_backend.core.events import LogEvent
from dao_backend.index.sqlite import SqliteIndex
from dao_backend.ports.chain import Block
from dao_backend.ports.index import Page
from tests.support.core_actors import seed
from tests.support.story import whole_story

STORY = whole_story()
FIRST = STORY[0].position.block
LAST = STORY[-1].position.block
AT_ONCE = 1000
"""Blocks in one step that reads all of it."""


def block(number: int) -> Block:
    """The block of that number, as the story has it."""
    return Block(number, seed("block", number), seed("block", number - 1), 1_700_000_000 + number)


def told(index: SqliteIndex, story: list[LogEvent], upto: int, step: int = AT_ONCE) -> None:
    """Apply a story up to a block, so many blocks at a time."""
    cursor = index.cursor()
    first = FIRST - 1 if cursor is None else cursor.number + 1
    for start in range(first, upto + 1, step):
        stop = min(start + step - 1, upto)
        some = [event for event in story if start <= event.position.block <= stop]
        index.apply(some, block(stop))


def pages(ask: Callable[[str | None], Page[object]]) -> Iterator[object]:
    """Every row of a list, page after page."""
    after: str | None = None
    while True:
        page = ask(after)
        yield from page.rows
        after = page.next
        if after is None:
            return


def everything(index: SqliteIndex) -> list[object]:
    """All that an index says, but which blocks it remembers."""
    lists: list[Callable[[str | None], Page[object]]] = [
        lambda after: index.contributions(after=after),
        lambda after: index.members(after=after),
        lambda after: index.editions(after=after),
        lambda after: index.proposals(after=after),
        lambda after: index.requests(after=after),
        lambda after: index.licences(after=after),
        lambda after: index.deposits(after=after),
        lambda after: index.claims(after=after),
        index.events,
    ]
    rows = [index.totals(), index.collections(), index.assets(), index.cursor()]
    return [*rows, *(tuple(pages(ask)) for ask in lists)]
