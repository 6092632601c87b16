"""Bounds what is taken in and never registered: anybody with an account can hand shares in.

Accounts cost nothing, so what all of them handed in together is bounded too, and the last free
space on the disk is kept for what is registered, for bundles and for handovers.

    taken in ──► registered in a final block: counts no more
             └─► not registered within `WAIT` ──► overwritten, without a statement

Who registers after that finds the share missing here, and whoever kept it may give it in again.
"""

from __future__ import annotations

from collections.abc import Sequence

import structlog

from dao_backend.core.model import Address, Contribution
from dao_backend.core.packing import hex_of
from dao_backend.core.typed import record_hash
from dao_backend.errors import Refused, StorageFull
from dao_backend.keeper.ledger import FinalLedger
from dao_backend.keeper.office import Office
from dao_backend.ports.custody import Custody

log = structlog.get_logger()
WAIT = 2 * 24 * 3600
"""Seconds for which a share waits to be registered: an appraisal is good for an hour."""
MOST = 1_000
"""Unregistered shares held for one contributor."""
MOST_TOGETHER = 200_000
"""Unregistered shares held for all contributors: about 400 MB."""
RESERVE = 512 * 2**20
"""Bytes free in the keeper's folder below which nothing unregistered is taken in."""
PAGE = 1_000


class UnregisteredDesk:
    """What one keeper holds in advance."""

    def __init__(self, office: Office, ledger: FinalLedger) -> None:
        self._office = office
        self._ledger = ledger
        self._until = 0
        """Position in the history up to which everything is known to be registered."""

    def require_room(self, contributor: Address) -> None:
        """Refused where an account has handed in too much that it did not register.

        StorageFull where all of them have, or where the disk is nearly full. What the final chain
        says is read anew before either bound holds; what the ledger raises.
        """
        self._require_space()
        custody = self._office.custody
        if custody.unregistered_of(contributor) < MOST and self._is_below_most_together():
            return
        self._ledger.refresh()
        self._settle()
        waiting = custody.unregistered_of(contributor)
        if waiting >= MOST:
            raise Refused(
                f"keeper {self._office.index} holds {waiting} shares of {contributor} that are not "
                "registered in a final block: register those, or wait, before handing in more"
            )
        if not self._is_below_most_together():
            raise StorageFull(
                f"keeper {self._office.index} is busy: try later, when fewer than {MOST_TOGETHER} "
                "shares wait here to be registered"
            )

    def _is_below_most_together(self) -> bool:
        return self._office.custody.unregistered_count() < MOST_TOGETHER

    def _require_space(self) -> None:
        if self._office.room() < RESERVE:
            raise StorageFull(
                f"keeper {self._office.index} is busy: try later, its disk is nearly full and "
                "takes in only what is registered in a final block"
            )

    def sweep(self) -> int:
        """Erase what has waited too long; how many. HistoryMismatch while the log is doubted."""
        self._settle()
        with self._ledger.reading() as view:
            if view.block is None:
                return 0
        now, gone = min(self._office.clock(), view.block.timestamp), 0
        while page := self._office.custody.unregistered(now - WAIT, PAGE):
            with self._ledger.reading():
                listed = self._office.book.listed(page)
            note(self._office.custody, list(listed.values()))
            late = [each for each in page if each not in listed]
            self._office.custody.discard(late)
            gone += len(late)
        if gone:
            log.info("shares.never_registered", index=self._office.index, count=gone)
        return gone

    def _settle(self) -> None:
        """Go on through the history: what is in it waits no more."""
        while True:
            with self._ledger.reading():
                page = self._office.book.contributions(self._until, PAGE)
            if not page:
                return
            note(self._office.custody, page)
            self._until = page[-1].history_count


def note(custody: Custody, found: Sequence[Contribution]) -> None:
    """What is registered waits no more; at most 1,000 of them.

    A share of another record under one of these ids is overwritten: that record can never be
    registered, and its share would pass for the one that is missing.
    """
    waiting = custody.waiting([each.record.contribution_id for each in found])
    records = {each.record.contribution_id: each.record for each in found}
    others = [named for named, held in waiting.items() if held != record_hash(records[named])]
    if others:
        custody.discard(others)
        log.warning("shares.of_other_records", contributions=[hex_of(each) for each in others])
    if len(others) < len(waiting):
        custody.registered(list(waiting))
