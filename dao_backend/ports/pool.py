"""What the appraiser remembers of content that was appraised before: keyed sketches."""

from __future__ import annotations

from typing import Protocol

from dao_backend.core.scoring.sketch import Holder, PoolView, Sketch


class Pool(PoolView, Protocol):
    """Durable when a call returns. DatabaseUnavailable."""

    def cursor(self) -> str | None:
        """How far the registry's log has been taken into account."""
        ...

    def add(self, holder: Holder, sketch: Sketch, until: int) -> None:
        """Remember a sketch until `until`, or for good if it is kept before."""
        ...

    def forget(self, contribution_id: bytes) -> None:
        """Drop a sketch; nothing happens where there is none."""
        ...

    def advance(
        self, kept: tuple[bytes, ...], gone: tuple[bytes, ...], cursor: str | None, now: int
    ) -> None:
        """Take the log on: keep what was registered, forget what was withdrawn or has run out."""
        ...
