"""What the index says of keepers and what they did; a part of the port in ports/index.py."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from dao_backend.core.model import Keeper


@dataclass(frozen=True, slots=True)
class CommitteeRow:
    """The keepers of one epoch with what they have done in it."""

    epoch: int
    threshold: int
    keepers: tuple[Keeper, ...]
    """By index, from 1."""
    formed_at: int
    serving_since: int | None
    """When it began to attest and deliver, None while an earlier one still does."""
    confirmed: frozenset[int]
    """Indexes of the keepers that confirmed their handover."""
    deliveries: int
    """How many were opened under it."""
    receipts: tuple[int, ...]
    """How many of these each keeper posted a receipt for, by index from 1."""


@dataclass(frozen=True, slots=True)
class Hold:
    """Why keepers may not erase their shares of a withdrawn contribution yet."""

    edition_id: int | None
    """The collection's newest edition, where the contribution still stands in it."""
    licence_id: int | None
    """A licence that still awaits a bundle with its share."""


class Committees(Protocol):
    """Committees, receipts, and what keeps shares from being erased."""

    def committees(self) -> tuple[CommitteeRow, ...]:
        """Of all epochs, newest first."""
        ...

    def hold(self, contribution_id: bytes, now: int) -> Hold | None:
        """What keeps a withdrawn contribution's shares at `now` (chain time); None: nothing.

        NotFound.
        """
        ...
