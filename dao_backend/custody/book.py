"""The Book port on one SQLite file that is thrown away and filled anew at every start."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import fields
from itertools import groupby
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from dao_backend.core.events import Contributed, Left, Withdrawn
from dao_backend.core.manifest import Entry
from dao_backend.core.model import Contribution, Record
from dao_backend.core.typed import record_hash
from dao_backend.database import database_errors, open_database
from dao_backend.errors import HistoryMismatch
from dao_backend.ports.book import Gone, Listed, Outline

metadata = sa.MetaData()
VERSION = 2
"""Of the tables in this module: another number refuses the files of before."""


class _Unsigned(sa.TypeDecorator[int]):
    """64 bits without a sign, big-endian: SQLite's own integers end at half of that."""

    impl = sa.LargeBinary
    cache_ok = True

    def process_bind_param(self, value: int | None, dialect: sa.Dialect) -> bytes:  # noqa: ARG002
        """What is stored."""
        assert value is not None, "every record states its length"
        return value.to_bytes(8, "big")

    def process_result_value(self, value: Any, dialect: sa.Dialect) -> int:  # noqa: ANN401, ARG002
        """What was stored."""
        return int.from_bytes(value, "big")


contributions = sa.Table(
    "contributions",
    metadata,
    sa.Column("contribution_id", sa.LargeBinary, primary_key=True),
    sa.Column("contributor", sa.Text, nullable=False),
    sa.Column("collection", sa.Integer, nullable=False),
    sa.Column("cid_digest", sa.LargeBinary, nullable=False),
    sa.Column("length", _Unsigned, nullable=False),
    sa.Column("envelope_commitment", sa.LargeBinary, nullable=False),
    sa.Column("key_id", sa.LargeBinary, nullable=False),
    sa.Column("share_root", sa.LargeBinary, nullable=False),
    sa.Column("epoch", sa.Integer, nullable=False),
    sa.Column("record_hash", sa.LargeBinary, nullable=False),
    sa.Column("units", sa.Integer, nullable=False),
    sa.Column("appraiser", sa.Text, nullable=False),
    sa.Column("history_count", sa.Integer, nullable=False),
    sa.Column("withdrawn_at", sa.Integer),
    sa.Index("by_contributor", "contributor"),
    sa.Index("by_position", "history_count", unique=True),
    sa.Index("by_epoch", "epoch"),
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
        self._engine = open_database(path, metadata, VERSION, made_anew=True)

    def close(self) -> None:
        """Give the file back."""
        self._engine.dispose()

    def clear(self) -> None:
        with self._writing() as connection:
            connection.execute(contributions.delete())

    def write(self, changes: Sequence[Listed]) -> None:
        with self._writing() as connection:
            for is_new, run in groupby(changes, lambda each: isinstance(each.change, Contributed)):
                if is_new:  # most of the log, and many times faster together
                    _contribute(connection, run)
                    continue
                for listed in run:
                    _remove(connection, listed)

    def listed(self, ids: Sequence[bytes]) -> dict[bytes, Contribution]:
        query = sa.select(contributions).where(contributions.c.contribution_id.in_(ids))
        return {row["contribution_id"]: _contribution(row) for row in self._rows(query)}

    def entries(self, collection: int, history_count: int) -> Iterator[Entry]:
        for page in self._pages((*_RECORD, "units"), collection, history_count):
            for row in page:
                yield Entry(Record(*row[:-1]), row[-1])

    def outlines(self, collection: int, history_count: int) -> Iterator[Sequence[Outline]]:
        for page in self._pages(Outline._fields, collection, history_count):
            yield [Outline._make(row) for row in page]

    def contributions(self, after: int = 0, limit: int = _PAGE) -> tuple[Contribution, ...]:
        own = contributions.c.history_count
        query = sa.select(contributions).where(own > after).order_by(own).limit(limit)
        return tuple(_contribution(row) for row in self._rows(query))

    def withdrawn(self, after: Gone = (0, b""), limit: int = _PAGE) -> tuple[Contribution, ...]:
        own = (contributions.c.withdrawn_at, contributions.c.contribution_id)
        behind = sa.tuple_(*own) > sa.tuple_(*after)
        query = sa.select(contributions).where(behind).order_by(*own).limit(limit)
        return tuple(_contribution(row) for row in self._rows(query))

    def dealt_before(self, epoch: int) -> int:
        own = contributions.c
        query = sa.select(sa.func.count().label("dealt")).where(own.epoch < epoch)
        (row,) = self._rows(query)
        return int(row["dealt"])

    # --- inside -----------------------------------------------------------------------------

    def _pages(
        self, names: Sequence[str], collection: int, history_count: int
    ) -> Iterator[Sequence[Sequence[Any]]]:
        """These columns of an edition's contributions by ascending id, which comes first."""
        own = contributions.c
        there = sa.and_(
            own.collection == collection,
            own.history_count <= history_count,
            sa.or_(own.withdrawn_at.is_(None), own.withdrawn_at > history_count),
        )
        named = own.contribution_id
        query = sa.select(*(own[name] for name in names)).order_by(named).limit(_PAGE)
        after = b""
        while rows := self._read(query.where(there, named > after)):
            yield rows
            after = rows[-1][0]

    def _read(self, query: sa.Select[Any]) -> Sequence[Sequence[Any]]:
        with database_errors(self._path), self._engine.connect() as connection:
            return connection.execute(query).all()

    def _rows(self, query: sa.Select[Any]) -> Sequence[sa.RowMapping]:
        with database_errors(self._path), self._engine.connect() as connection:
            return connection.execute(query).mappings().all()

    @contextmanager
    def _writing(self) -> Iterator[sa.Connection]:
        with database_errors(self._path), self._engine.begin() as connection:
            yield connection


def _contribute(connection: sa.Connection, run: Iterable[Listed]) -> None:
    try:
        connection.execute(contributions.insert(), [_row(listed) for listed in run])
    except sa.exc.IntegrityError as error:
        raise HistoryMismatch("the log registers one contribution twice") from error


def _row(listed: Listed) -> dict[str, Any]:
    change = listed.change
    assert isinstance(change, Contributed), "only a registration adds a row"
    record = {name: getattr(change.record, name) for name in _RECORD}
    return record | {
        "record_hash": record_hash(change.record),
        "units": change.units,
        "appraiser": change.appraiser,
        "history_count": listed.position,
        "withdrawn_at": None,
    }


def _remove(connection: sa.Connection, listed: Listed) -> None:
    if isinstance(listed.change, Withdrawn):
        _withdraw(connection, listed.change, listed.position)
    elif isinstance(listed.change, Left):
        _leave(connection, listed.change, listed.position)


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
