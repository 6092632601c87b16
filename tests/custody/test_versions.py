"""Files whose tables are of another version are refused, not read wrongly."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from dao_backend.custody.book import SqliteBook
from dao_backend.custody.sqlite import SqliteCustody
from dao_backend.database import OtherTables, open_database
from dao_backend.index.answers import SqliteAnswers
from dao_backend.index.pending import SqlitePending
from dao_backend.index.pool import SqlitePool
from dao_backend.index.sqlite import SqliteIndex

MADE_ANEW = {"book": SqliteBook, "index": SqliteIndex, "answers": SqliteAnswers}
KEPT = {"custody": SqliteCustody, "pending": SqlitePending, "pool": SqlitePool}
Open = Callable[[Path], Any]


def marked(open_file: Open, path: Path, version: int) -> int:
    """Make the file, and write another version into it; the one that it had."""
    open_file(path).close()
    with closing(sqlite3.connect(path)) as file:
        (own,) = file.execute("PRAGMA user_version").fetchone()
        file.execute(f"PRAGMA user_version={version}")
    return int(own)


@pytest.mark.parametrize("version", [0, 99])
@pytest.mark.parametrize("open_file", [*MADE_ANEW.values(), *KEPT.values()])
def test_open__tables_of_another_version__are_refused_and_left(
    tmp_path: Path, open_file: Open, version: int
) -> None:
    """Older and newer tables alike; the message names both versions and says what to do."""
    path = tmp_path / "file.sqlite"
    own = marked(open_file, path, version)
    with pytest.raises(OtherTables) as refusal:
        open_file(path)
    told = str(refusal.value)
    assert f"{path} has tables of version {version}, and this program uses version {own}" in told
    assert ("delete the file" in told) == (open_file in MADE_ANEW.values())
    assert ("do not delete it" in told) == (open_file in KEPT.values())
    with closing(sqlite3.connect(path)) as file:
        assert file.execute("PRAGMA user_version").fetchone() == (version,)


@pytest.mark.parametrize("open_file", [*MADE_ANEW.values(), *KEPT.values()])
def test_open__same_version__opens_again(tmp_path: Path, open_file: Open) -> None:
    """What this program wrote it reads."""
    open_file(tmp_path / "file.sqlite").close()
    open_file(tmp_path / "file.sqlite").close()


def test_open__several_at_once__make_the_tables_once(tmp_path: Path) -> None:
    """Nobody sees tables that have no version yet."""
    metadata = sa.MetaData()
    sa.Table("things", metadata, sa.Column("name", sa.Text, primary_key=True))
    with ThreadPoolExecutor(8) as pool:
        for engine in pool.map(lambda _: open_database(tmp_path / "x", metadata, 7), range(32)):
            engine.dispose()
