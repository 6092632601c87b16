"""The Book port on one SQLite file that is thrown away and filled anew at every start."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import fields
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from dao_backend.core.events import Contributed, Left, Withdrawn
from dao_backend.core.manifest import Entry
from dao_backend.core.model import Contribution, Record
from dao_backend.database import database_errors, open_database
from dao_backend.errors import HistoryMismatch
from dao_backend.ports.book import Listed

metadata = sa.MetaData()

contributions = sa.Table(
    "contributions",
    metadata,
    sa.Column("contribution_id", sa.LargeBinary, primary_key=True),
    sa.Column("contributor", sa.Text, nullable=False),
    sa.Column("collection", sa.Integer, nullable=False),
    sa.Column("cid_digest", sa.LargeBinary, nullable=False),
    sa.Column("length", sa.Integer, nullable=False),
    sa.Column("envelope_commitment", sa.LargeBinary, nullable=False),
    sa.Column("key_id", sa.LargeBinary, nullable=False),
    sa.Column("share_root", sa.LargeBinary, nullable=False),
    sa.Column("epoch", sa.Integer, nullable=False),
    sa.Column("units", sa.Integer, nullable=False),
    sa.Column("appraiser", sa.Text, nullable=False),
    sa.Column("history_count", sa.Integer, nullable=False),
    sa.Column("withdrawn_at", sa.Integer),
    sa.Index("by_contributor", "contributor"),
    sa.Index("by_withdrawal", "withdrawn_at", "contribution_id"),
    sqlite_with_rowid=False,
)

_RECORD = tuple(field.name for field in fields(Record))
_PAGE = 1_000
"""Rows read at a time."""


class SqliteBook:
    """See `ports.book.Book`."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._engine = open_database(path, metadata)

    def close(self) -> None:
        """Give the file back."""
        self._engine.dispose()

    def clear(self) -> None:
        with self._writing() as connection:
            connection.execute(contributions.delete())

    def write(self, changes: Sequence[Listed]) -> None:
        with self._writing() as connection:
            for listed in changes:
                match listed.change:
                    case Contributed():
                        _contribute(connection, listed.change, listed.position)
                    case Withdrawn():
                        _withdraw(connection, listed.change, listed.position)
                    case Left():
                        _leave(connection, listed.change, listed.position)

    def contribution(self, contribution_id: bytes) -> Contribution | None:
        query = sa.select(contributions).where(contributions.c.contribution_id == contribution_id)
        found = self._rows(query)
        return _contribution(found[0]) if found else None

    def entries(self, collection: int, history_count: int) -> Iterator[Entry]:
        own = contributions.c
        there = sa.and_(
            own.collection == collection,
            own.history_count <= history_count,
            sa.or_(own.withdrawn_at.is_(None), own.withdrawn_at > history_count),
        )
        after = b""
        while rows := self._page(there, after):
            for row in rows:
                yield Entry(_record(row), row["units"])
            after = rows[-1]["contribution_id"]

    def active(self, after: bytes = b"", limit: int = _PAGE) -> tuple[Contribution, ...]:
        there = contributions.c.withdrawn_at.is_(None)
        return tuple(_contribution(row) for row in self._page(there, after, limit))

    def withdrawn(self, after: bytes = b"", limit: int = _PAGE) -> tuple[Contribution, ...]:
        there = contributions.c.withdrawn_at.is_not(None)
        return tuple(_contribution(row) for row in self._page(there, after, limit))

    # --- inside -----------------------------------------------------------------------------

    def _page(
        self, there: sa.ColumnElement[bool], after: bytes, limit: int = _PAGE
    ) -> Sequence[sa.RowMapping]:
        own = contributions.c.contribution_id
        query = sa.select(contributions).where(there, own > after).order_by(own).limit(limit)
        return self._rows(query)

    def _rows(self, query: sa.Select[Any]) -> Sequence[sa.RowMapping]:
        with database_errors(self._path), self._engine.connect() as connection:
            return connection.execute(query).mappings().all()

    @contextmanager
    def _writing(self) -> Iterator[sa.Connection]:
        with database_errors(self._path), self._engine.begin() as connection:
            yield connection


def _contribute(connection: sa.Connection, change: Contributed, position: int) -> None:
    record = {name: getattr(change.record, name) for name in _RECORD}
    row = record | {
        "units": change.units,
        "appraiser": change.appraiser,
        "history_count": position,
        "withdrawn_at": None,
    }
    try:
        connection.execute(contributions.insert().values(row))
    except sa.exc.IntegrityError as error:
        raise HistoryMismatch("the log registers one contribution twice") from error


def _withdraw(connection: sa.Connection, change: Withdrawn, position: int) -> None:
    own = contributions.c
    changed = connection.execute(
        contributions.update()
        .where(
            own.contribution_id == change.contribution_id,
            own.contributor == change.contributor,
            own.collection == change.collection,
            own.units == change.units,
            own.withdrawn_at.is_(None),
        )
        .values(withdrawn_at=position)
    )
    if changed.rowcount == 0:
        raise HistoryMismatch("a withdrawal does not fit its contribution")


def _leave(connection: sa.Connection, change: Left, position: int) -> None:
    own = contributions.c
    there = (own.contributor == change.member, own.withdrawn_at.is_(None))
    counted = (
        sa.select(own.collection, sa.func.sum(own.units)).where(*there).group_by(own.collection)
    )
    units = [0] * len(change.units)
    for collection, total in connection.execute(counted):
        units[collection] = total
    if tuple(units) != change.units:
        raise HistoryMismatch("a member left with other units than the log gave it")
    connection.execute(contributions.update().where(*there).values(withdrawn_at=position))


def _record(row: sa.RowMapping) -> Record:
    return Record(**{name: row[name] for name in _RECORD})


def _contribution(row: sa.RowMapping) -> Contribution:
    return Contribution(
        _record(row), row["units"], row["appraiser"], row["history_count"], row["withdrawn_at"]
    )
