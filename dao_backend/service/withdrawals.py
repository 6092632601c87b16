"""What was withdrawn for good, and what the service then forgets: the shares that it relayed.

The service keeps what contributors handed in, so that a keeper that missed a share gets it again.
Once a withdrawal is final nobody may get it any more.
"""

from __future__ import annotations

from collections.abc import Iterator

from dao_backend.core.events import Left, LogEvent, Withdrawn
from dao_backend.core.model import Address
from dao_backend.ports.chain import Block, ChainReader
from dao_backend.ports.index import Index
from dao_backend.ports.pending import Pending

PAGE = 500


class Forgetting:
    """Follows final withdrawals; it begins at the first one each time it is made."""

    def __init__(self, chain: ChainReader, index: Index, pending: Pending) -> None:
        self._chain = chain
        self._index = index
        self._pending = pending
        self._after: str | None = None

    def forget(self) -> int:
        """Forget the sealed shares and keys of what is withdrawn; of how many contributions."""
        upto = final_and_indexed(self._chain, self._index)
        if upto is None:
            return 0
        forgotten = 0
        for event in events_until(self._index, self._after, upto.number):
            for contribution_id in withdrawn_by(self._index, event):
                forgotten += self._pending.forget_shares(contribution_id)
            self._after = cursor_of(event)
        return forgotten


def final_and_indexed(chain: ChainReader, index: Index) -> Block | None:
    """The newest block that is final and indexed, None before the first."""
    final, indexed = chain.finalized(), index.cursor()
    return indexed if indexed is None or indexed.number < final.number else final


def events_until(index: Index, after: str | None, last: int) -> Iterator[LogEvent]:
    """What the index holds after a cursor, up to and with block `last`."""
    while True:
        page = index.events(after=after, limit=PAGE)
        for event in page.rows:
            if event.position.block > last:
                return
            yield event
        if page.next is None:
            return
        after = page.next


def cursor_of(event: LogEvent) -> str:
    """What `Index.events` reads on after."""
    return f"{event.position.block}.{event.position.log_index}"


def withdrawn_by(index: Index, event: LogEvent) -> Iterator[bytes]:
    """Ids of the contributions that an event withdraws."""
    match event.fact:
        case Withdrawn(contribution_id=contribution_id):
            yield contribution_id
        case Left(member=member):
            yield from _left_behind(index, member, event.timestamp)
        case _:
            return


def _left_behind(index: Index, member: Address, left_at: int) -> Iterator[bytes]:
    """Ids of what a member withdrew by leaving at that second."""
    after = None
    while True:
        page = index.contributions(contributor=member, after=after, limit=PAGE)
        for row in page.rows:
            if row.withdrawn_time == left_at:
                yield row.contribution.record.contribution_id
        if page.next is None:
            return
        after = page.next
