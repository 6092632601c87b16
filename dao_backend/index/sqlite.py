"""The Index port on one SQLite file."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import sqlalchemy as sa

from dao_backend.core.events import (
    Claimed,
    CollectionCreated,
    Deposited,
    LogEvent,
    VoteCast,
)
from dao_backend.core.model import Address, Collection
from dao_backend.database import database_errors, open_database
from dao_backend.errors import InputError, NotFound
from dao_backend.index import reads, rows, writer
from dao_backend.index.schema import TABLES, blocks, from_row, logs, metadata
from dao_backend.ports.chain import Block
from dao_backend.ports.index import (
    AssetRow,
    ClaimRow,
    ContributionRow,
    DepositRow,
    EditionRow,
    LicenceRow,
    MemberRow,
    Page,
    ProposalRow,
    RequestRow,
    Totals,
)

Value = TypeVar("Value")
Row = sa.RowMapping

MAX_LIMIT = 500
_PLACE = re.compile(r"([0-9]{1,18})\.(-?[0-9]{1,18})")
_INDEX = re.compile(r"[0-9]{1,18}")


def _place(after: str | None) -> tuple[int, int] | None:
    if after is None:
        return None
    found = _PLACE.fullmatch(after)
    if found is None:
        raise _no_cursor(after)
    return int(found[1]), int(found[2])


def _require_page(limit: int) -> None:
    if not 1 <= limit <= MAX_LIMIT:
        raise InputError(f"a page holds 1 to {MAX_LIMIT} rows, not {limit}")


def _no_cursor(text: str) -> InputError:
    return InputError(f"{text!r} is no cursor; take the one of the previous page")


def _cursor(row: Row) -> str:
    return f"{row['block']}.{row['log_index']}"


def _page(
    found: Sequence[Row], limit: int, make: Callable[[Row], Value], cursor: Callable[[Row], str]
) -> Page[Value]:
    """`found` holds one row more than `limit` where there is a next page."""
    following = cursor(found[limit - 1]) if len(found) > limit else None
    return Page(tuple(make(row) for row in found[:limit]), following)


class SqliteIndex:
    """See `ports.index.Index`. One writer at a time; any number of readers beside it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._engine = open_database(path, metadata)

    def close(self) -> None:
        """Give the file back."""
        self._engine.dispose()

    # --- writing ----------------------------------------------------------------------------

    def cursor(self) -> Block | None:
        found = self._all(sa.select(blocks).order_by(blocks.c.number.desc()).limit(1))
        return Block(**found[0]) if found else None

    def remembered(self) -> tuple[Block, ...]:
        found = self._all(sa.select(blocks).order_by(blocks.c.number.desc()))
        return tuple(Block(**row) for row in found)

    def apply(self, events: Sequence[LogEvent], upto: Block) -> None:
        with database_errors(self._path), self._engine.begin() as connection:
            writer.apply(connection, events, upto)

    def roll_back(self, to: int) -> None:
        with database_errors(self._path), self._engine.begin() as connection:
            writer.roll_back(connection, to)

    # --- reading ----------------------------------------------------------------------------

    def events(self, after: str | None = None, limit: int = 100) -> Page[LogEvent]:
        _require_page(limit)
        query = sa.select(logs).order_by(logs.c.block, logs.c.log_index).limit(limit + 1)
        place = _place(after)
        if place is not None:
            here = sa.tuple_(logs.c.block, logs.c.log_index)
            query = query.where(here > sa.tuple_(*(sa.literal(value) for value in place)))
        with self._reading() as connection:
            found = connection.execute(query).mappings().all()
            facts = rows.facts(connection, found)
        return _page(found, limit, lambda row: rows.event(row, facts), _cursor)

    def totals(self) -> Totals:
        count = len(self.collections())
        with self._reading() as connection:
            return rows.totals(connection, count)

    def collections(self) -> tuple[Collection, ...]:
        table = TABLES[CollectionCreated]
        found = self._all(sa.select(table).order_by(table.c.collection))
        facts = [from_row(CollectionCreated, row) for row in found]
        return tuple(Collection(fact.collection, fact.name, fact.purposes) for fact in facts)

    def assets(self) -> tuple[AssetRow, ...]:
        found = self._all(reads.assets())
        rows = (AssetRow(Address(row["asset"]), int(row["minimum_price"])) for row in found)
        return tuple(row for row in rows if row.minimum_price)

    def contribution(self, contribution_id: bytes) -> ContributionRow:
        query = reads.contributions().where(reads.contributed.c.contribution_id == contribution_id)
        return rows.contribution(self._one(query, f"contribution 0x{contribution_id.hex()}"))

    def contributions(
        self,
        *,
        collection: int | None = None,
        contributor: Address | None = None,
        edition_id: int | None = None,
        after: str | None = None,
        limit: int = 50,
    ) -> Page[ContributionRow]:
        query = reads.contributions()
        if collection is not None:
            query = query.where(reads.contributed.c.collection == collection)
        if contributor is not None:
            query = query.where(reads.contributed.c.contributor == contributor)
        if edition_id is None:
            return self._newest(query, reads.contributed, rows.contribution, after, limit)
        return self._standing_in(query, edition_id, after, limit)

    def _standing_in(
        self, query: sa.Select[Any], edition_id: int, after: str | None, limit: int
    ) -> Page[ContributionRow]:
        _require_page(limit)
        edition = self.edition(edition_id).edition
        key = reads.contributed.c.contribution_id
        query = query.where(reads.stands_in(edition.collection, edition.history_count))
        if after is not None:
            try:
                query = query.where(key > bytes.fromhex(after))
            except ValueError:
                raise _no_cursor(after) from None
        found = self._all(query.order_by(key).limit(limit + 1))
        return _page(found, limit, rows.contribution, lambda row: str(row["contribution_id"].hex()))

    def members(self, *, after: str | None = None, limit: int = 50) -> Page[MemberRow]:
        _require_page(limit)
        index = reads.member_added.c.index
        query = reads.members().order_by(index).limit(limit + 1)
        if after is not None:
            if not _INDEX.fullmatch(after):
                raise _no_cursor(after)
            query = query.where(index > int(after))
        count = len(self.collections())
        found = self._all(query)
        return _page(
            found, limit, lambda row: rows.member(row, count), lambda row: str(row["index"])
        )

    def member(self, member: Address) -> MemberRow:
        query = reads.members().where(reads.member_added.c.member == member)
        return rows.member(self._one(query, f"member {member}"), len(self.collections()))

    def edition(self, edition_id: int) -> EditionRow:
        query = reads.editions().where(reads.sealed.c.edition_id == edition_id)
        return rows.edition(self._one(query, f"edition {edition_id}"))

    def editions(
        self, *, collection: int | None = None, after: str | None = None, limit: int = 50
    ) -> Page[EditionRow]:
        query = reads.editions()
        if collection is not None:
            query = query.where(reads.sealed.c.collection == collection)
        return self._newest(query, reads.sealed, rows.edition, after, limit)

    def proposal(self, proposal_id: int) -> ProposalRow:
        query = reads.proposals().where(reads.created.c.proposal_id == str(proposal_id))
        return rows.proposal(self._one(query, f"proposal {proposal_id}"))

    def proposals(self, *, after: str | None = None, limit: int = 50) -> Page[ProposalRow]:
        return self._newest(reads.proposals(), reads.created, rows.proposal, after, limit)

    def ballots(
        self, proposal_id: int, *, after: str | None = None, limit: int = 50
    ) -> Page[VoteCast]:
        query = sa.select(reads.cast).where(reads.cast.c.proposal_id == str(proposal_id))
        return self._newest(query, reads.cast, lambda row: from_row(VoteCast, row), after, limit)

    def request(self, request_id: int) -> RequestRow:
        query = reads.requests().where(reads.requested.c.request_id == request_id)
        return rows.request(self._one(query, f"request {request_id}"))

    def requests(
        self, *, buyer: Address | None = None, after: str | None = None, limit: int = 50
    ) -> Page[RequestRow]:
        query = reads.requests()
        if buyer is not None:
            query = query.where(reads.requested.c.buyer == buyer)
        return self._newest(query, reads.requested, rows.request, after, limit)

    def licence(self, licence_id: int) -> LicenceRow:
        query = reads.licences().where(reads.issued.c.licence_id == licence_id)
        found = self._one(query, f"licence {licence_id}")
        with self._reading() as connection:
            return rows.licence(connection, found)

    def licences(
        self, *, holder: Address | None = None, after: str | None = None, limit: int = 50
    ) -> Page[LicenceRow]:
        query = reads.licences()
        if holder is not None:
            query = query.where(reads.issued.c.holder == holder)
        page = self._newest(query, reads.issued, lambda row: row, after, limit)
        with self._reading() as connection:
            return Page(tuple(rows.licence(connection, row) for row in page.rows), page.next)

    def deposits(
        self, *, edition_id: int | None = None, after: str | None = None, limit: int = 50
    ) -> Page[DepositRow]:
        query = reads.positioned(Deposited)
        if edition_id is not None:
            query = query.where(reads.deposited.c.edition_id == edition_id)
        return self._newest(query, reads.deposited, rows.deposit, after, limit)

    def claims(
        self, *, member: Address | None = None, after: str | None = None, limit: int = 50
    ) -> Page[ClaimRow]:
        query = reads.positioned(Claimed)
        if member is not None:
            query = query.where(reads.claimed.c.member == member)
        return self._newest(query, reads.claimed, rows.claim, after, limit)

    def earning_editions(self, member: Address) -> tuple[tuple[int, Address], ...]:
        found = self._all(reads.earnings(member))
        return tuple((row["edition_id"], Address(row["asset"])) for row in found)

    # --- inside -----------------------------------------------------------------------------

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
        _require_page(limit)
        found = self._all(reads.newest_first(query, table, _place(after), limit + 1))
        return _page(found, limit, make, _cursor)
