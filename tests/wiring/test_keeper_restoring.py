"""What a restored keeper no longer goes by, though it stood in the backup."""

from __future__ import annotations

import secrets
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from dao_backend.core.keeper_config import KeeperConfig, Listen
from dao_backend.custody.keystore import Unlock
from dao_backend.custody.sqlite import SqliteCustody
from dao_backend.wiring.keeper_backup import export_backup, restore_backup
from dao_backend.wiring.keeper_files import KeeperFolder, make_folder
from tests.support.core_actors import seed
from tests.support.keeper_program import some_share

CONFIG = KeeperConfig(
    endpoint="http://keeper.test", rpc=("http://127.0.0.1:1",), listen=Listen("127.0.0.1", 1)
)


@pytest.fixture
def folder(tmp_path: Path) -> KeeperFolder:
    """A keeper that holds one share, and goes on without another."""
    data = tmp_path / "data"
    make_folder(data, CONFIG, Unlock(key=seed("key file")), secrets.token_bytes)
    found = KeeperFolder(data)
    with closing(SqliteCustody(found.custody)) as custody:
        custody.add(some_share(1))
        custody.forgo([seed("given up")])
    return found


def test_restore__something_was_forgone__is_missing_until_it_is_named_again(
    folder: KeeperFolder, tmp_path: Path
) -> None:
    """It may have come since the backup, and is not sold with a gap when it will come again."""
    export_backup(folder.data, tmp_path / "backup")
    restore_backup(tmp_path / "backup", tmp_path / "restored")
    for data, forgone in ((folder.data, 1), (tmp_path / "restored", 0)):
        with closing(SqliteCustody(KeeperFolder(data).custody)) as custody:
            assert len(custody.forgone([seed("given up")])) == forgone
            assert len(custody.all_forgone()) == forgone
            assert custody.count() == 1


def test_restore__backup_of_before_anything_could_be_forgone__is_whole(
    folder: KeeperFolder, tmp_path: Path
) -> None:
    """An older backup restores as ever."""
    with closing(sqlite3.connect(folder.custody)) as older, older:
        older.execute("DROP TABLE forgone")
    export_backup(folder.data, tmp_path / "backup")
    restore_backup(tmp_path / "backup", tmp_path / "restored")
    with closing(SqliteCustody(tmp_path / "restored" / "custody.sqlite")) as custody:
        assert custody.count() == 1
