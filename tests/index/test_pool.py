"""The appraiser's pool: the same answers from memory and from the database."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dao_backend.core.scoring.sketch import LOOKUP, Holder, MemoryPool, Sketch
from dao_backend.errors import DatabaseUnavailable
from dao_backend.index.pool import SqlitePool
from tests.support.core_actors import seed, wallet
from tests.support.ordinary import ordinary_user, public_folder

LATER = 10_000


def holder(number: int, owner: int = 1) -> Holder:
    """Contribution `number` of a member."""
    return Holder(seed("contribution", number), wallet(owner))


@pytest.fixture
def pool(tmp_path: Path) -> Iterator[SqlitePool]:
    """An empty one."""
    made = SqlitePool(tmp_path / "pool.sqlite")
    yield made
    made.close()


def test_open__read_only_file__says_so() -> None:
    """A database that cannot be written is noticed when it is opened."""
    with public_folder() as folder:
        path = folder / "pool.sqlite"
        SqlitePool(path).close()
        path.chmod(0o444)
        with ordinary_user(), pytest.raises(DatabaseUnavailable, match=r"pool\.sqlite"):
            SqlitePool(path)


def test_add__same_contribution_again__is_refused_whole(pool: SqlitePool) -> None:
    """A contribution has one sketch; a refused one leaves nothing."""
    pool.add(holder(1), Sketch((1, 2)), LATER)
    with pytest.raises(DatabaseUnavailable):
        pool.add(holder(1), Sketch((3,)), LATER)
    assert pool.find((1, 2, 3), wallet(1)) == {1: holder(1), 2: holder(1)}


def test_find__several_hold_it__own_first_then_earliest(pool: SqlitePool) -> None:
    """A duplicate of one's own is named; otherwise the first who had it."""
    for number, owner in ((1, 1), (2, 2), (3, 2)):
        pool.add(holder(number, owner), Sketch((5,)), LATER)
    assert pool.find((5,), wallet(2)) == {5: holder(2, 2)}
    assert pool.find((5,), wallet(9)) == {5: holder(1, 1)}
    assert pool.find((6,), wallet(1)) == {}
    assert pool.find((), wallet(1)) == {}


def test_find__as_many_as_are_ever_asked_for__answers(pool: SqlitePool) -> None:
    """A whole lookup stays below the database's limit on parameters, in 63 bits."""
    wanted = tuple(range(2**63 - LOOKUP, 2**63))
    pool.add(holder(1), Sketch(wanted), LATER)
    assert len(pool.find(wanted, wallet(1))) == LOOKUP


def test_forget__known_or_not__takes_the_sketch_away(pool: SqlitePool) -> None:
    """Forgetting twice is forgetting."""
    pool.add(holder(1), Sketch((1,)), LATER)
    pool.forget(holder(1).contribution_id)
    pool.forget(holder(1).contribution_id)
    assert pool.find((1,), wallet(1)) == {}
    pool.add(holder(1), Sketch((1,)), LATER)
    assert pool.find((1,), wallet(1)) == {1: holder(1)}


def test_advance__registered_withdrawn_and_expired__keeps_the_first(pool: SqlitePool) -> None:
    """What was registered stays for good; what was withdrawn, or ran out, goes."""
    for number in (1, 2, 3, 4):
        pool.add(holder(number), Sketch((number,)), 100 if number < 4 else LATER)
    kept, gone = holder(1).contribution_id, holder(2).contribution_id
    pool.advance((kept,), (gone,), "7.1", 101)
    assert pool.find((1, 2, 3, 4), wallet(1)) == {1: holder(1), 4: holder(4)}
    assert pool.cursor() == "7.1"
    pool.advance((), (kept,), "9.0", LATER + 1)
    assert pool.find((1, 4), wallet(1)) == {}


def test_cursor__nothing_followed__is_none(pool: SqlitePool) -> None:
    """A new pool follows from the start."""
    assert pool.cursor() is None


def test_advance__more_than_one_statement_holds__takes_them_all(pool: SqlitePool) -> None:
    """A long log is followed in one call."""
    unknown = tuple(seed("unknown", number) for number in range(1200))
    pool.add(holder(1), Sketch((1,)), 100)
    pool.advance((*unknown, holder(1).contribution_id), unknown, "1.0", 101)
    assert pool.find((1,), wallet(1)) == {1: holder(1)}


sketches = st.lists(st.sets(st.integers(0, 12), max_size=6), max_size=6)


@settings(max_examples=15)
@given(sketches, st.sets(st.integers(0, 5)), st.integers(0, 3))
def test_find__any_pool__is_as_in_memory(
    tmp_path_factory: pytest.TempPathFactory,
    contents: list[set[int]],
    withdrawn: set[int],
    asker: int,
) -> None:
    """The database and the pool in memory give the same holders."""
    stored, plain = SqlitePool(tmp_path_factory.mktemp("pool") / "pool.sqlite"), MemoryPool()
    for number, fingerprints in enumerate(contents):
        one = holder(number, number % 3)
        stored.add(one, Sketch.of(fingerprints), LATER)
        plain.add(one, Sketch.of(fingerprints))
    for number in withdrawn:
        stored.forget(holder(number).contribution_id)
        plain.remove(holder(number).contribution_id)
    wanted = tuple(range(13))
    assert stored.find(wanted, wallet(asker)) == plain.find(wanted, wallet(asker))
    stored.close()
