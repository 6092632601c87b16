"""The Custody port on one SQLite file; every call that returns has been synced to disk."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import insert

from dao_backend.core.model import Receipt
from dao_backend.core.records import record_from_json
from dao_backend.core.typed import message_json
from dao_backend.database import database_errors, open_database
from dao_backend.errors import NotFound, RecordMismatch
from dao_backend.ports.keepers import BundleEntry, StoredShare

metadata = sa.MetaData()

shares = sa.Table(
    "shares",
    metadata,
    sa.Column("contribution_id", sa.LargeBinary, primary_key=True),
    sa.Column("record", sa.Text, nullable=False),
    sa.Column("commitments", sa.LargeBinary, nullable=False),
    sa.Column("sealed_share", sa.LargeBinary, nullable=False),
    sa.Column("receipt", sa.LargeBinary, nullable=False),
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
    sa.Column("posted_in", sa.LargeBinary),
)

_COMMITMENT = 32
_LARGEST = 2**63 - 1
"""The widest integer that SQLite compares."""


class SqliteCustody:
    """See `ports.keepers.Custody`."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._engine = open_database(path, metadata)

    def close(self) -> None:
        """Give the file back."""
        self._engine.dispose()

    def add(self, share: StoredShare) -> None:
        row = _share_row(share)
        with self._writing() as connection:
            connection.execute(insert(shares).values(row).on_conflict_do_nothing())
            here = shares.c.contribution_id == share.record.contribution_id
            kept = connection.execute(sa.select(shares).where(here)).mappings().one()
            if _share(kept).record != share.record:
                name = share.record.contribution_id.hex()
                raise RecordMismatch(f"another record was taken in for contribution 0x{name}")

    def get(self, contribution_id: bytes) -> StoredShare:
        query = sa.select(shares).where(shares.c.contribution_id == contribution_id)
        with self._writing() as connection:
            found = connection.execute(query).mappings().first()
        if found is None:
            raise NotFound(f"no share of contribution 0x{contribution_id.hex()} is held here")
        return _share(found)

    def delete(self, contribution_id: bytes) -> None:
        with self._writing() as connection:
            connection.execute(shares.delete().where(shares.c.contribution_id == contribution_id))

    def log_bundle(self, entry: BundleEntry) -> None:
        with self._writing() as connection:
            added = connection.execute(
                insert(bundles).values(_bundle_row(entry)).on_conflict_do_nothing()
            )
            if added.rowcount == 0:
                raise RecordMismatch(f"a bundle for licence {entry.licence_id} was made before")

    def drop_bundle(self, licence_id: int) -> None:
        with self._writing() as connection:
            connection.execute(bundles.delete().where(bundles.c.licence_id == licence_id))

    def log_posted(self, licence_id: int, transaction: bytes) -> None:
        here = bundles.c.licence_id == licence_id
        with self._writing() as connection:
            connection.execute(bundles.update().where(here).values(posted_in=transaction))

    def bundle(self, licence_id: int) -> BundleEntry | None:
        if licence_id > _LARGEST:
            return None
        query = sa.select(bundles).where(bundles.c.licence_id == licence_id)
        with self._writing() as connection:
            found = connection.execute(query).mappings().first()
        return None if found is None else _bundle(found)

    @contextmanager
    def _writing(self) -> Iterator[sa.Connection]:
        with database_errors(self._path), self._engine.begin() as connection:
            yield connection


def _share_row(share: StoredShare) -> dict[str, Any]:
    return {
        "contribution_id": share.record.contribution_id,
        "record": json.dumps(message_json(share.record)),
        "commitments": b"".join(share.commitments),
        "sealed_share": share.sealed_share,
        "receipt": share.receipt,
    }


def _share(row: sa.RowMapping) -> StoredShare:
    joined = row["commitments"]
    return StoredShare(
        record=record_from_json(json.loads(row["record"])),
        commitments=tuple(
            joined[at : at + _COMMITMENT] for at in range(0, len(joined), _COMMITMENT)
        ),
        sealed_share=row["sealed_share"],
        receipt=row["receipt"],
    )


def _bundle_row(entry: BundleEntry) -> dict[str, Any]:
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
        "posted_in": entry.posted_in,
    }


def _bundle(row: sa.RowMapping) -> BundleEntry:
    receipt = Receipt(
        licence_id=row["licence_id"],
        index=row["index"],
        bundle_digest=row["bundle_digest"],
        bundle_length=row["length"],
        count=row["count"],
        edition_root=row["edition_root"],
        release_key_hash=row["release_key_hash"],
    )
    return BundleEntry(row["licence_id"], row["cid"], row["length"], receipt, row["posted_in"])
