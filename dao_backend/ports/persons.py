"""How the chain counts votes, who is known to be one person, and what may be minted.

A part of the port in ports/chain.py, which says when it raises.
"""

from __future__ import annotations

from typing import Protocol

from dao_backend.core.model import Address
from dao_backend.core.safeguards import MintingCaps, VotingMode


class PersonReader(Protocol):
    """Facts of votes and persons, each as it was at `block`."""

    def voting_mode(self) -> VotingMode:
        """Fixed at creation."""
        ...

    def is_attested(self, member: Address, block: int | None = None) -> bool: ...

    def is_attestor(self, account: Address, block: int | None = None) -> bool: ...

    def caps(self, block: int | None = None) -> MintingCaps:
        """What may be minted in one window; a vote changes it."""
        ...
