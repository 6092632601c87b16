"""Tables of a keeper's custody, and how its values become rows and come back."""

from __future__ import annotations

import json
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import sqlite
from sqlalchemy.dialects.sqlite import insert

from dao_backend.core.model import Receipt
from dao_backend.core.records import record_from_json
from dao_backend.core.typed import message_json, record_hash
from dao_backend.core.typed_keepers import Cause, Erasure
from dao_backend.ports.keepers import BundleEntry, SealedShare, StoredShare, Tombstone

metadata = sa.MetaData()
VERSION = 3
"""Of the tables in this module: another number refuses the files of before."""

shares = sa.Table(
    "shares",
    metadata,
    sa.Column("contribution_id", sa.LargeBinary, primary_key=True),
    sa.Column("record", sa.Text, nullable=False),
    sa.Column("record_hash", sa.LargeBinary, nullable=False),
    sa.Column("commitments", sa.LargeBinary, nullable=False),
    sa.Column("sealed_share", sa.LargeBinary, nullable=False),
    sa.Column("receipt", sa.LargeBinary, nullable=False),
    sa.Column("sealed_to", sa.LargeBinary, nullable=False),
)

unregistered = sa.Table(
    "unregistered",
    metadata,
    sa.Column(
        "contribution_id",
        sa.ForeignKey(shares.c.contribution_id, ondelete="CASCADE"),
        primary_key=True,
    ),
    sa.Column("contributor", sa.Text, nullable=False, index=True),
    sa.Column("taken_at", sa.Integer, nullable=False, index=True),
)
"""Shares that were taken in before they were registered, until they are."""

tombstones = sa.Table(
    "tombstones",
    metadata,
    sa.Column("contribution_id", sa.LargeBinary, primary_key=True),
    sa.Column("index", sa.Integer, nullable=False),
    sa.Column("cause", sa.Integer, nullable=False),
    sa.Column("erased_at", sa.Integer, nullable=False),
    sa.Column("signature", sa.LargeBinary, nullable=False),
    sa.Column("commitments", sa.LargeBinary, nullable=False),
)

bundles = sa.Table(
    "bundles",
    metadata,
    sa.Column("licence_id", sa.Integer, primary_key=True),
    sa.Column("cid", sa.Text, nullable=False),
    sa.Column("length", sa.Integer, nullable=False),
    sa.Column("index", sa.Integer, nullable=False),
    sa.Column("bundle_digest", sa.LargeBinary, nullable=False),
    sa.Column("count", sa.Integer, nullable=False),
    sa.Column("edition_root", sa.LargeBinary, nullable=False),
    sa.Column("release_key_hash", sa.LargeBinary, nullable=False),
    sa.Column("signature", sa.LargeBinary, nullable=False),
    sa.Column("posted_in", sa.LargeBinary),
)

approvals = sa.Table(
    "approvals",
    metadata,
    sa.Column("epoch", sa.Integer, primary_key=True),
    sa.Column("operator", sa.Text, nullable=False),
    sa.Column("sealing_key", sa.LargeBinary, nullable=False),
)
"""The successors that the operator was shown and agreed to."""

forgone = sa.Table(
    "forgone",
    metadata,
    sa.Column("contribution_id", sa.LargeBinary, primary_key=True),
)
"""What the operator goes on without, until it is held."""

counts = sa.Table(
    "counts",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("rows", sa.Integer, nullable=False),
)
"""How many rows there are, kept by triggers: strangers ask, and SQLite counts row by row."""
_STEPS = {"INSERT": "+ 1", "DELETE": "- 1"}


@sa.event.listens_for(metadata, "after_create")
def _keep_counts(_metadata: sa.MetaData, connection: sa.Connection, **_options: object) -> None:
    for table in (shares, unregistered, bundles, forgone):
        connection.execute(insert(counts).values(name=table.name, rows=0).on_conflict_do_nothing())
        for change, step in _STEPS.items():
            connection.exec_driver_sql(
                f"CREATE TRIGGER IF NOT EXISTS {table.name}_{change.lower()} AFTER {change} "  # noqa: S608  # our own names
                f"ON {table.name} BEGIN "
                f"UPDATE counts SET rows = rows {step} WHERE name = '{table.name}'; END"
            )


_COMMITMENT = 32


_SEALED = str(
    sa.select(shares.c.contribution_id, *(shares.c[each] for each in SealedShare._fields)).compile(
        dialect=sqlite.dialect()
    )
)


def sealed_query(count: int) -> str:
    """For the driver itself, which takes the ids as they are.

    A bundle reads a million rows, and preparing each value costs as much as the reading.
    """
    return f"{_SEALED} WHERE contribution_id IN ({', '.join('?' * count)})"


def share_row(share: StoredShare) -> dict[str, Any]:
    """A row of `shares`."""
    return {
        "contribution_id": share.record.contribution_id,
        "record": json.dumps(message_json(share.record)),
        "record_hash": record_hash(share.record),
        "commitments": b"".join(share.commitments),
        "sealed_share": share.sealed_share,
        "receipt": share.receipt,
        "sealed_to": share.sealed_to,
    }


def share_of(row: sa.RowMapping) -> StoredShare:
    """Undo `share_row`."""
    return StoredShare(
        record=record_from_json(json.loads(row["record"])),
        commitments=split(row["commitments"]),
        sealed_share=row["sealed_share"],
        receipt=row["receipt"],
        sealed_to=row["sealed_to"],
    )


def split(joined: bytes) -> tuple[bytes, ...]:
    """The commitments that stand one after another in a row."""
    return tuple(joined[at : at + _COMMITMENT] for at in range(0, len(joined), _COMMITMENT))


def tombstone_row(tombstone: Tombstone) -> dict[str, Any]:
    """A row of `tombstones`."""
    erasure = tombstone.erasure
    return {
        "contribution_id": erasure.contribution_id,
        "index": erasure.index,
        "cause": int(erasure.cause),
        "erased_at": erasure.erased_at,
        "signature": tombstone.signature,
    }


def tombstone_of(row: sa.RowMapping) -> Tombstone:
    """Undo `tombstone_row`."""
    erasure = Erasure(row["contribution_id"], row["index"], Cause(row["cause"]), row["erased_at"])
    return Tombstone(erasure, row["signature"])


def bundle_row(entry: BundleEntry) -> dict[str, Any]:
    """A row of `bundles`."""
    receipt = entry.receipt
    return {
        "licence_id": entry.licence_id,
        "cid": entry.cid,
        "length": entry.length,
        "index": receipt.index,
        "bundle_digest": receipt.bundle_digest,
        "count": receipt.count,
        "edition_root": receipt.edition_root,
        "release_key_hash": receipt.release_key_hash,
        "signature": entry.signature,
        "posted_in": entry.posted_in,
    }


def bundle_of(row: sa.RowMapping) -> BundleEntry:
    """Undo `bundle_row`."""
    receipt = Receipt(
        licence_id=row["licence_id"],
        index=row["index"],
        bundle_digest=row["bundle_digest"],
        bundle_length=row["length"],
        count=row["count"],
        edition_root=row["edition_root"],
        release_key_hash=row["release_key_hash"],
    )
    return BundleEntry(
        row["licence_id"], row["cid"], row["length"], receipt, row["signature"], row["posted_in"]
    )
