"""A keeper's list of contributions as the final log has them, too long to be kept in memory.

It is rebuilt from the chain at every start, so that nothing in it needs a backup.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from dao_backend.core.history import Change
from dao_backend.core.manifest import Entry
from dao_backend.core.model import Contribution


@dataclass(frozen=True, slots=True)
class Listed:
    """A change of the history with its position in it, counted from 1."""

    position: int
    change: Change


class Book(Protocol):
    """Contributions, each with when it came and went. DatabaseUnavailable."""

    def clear(self) -> None:
        """Begin anew."""
        ...

    def write(self, changes: Sequence[Listed]) -> None:
        """Add what came next, all or nothing; HistoryMismatch for what does not fit.

        A member that left takes all its active contributions along.
        """
        ...

    def contribution(self, contribution_id: bytes) -> Contribution | None: ...

    def entries(self, collection: int, history_count: int) -> Iterator[Entry]:
        """Those of a collection that were active after so many changes, by ascending id."""
        ...

    def active(self, after: bytes = b"", limit: int = 1_000) -> tuple[Contribution, ...]:
        """Contributions that are not withdrawn, by ascending id behind `after`."""
        ...

    def withdrawn(self, after: bytes = b"", limit: int = 1_000) -> tuple[Contribution, ...]:
        """Contributions that are withdrawn, by ascending id behind `after`."""
        ...
