"""What a transaction may cost per gas: EIP-1559 fees, remembered for a few seconds.

Twice the base fee leaves room for six full blocks in a row (each raises it by an eighth).
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass

from dao_backend.chain.node import Node

REMEMBERED = 5.0
"""Seconds for which a fee is used again."""
_BUMP_PERCENT = 125
"""A replacement must pay at least a tenth more, for both fees, or pools refuse it."""


@dataclass(frozen=True, slots=True)
class Fee:
    """Wei per gas: the most that is paid, and the part of it that goes to the block's builder."""

    maximum: int
    tip: int

    def raised(self) -> Fee:
        """Enough to replace a transaction with this fee."""
        return Fee(self.maximum * _BUMP_PERCENT // 100 + 1, self.tip * _BUMP_PERCENT // 100 + 1)

    def at_least(self, other: Fee) -> Fee:
        """The higher of two fees, each part by itself."""
        return Fee(max(self.maximum, other.maximum), max(self.tip, other.tip))


class FeeMarket:
    """Asks the node for fees, not for every transaction."""

    def __init__(self, node: Node, clock: Callable[[], float]) -> None:
        self._node = node
        self._clock = clock
        self._lock = threading.Lock()
        self._known: tuple[float, Fee] | None = None

    def fee(self) -> Fee:
        """A fee that is mined soon now; ChainUnavailable."""
        with self._lock:
            now = self._clock()
            if self._known is None or now - self._known[0] > REMEMBERED:
                tip = self._node.tip()
                self._known = (now, Fee(2 * self._node.base_fee() + tip, tip))
            return self._known[1]
