"""Keeps an index level with the chain: reads new logs, takes back what the chain took back.

    agreed? ──no──► roll back to the last common block
       │yes
    read a span of logs ──► still the same chain? ──► history head right? ──► apply ──► next span

What it stores was on one chain at one moment: the block it ends at and the one it began from are
looked at again after the logs were read. At the head, the fold over all changes must give the
registry's own history head, so that a node cannot leave an event out unnoticed.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import dataclass

import structlog

from dao_backend.core.events import LogEvent
from dao_backend.core.follow import Mark, Span, last_agreed, next_span
from dao_backend.core.history import CHANGES, GENESIS, next_head, require_history
from dao_backend.errors import ChainUnavailable, DaoError, HistoryMismatch, NotFound
from dao_backend.ports.chain import Block, ChainReader
from dao_backend.ports.index import Index

log = structlog.get_logger()

WIDEST = 2000
"""Blocks read before what they held is stored."""
PAGE = 500
LONGEST_PAUSE = 60.0
"""Seconds between two attempts while the chain or the index does not answer."""


@dataclass(frozen=True, slots=True)
class History:
    """The fold over all changes read so far."""

    head: bytes = GENESIS
    count: int = 0

    def after(self, events: Iterable[LogEvent]) -> History:
        """The fold after these events too."""
        head, count = self.head, self.count
        for event in events:
            if isinstance(event.fact, CHANGES):
                head, count = next_head(head, event.fact), count + 1
        return History(head, count)


@dataclass(frozen=True, slots=True)
class Progress:
    """What one round did."""

    cursor: Block | None
    """The last block in the index."""
    events: int
    """How many were added."""
    rolled_back: bool
    """Whether blocks were taken back first."""


class Indexer:
    """Brings one index level with one chain; only one may run for an index."""

    def __init__(self, chain: ChainReader, index: Index, widest: int = WIDEST) -> None:
        self._chain = chain
        self._index = index
        self._widest = widest
        self._history: History | None = None
        self._checked: int | None = None
        """Height up to which the history head was right."""

    def run(self, stop: threading.Event, pause: float = 1.0) -> None:
        """Follow the chain until `stop` is set, looking every `pause` seconds."""
        wait = pause
        while not stop.is_set():
            try:
                self.sync_once()
                wait = pause
            except DaoError as error:
                log.warning("index.paused", cause=str(error), advice=error.advice)
                wait = min(LONGEST_PAUSE, 2 * wait)
            except Exception:  # one bad answer must not end the process that serves everybody
                log.exception("index.failed")
                wait = LONGEST_PAUSE
            stop.wait(wait)

    def sync_once(self) -> Progress:
        """Read everything up to the chain's present head.

        Raises HistoryMismatch after taking back what was not checked, ChainUnavailable,
        WrongNetwork, DatabaseUnavailable.
        """
        rolled_back = self._take_back()
        head = self._chain.head().number
        added = 0
        while (span := self._next_span(head)) is not None:
            added += self._add(span, at_head=span.last == head)
        return Progress(self._index.cursor(), added, rolled_back)

    def _next_span(self, head: int) -> Span | None:
        cursor = self._index.cursor()
        read_upto = None if cursor is None else cursor.number
        return next_span(read_upto, self._chain.addresses.first_block, head, self._widest)

    def _take_back(self) -> bool:
        """Roll back to the last block that index and chain share; whether that was needed."""
        marks = [Mark(block.number, block.hash) for block in self._index.remembered()]
        agreed = last_agreed(marks, self._hash_at)
        if not marks or agreed == marks[0]:
            return False
        to = self._before_all() if agreed is None else agreed.number
        log.warning("chain.reorganised", indexed=marks[0].number, kept=to)
        self._roll_back(to)
        return True

    def _add(self, span: Span, *, at_head: bool) -> int:
        """Read and store a span; how many events it held."""
        cursor, upto = self._index.cursor(), self._chain.block(span.last)
        events = self._chain.logs(span.first, span.last)
        stated = self._chain.history(upto.number) if at_head else None
        for block in (upto, cursor):
            if block is not None and self._hash_at(block.number) != block.hash:
                raise ChainUnavailable("the chain was reorganised while it was read")
        history = self._read_history().after(events)
        if stated is not None:
            self._check(history, stated, upto)
        self._index.apply(events, upto)
        self._history = history
        if events:
            log.info("index.advanced", block=upto.number, events=len(events))
        return len(events)

    def _check(self, history: History, stated: tuple[bytes, int], upto: Block) -> None:
        """Compare with the registry's own history; on a mismatch keep only what was checked."""
        try:
            require_history(history.head, history.count, *stated)
        except HistoryMismatch:
            to = self._before_all() if self._checked is None else self._checked
            log.warning("index.mismatch", block=upto.number, kept=to)
            self._roll_back(to)
            self._checked = None
            raise
        self._checked = upto.number

    def _roll_back(self, to: int) -> None:
        self._index.roll_back(to)
        self._history = None
        if self._checked is not None:
            self._checked = min(self._checked, to)

    def _read_history(self) -> History:
        """The fold over what the index holds, read from it once."""
        if self._history is None:
            history, after = History(), None
            while True:
                page = self._index.events(after=after, limit=PAGE)
                history, after = history.after(page.rows), page.next
                if after is None:
                    break
            self._history = history
        return self._history

    def _hash_at(self, number: int) -> bytes | None:
        try:
            return self._chain.block(number).hash
        except NotFound:
            return None

    def _before_all(self) -> int:
        return self._chain.addresses.first_block - 1
