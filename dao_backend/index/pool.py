"""The Pool port on one SQLite file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa

from dao_backend.core.model import Address
from dao_backend.core.scoring.sketch import Holder, Sketch
from dao_backend.database import database_errors, open_database

metadata = sa.MetaData()
VERSION = 1
"""Of the tables in this module: another number refuses the files of before."""

sketches = sa.Table(
    "sketches",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("contribution_id", sa.LargeBinary, nullable=False, unique=True),
    sa.Column("owner", sa.Text, nullable=False),
    sa.Column("until", sa.Integer, comment="null once registered"),
    sqlite_autoincrement=True,
)

fingerprints = sa.Table(
    "fingerprints",
    metadata,
    sa.Column("fingerprint", sa.Integer, primary_key=True),
    sa.Column("number", sa.ForeignKey(sketches.c.number, ondelete="CASCADE"), primary_key=True),
    sqlite_with_rowid=False,
)
sa.Index("ix_fingerprints_number", fingerprints.c.number)

progress = sa.Table(
    "progress",
    metadata,
    sa.Column("one", sa.Integer, primary_key=True),
    sa.Column("cursor", sa.Text),
)

_STEP = 500
"""Fingerprints in one SELECT, below SQLite's limit on parameters."""


class SqlitePool:
    """See `ports.pool.Pool`."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._engine = open_database(path, metadata, VERSION)

    def close(self) -> None:
        """Give the file back."""
        self._engine.dispose()

    def cursor(self) -> str | None:
        with self._connected() as connection:
            return connection.scalar(sa.select(progress.c.cursor))

    def find(self, wanted: Sequence[int], contributor: Address) -> Mapping[int, Holder]:
        found: dict[int, Holder] = {}
        with self._connected() as connection:
            for start in range(0, len(wanted), _STEP):
                some = wanted[start : start + _STEP]
                for row in connection.execute(_holders(some, contributor)):
                    found.setdefault(
                        row.fingerprint, Holder(row.contribution_id, Address(row.owner))
                    )
        return found

    def add(self, holder: Holder, sketch: Sketch, until: int) -> None:
        with self._connected() as connection:
            added = connection.execute(
                sketches.insert(),
                {
                    "contribution_id": holder.contribution_id,
                    "owner": holder.owner,
                    "until": until,
                },
            )
            number = added.inserted_primary_key
            assert number is not None, "an insert of one row has a key"
            rows = [{"fingerprint": one, "number": number[0]} for one in sketch.fingerprints]
            if rows:
                connection.execute(fingerprints.insert(), rows)

    def forget(self, contribution_id: bytes) -> None:
        with self._connected() as connection:
            own = sketches.c.contribution_id == contribution_id
            connection.execute(sketches.delete().where(own))

    def advance(
        self, kept: tuple[bytes, ...], gone: tuple[bytes, ...], cursor: str | None, now: int
    ) -> None:
        own = sketches.c.contribution_id
        with self._connected() as connection:
            for start in range(0, len(kept), _STEP):
                some = own.in_(kept[start : start + _STEP])
                connection.execute(sketches.update().where(some).values(until=None))
            for start in range(0, len(gone), _STEP):
                connection.execute(sketches.delete().where(own.in_(gone[start : start + _STEP])))
            connection.execute(sketches.delete().where(sketches.c.until < now))
            connection.execute(progress.delete())
            connection.execute(progress.insert(), {"one": 1, "cursor": cursor})

    @contextmanager
    def _connected(self) -> Iterator[sa.Connection]:
        with database_errors(self._path), self._engine.begin() as connection:
            yield connection


def _holders(wanted: Sequence[int], contributor: Address) -> sa.Select[tuple[int, bytes, str]]:
    """Holders of each fingerprint: the contributor's own first, then the earliest."""
    return (
        sa.select(fingerprints.c.fingerprint, sketches.c.contribution_id, sketches.c.owner)
        .join(sketches, sketches.c.number == fingerprints.c.number)
        .where(fingerprints.c.fingerprint.in_(wanted))
        .order_by((sketches.c.owner != contributor), sketches.c.number)
    )
