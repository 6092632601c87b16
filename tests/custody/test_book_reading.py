"""What a keeper's book says of an edition, in both forms in which it is read."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from dao_backend.core.events import Contributed, Withdrawn
from dao_backend.core.typed import record_hash
from dao_backend.custody.book import SqliteBook
from dao_backend.errors import HistoryMismatch
from dao_backend.ports.book import Listed, Outline
from tests.support.core_actors import committee, dealt, wallet

MEMBERS = committee(1, 1)
MANY = 1_003
"""More than one page, and the last page is not full."""


def contributed(number: int, position: int, collection: int = 0) -> Listed:
    """A registration in the log."""
    record = dealt(number, MEMBERS, collection).record
    return Listed(position, Contributed(record, 10 + number, wallet(50)))


@pytest.fixture
def book(tmp_path: Path) -> Iterator[SqliteBook]:
    """An empty one."""
    made = SqliteBook(tmp_path / "book.sqlite")
    yield made
    made.close()


def outlines(book: SqliteBook, history_count: int) -> list[Outline]:
    """All pages, one after another."""
    return [outline for page in book.outlines(0, history_count) for outline in page]


def test_write__registered_twice_in_one_run__is_refused_as_a_whole(book: SqliteBook) -> None:
    """What does not fit leaves nothing of what came with it."""
    with pytest.raises(HistoryMismatch, match="twice"):
        book.write([contributed(1, 1), contributed(2, 2), contributed(1, 3)])
    assert outlines(book, 3) == []


def test_write__withdrawn_between_registrations__keeps_the_order(book: SqliteBook) -> None:
    """A withdrawal finds what was registered just before it, in the same piece of the log."""
    first = contributed(1, 1)
    assert isinstance(first.change, Contributed)
    record = first.change.record
    gone = Withdrawn(record.contribution_id, record.contributor, 0, 11)
    book.write([first, Listed(2, gone), contributed(2, 3)])
    (left,) = outlines(book, 3)
    assert left.contribution_id == dealt(2, MEMBERS).record.contribution_id
    assert [outline.contribution_id for outline in outlines(book, 1)] == [record.contribution_id]


def test_outlines__more_than_a_page__are_the_entries_in_their_order(book: SqliteBook) -> None:
    """Both forms list the same contributions of one collection, by ascending id."""
    book.write([contributed(number, number + 1) for number in range(MANY)])
    book.write([contributed(MANY, MANY + 1, collection=1)])
    pages = list(book.outlines(0, MANY + 1))
    assert [len(page) for page in pages] == [1_000, 3]
    assert [outline for page in pages for outline in page] == [
        Outline(entry.record.contribution_id, record_hash(entry.record), entry.record.epoch)
        for entry in book.entries(0, MANY + 1)
    ]
    ids = [outline.contribution_id for page in pages for outline in page]
    assert ids == sorted(dealt(number, MEMBERS).record.contribution_id for number in range(MANY))
