"""Write the log into the index, and take the end of it back after a reorganisation."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from dao_backend.core.events import LogEvent
from dao_backend.core.history import CHANGES
from dao_backend.index.schema import TABLES, blocks, logs, to_row
from dao_backend.ports.chain import Block

REMEMBERED_BLOCKS = 1024
"""How many block hashes are kept for finding the common ancestor of a reorganisation."""


def apply(connection: sa.Connection, events: Sequence[LogEvent], upto: Block) -> None:
    """Insert `events` and remember `upto`; the caller's transaction makes it atomic."""
    rows: dict[sa.Table, list[dict[str, Any]]] = defaultdict(list)
    history = _history_count(connection)
    for event in events:
        place = {"block": event.position.block, "log_index": event.position.log_index}
        row = place | to_row(event.fact)
        if isinstance(event.fact, CHANGES):
            history += 1
            row["history"] = history
        rows[TABLES[type(event.fact)]].append(row)
        rows[logs].append(place | _log_row(event))
    for table, values in rows.items():
        connection.execute(table.insert(), values)
    _remember(connection, upto)


def roll_back(connection: sa.Connection, to: int) -> None:
    """Delete everything above block `to`, and what stands above the newest block still known.

    The cursor is a remembered block: facts between it and `to` would be read a second time.
    """
    connection.execute(blocks.delete().where(blocks.c.number > to))
    newest = connection.scalar(sa.select(sa.func.max(blocks.c.number)))
    kept = -1 if newest is None else newest
    for table in (logs, *TABLES.values()):
        connection.execute(table.delete().where(table.c.block > kept))


def _log_row(event: LogEvent) -> dict[str, Any]:
    return {
        "block_hash": event.block_hash,
        "timestamp": event.timestamp,
        "transaction": event.transaction,
        "kind": type(event.fact).__name__,
    }


def _history_count(connection: sa.Connection) -> int:
    """How many changes of the registry's history are in the index."""
    tables = [TABLES[kind] for kind in CHANGES]
    newest = (connection.scalar(sa.select(sa.func.max(table.c.history))) for table in tables)
    return max((count or 0 for count in newest), default=0)


def _remember(connection: sa.Connection, upto: Block) -> None:
    """Keep the hash of the new cursor; blocks with events leave theirs in the log."""
    connection.execute(
        blocks.insert(),
        {
            "number": upto.number,
            "hash": upto.hash,
            "parent_hash": upto.parent_hash,
            "timestamp": upto.timestamp,
        },
    )
    connection.execute(blocks.delete().where(blocks.c.number <= upto.number - REMEMBERED_BLOCKS))
