"""Open a SQLite file the way the toolkit wants it, with errors that say what to do.

Each kind of file has a version of its tables, written into it; one of another version is refused
rather than read wrongly. Nothing is migrated.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry

from dao_backend.errors import DatabaseUnavailable

BUSY_SECONDS = 5
_REBUILT = "delete the file and start again, it is made anew"
_KEPT = "go back to the program that wrote it; what it holds is nowhere else, so do not delete it"

_HALF = 2**63


class Unsigned(sa.TypeDecorator[int]):
    """64 bits without a sign, less 2^63: SQLite's integers have a sign; the order is kept."""

    impl = sa.Integer
    cache_ok = True

    def process_bind_param(self, value: int | None, dialect: sa.Dialect) -> int | None:  # noqa: ARG002
        """What is stored."""
        return None if value is None else value - _HALF

    def process_result_value(self, value: Any, dialect: sa.Dialect) -> int | None:  # noqa: ANN401, ARG002
        """What was stored, null where an outer join found nothing."""
        return None if value is None else int(value) + _HALF


def unsigned_sum(connection: sa.Connection, column: sa.Column[int]) -> int:
    """Exact sum of an `Unsigned` column of fewer than 2^31 rows; SQLite's own ends at 63 bits."""
    stored = sa.type_coerce(column, sa.Integer)
    halves = (sa.func.sum(stored.op(">>")(32)), sa.func.sum(stored.op("&")(2**32 - 1)))
    high, low, rows = connection.execute(sa.select(*halves, sa.func.count())).one()
    return ((high or 0) << 32) + (low or 0) + int(rows) * _HALF


class OtherTables(DatabaseUnavailable):
    """The file's tables are of another version than this program's; nothing in it was changed."""

    advice = "Do what the message says; docs/operations.md, Upgrading, says why."


def open_database(
    path: Path, metadata: sa.MetaData, version: int, *, made_anew: bool = False
) -> sa.Engine:
    """Engine of the file at `path`, created with its tables where missing; DatabaseUnavailable.

    `version`, from 1 on, is that of these tables; OtherTables for a file of another one, which may
    simply be deleted if it is `made_anew` from other sources.
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
        with engine.begin() as connection:
            # A write, so that a read-only file is noticed now, and one process makes the tables.
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            found = _version(connection, metadata)
            if found in (None, version):
                metadata.create_all(connection)
                connection.exec_driver_sql(f"PRAGMA user_version={version}")
                return engine
    engine.dispose()
    raise OtherTables(
        f"the database {path} has tables of version {found}, and this program uses version "
        f"{version}: {_REBUILT if made_anew else _KEPT}"
    )


def _version(connection: sa.Connection, metadata: sa.MetaData) -> int | None:
    """What the file says; None where it has none of the tables yet."""
    if not set(metadata.tables).intersection(sa.inspect(connection).get_table_names()):
        return None
    return int(connection.exec_driver_sql("PRAGMA user_version").scalar_one())


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
