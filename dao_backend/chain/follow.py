"""Reads the logs of a range of blocks from nodes that limit how much they answer at once.

A node that refuses a range (too many blocks, too many logs, too slow) is asked for its halves.
The width that worked is kept for the next ranges and grows again slowly, so that a limit is found
once and not for every range. Nothing is remembered about the chain itself: following it, noticing
reorganisations and resuming are the indexer's part (core/follow.py decides, indexer.py acts).
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from dao_backend.chain.decode import Decoder
from dao_backend.chain.node import Node
from dao_backend.chain.rpc import RpcRefusal, TooMuch
from dao_backend.chain.wire import RawLog
from dao_backend.core.events import LogEvent
from dao_backend.errors import ChainUnavailable

WIDEST = 10_000
"""Blocks asked for at once, at most."""


class LogReader:
    """Reads and decodes the events of one DAO."""

    def __init__(self, node: Node, decoder: Decoder, widest: int = WIDEST) -> None:
        self._node = node
        self._decoder = decoder
        self._widest = widest
        self._width = widest
        self._time_at = lru_cache(maxsize=1024)(self._block_time)

    def events(self, first: int, last: int) -> list[LogEvent]:
        """Events of blocks first…last in order; ChainUnavailable when even one block is refused."""
        found = (self.event(log) for log in self._logs(first, last))
        ordered = (event for event in found if event is not None)
        return sorted(ordered, key=lambda event: event.position)

    def event(self, log: RawLog) -> LogEvent | None:
        """One decoded log with its block's time."""
        time = log.timestamp
        return self._decoder.event(
            log, self._time_at(log.block, log.block_hash) if time is None else time
        )

    def _logs(self, first: int, last: int) -> Iterator[RawLog]:
        emitters, topics = self._decoder.emitters, self._decoder.topics
        while first <= last:
            upto = min(last, first + self._width - 1)
            try:
                found = self._node.logs(first, upto, emitters, topics)
            except (RpcRefusal, TooMuch) as error:
                self._narrow(upto - first + 1, error)
                continue
            yield from found
            first = upto + 1
            self._width = min(self._widest, self._width + self._width // 32 + 1)

    def _narrow(self, refused: int, error: Exception) -> None:
        if refused == 1:
            raise ChainUnavailable(f"the node refuses the logs of one block: {error}") from error
        self._width = refused // 2

    def _block_time(self, number: int, block_hash: bytes) -> int:
        block = self._node.block(number)
        if block.hash != block_hash:
            raise ChainUnavailable(f"block {number} was reorganised away while it was read")
        return block.timestamp
