"""A keeper's list of contributions as the final log has them, too long to be kept in memory.

It is rebuilt from the chain at every start, so that nothing in it needs a backup.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from dao_backend.core.history import Change
from dao_backend.core.manifest import Entry
from dao_backend.core.model import Contribution

Gone = tuple[int, bytes]
"""Position in the history at which a contribution was withdrawn, and its id."""


@dataclass(frozen=True, slots=True)
class Listed:
    """A change of the history with its position in it, counted from 1."""

    position: int
    change: Change


class Outline(NamedTuple):
    """What a release needs of a contribution; a tuple, as a million are made for one bundle."""

    contribution_id: bytes
    record_hash: bytes
    epoch: int


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

    def listed(self, ids: Sequence[bytes]) -> dict[bytes, Contribution]:
        """Those of these contributions that were ever registered; at most 1,000 ids."""
        ...

    def entries(self, collection: int, history_count: int) -> Iterator[Entry]:
        """Those of a collection that were active after so many changes, by ascending id."""
        ...

    def outlines(self, collection: int, history_count: int) -> Iterator[Sequence[Outline]]:
        """The same contributions in the same order, at most 1,000 at a time."""
        ...

    def contributions(self, after: int = 0, limit: int = 1_000) -> tuple[Contribution, ...]:
        """Those registered behind position `after` of the history, withdrawn or not, in order."""
        ...

    def withdrawn(self, after: Gone = (0, b""), limit: int = 1_000) -> tuple[Contribution, ...]:
        """Those withdrawn behind `after`, in the order in which they went."""
        ...

    def dealt_before(self, epoch: int) -> int:
        """How many contributions were dealt to earlier committees, withdrawn or not."""
        ...
