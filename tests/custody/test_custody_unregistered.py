"""Shares that are in no final log: how long, how many, and that they go without a trace."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from dao_backend.custody.sqlite import SqliteCustody
from dao_backend.errors import InputError, NotFound, RecordMismatch
from tests.custody.held import entry, share, stone


def named(number: int) -> bytes:
    """The id of contribution `number`."""
    return share(number).record.contribution_id


@pytest.mark.parametrize("method", ["registered", "discard"])
def test_registered__more_than_a_thousand_at_once__is_refused(
    custody: SqliteCustody, method: str
) -> None:
    """What is changed at once is bounded."""
    with pytest.raises(InputError, match="1001"):
        getattr(custody, method)([bytes(32)] * 1001)


def test_take_in__erased_as_withdrawn__is_refused_and_not_counted(custody: SqliteCustody) -> None:
    """A share that was erased does not come back this way either."""
    custody.add(share(1))
    custody.erase([stone(1)])
    with pytest.raises(RecordMismatch, match="was erased here"):
        custody.take_in(share(1), taken_at=7)
    assert custody.unregistered(until=7) == ()


def test_discard__registered_or_added_as_such__stays(custody: SqliteCustody) -> None:
    """Only what waits for its registration goes."""
    custody.add(share(1))
    custody.take_in(share(2), taken_at=7)
    custody.registered([named(2), named(3)])
    custody.discard([named(1), named(2), named(3)])
    assert custody.count() == 2


def test_discard__unregistered__can_be_taken_in_again(custody: SqliteCustody) -> None:
    """No statement is kept, and none forbids it to come back."""
    custody.take_in(share(1), taken_at=7)
    custody.discard([named(1)])
    with pytest.raises(NotFound):
        custody.get(named(1))
    assert custody.tombstone(named(1)) is None
    assert custody.unregistered(until=7) == ()
    custody.take_in(share(1), taken_at=8)
    assert custody.get(named(1)) == share(1)
    assert custody.unregistered(until=8) == (named(1),)


def test_unregistered__up_to_a_time__are_those_the_oldest_first(custody: SqliteCustody) -> None:
    """Handing the same in again does not make it younger."""
    for number, taken_at in ((1, 30), (2, 10), (3, 20), (2, 40)):
        custody.take_in(share(number), taken_at)
    assert custody.unregistered(until=9) == ()
    assert custody.unregistered(until=20) == (named(2), named(3))
    assert custody.unregistered(until=30) == (named(2), named(3), named(1))
    assert custody.unregistered(until=30, limit=1) == (named(2),)


def test_unregistered_of__one_account__counts_what_it_did_not_register(
    custody: SqliteCustody,
) -> None:
    """Registered, erased and discarded ones count no more, nor do other accounts'."""
    own = share(1).record.contributor
    before = custody.unregistered_of(own)
    for number in range(1, 5):
        custody.take_in(share(number), taken_at=7)
    mine = [each for each in range(1, 5) if share(each).record.contributor == own]
    assert custody.unregistered_of(own) == before + len(mine) > 0
    for forget in (
        lambda: custody.registered([named(1)]),
        lambda: custody.erase([stone(2)]),
        lambda: custody.discard([named(3)]),
    ):
        forget()
    left = [each for each in mine if each == 4]
    assert custody.unregistered_of(own) == len(left)


def test_unregistered_count__all_accounts__counts_what_is_not_registered(
    custody: SqliteCustody,
) -> None:
    """Twice the same counts once; registered, erased and discarded ones count no more."""
    custody.add(share(5))
    assert custody.unregistered_count() == 0
    for number in (1, 2, 3, 4, 4):
        custody.take_in(share(number), taken_at=7)
    assert custody.unregistered_count() == 4
    custody.registered([named(1), named(5)])
    custody.erase([stone(2)])
    custody.discard([named(3)])
    assert custody.unregistered_count() == 1


def test_count__two_processes_and_a_restart__is_what_the_tables_hold(
    custody: SqliteCustody, tmp_path: Path
) -> None:
    """Counts are the file's own: whoever writes changes them, and they last."""
    with closing(SqliteCustody(tmp_path / "custody.sqlite")) as other:
        other.add_all([share(number) for number in range(1, 6)])
        custody.take_in(share(6), taken_at=7)
        other.log_bundle(entry(1))
        custody.log_bundle(entry(2))
        other.drop_bundle(1)
        custody.erase([stone(1), stone(2), stone(9)])
        other.discard([named(6)])
        with pytest.raises(RecordMismatch):
            other.add_all([share(7), share(1)])
    custody.close()
    path = tmp_path / "custody.sqlite"
    with closing(SqliteCustody(path)) as again, closing(sqlite3.connect(path)) as file:
        kept = (again.count(), again.unregistered_count(), again.bundle_count())
        assert kept == (3, 0, 1)
        for table, number in zip(("shares", "unregistered", "bundles"), kept, strict=True):
            assert file.execute(f"SELECT COUNT(*) FROM {table}").fetchone() == (number,)


def test_take_in__after_a_restart__is_still_unregistered(
    custody: SqliteCustody, tmp_path: Path
) -> None:
    """The time runs on."""
    custody.take_in(share(1), taken_at=7)
    custody.close()
    again = SqliteCustody(tmp_path / "custody.sqlite")
    assert again.unregistered(until=7) == (named(1),)
    again.close()
