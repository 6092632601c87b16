"""Reading one SQLite file a page at a time, by keyset."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import sqlalchemy as sa

from dao_backend.database import database_errors, open_database
from dao_backend.errors import InputError, NotFound
from dao_backend.index import reads
from dao_backend.index.schema import VERSION, metadata
from dao_backend.ports.paging import Page

Value = TypeVar("Value")
Row = sa.RowMapping

MAX_LIMIT = 500
_PLACE = re.compile(r"([0-9]{1,18})\.(-?[0-9]{1,18})")


def place_of(after: str | None) -> tuple[int, int] | None:
    """The position that a cursor names; InputError for one that was not given out."""
    if after is None:
        return None
    found = _PLACE.fullmatch(after)
    if found is None:
        raise no_cursor(after)
    return int(found[1]), int(found[2])


def require_page(limit: int) -> None:
    """InputError unless a page may hold so many rows."""
    if not 1 <= limit <= MAX_LIMIT:
        raise InputError(f"a page holds 1 to {MAX_LIMIT} rows, not {limit}")


def no_cursor(text: str) -> InputError:
    """What to raise for a cursor that was not given out."""
    return InputError(f"{text!r} is no cursor; take the one of the previous page")


def cursor_of(row: Row) -> str:
    """The cursor of a row that stands at a position."""
    return f"{row['block']}.{row['log_index']}"


def page_of(
    found: Sequence[Row],
    limit: int,
    make: Callable[[Row], Value],
    cursor: Callable[[Row], str] = cursor_of,
) -> Page[Value]:
    """`found` holds one row more than `limit` where there is a next page."""
    following = cursor(found[limit - 1]) if len(found) > limit else None
    return Page(tuple(make(row) for row in found[:limit]), following)


class SqlitePages:
    """The file, and the ways to select from it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._engine = open_database(path, metadata, VERSION, made_anew=True)

    def close(self) -> None:
        """Give the file back."""
        self._engine.dispose()

    @contextmanager
    def _reading(self) -> Iterator[sa.Connection]:
        with database_errors(self._path), self._engine.connect() as connection:
            yield connection

    def _all(self, query: sa.Select[Any]) -> Sequence[Row]:
        with self._reading() as connection:
            return connection.execute(query).mappings().all()

    def _one(self, query: sa.Select[Any], what: str) -> Row:
        found = self._all(query)
        if not found:
            raise NotFound(f"there is no {what}")
        return found[0]

    def _newest(
        self,
        query: sa.Select[Any],
        table: sa.Table,
        make: Callable[[Row], Value],
        after: str | None,
        limit: int,
    ) -> Page[Value]:
        require_page(limit)
        found = self._all(reads.newest_first(query, table, place_of(after), limit + 1))
        return page_of(found, limit, make)
