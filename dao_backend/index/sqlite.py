"""The Index port on one SQLite file."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from dao_backend.core.events import (
    Claimed,
    CollectionCreated,
    LogEvent,
    VoteCast,
)
from dao_backend.core.model import Address, Collection
from dao_backend.database import database_errors
from dao_backend.index import reads, rows, sold, writer
from dao_backend.index.committees import SqliteCommittees
from dao_backend.index.happenings import SqliteHappenings
from dao_backend.index.paging import no_cursor, page_of, place_of, require_page
from dao_backend.index.schema import TABLES, blocks, from_row, logs
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

_INDEX = re.compile(r"[0-9]{1,18}")


class SqliteIndex(SqliteHappenings, SqliteCommittees):
    """See `ports.index.Index`. One writer at a time; any number of readers beside it."""

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
        require_page(limit)
        query = sa.select(logs).order_by(logs.c.block, logs.c.log_index).limit(limit + 1)
        place = place_of(after)
        if place is not None:
            here = sa.tuple_(logs.c.block, logs.c.log_index)
            query = query.where(here > sa.tuple_(*(sa.literal(value) for value in place)))
        with self._reading() as connection:
            found = connection.execute(query).mappings().all()
            facts = rows.facts(connection, found)
        return page_of(found, limit, lambda row: rows.event(row, facts))

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
        require_page(limit)
        edition = self.edition(edition_id).edition
        key = reads.contributed.c.contribution_id
        query = query.where(reads.stands_in(edition.collection, edition.history_count))
        if after is not None:
            try:
                query = query.where(key > bytes.fromhex(after))
            except ValueError:
                raise no_cursor(after) from None
        found = self._all(query.order_by(key).limit(limit + 1))
        return page_of(
            found, limit, rows.contribution, lambda row: str(row["contribution_id"].hex())
        )

    def members(self, *, after: str | None = None, limit: int = 50) -> Page[MemberRow]:
        require_page(limit)
        index = reads.member_added.c.index
        query = reads.members().order_by(index).limit(limit + 1)
        if after is not None:
            if not _INDEX.fullmatch(after):
                raise no_cursor(after)
            query = query.where(index > int(after))
        count = len(self.collections())
        found = self._all(query)
        return page_of(
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
        query = reads.proposals().where(reads.created.c.proposal_id == proposal_id)
        return rows.proposal(self._one(query, f"proposal {proposal_id}"))

    def proposals(self, *, after: str | None = None, limit: int = 50) -> Page[ProposalRow]:
        return self._newest(reads.proposals(), reads.created, rows.proposal, after, limit)

    def ballots(
        self, proposal_id: int, *, after: str | None = None, limit: int = 50
    ) -> Page[VoteCast]:
        query = sa.select(reads.cast).where(reads.cast.c.proposal_id == proposal_id)
        return self._newest(query, reads.cast, lambda row: from_row(VoteCast, row), after, limit)

    def request(self, request_id: int) -> RequestRow:
        query = sold.requests().where(reads.requested.c.request_id == request_id)
        found = self._one(query, f"request {request_id}")
        with self._reading() as connection:
            return sold.request(connection, found)

    def requests(
        self, *, buyer: Address | None = None, after: str | None = None, limit: int = 50
    ) -> Page[RequestRow]:
        query = sold.requests()
        if buyer is not None:
            query = query.where(reads.requested.c.buyer == buyer)
        page = self._newest(query, reads.requested, lambda row: row, after, limit)
        with self._reading() as connection:
            return Page(tuple(sold.request(connection, row) for row in page.rows), page.next)

    def licence(self, licence_id: int) -> LicenceRow:
        query = sold.licences().where(sold.issued.c.licence_id == licence_id)
        found = self._one(query, f"licence {licence_id}")
        with self._reading() as connection:
            return sold.licence(connection, found)

    def licences(
        self, *, holder: Address | None = None, after: str | None = None, limit: int = 50
    ) -> Page[LicenceRow]:
        query = sold.licences()
        if holder is not None:
            query = query.where(sold.issued.c.holder == holder)
        page = self._newest(query, sold.issued, lambda row: row, after, limit)
        with self._reading() as connection:
            return Page(tuple(sold.licence(connection, row) for row in page.rows), page.next)

    def deposits(
        self, *, edition_id: int | None = None, after: str | None = None, limit: int = 50
    ) -> Page[DepositRow]:
        query = reads.deposits()
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
