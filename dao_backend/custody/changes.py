"""What one transaction does to a keeper's shares and the statements of their erasure."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import insert

from dao_backend.core.typed_keepers import Cause
from dao_backend.custody.tables import (
    forgone,
    share_row,
    shares,
    tombstone_of,
    tombstone_row,
    tombstones,
)
from dao_backend.errors import NotFound, RecordMismatch
from dao_backend.ports.keepers import StoredShare, Tombstone


def add(connection: sa.Connection, given: Sequence[StoredShare]) -> None:
    """Store what is not here yet; RecordMismatch for another record, and for what was erased.

    The operator's word to go on without it is used up: should it be lost later, that is new.
    """
    rows = [share_row(share) for share in given]
    ids = [row["contribution_id"] for row in rows]
    stones = tombstones.c.contribution_id.in_(ids)
    withdrawn = sa.select(tombstones.c.contribution_id).where(
        stones, tombstones.c.cause != int(Cause.HANDED_OVER)
    )
    for named in connection.execute(withdrawn).scalars():
        raise RecordMismatch(f"the share of contribution 0x{named.hex()} was erased here")
    connection.execute(insert(shares).on_conflict_do_nothing(), rows)
    own = shares.c
    kept = sa.select(own.contribution_id, own.record_hash).where(own.contribution_id.in_(ids))
    hashes = {row.contribution_id: row.record_hash for row in connection.execute(kept)}
    for row in rows:
        if hashes[row["contribution_id"]] != row["record_hash"]:
            named = row["contribution_id"].hex()
            raise RecordMismatch(f"another record was taken in for contribution 0x{named}")
    connection.execute(tombstones.delete().where(stones))
    connection.execute(forgone.delete().where(forgone.c.contribution_id.in_(ids)))


def forgo(connection: sa.Connection, ids: Sequence[bytes]) -> None:
    """Remember what the operator goes on without; what came meanwhile is held, and passed over."""
    rows = [{"contribution_id": each} for each in ids]
    connection.execute(insert(forgone).on_conflict_do_nothing(), rows)
    held = sa.select(shares.c.contribution_id).where(shares.c.contribution_id.in_(ids))
    connection.execute(forgone.delete().where(forgone.c.contribution_id.in_(held)))


def erase(connection: sa.Connection, given: Sequence[Tombstone]) -> None:
    """Keep the commitments: they are public, and manifests of earlier editions list them."""
    own = shares.c
    here = own.contribution_id.in_([each.erasure.contribution_id for each in given])
    query = sa.select(own.contribution_id, own.commitments).where(here)
    kept = {row.contribution_id: row.commitments for row in connection.execute(query)}
    rows = [
        tombstone_row(each) | {"commitments": kept.get(each.erasure.contribution_id, b"")}
        for each in given
    ]
    connection.execute(insert(tombstones).on_conflict_do_nothing(), rows)
    connection.execute(shares.delete().where(here))


def reseal(connection: sa.Connection, share: StoredShare) -> None:
    """Put the share under another key; NotFound."""
    named = share.record.contribution_id
    changed = connection.execute(
        shares.update()
        .where(shares.c.contribution_id == named)
        .values(sealed_share=share.sealed_share, sealed_to=share.sealed_to)
    )
    if changed.rowcount == 0:
        raise NotFound(f"no share of contribution 0x{named.hex()} is held here")


def tombstone(connection: sa.Connection, contribution_id: bytes) -> Tombstone | None:
    """The statement of an erasure, if there was one."""
    query = sa.select(tombstones).where(tombstones.c.contribution_id == contribution_id)
    found = connection.execute(query).mappings().first()
    return None if found is None else tombstone_of(found)
