"""Many signed messages in one transaction, where a bad one is left out and the others count.

A part of the port in ports/chain.py, which says when it raises.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from dao_backend.core.model import Address, Appraisal, Record
from dao_backend.errors import ContractRefused
from dao_backend.ports.sent import Sent

MOST = 100
"""Messages that one batch takes here."""

Key = TypeVar("Key")


@dataclass(frozen=True, slots=True)
class Registration:
    """A contribution with the signatures that let anybody register it."""

    record: Record
    nonce: bytes
    appraisal: Appraisal
    appraiser_signature: bytes
    contributor_signature: bytes


@dataclass(frozen=True, slots=True)
class SignedBallot:
    """A ballot with its voter's signature."""

    voter: Address
    support: int
    signature: bytes


@dataclass(frozen=True, slots=True)
class Batched(Generic[Key]):
    """What became of a batch: the transaction, and the reasons of those that it went without."""

    sent: Sent | None
    """None where all were refused, so that nothing was sent."""
    skipped: Mapping[Key, ContractRefused]


class BatchWriter(Protocol):
    """Batches of one account; what would be refused now is left out before anything is sent."""

    def register_all(self, registrations: Sequence[Registration]) -> Batched[bytes]:
        """Register at most 100, in any order, each once; reasons by contribution id."""
        ...

    def count_all(self, proposal_id: int, ballots: Sequence[SignedBallot]) -> Batched[Address]:
        """Cast at most 100 ballots, in any order, each voter's once; reasons by voter."""
        ...
