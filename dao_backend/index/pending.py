"""The Pending port on one SQLite file: submissions and drafts as their JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import insert

from dao_backend.core.model import Address
from dao_backend.core.submission import (
    Outcome,
    Submission,
    outcome_from_json,
    outcome_json,
    submission_from_json,
    submission_json,
)
from dao_backend.database import database_errors, open_database
from dao_backend.errors import NotFound, RecordMismatch
from dao_backend.ports.pending import PendingRow

metadata = sa.MetaData()
VERSION = 1
"""Of the tables in this module: another number refuses the files of before."""

submissions = sa.Table(
    "submissions",
    metadata,
    sa.Column("contribution_id", sa.LargeBinary, primary_key=True),
    sa.Column("contributor", sa.Text, nullable=False, index=True),
    sa.Column("submission", sa.Text, nullable=False),
    sa.Column("outcome", sa.Text, nullable=False),
    sa.Column("received_at", sa.Integer, nullable=False),
    sa.Column("transaction", sa.LargeBinary),
)

drafts = sa.Table(
    "drafts",
    metadata,
    sa.Column("contribution_id", sa.LargeBinary, primary_key=True),
    sa.Column("submission", sa.Text, nullable=False),
    sa.Column("received_at", sa.Integer, nullable=False),
)

KEPT = 24 * 3600
"""Seconds that a draft waits for its signature."""
MOST = 100
"""Rows that `of` gives at the most."""


class SqlitePending:
    """See `ports.pending.Pending`."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._engine = open_database(path, metadata, VERSION)

    def close(self) -> None:
        """Give the file back."""
        self._engine.dispose()

    def add(self, submission: Submission, outcome: Outcome, received_at: int) -> None:
        row = {
            "contribution_id": submission.record.contribution_id,
            "contributor": submission.record.contributor,
            "submission": json.dumps(submission_json(submission)),
            "outcome": json.dumps(outcome_json(outcome)),
            "received_at": received_at,
        }
        fresh = insert(submissions).values(row)
        replaced = fresh.on_conflict_do_update(
            index_elements=["contribution_id"],
            set_=row,
            where=submissions.c.transaction.is_(None),
        )
        with self._connected() as connection:
            if connection.execute(replaced).rowcount == 0:
                raise RecordMismatch("this contribution was handed in and relayed before")

    def get(self, contribution_id: bytes) -> PendingRow:
        here = submissions.c.contribution_id == contribution_id
        with self._connected() as connection:
            found = connection.execute(sa.select(submissions).where(here)).mappings().first()
        if found is None:
            raise NotFound(f"contribution 0x{contribution_id.hex()} was not handed in here")
        return _row(found)

    def relayed(self, contribution_id: bytes, transaction: bytes) -> None:
        here = submissions.c.contribution_id == contribution_id
        with self._connected() as connection:
            connection.execute(submissions.update().where(here).values(transaction=transaction))

    def forget_shares(self, contribution_id: bytes) -> bool:
        with self._connected() as connection:
            kept = _forget(connection, contribution_id)
            here = drafts.c.contribution_id == contribution_id
            drafted = connection.execute(drafts.delete().where(here)).rowcount > 0
        if kept or drafted:
            self._forget_log()
        return kept or drafted

    def of(self, contributor: Address) -> tuple[PendingRow, ...]:
        query = (
            sa.select(submissions)
            .where(submissions.c.contributor == contributor)
            .order_by(submissions.c.received_at.desc(), submissions.c.contribution_id)
            .limit(MOST)
        )
        with self._connected() as connection:
            return tuple(_row(found) for found in connection.execute(query).mappings())

    def add_draft(self, unsigned: Submission, received_at: int) -> None:
        row = {
            "contribution_id": unsigned.record.contribution_id,
            "submission": json.dumps(submission_json(unsigned)),
            "received_at": received_at,
        }
        with self._connected() as connection:
            connection.execute(drafts.delete().where(drafts.c.received_at < received_at - KEPT))
            connection.execute(drafts.insert().values(row))

    def draft(self, contribution_id: bytes) -> Submission:
        query = sa.select(drafts.c.submission).where(drafts.c.contribution_id == contribution_id)
        with self._connected() as connection:
            found = connection.scalar(query)
        if found is None:
            raise NotFound(f"there is no draft 0x{contribution_id.hex()}")
        return submission_from_json(json.loads(found))

    def _forget_log(self) -> None:
        """Empty the write-ahead log: what was overwritten in the file may still stand in it."""
        with database_errors(self._path), self._engine.connect() as connection:
            connection.execute(sa.text("PRAGMA wal_checkpoint(TRUNCATE)"))

    @contextmanager
    def _connected(self) -> Iterator[sa.Connection]:
        with database_errors(self._path), self._engine.begin() as connection:
            yield connection


def _forget(connection: sa.Connection, contribution_id: bytes) -> bool:
    """Leave nothing in the row that a keeper or the appraiser could open."""
    here = submissions.c.contribution_id == contribution_id
    found = connection.scalar(sa.select(submissions.c.submission).where(here))
    if found is None:
        return False
    known = submission_from_json(json.loads(found))
    if not known.sealed_shares and not known.sealed_content_key:
        return False
    bare = replace(known, sealed_shares=(), sealed_content_key=b"")
    row = {"submission": json.dumps(submission_json(bare))}
    connection.execute(submissions.update().where(here).values(row))
    return True


def _row(found: sa.RowMapping) -> PendingRow:
    return PendingRow(
        submission=submission_from_json(json.loads(found["submission"])),
        outcome=outcome_from_json(json.loads(found["outcome"])),
        received_at=found["received_at"],
        transaction=found["transaction"],
    )
