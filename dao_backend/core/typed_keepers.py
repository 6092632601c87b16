"""What keepers sign besides receipts and attestations; hashed as everything in `core/typed.py`."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum


class Cause(IntEnum):
    """Why a keeper has erased its share."""

    WITHDRAWN = 1
    """The contribution was withdrawn, and no licence needs it any more."""
    HANDED_OVER = 2
    """The keeper's successor holds the share."""


@dataclass(frozen=True, slots=True)
class Handover:
    """A keeper's statement that it holds its share of every contribution of earlier epochs."""

    epoch: int
    index: int


@dataclass(frozen=True, slots=True)
class HandoverAsk:
    """A successor's wish for the shares of these contributions, made at `asked_at` (unix time).

    `ids` is keccak256 of the contribution ids, one after another, in the order asked for.
    """

    epoch: int
    index: int
    ids: bytes
    asked_at: int


@dataclass(frozen=True, slots=True)
class Erasure:
    """A keeper's statement, off chain, that it has erased its share: a tombstone."""

    contribution_id: bytes
    index: int
    cause: Cause
    erased_at: int
