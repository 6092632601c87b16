"""Erases shares that nobody needs any more, and keeps a signed statement of each.

A share goes when its contribution was withdrawn and nothing needs it (`core.erasure`), or when the
keeper that followed at this index has it, this one has nothing left to deliver, and its operator
has agreed to just that seat: a vote and confirmations alone do not make it destroy anything.
The list of what was withdrawn is gone through behind the place where everything has gone already,
and only when something has changed that may let more of it go.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import structlog

from dao_backend.core.erasure import Needs, is_erasable, is_succeeded, needs
from dao_backend.core.model import Contribution
from dao_backend.core.typed import digest
from dao_backend.core.typed_keepers import Cause, Erasure
from dao_backend.errors import HistoryMismatch, NodesDisagree, NotFound, RecordMismatch
from dao_backend.keeper.holding import forgone
from dao_backend.keeper.leaving import Leaving
from dao_backend.keeper.ledger import FinalLedger, FinalView
from dao_backend.keeper.office import Office
from dao_backend.keeper.wholeness import (
    require_proven,
    require_same_succession,
    require_whole,
)
from dao_backend.ports.book import Gone
from dao_backend.ports.chain import Block
from dao_backend.ports.keeper_wire import MISSING
from dao_backend.ports.keepers import Tombstone

log = structlog.get_logger()
PAGE = 1_000
PAUSE = 30
"""Seconds between two sweeps where no edition and no licence has changed what is needed."""
_START: Gone = (0, b"")


class ErasureDesk:
    """What one keeper no longer holds."""

    def __init__(self, office: Office, ledger: FinalLedger) -> None:
        self._office = office
        self._ledger = ledger
        self._leaving = Leaving(office)
        self._swept: Needs | None = None
        """What was needed at the last sweep."""
        self._again = 0
        """When the next one is due if only the history has grown."""
        self._until = _START
        """Everything withdrawn up to here has gone, or was never here."""
        self._whole: Block | None = None
        """The newest block at which the log was found to leave nothing out."""
        self._erased = 0
        self._reading = 0
        """Of the log that all this was found in."""
        self._over: frozenset[bytes] = frozenset()
        """What the operator went on without, and nothing needs any more."""

    @property
    def erased(self) -> int:
        """How many shares have gone since this began."""
        return self._erased

    def sweep(self) -> int:
        """Erase everything that is due; how many shares went.

        HistoryMismatch while the log is doubted, or found to leave something out; NodesDisagree
        where it is not what storage proofs say.
        """
        with self._ledger.reading() as view:
            if view.block is None:
                return 0
        if view.reading != self._reading:
            self._reading, self._swept = view.reading, None
            self._until, self._over = _START, frozenset()
        gone = self._erase_handed_over(view)
        needed = self.needs(view)
        if not self._is_due(needed):
            return gone
        gone += self._erase_withdrawn(view, needed)
        self._swept, self._again = needed, self._office.clock() + PAUSE
        return gone

    def _is_due(self, needed: Needs) -> bool:
        if self._swept is None or needed.editions != self._swept.editions:
            return True
        return needed != self._swept and self._office.clock() >= self._again

    def needs(self, view: FinalView) -> Needs:
        """What this keeper's shares are needed for, as of a view with a block."""
        assert view.block is not None, "needs are those at a final block"
        return needs(view.state, view.settled, view.block.timestamp, self._office.index)

    def require_wanted(self, view: FinalView, found: Contribution) -> None:
        """RecordMismatch where this keeper would erase the share of `found` at once."""
        if is_erasable(found, self.needs(view)):
            raise RecordMismatch("the contribution was withdrawn, and nothing needs its share")
        if self.is_succeeded(view):
            raise RecordMismatch(f"another operator has followed at index {self._office.index}")

    def tombstone(self, contribution_id: bytes) -> Tombstone:
        """See `ports.keepers.Keeper.tombstone`."""
        found = self._office.custody.tombstone(contribution_id)
        if found is None:
            raise NotFound(f"contribution 0x{contribution_id.hex()} was not erased here")
        return found

    def forgone(self) -> tuple[bytes, ...]:
        """What the operator goes on without and may still be needed, at most 1,000 of it.

        The word on the rest stays: manifests of earlier editions list it.
        """
        over = self._over
        listed = self._office.custody.all_forgone(MISSING + len(over))
        return tuple(each for each in listed if each not in over)[:MISSING]

    # --- withdrawn --------------------------------------------------------------------------

    def _erase_withdrawn(self, view: FinalView, needed: Needs) -> int:
        gone, all_due = 0, True
        for page in self._pages():
            due = [each.record.contribution_id for each in page if is_erasable(each, needed)]
            held = list(self._office.custody.sealed_to(due))
            gone += self._erase(view, held, Cause.WITHDRAWN)
            self._over |= forgone(self._office, due, held)
            all_due = all_due and len(due) == len(page)
            if all_due:
                self._until = _place(page[-1])
        return gone

    def _pages(self) -> Iterator[tuple[Contribution, ...]]:
        """What was withdrawn, page by page; where the log is doubted meanwhile they end there."""
        after = self._until
        while True:
            with self._ledger.reading():
                page = self._office.book.withdrawn(after, PAGE)
            if not page:
                return
            yield page
            after = _place(page[-1])

    # --- handed over ------------------------------------------------------------------------

    def is_succeeded(self, view: FinalView) -> bool:
        """Whether another operator has followed at this index, and nothing is left to do here.

        Never without the word of this keeper's own operator on that very seat.
        """
        office, block, state = self._office, view.block, view.state
        assert block is not None, "a keeper is succeeded at a final block"
        followed = is_succeeded(state, block.timestamp, office.index, office.operator.address)
        if not followed:
            return False
        epoch = state.serving_epoch
        return office.agrees_to(epoch, state.keepers[(epoch, office.index)])

    def _erase_handed_over(self, view: FinalView) -> int:
        if not self.is_succeeded(view) or not self._leaving.is_due:
            return 0
        office, state = self._office, view.state
        with self._trusting():
            require_same_succession(office.chain, view, office.index)
        successor = state.keepers[(state.serving_epoch, office.index)]
        taken = self._leaving.taken(successor)
        return sum(self._erase(view, page, Cause.HANDED_OVER) for page in taken)

    # --- both -------------------------------------------------------------------------------

    def _erase(self, view: FinalView, ids: Sequence[bytes], cause: Cause) -> int:
        if not ids:
            return 0
        if self._whole != view.block:
            with self._trusting():
                require_whole(self._office.chain, view)
                require_proven(self._office.chain, view, self.needs(view).editions)
            self._whole = view.block
        self._office.custody.erase([self._stone(each, cause) for each in ids])
        self._erased += len(ids)
        log.info("shares.erased", index=self._office.index, count=len(ids), cause=cause.name)
        return len(ids)

    @contextmanager
    def _trusting(self) -> Iterator[None]:
        """The log is read anew where it turns out to be no good."""
        try:
            yield
        except (HistoryMismatch, NodesDisagree):
            self._ledger.distrust()
            raise

    def _stone(self, contribution_id: bytes, cause: Cause) -> Tombstone:
        office = self._office
        erasure = Erasure(contribution_id, office.index, cause, office.clock())
        domain = office.chain.addresses.domain("KeeperRegistry")
        return Tombstone(erasure, office.operator.sign_digest(digest(domain, erasure)))


def _place(gone: Contribution) -> Gone:
    assert gone.withdrawn_at is not None, "the list holds what was withdrawn"
    return gone.withdrawn_at, gone.record.contribution_id
