"""The registry's history chain: one hash over every change, so that no reader misses one.

head' = keccak256(abi.encode(head, uint8 kind, bytes32 id, bytes32 dataHash)), zero at first.
A contribution's dataHash is keccak256(abi.encode(recordHash, units, appraiser)), a
withdrawal's keccak256(abi.encode(units)). A member that leaves with all it had has as id its
address, left-padded, and as dataHash keccak256(abi.encode(tenure, uint56[3] units)). A node that
omits, invents or changes an event cannot produce the head that the contract states.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import get_args

from dao_backend.core.events import Contributed, Left, Withdrawn
from dao_backend.core.model import Contribution, HistoryKind
from dao_backend.core.packing import address_word, keccak256, uint
from dao_backend.core.typed import record_hash
from dao_backend.errors import HistoryMismatch

Change = Contributed | Withdrawn | Left
"""What the history chains."""
CHANGES = get_args(Change)

GENESIS = bytes(32)
"""The head before the first change."""


def history_step(head: bytes, kind: HistoryKind, changed: bytes, data_hash: bytes) -> bytes:
    """The head after one more change; `changed` is a contribution's id or a member's word."""
    return keccak256(head + uint(kind, 8) + changed + data_hash)


def next_head(head: bytes, event: Change) -> bytes:
    """The head after the change that `event` reports."""
    match event:
        case Contributed(record=record, units=units, appraiser=appraiser):
            data = record_hash(record) + uint(units) + address_word(appraiser)
            kind = HistoryKind.CONTRIBUTED
            return history_step(head, kind, record.contribution_id, keccak256(data))
        case Withdrawn(contribution_id=withdrawn, units=units):
            data = uint(units)
            return history_step(head, HistoryKind.WITHDRAWN, withdrawn, keccak256(data))
        case Left(member=member, tenure=tenure, units=left):
            data = uint(tenure, 8) + b"".join(uint(units, 56) for units in left)
            return history_step(head, HistoryKind.LEFT, address_word(member), keccak256(data))


def check_history(events: Iterable[Change], head: bytes, count: int) -> None:
    """Raise HistoryMismatch unless `events`, in log order, are the `count` steps behind `head`."""
    folded, number = GENESIS, 0
    for event in events:
        folded, number = next_head(folded, event), number + 1
    require_history(folded, number, head, count)


def require_history(folded: bytes, number: int, head: bytes, count: int) -> None:
    """Raise HistoryMismatch unless the folded head and number are those that the chain states."""
    if number != count:
        raise HistoryMismatch(f"the log holds {number} changes, the registry states {count}")
    if folded != head:
        raise HistoryMismatch(f"the log's {count} changes do not give the registry's history head")


def active_at(
    contributions: Iterable[Contribution], collection: int, history_count: int
) -> Iterator[Contribution]:
    """Those of `collection` that are registered and not withdrawn after `history_count` steps."""
    for found in contributions:
        registered = found.history_count <= history_count
        gone = found.withdrawn_at is not None and found.withdrawn_at <= history_count
        if found.record.collection == collection and registered and not gone:
            yield found
