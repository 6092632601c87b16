"""What a keeper has erased: it is nowhere in its files, and does not come back."""

from __future__ import annotations

import shutil
import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest

from dao_backend.core.typed_keepers import Cause
from dao_backend.custody.sqlite import SqliteCustody
from dao_backend.errors import NotFound, RecordMismatch
from tests.custody.held import share, stone


def test_add__erased_as_withdrawn__is_refused(custody: SqliteCustody) -> None:
    """A share that was erased does not come back."""
    custody.add(share(1))
    custody.erase([stone(1)])
    with pytest.raises(RecordMismatch, match="was erased here"):
        custody.add(share(1))
    assert custody.count() == 0


def test_add__handed_over_before__is_taken_back(custody: SqliteCustody) -> None:
    """A keeper that is voted in again holds its shares again, and states no more that it lacks."""
    custody.add(share(1))
    custody.erase([stone(1, Cause.HANDED_OVER)])
    custody.add(share(1))
    assert custody.get(share(1).record.contribution_id) == share(1)
    assert custody.tombstone(share(1).record.contribution_id) is None


def test_erase__twice__keeps_the_first_statement(custody: SqliteCustody) -> None:
    """What was signed first stands, and the commitments stay, which are public."""
    custody.add(share(1))
    custody.erase([stone(1), stone(2)])
    custody.erase([stone(1, erased_at=8), stone(2, erased_at=8)])
    for number in (1, 2):
        assert custody.tombstone(share(number).record.contribution_id) == stone(number)
    assert custody.tombstone(share(3).record.contribution_id) is None
    named = share(1).record.contribution_id
    assert custody.commitments([named]) == {named: share(1).commitments}


def traces(folder: Path, needle: bytes) -> list[str]:
    """Names of the files that hold these bytes."""
    return [path.name for path in folder.iterdir() if needle in path.read_bytes()]


CANARY = b"planted canary "


def test_erase__sealed_share__leaves_no_trace_in_any_file(tmp_path: Path) -> None:
    """Erasure is erasure: neither the file nor its write-ahead log holds the bytes, at once."""
    custody = SqliteCustody(tmp_path / "custody.sqlite")
    planted = [replace(share(each), sealed_share=CANARY * 300) for each in range(20)]
    custody.add_all(planted)
    custody.reseal([replace(planted[0], sealed_share=CANARY * 200)])
    assert traces(tmp_path, CANARY)
    custody.erase([stone(each) for each in range(20)])
    assert traces(tmp_path, CANARY) == []
    custody.close()
    assert traces(tmp_path, CANARY) == []


def test_erase__somebody_is_reading__leaves_no_trace_after_the_next_write(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A reader, such as a backup, delays only that the log is emptied."""
    monkeypatch.setattr("dao_backend.database.BUSY_SECONDS", 0.05)
    custody = SqliteCustody(tmp_path / "custody.sqlite")
    custody.add(replace(share(1), sealed_share=CANARY * 300))
    reader = sqlite3.connect(tmp_path / "custody.sqlite", isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM shares").fetchall()
    custody.erase([stone(1)])
    assert traces(tmp_path, CANARY)
    reader.execute("COMMIT")
    reader.close()
    custody.drop_bundle(1)
    assert traces(tmp_path, CANARY) == []
    custody.close()


def test_open__process_ended_before_its_log_was_emptied__leaves_no_trace(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A keeper that is killed right after an erasure makes up for the rest when it comes back."""
    monkeypatch.setattr("dao_backend.database.BUSY_SECONDS", 0.05)
    killed, back = tmp_path / "killed", tmp_path / "back"
    custody = SqliteCustody(killed / "custody.sqlite")
    custody.add(replace(share(1), sealed_share=CANARY * 300))
    reader = sqlite3.connect(killed / "custody.sqlite", isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM shares").fetchall()
    custody.erase([stone(1)])
    shutil.copytree(killed, back)  # as a kill leaves the files at this moment
    reader.close()
    custody.close()
    assert traces(back, CANARY)
    returned = SqliteCustody(back / "custody.sqlite")
    assert traces(back, CANARY) == []
    assert returned.count() == 0
    returned.close()


def test_erase__taken_in__is_gone_and_others_stay(custody: SqliteCustody) -> None:
    """Erasure takes that share only; erasing again does nothing."""
    custody.add(share(1))
    custody.add(share(2))
    for _ in range(2):
        custody.erase([stone(1)])
    with pytest.raises(NotFound):
        custody.get(share(1).record.contribution_id)
    assert custody.get(share(2).record.contribution_id) == share(2)
