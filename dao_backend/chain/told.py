"""Remembers what was answered about final blocks, which never changes.

Proofs are held against these answers, so that none may be forgotten while something rests on it.
Only what there is can be asked about and is remembered: a stranger who wants to push an answer out
has to know of thousands of requests, each of which somebody paid a fee for, and ask about them all
between one question of the keeper's and the next. Nor does time push it out: nodes can delay each
answer by seconds, while a chain that is quick makes blocks final.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from typing import TypeVar, cast

from dao_backend.chain.heights import KEPT as HEADERS

T = TypeVar("T")
_BLOCKS = HEADERS
"""Blocks whose answers are remembered; the ones first asked about go first."""
_KEPT = 65_536
"""Answers that are remembered of all of them; the oldest of the oldest block go first."""
_Question = tuple[Hashable, ...]


class Told:
    """Answers by question; a question begins with the hash of the block it is about."""

    def __init__(self) -> None:
        self._blocks: dict[Hashable, dict[_Question, object]] = {}
        self._count = 0
        self._lock = threading.Lock()

    def answer(self, question: _Question, ask: Callable[[], T]) -> T:
        """The answer that was given before, else what `ask` gives now.

        Of several who ask at once all get the first one's: what each was told can be proven later.
        """
        with self._lock:
            known = self._blocks.get(question[0], {})
            if question in known:
                return cast("T", known[question])
        found = ask()
        with self._lock:
            return cast("T", self._remembered(question, found))

    def forget(self, block_hash: bytes) -> None:
        """Forget what was answered about one block."""
        with self._lock:
            self._count -= len(self._blocks.pop(block_hash, {}))

    def _remembered(self, question: _Question, found: object) -> object:
        answers = self._blocks.setdefault(question[0], {})
        if question in answers:
            return answers[question]
        answers[question] = found
        self._count += 1
        self._drop_oldest()
        return found

    def _drop_oldest(self) -> None:
        while len(self._blocks) > _BLOCKS:
            self._count -= len(self._blocks.pop(next(iter(self._blocks))))
        while self._count > _KEPT:
            block, answers = next(iter(self._blocks.items()))
            del answers[next(iter(answers))]
            self._count -= 1
            if not answers:
                del self._blocks[block]
