"""A keeper's own view of the chain, at finality, checked against the registry's history head.

Nothing is taken from the service's index. A node that leaves out an event, or changes one, cannot
produce the history head that the contract states, and the view does not move.
Contributions go into the book, which lies on disk; the little that is left is folded in memory.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import get_args

from dao_backend.core.events import EditionSealed, LogEvent
from dao_backend.core.events.bargaining import Bargaining
from dao_backend.core.events.keeping import Keeping
from dao_backend.core.events.licensing import Licensing
from dao_backend.core.history import CHANGES, next_head, require_history
from dao_backend.core.ledger import fold
from dao_backend.core.state import State
from dao_backend.errors import ChainUnavailable, HistoryMismatch, NotFound
from dao_backend.ports.book import Book, Listed
from dao_backend.ports.chain import Block, KeeperChain

SPAN = 5_000
"""Blocks whose log is read at once."""
_FOLDED = (EditionSealed, *get_args(Keeping), *get_args(Bargaining), *get_args(Licensing))
"""What a keeper's decisions rest on, besides the history of contributions."""


@dataclass(frozen=True, slots=True)
class FinalView:
    """What the log said up to a finalized block; checked against the head the registry states."""

    block: Block | None
    """The newest block folded in, None before the first."""
    state: State
    """Without contributions: those are in the book."""
    settled: int = 0
    """Changes of the history before that block's own second: see `core.erasure`."""
    reading: int = 0
    """Which time the log was read from its beginning: nothing made of an earlier one counts."""


class FinalLedger:
    """Keeps the newest checked view.

    Raises ChainUnavailable, WrongNetwork, NodesDisagree, HistoryMismatch, DatabaseUnavailable.
    """

    def __init__(self, chain: KeeperChain, book: Book) -> None:
        self._chain = chain
        self._book = book
        self._lock = threading.Lock()
        self._view = FinalView(None, State())
        self._doubted = True

    @property
    def view(self) -> FinalView:
        """The newest view that was checked."""
        return self._view

    def refresh(self) -> FinalView:
        """Read on to the finalized block; the view moves as a whole or not at all.

        HistoryMismatch where the log does not fold to the stated head, or where a block that was
        final before is another one now.
        """
        with self._lock:
            known, final = self._view.block, self._chain.finalized()
            if known is not None:
                self._require_same_past(known)
            begun = self._anew() if self._doubted else self._view
            newer = known is None or final.number >= known.number
            if newer and final.number >= self._first(begun):
                self._view = self._read_on(begun, final)
            return self._view

    @contextmanager
    def reading(self) -> Iterator[FinalView]:
        """The newest checked view, while the book stands still at just that view.

        What is read on is in the book before it is checked. HistoryMismatch while the log is
        doubted: nothing that cannot be undone may rest on the book then.
        """
        with self._lock:
            if self._doubted:
                raise HistoryMismatch("the log is doubted and has to be read anew")
            yield self._view

    def distrust(self) -> None:
        """Read the whole log anew at the next refresh: something in it was not as the chain says.

        The history head covers contributions alone; other events can be left out unnoticed.
        """
        self._doubted = True

    def _anew(self) -> FinalView:
        return FinalView(None, State(), reading=self._view.reading + 1)

    def _first(self, begun: FinalView) -> int:
        """The first block that is not read yet."""
        if begun.block is None:
            return self._chain.addresses.first_block
        return begun.block.number + 1

    def _read_on(self, begun: FinalView, final: Block) -> FinalView:
        """What is written into the book is believed at the end; a failure begins it anew."""
        self._doubted, state, settled = True, begun.state, _settled(begun, final)
        if begun.block is None:
            self._book.clear()
        for start in range(self._first(begun), final.number + 1, SPAN):
            events = self._chain.logs(start, min(start + SPAN - 1, final.number))
            earlier = _changes_before(events, final.timestamp)
            settled = state.history_count + earlier if earlier else settled
            state = self._folded(state, events)
        stated = self._chain.history(final.number)
        require_history(state.history_head, state.history_count, *stated)
        self._doubted = False
        return FinalView(final, state, settled, begun.reading)

    def _folded(self, state: State, events: Sequence[LogEvent]) -> State:
        head, count, changes = state.history_head, state.history_count, []
        for event in events:
            if isinstance(event.fact, CHANGES):
                head, count = next_head(head, event.fact), count + 1
                changes.append(Listed(count, event.fact))
        self._book.write(changes)
        moved = replace(state, history_head=head, history_count=count)
        return fold(moved, (event for event in events if isinstance(event.fact, _FOLDED)))

    def _require_same_past(self, known: Block) -> None:
        try:
            found = self._chain.block(known.number)
        except NotFound as error:
            raise ChainUnavailable(
                f"the node has no block {known.number}, which was final: it is far behind"
            ) from error
        if found.hash != known.hash:
            raise HistoryMismatch(f"block {known.number} was final and has another hash now")


def _settled(begun: FinalView, final: Block) -> int:
    """How many of the changes that are known came before the second of `final`."""
    if begun.block is not None and begun.block.timestamp == final.timestamp:
        return begun.settled
    return begun.state.history_count


def _changes_before(events: Sequence[LogEvent], second: int) -> int:
    return sum(isinstance(each.fact, CHANGES) and each.timestamp < second for each in events)
