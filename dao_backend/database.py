"""Open a SQLite file the way the toolkit wants it, with errors that say what to do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry

from dao_backend.errors import DatabaseUnavailable

BUSY_SECONDS = 5
SCHEMA_VERSION = 1


def open_database(path: Path, metadata: sa.MetaData) -> sa.Engine:
    """Engine of the file at `path`, created with its tables where missing; DatabaseUnavailable.

    Write-ahead logging lets readers go on beside the one writer; every commit is synced to disk.
    What is deleted is overwritten: a keeper that deletes a share has erased it.
    """
    engine = sa.create_engine(
        f"sqlite:///{path}",
        connect_args={"timeout": BUSY_SECONDS},
        hide_parameters=True,  # values never stand in an error or a log
    )
    sa.event.listen(engine, "connect", _prepare)
    with database_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        metadata.create_all(engine)
        with engine.begin() as connection:  # a write, so that a read-only file is noticed now
            connection.execute(sa.text(f"PRAGMA user_version={SCHEMA_VERSION}"))
    return engine


@contextmanager
def database_errors(path: Path | str) -> Iterator[None]:
    """Turn what the driver raises about `path` into DatabaseUnavailable."""
    try:
        yield
    except (sa.exc.DatabaseError, sa.exc.TimeoutError, OSError) as error:
        cause = getattr(error, "orig", None) or error
        raise DatabaseUnavailable(f"the database {path} cannot be used: {cause}") from error


def _prepare(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "secure_delete=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()
