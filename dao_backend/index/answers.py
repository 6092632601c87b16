"""The Answers port on one SQLite file."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import insert

from dao_backend.database import database_errors, open_database
from dao_backend.ports.answers import Answer

metadata = sa.MetaData()
VERSION = 1
"""Of the tables in this module: another number refuses the files of before."""

answers = sa.Table(
    "answers",
    metadata,
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("request", sa.LargeBinary, nullable=False),
    sa.Column("status", sa.Integer, nullable=False),
    sa.Column("body", sa.LargeBinary, nullable=False),
    sa.Column("kept_at", sa.Integer, nullable=False, index=True),
)

KEPT_SECONDS = 7 * 24 * 3600
"""How long an answer is repeated."""


class SqliteAnswers:
    """See `ports.answers.Answers`."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._engine = open_database(path, metadata, VERSION, made_anew=True)

    def close(self) -> None:
        """Give the file back."""
        self._engine.dispose()

    def find(self, key: str) -> Answer | None:
        query = sa.select(answers).where(answers.c.key == key)
        with database_errors(self._path), self._engine.connect() as connection:
            found = connection.execute(query).mappings().first()
        return None if found is None else Answer(found["request"], found["status"], found["body"])

    def keep(self, key: str, answer: Answer, now: int) -> None:
        row = {
            "key": key,
            "request": answer.request,
            "status": answer.status,
            "body": answer.body,
            "kept_at": now,
        }
        with database_errors(self._path), self._engine.begin() as connection:
            connection.execute(answers.delete().where(answers.c.kept_at < now - KEPT_SECONDS))
            connection.execute(insert(answers).values(row).on_conflict_do_nothing())
