"""The keeper's list of contributions: whole, in the order of the history, and nothing half."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from dao_backend.core.events import Contributed, Left, Withdrawn
from dao_backend.core.history import Change
from dao_backend.core.model import Record
from dao_backend.custody.book import SqliteBook
from dao_backend.errors import HistoryMismatch
from dao_backend.ports.book import Listed
from tests.support.core_actors import committee, dealt, wallet

ALICE, BOB = wallet(1), wallet(2)
RECORDS = [
    replace(
        dealt(number, committee(2, 3)).record,
        contributor=ALICE if number % 2 else BOB,
        collection=number % 3,
        epoch=1 + number // 4,
    )
    for number in range(8)
]


def came(number: int, units: int = 10) -> Contributed:
    """Contribution `number` was registered."""
    return Contributed(RECORDS[number], units, wallet(9))


def went(number: int, units: int = 10) -> Withdrawn:
    """It was withdrawn."""
    record = RECORDS[number]
    return Withdrawn(record.contribution_id, record.contributor, record.collection, units)


def ids(found: tuple[object, ...]) -> list[bytes]:
    """Of contributions, in their order."""
    return [each.record.contribution_id for each in found]  # type: ignore[attr-defined]


def named(*numbers: int) -> list[bytes]:
    """Ids of these records."""
    return [RECORDS[number].contribution_id for number in numbers]


@pytest.fixture
def book(tmp_path: Path) -> Iterator[SqliteBook]:
    """An empty one."""
    made = SqliteBook(tmp_path / "book.sqlite")
    yield made
    made.close()


def write(book: SqliteBook, *changes: Change, after: int = 0) -> None:
    """What came next in the history."""
    book.write([Listed(after + at, change) for at, change in enumerate(changes, 1)])


@pytest.mark.parametrize(
    "wrong",
    [
        came(0),
        went(5),
        went(0, units=11),
        replace(went(0), contributor=ALICE),
        replace(went(0), collection=1),
        went(1),
        Left(ALICE, 1, (0, 11, 0)),
        Left(ALICE, 1, (0, 0, 0)),
    ],
    ids=[
        "registered twice",
        "never registered",
        "other units",
        "another's",
        "another collection's",
        "withdrawn twice",
        "left with more",
        "left with nothing",
    ],
)
def test_write__does_not_fit__changes_nothing(book: SqliteBook, wrong: Change) -> None:
    """A log that contradicts itself is not taken in part."""
    write(book, came(0), came(1), came(3), went(1))
    before = book.contributions(), book.withdrawn()
    with pytest.raises(HistoryMismatch):
        write(book, came(2), wrong, after=4)
    assert (book.contributions(), book.withdrawn()) == before


def test_contributions__page_by_page__are_in_the_order_of_the_history(book: SqliteBook) -> None:
    """Each is seen once, withdrawn or not, behind any position."""
    write(book, came(3), came(0), went(3), came(2), came(1))
    assert ids(book.contributions()) == named(3, 0, 2, 1)
    first = book.contributions(limit=2)
    assert [each.history_count for each in first] == [1, 2]
    assert ids(book.contributions(after=2, limit=2)) == named(2, 1)
    assert book.contributions(after=5) == ()
    assert first[0].withdrawn_at == 3


def test_withdrawn__page_by_page__are_in_the_order_in_which_they_went(book: SqliteBook) -> None:
    """Those that went together, when a member left, are told apart by their ids."""
    write(book, *(came(number) for number in range(6)), went(2), Left(ALICE, 1, (10, 10, 10)))
    went_together = sorted(named(1, 3, 5))
    assert ids(book.withdrawn()) == [*named(2), *went_together]
    assert {each.withdrawn_at for each in book.withdrawn()[1:]} == {8}
    assert ids(book.withdrawn((7, named(2)[0]), limit=1)) == went_together[:1]
    assert ids(book.withdrawn((8, went_together[0]))) == went_together[1:]
    assert book.withdrawn((8, went_together[-1])) == ()


def test_dealt_before__some_withdrawn__counts_all_of_earlier_epochs(book: SqliteBook) -> None:
    """Records 0 to 3 were dealt to the first committee, 4 to 7 to the second."""
    write(book, *(came(number) for number in range(6)), went(0))
    assert [book.dealt_before(epoch) for epoch in (1, 2, 3)] == [0, 4, 6]


def test_listed__some_unknown__gives_those_that_were_registered(book: SqliteBook) -> None:
    """Also those that are withdrawn."""
    write(book, came(0), came(1), went(1))
    found = book.listed(named(0, 1, 2))
    assert set(found) == set(named(0, 1))
    assert found[named(1)[0]].withdrawn_at == 3


def test_clear__filled__is_empty(book: SqliteBook) -> None:
    """A log that is read anew begins with nothing."""
    write(book, came(0))
    book.clear()
    assert book.contributions() == ()
    write(book, came(0))
    assert ids(book.contributions()) == named(0)


def test_records__of_the_book__are_what_was_registered(book: SqliteBook) -> None:
    """Every field comes back."""
    write(book, came(0))
    (found,) = book.contributions()
    assert isinstance(found.record, Record)
    assert (found.record, found.units, found.appraiser) == (RECORDS[0], 10, wallet(9))
