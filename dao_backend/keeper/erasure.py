"""Erases shares that nobody needs any more, and keeps a signed statement of each.

A share goes when its contribution was withdrawn and no licence awaits it (`core.erasure`), or when
the keeper that followed at this index holds it and this one has nothing left to deliver.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import structlog

from dao_backend.core.erasure import is_erasable, is_succeeded
from dao_backend.core.model import Contribution
from dao_backend.core.typed import digest
from dao_backend.core.typed_keepers import Cause, Erasure
from dao_backend.errors import NotFound
from dao_backend.keeper.ledger import FinalView
from dao_backend.keeper.office import Office
from dao_backend.ports.keepers import Tombstone

log = structlog.get_logger()
PAGE = 1_000


class ErasureDesk:
    """What one keeper no longer holds."""

    def __init__(self, office: Office) -> None:
        self._office = office

    def sweep(self, view: FinalView) -> int:
        """Erase everything that is due; how many shares went."""
        if view.block is None:
            return 0
        gone = 0
        for contribution_id, cause in self._due(view):
            self._office.custody.erase([self._tombstone(contribution_id, cause)])
            log.info("share.erased", contribution=contribution_id.hex(), cause=cause.name)
            gone += 1
        return gone

    def tombstone(self, contribution_id: bytes) -> Tombstone:
        """See `ports.keepers.Keeper.tombstone`."""
        found = self._office.custody.tombstone(contribution_id)
        if found is None:
            raise NotFound(f"contribution 0x{contribution_id.hex()} was not erased here")
        return found

    def _due(self, view: FinalView) -> Iterator[tuple[bytes, Cause]]:
        """Held shares that may go. Pages are read before their shares are erased."""
        assert view.block is not None, "nothing is due before the first final block"
        office, state, now = self._office, view.state, view.block.timestamp
        if is_succeeded(state, now, office.index, office.operator.address):
            yield from ((each, Cause.HANDED_OVER) for each in _all(office.custody.ids))
            return
        for page in _pages(lambda after: office.book.withdrawn(after, PAGE)):
            due = [each for each in page if is_erasable(each, state, now, office.index)]
            held = office.custody.get_all([each.record.contribution_id for each in due])
            yield from ((contribution_id, Cause.WITHDRAWN) for contribution_id in held)

    def _tombstone(self, contribution_id: bytes, cause: Cause) -> Tombstone:
        office = self._office
        erasure = Erasure(contribution_id, office.index, cause, office.clock())
        domain = office.chain.addresses.domain("KeeperRegistry")
        return Tombstone(erasure, office.operator.sign_digest(digest(domain, erasure)))


def _all(ids: Callable[[bytes, int], tuple[bytes, ...]]) -> Iterator[bytes]:
    after = b""
    while page := ids(after, PAGE):
        yield from page
        after = page[-1]


def _pages(
    read: Callable[[bytes], tuple[Contribution, ...]],
) -> Iterator[tuple[Contribution, ...]]:
    after = b""
    while page := read(after):
        yield page
        after = page[-1].record.contribution_id
