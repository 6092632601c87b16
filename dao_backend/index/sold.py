"""Requests and licences: their selects, and the rows that come of them."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from dao_backend.core import events as e
from dao_backend.core.bargains import under
from dao_backend.core.model import Licence, LicenceStatus, Receipt, RequestStatus
from dao_backend.core.packing import keccak256
from dao_backend.index.reads import exists, log_of, requested
from dao_backend.index.schema import TABLES, from_row, logs
from dao_backend.ports.happenings import AnnouncedKey, CounterRow
from dao_backend.ports.index import LicenceRow, RequestRow

Select = sa.Select[Any]
Row = sa.RowMapping

issued = TABLES[e.LicenceIssued]
opened = TABLES[e.DeliveryOpened]
granted = TABLES[e.Granted]
countered = TABLES[e.CounterOffered]
accepted = TABLES[e.CounterAccepted]
taken = TABLES[e.OfferAccepted]


def requests() -> Select:
    """Requests with their status and what they were granted on."""
    number = requested.c.request_id
    status = sa.case(
        (exists(e.Refunded, "request_id", number), RequestStatus.REFUNDED),
        (exists(e.Settled, "request_id", number), RequestStatus.SETTLED),
        (exists(e.Cancelled, "request_id", number), RequestStatus.CANCELLED),
        (granted.c.request_id.is_not(None), RequestStatus.GRANTED),
        (exists(e.CounterOffered, "request_id", number), RequestStatus.COUNTERED),
        else_=RequestStatus.PENDING,
    )
    return (
        sa.select(
            requested,
            logs.c.timestamp,
            granted.c.edition_id,
            taken.c.offer_id,
            opened.c.deliver_by.label("delivery_due"),
            sa.type_coerce(status, sa.Integer).label("status"),
        )
        .join(logs, log_of(requested))
        .outerjoin(granted, granted.c.request_id == number)
        .outerjoin(taken, taken.c.request_id == number)
        .outerjoin(opened, opened.c.licence_id == number)
    )


def licences() -> Select:
    """Licences with status, deadline and time of issue."""
    return (
        sa.select(
            issued,
            logs.c.timestamp,
            opened.c.deliver_by,
            opened.c.epoch,
            sa.type_coerce(_licence_status(), sa.Integer).label("status"),
            (_newest(e.LicenceLapsed) > _newest(e.LicenceRestored)).label("lapsed"),
        )
        .join(logs, log_of(issued))
        .outerjoin(opened, opened.c.licence_id == issued.c.licence_id)
    )


def request(connection: sa.Connection, row: Row) -> RequestRow:
    """The request under the terms that hold now."""
    fact = from_row(e.Requested, row)
    answer = _answer(connection, fact.request_id)
    agreed = answer is not None and answer.accepted_at is not None
    return RequestRow(
        request_id=fact.request_id,
        buyer=fact.buyer,
        terms=under(answer.terms, fact.terms) if answer and agreed else fact.terms,
        proposal_id=fact.proposal_id,
        execute_by=fact.execute_by,
        deliver_by=row["delivery_due"] or fact.deliver_by,
        filed_at=row["timestamp"],
        status=RequestStatus(row["status"]),
        edition_id=row["edition_id"],
        counter=answer,
        offer_id=row["offer_id"],
    )


def licence(connection: sa.Connection, row: Row) -> LicenceRow:
    """The licence with its receipts; edition root and key hash are those the contract compared."""
    fact = from_row(e.LicenceIssued, row)
    key = _release_key(connection, fact)
    receipts = _receipts(connection, fact, key)
    return LicenceRow(
        licence=Licence(
            licence_id=fact.licence_id,
            holder=fact.holder,
            collection=fact.collection,
            edition_id=fact.edition_id,
            purposes=fact.purposes,
            issued_at=row["timestamp"],
            expiry=fact.expiry,
            royalty_bps=fact.royalty_bps,
            terms_hash=fact.terms_hash,
            release_key=key,
            status=LicenceStatus(row["status"]),
            lapsed=bool(row["lapsed"]),
        ),
        receipts=receipts,
        deliver_by=row["deliver_by"],
        delivered=len(receipts) >= _threshold(connection, row["epoch"]),
        announced=_announced(connection, fact.licence_id),
    )


def _licence_status() -> sa.ColumnElement[int]:
    return sa.case(
        (exists(e.LicenceRevoked, "licence_id", issued.c.licence_id), LicenceStatus.REVOKED),
        (_newest(e.LicenceSuspended) > _newest(e.LicenceReinstated), LicenceStatus.SUSPENDED),
        else_=LicenceStatus.ACTIVE,
    )


def _newest(kind: type[Any]) -> sa.ScalarSelect[Any]:
    """Where the newest fact of that kind about the licence stands, -1 where there is none."""
    table = TABLES[kind]
    place = sa.func.max(table.c.block * 1_000_000 + table.c.log_index)
    return (
        sa.select(sa.func.coalesce(place, -1))
        .where(table.c.licence_id == issued.c.licence_id)
        .correlate(issued)
        .scalar_subquery()
    )


def _answer(connection: sa.Connection, request_id: int) -> CounterRow | None:
    when = sa.alias(logs, "accepted_log")
    query = (
        sa.select(countered, logs.c.timestamp, when.c.timestamp.label("accepted_at"))
        .join(logs, log_of(countered))
        .outerjoin(accepted, accepted.c.request_id == countered.c.request_id)
        .outerjoin(
            when,
            sa.and_(when.c.block == accepted.c.block, when.c.log_index == accepted.c.log_index),
        )
        .where(countered.c.request_id == request_id)
    )
    row = connection.execute(query).mappings().first()
    if row is None:
        return None
    fact = from_row(e.CounterOffered, row)
    return CounterRow(fact.terms, fact.accept_by, row["timestamp"], row["accepted_at"])


def _release_key(connection: sa.Connection, fact: e.LicenceIssued) -> bytes:
    rotated = TABLES[e.ReleaseKeyRotated]
    query = (
        sa.select(rotated.c.release_key)
        .where(rotated.c.licence_id == fact.licence_id)
        .order_by(rotated.c.block.desc(), rotated.c.log_index.desc())
        .limit(1)
    )
    return bytes(connection.scalar(query) or fact.release_key)


def _announced(connection: sa.Connection, licence_id: int) -> AnnouncedKey | None:
    """The newest announcement, unless it was applied since; the zero key takes one back."""
    table, rotated = TABLES[e.ReleaseKeyAnnounced], TABLES[e.ReleaseKeyRotated]
    later = sa.tuple_(rotated.c.block, rotated.c.log_index) > sa.tuple_(
        table.c.block, table.c.log_index
    )
    applied = sa.exists().where(rotated.c.licence_id == licence_id).where(later)
    query = (
        sa.select(table, applied.label("applied"))
        .where(table.c.licence_id == licence_id)
        .order_by(table.c.block.desc(), table.c.log_index.desc())
    )
    row = connection.execute(query).mappings().first()
    if row is None or row["applied"] or not any(row["release_key"]):
        return None
    return AnnouncedKey(row["release_key"], row["earliest"])


def _receipts(
    connection: sa.Connection, fact: e.LicenceIssued, release_key: bytes
) -> tuple[Receipt, ...]:
    posted, attested = TABLES[e.ReceiptPosted], TABLES[e.EditionAttested]
    root = connection.scalars(
        sa.select(attested.c.root).where(attested.c.edition_id == fact.edition_id)
    ).first()
    found = connection.execute(
        sa.select(posted).where(posted.c.licence_id == fact.licence_id).order_by(posted.c.index)
    ).mappings()
    return tuple(
        Receipt(
            licence_id=fact.licence_id,
            index=row["index"],
            bundle_digest=row["bundle_digest"],
            bundle_length=row["bundle_length"],
            count=row["count"],
            edition_root=bytes(root or b""),
            release_key_hash=keccak256(release_key),
        )
        for row in found
    )


def _threshold(connection: sa.Connection, epoch: int) -> int:
    table = TABLES[e.CommitteeFormed]
    return int(connection.scalar(sa.select(table.c.threshold).where(table.c.epoch == epoch)) or 1)
