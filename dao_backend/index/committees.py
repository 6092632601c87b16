"""The Committees part of the Index port on one SQLite file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from dao_backend.core import events as e
from dao_backend.core.model import Keeper
from dao_backend.index.paging import Row, SqlitePages
from dao_backend.index.reads import contributed, contributions, exists, log_of, sealed, stands_in
from dao_backend.index.schema import TABLES, from_row, logs
from dao_backend.ports.committees import CommitteeRow, Hold

formed = TABLES[e.CommitteeFormed]
joined = TABLES[e.KeeperJoined]
serving = TABLES[e.EpochServing]
confirmed = TABLES[e.HandoverConfirmed]
opened = TABLES[e.DeliveryOpened]
posted = TABLES[e.ReceiptPosted]

Counts = Mapping[tuple[int, int], int]
"""Receipts by epoch and index."""


class SqliteCommittees(SqlitePages):
    """See `ports.committees.Committees`."""

    def committees(self) -> tuple[CommitteeRow, ...]:
        with self._reading() as connection:
            deliveries = {row["epoch"]: row["count"] for row in _rows(connection, _deliveries())}
            receipts = {
                (row["epoch"], row["index"]): row["count"] for row in _rows(connection, _receipts())
            }
            return tuple(
                _committee(connection, row, deliveries.get(row["epoch"], 0), receipts)
                for row in _rows(connection, _formed())
            )

    def hold(self, contribution_id: bytes, now: int) -> Hold | None:
        query = contributions().where(contributed.c.contribution_id == contribution_id)
        found = self._one(query, f"contribution 0x{contribution_id.hex()}")
        edition = self._all(_newest_edition(found))
        licence = self._all(_awaiting(contribution_id, now))
        hold = Hold(
            edition[0]["edition_id"] if edition and edition[0]["holds"] else None,
            licence[0]["licence_id"] if licence else None,
        )
        return None if hold == Hold(None, None) else hold


def _rows(connection: sa.Connection, query: sa.Select[Any]) -> list[Row]:
    return list(connection.execute(query).mappings())


def _formed() -> sa.Select[Any]:
    """Committees, newest first, with the time at which each began to serve."""
    begun = sa.alias(logs, "begun")
    at = sa.and_(begun.c.block == serving.c.block, begun.c.log_index == serving.c.log_index)
    return (
        sa.select(formed, logs.c.timestamp, begun.c.timestamp.label("serving_since"))
        .join(logs, log_of(formed))
        .outerjoin(serving, serving.c.epoch == formed.c.epoch)
        .outerjoin(begun, at)
        .order_by(formed.c.epoch.desc())
    )


def _deliveries() -> sa.Select[Any]:
    count = sa.func.count().label("count")
    return sa.select(opened.c.epoch, count).group_by(opened.c.epoch)


def _receipts() -> sa.Select[Any]:
    count = sa.func.count().label("count")
    return (
        sa.select(opened.c.epoch, posted.c.index, count)
        .join(posted, posted.c.licence_id == opened.c.licence_id)
        .group_by(opened.c.epoch, posted.c.index)
    )


def _committee(
    connection: sa.Connection, row: Row, deliveries: int, receipts: Counts
) -> CommitteeRow:
    epoch = row["epoch"]
    seats = sa.select(joined).where(joined.c.epoch == epoch).order_by(joined.c.index)
    said = sa.select(confirmed.c.index).where(confirmed.c.epoch == epoch)
    facts = [from_row(e.KeeperJoined, seat) for seat in _rows(connection, seats)]
    return CommitteeRow(
        epoch=epoch,
        threshold=row["threshold"],
        keepers=tuple(
            Keeper(fact.index, fact.operator, fact.sealing_key, fact.endpoint) for fact in facts
        ),
        formed_at=row["timestamp"],
        serving_since=row["serving_since"],
        confirmed=frozenset(connection.scalars(said)),
        deliveries=deliveries,
        receipts=tuple(receipts.get((epoch, fact.index), 0) for fact in facts),
    )


def _newest_edition(found: Row) -> sa.Select[Any]:
    """The newest edition of a withdrawn contribution's collection, and whether it stands in it."""
    holds = sealed.c.history_count.between(found["history"], found["withdrawn_at"] - 1)
    return (
        sa.select(sealed.c.edition_id, holds.label("holds"))
        .where(sealed.c.collection == found["collection"])
        .order_by(sealed.c.edition_id.desc())
        .limit(1)
    )


def _awaiting(contribution_id: bytes, now: int) -> sa.Select[Any]:
    """Licences with the contribution in their edition that some keeper has no receipt for."""
    number = opened.c.licence_id
    receipts = sa.select(sa.func.count()).where(posted.c.licence_id == number)
    keepers = sa.select(sa.func.count()).where(joined.c.epoch == opened.c.epoch)
    standing = contributions().where(contributed.c.contribution_id == contribution_id)
    return (
        sa.select(number)
        .join(sealed, sealed.c.edition_id == opened.c.edition_id)
        .where(standing.where(stands_in(sealed.c.collection, sealed.c.history_count)).exists())
        .where(opened.c.deliver_by >= now)
        .where(receipts.scalar_subquery() < keepers.scalar_subquery())
        .where(~exists(e.Refunded, "request_id", number))
        .where(~exists(e.Cancelled, "request_id", number))
        .order_by(number)
        .limit(1)
    )
