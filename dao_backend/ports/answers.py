"""What the API must remember to answer a repeated request the same way: Idempotency-Key."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered to a request; `request` is the digest of its path and body."""

    request: bytes
    status: int
    body: bytes


class Answers(Protocol):
    """Durable when a call returns. DatabaseUnavailable."""

    def find(self, key: str) -> Answer | None:
        """The answer kept under a key."""
        ...

    def keep(self, key: str, answer: Answer, now: int) -> None:
        """Remember; the first answer under a key stays. Old ones may be forgotten."""
        ...
