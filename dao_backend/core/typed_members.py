"""What members sign beyond ballots; hashed and recovered as everything else in `core/typed.py`."""

from __future__ import annotations

from dataclasses import dataclass

from dao_backend.core.model import Address


@dataclass(frozen=True, slots=True)
class Pledge:
    """A member's units towards one strike; on chain it counts again only by the member's hand."""

    strike_id: int
    member: Address


@dataclass(frozen=True, slots=True)
class Uniqueness:
    """An attestor's statement that a member is one person; `person` is a hash of its own making."""

    member: Address
    person: bytes
    deadline: int
