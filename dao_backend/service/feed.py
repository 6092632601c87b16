"""The log as a feed that can be left and taken up again, across reorganisations of the chain.

A bookmark names the last event that was seen, and the block it stood in. Where the chain has
taken that block back, the feed says so and goes on behind the newest final block: everything
after it may have changed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from dao_backend.core.events import LogEvent, Position
from dao_backend.errors import InputError
from dao_backend.ports.chain import ChainReader
from dao_backend.ports.index import Index

_BOOKMARK = re.compile(r"(\d{1,18})\.(\d{1,18})(?:\.([0-9a-f]{8}))?")
_LAST = 10**17
"""Behind every log index."""


@dataclass(frozen=True, slots=True)
class Bookmark:
    """The place behind one event; `block` are the first 4 bytes of its block's hash, if known."""

    position: Position
    block: bytes | None

    @classmethod
    def of(cls, event: LogEvent) -> Bookmark:
        """The place behind `event`."""
        return cls(event.position, event.block_hash[:4])

    @classmethod
    def parse(cls, text: str) -> Bookmark:
        """Read what `str` writes, or the index's own cursor; InputError."""
        found = _BOOKMARK.fullmatch(text)
        if found is None:
            raise InputError(f"{text!r} is no bookmark; take the id of the last event")
        block = None if found[3] is None else bytes.fromhex(found[3])
        return cls(Position(int(found[1]), int(found[2])), block)

    @property
    def cursor(self) -> str:
        """The place as the index writes it."""
        return f"{self.position.block}.{self.position.log_index}"

    def __str__(self) -> str:
        return self.cursor if self.block is None else f"{self.cursor}.{self.block.hex()}"


@dataclass(frozen=True, slots=True)
class News:
    """What came after a bookmark."""

    events: tuple[LogEvent, ...]
    bookmark: Bookmark | None
    """Where to read on; None while the log is empty."""
    reorganised: int | None = None
    """Where the old bookmark's block is gone: the last block before all that may have changed."""


class Feed:
    """Reads the log after a bookmark."""

    def __init__(self, index: Index, chain: ChainReader) -> None:
        self._index = index
        self._chain = chain

    def after(self, bookmark: Bookmark | None, limit: int) -> News:
        """The next events, oldest first; from the beginning without a bookmark."""
        kept = None
        if bookmark is not None and not self._stands(bookmark):
            kept = min(self._chain.finalized().number, bookmark.position.block)
            bookmark = Bookmark(Position(kept, _LAST), None)
        rows = self._index.events(None if bookmark is None else bookmark.cursor, limit).rows
        return News(rows, Bookmark.of(rows[-1]) if rows else bookmark, kept)

    def _stands(self, bookmark: Bookmark) -> bool:
        """Whether the event before the bookmark is still in the log, in the same block."""
        if bookmark.block is None:
            return True
        position = bookmark.position
        before = f"{position.block}.{position.log_index - 1}"
        found = self._index.events(before, 1).rows
        return bool(found) and Bookmark.of(found[0]) == bookmark
