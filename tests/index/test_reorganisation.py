"""What the chain takes back is as if it was never read: a reorganisation is a replay."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dao_backend.index.sqlite import SqliteIndex
from tests.support.indexed import LAST, STORY, block, everything, told


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[SqliteIndex]:
    """An index that has read nothing."""
    index = SqliteIndex(tmp_path / "index.sqlite")
    yield index
    index.close()


@settings(max_examples=12)
@given(st.integers(9, LAST), st.integers(9, LAST), st.integers(1, 7), st.integers(1, 7))
def test_roll_back__anywhere__is_as_if_it_was_never_read(
    tmp_path_factory: pytest.TempPathFactory, first: int, second: int, step: int, stride: int
) -> None:
    """Reading on, taking back and reading again ends where reading once does."""
    wanted, read = sorted((first, second))
    folder = tmp_path_factory.mktemp("replayed")
    index, plain = SqliteIndex(folder / "one.sqlite"), SqliteIndex(folder / "other.sqlite")
    told(index, STORY, read, stride)
    index.roll_back(wanted)
    kept = index.cursor()
    if kept is not None:
        assert kept.number <= wanted
        told(plain, STORY, kept.number)
    assert everything(index) == everything(plain)
    told(index, STORY, LAST, step)
    told(plain, STORY, LAST, step)
    assert everything(index) == everything(plain)
    index.close()
    plain.close()


def test_roll_back__before_everything__leaves_nothing(empty: SqliteIndex) -> None:
    """An index can forget all of it."""
    told(empty, STORY, LAST)
    empty.roll_back(0)
    assert empty.events().rows == ()
    assert (empty.cursor(), empty.totals().contributions) == (None, 0)


def test_remembered__many_blocks__stays_bounded(empty: SqliteIndex) -> None:
    """Only the newest block hashes are kept, newest first."""
    for number in range(0, 3000, 500):
        empty.apply([], block(number))
    assert [each.number for each in empty.remembered()] == [2500, 2000, 1500]
