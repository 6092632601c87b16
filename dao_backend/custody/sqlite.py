"""The Custody port on one SQLite file; every call that returns has been synced to disk."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import insert

from dao_backend.core.model import Address, Keeper
from dao_backend.custody import changes
from dao_backend.custody.tables import (
    VERSION,
    approvals,
    bundle_of,
    bundle_row,
    bundles,
    counts,
    forgone,
    metadata,
    sealed_query,
    share_of,
    shares,
    split,
    tombstones,
    unregistered,
)
from dao_backend.database import database_errors, open_database
from dao_backend.errors import InputError, NotFound, RecordMismatch
from dao_backend.ports.keepers import BundleEntry, SealedShare, StoredShare, Tombstone

MOST_IDS = 1_000
"""How many contributions may be asked for at once."""
T = TypeVar("T")
_LARGEST = 2**63 - 1
"""The widest integer that SQLite compares."""


class SqliteCustody:
    """See `ports.custody.Custody`."""

    def __init__(self, path: Path) -> None:
        self._path = path
        _keep_private(path)
        self._engine = open_database(path, metadata, VERSION)
        self._log_is_stale = True
        """Whether erased shares may still stand in the write-ahead log."""
        self._forget_log()  # whoever was here before may have been killed between the two

    def close(self) -> None:
        """Give the file back."""
        self._engine.dispose()

    # --- shares -----------------------------------------------------------------------------

    def add(self, share: StoredShare) -> None:
        self.add_all([share])

    def add_all(self, shares: Sequence[StoredShare]) -> None:
        with self._writing() as connection:
            for start in range(0, len(shares), MOST_IDS):
                changes.add(connection, shares[start : start + MOST_IDS])

    def take_in(self, share: StoredShare, taken_at: int) -> None:
        row = {
            "contribution_id": share.record.contribution_id,
            "contributor": share.record.contributor,
            "taken_at": taken_at,
        }
        with self._writing() as connection:
            changes.add(connection, [share])
            connection.execute(insert(unregistered).values(row).on_conflict_do_nothing())

    def get(self, contribution_id: bytes) -> StoredShare:
        found = self.get_all([contribution_id])
        if not found:
            raise NotFound(f"no share of contribution 0x{contribution_id.hex()} is held here")
        return found[contribution_id]

    def get_all(self, ids: Sequence[bytes]) -> dict[bytes, StoredShare]:
        _require_few(ids)
        query = sa.select(shares).where(shares.c.contribution_id.in_(ids))
        with self._reading() as connection:
            rows = connection.execute(query).mappings().all()
        return {row["contribution_id"]: share_of(row) for row in rows}

    def sealed_to(self, ids: Sequence[bytes]) -> dict[bytes, bytes]:
        _require_few(ids)
        own = shares.c
        query = sa.select(own.contribution_id, own.sealed_to).where(own.contribution_id.in_(ids))
        with self._reading() as connection:
            return {row.contribution_id: row.sealed_to for row in connection.execute(query)}

    def commitments(self, ids: Sequence[bytes]) -> dict[bytes, tuple[bytes, ...]]:
        _require_few(ids)
        found: dict[bytes, tuple[bytes, ...]] = {}
        with self._reading() as connection:
            for table in (tombstones, shares):
                own = table.c
                query = sa.select(own.contribution_id, own.commitments).where(
                    own.contribution_id.in_(ids), own.commitments != b""
                )
                found |= {named: split(joined) for named, joined in connection.execute(query)}
        return found

    def sealed(self, ids: Sequence[bytes]) -> dict[bytes, SealedShare]:
        _require_few(ids)
        with self._reading() as connection:
            rows = connection.exec_driver_sql(sealed_query(len(ids)), tuple(ids)).all()
        return {row[0]: SealedShare._make(row[1:]) for row in rows}

    def sealing_keys(self) -> dict[bytes, int]:
        query = sa.select(shares.c.sealed_to, sa.func.count()).group_by(shares.c.sealed_to)
        with self._reading() as connection:
            return {row[0]: row[1] for row in connection.execute(query)}

    def reseal(self, shares: Sequence[StoredShare]) -> None:
        with self._writing() as connection:
            for share in shares:
                changes.reseal(connection, share)

    def count(self) -> int:
        return self._size(shares)

    def ids(self, after: bytes = b"", limit: int = MOST_IDS) -> tuple[bytes, ...]:
        own = shares.c.contribution_id
        return self._column(sa.select(own).where(own > after).order_by(own).limit(limit))

    # --- not registered yet -----------------------------------------------------------------

    def unregistered(self, until: int, limit: int = MOST_IDS) -> tuple[bytes, ...]:
        own = unregistered.c
        oldest = sa.select(own.contribution_id).where(own.taken_at <= until)
        return self._column(oldest.order_by(own.taken_at, own.contribution_id).limit(limit))

    def unregistered_of(self, contributor: Address) -> int:
        return self._count(unregistered, unregistered.c.contributor == contributor)

    def unregistered_count(self) -> int:
        return self._size(unregistered)

    def waiting(self, ids: Sequence[bytes]) -> dict[bytes, bytes]:
        _require_few(ids)
        own = shares.c
        query = sa.select(own.contribution_id, own.record_hash).join(unregistered)
        with self._reading() as connection:
            rows = connection.execute(query.where(unregistered.c.contribution_id.in_(ids)))
            return {row.contribution_id: row.record_hash for row in rows}

    def registered(self, ids: Sequence[bytes]) -> None:
        _require_few(ids)
        here = unregistered.c.contribution_id.in_(ids)
        if self._count(unregistered, here):
            with self._writing() as connection:
                connection.execute(unregistered.delete().where(here))

    def discard(self, ids: Sequence[bytes]) -> None:
        _require_few(ids)
        own, waiting = shares.c.contribution_id, sa.select(unregistered.c.contribution_id)
        self._log_is_stale = True
        with self._writing() as connection:
            connection.execute(shares.delete().where(own.in_(ids), own.in_(waiting)))

    # --- erased -----------------------------------------------------------------------------

    def erase(self, tombstones: Sequence[Tombstone]) -> None:
        self._log_is_stale = True
        with self._writing() as connection:
            for start in range(0, len(tombstones), MOST_IDS):
                changes.erase(connection, tombstones[start : start + MOST_IDS])

    def tombstone(self, contribution_id: bytes) -> Tombstone | None:
        with self._reading() as connection:
            return changes.tombstone(connection, contribution_id)

    # --- bundles ----------------------------------------------------------------------------

    def log_bundle(self, entry: BundleEntry) -> None:
        with self._writing() as connection:
            added = connection.execute(
                insert(bundles).values(bundle_row(entry)).on_conflict_do_nothing()
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
        with self._reading() as connection:
            found = connection.execute(query).mappings().first()
        return None if found is None else bundle_of(found)

    def bundle_cids(self) -> frozenset[str]:
        return frozenset(self._column(sa.select(bundles.c.cid)))

    def bundle_count(self) -> int:
        return self._size(bundles)

    # --- handover ---------------------------------------------------------------------------

    def approve_handover(self, epoch: int, successor: Keeper) -> None:
        seat = {"operator": successor.operator, "sealing_key": successor.sealing_key}
        agreed = insert(approvals).values(epoch=epoch, **seat)
        with self._writing() as connection:
            connection.execute(agreed.on_conflict_do_update(set_=seat))

    def handover_approved(self, epoch: int, successor: Keeper) -> bool:
        own = approvals.c
        seat = (own.operator == successor.operator, own.sealing_key == successor.sealing_key)
        return self._count(approvals, own.epoch == epoch, *seat) > 0

    # --- forgone ----------------------------------------------------------------------------

    def forgo(self, ids: Sequence[bytes]) -> None:
        _require_few(ids)
        if ids:
            with self._writing() as connection:
                changes.forgo(connection, ids)

    def forgone(self, ids: Sequence[bytes]) -> frozenset[bytes]:
        _require_few(ids)
        own = forgone.c.contribution_id
        return frozenset(self._column(sa.select(own).where(own.in_(ids))))

    def all_forgone(self, limit: int = MOST_IDS) -> tuple[bytes, ...]:
        own = forgone.c.contribution_id
        return self._column(sa.select(own).order_by(own).limit(limit))

    def forgone_count(self) -> int:
        return self._size(forgone)

    # --- inside -----------------------------------------------------------------------------

    def _column(self, query: sa.Select[tuple[T]]) -> tuple[T, ...]:
        with self._reading() as connection:
            return tuple(connection.scalars(query))

    def _size(self, table: sa.Table) -> int:
        """How many rows the table has, without going through them."""
        kept = sa.select(counts.c.rows).where(counts.c.name == table.name)
        with self._reading() as connection:
            return int(connection.execute(kept).scalar_one())

    def _count(self, table: sa.Table, *which: sa.ColumnElement[bool]) -> int:
        counted = sa.select(sa.func.count()).select_from(table).where(*which)
        with self._reading() as connection:
            return int(connection.execute(counted).scalar_one())

    @contextmanager
    def _writing(self) -> Iterator[sa.Connection]:
        with database_errors(self._path), self._engine.begin() as connection:
            yield connection
        if self._log_is_stale:
            self._forget_log()

    def _forget_log(self) -> None:
        """Empty the write-ahead log: what was overwritten in the file may still stand in it.

        Somebody who reads, such as a backup, can keep it from that; the next write tries again.
        """
        with database_errors(self._path), self._engine.connect() as connection:
            blocked, *_ = connection.execute(sa.text("PRAGMA wal_checkpoint(TRUNCATE)")).one()
        self._log_is_stale = bool(blocked)

    @contextmanager
    def _reading(self) -> Iterator[sa.Connection]:
        with database_errors(self._path), self._engine.connect() as connection:
            yield connection


def _keep_private(path: Path) -> None:
    """Let nobody else read the file; SQLite gives those beside it the same permissions."""
    with database_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        allowed = path.stat().st_mode
        if allowed & 0o077:
            path.chmod(allowed & 0o700)


def _require_few(ids: Sequence[bytes]) -> None:
    if len(ids) > MOST_IDS:
        raise InputError(f"{len(ids)} contributions were asked for, at most {MOST_IDS} may be")
