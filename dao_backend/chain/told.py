"""Remembers what was answered about final blocks, which never changes."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from typing import TypeVar, cast

T = TypeVar("T")
_KEPT = 1024
"""Answers that are remembered; the oldest go first."""


class Told:
    """Answers by question; a question begins with the hash of the block it is about."""

    def __init__(self) -> None:
        self._answers: dict[tuple[Hashable, ...], object] = {}
        self._lock = threading.Lock()

    def answer(self, question: tuple[Hashable, ...], ask: Callable[[], T]) -> T:
        """The answer that was given before, else what `ask` gives now.

        Of several who ask at once all get the first one's: what each was told can be proven later.
        """
        with self._lock:
            if question in self._answers:
                return cast("T", self._answers[question])
        found = ask()
        with self._lock:
            told = self._answers.setdefault(question, found)
            for oldest in list(self._answers)[:-_KEPT]:
                del self._answers[oldest]
        return cast("T", told)

    def forget(self, block_hash: bytes) -> None:
        """Forget what was answered about one block."""
        with self._lock:
            for question in [each for each in self._answers if each[0] == block_hash]:
                del self._answers[question]
