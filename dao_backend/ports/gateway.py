"""What a contributor's or buyer's own client needs from the service: the HTTP API as a protocol.

The wire shapes are those of the OpenAPI document; the adapter in `client` maps problem+json back to the error tree.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol

from dao_backend.core.model import Address, Appraisal, Collection, Committee, Record
from dao_backend.ports.chain import Addresses


@dataclass(frozen=True, slots=True)
class AppraiserFacts:
    """Whom the client seals content keys to."""

    address: Address
    sealing_key: bytes


@dataclass(frozen=True, slots=True)
class Facts:
    """What a client must know of a DAO; everything that matters can be checked on chain."""

    name: str
    addresses: Addresses
    rpc_url: str | None
    collections: tuple[Collection, ...]
    committee: Committee
    appraiser: AppraiserFacts
    max_bytes: int
    """Largest message that is accepted, in bytes."""


@dataclass(frozen=True, slots=True)
class Submission:
    """A sealed contribution on its way in: nothing in it can be opened by the service."""

    record: Record
    nonce: bytes
    contributor_signature: bytes
    commitments: tuple[bytes, ...]
    sealed_shares: tuple[bytes, ...]
    sealed_content_key: bytes


@dataclass(frozen=True, slots=True)
class ReasonLine:
    """One line of a score, as the appraiser printed it; `weight` in basis points."""

    code: str
    sentence: str
    weight: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """The answer to a submission; without `appraisal` it scored nothing and cannot be registered."""

    contribution_id: bytes
    units: int
    reasons: tuple[ReasonLine, ...]
    policy: bytes
    appraisal: Appraisal | None
    appraiser_signature: bytes | None
    intake_receipts: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class BundleFacts:
    """A keeper's bundle for a licence: where it stands, and why it is not handed over if it is not."""

    index: int
    ready: bool
    reason: str | None
    cid: str | None
    length: int | None


class Gateway(Protocol):
    """Raises the error tree: what the service refused, or ResourceError where it does not answer."""

    def facts(self) -> Facts: ...

    def put_envelope(self, chunks: Iterable[bytes], expected_cid: str | None = None) -> str:
        """Upload; the CID, which the caller compares with its own."""
        ...

    def envelope(self, cid: str) -> Iterator[bytes]: ...

    def submit(self, submission: Submission) -> Outcome: ...

    def register(self, contribution_id: bytes) -> bytes:
        """Relay the registration of an appraised submission; transaction hash."""
        ...

    def manifest(self, edition_id: int) -> bytes: ...

    def bundles(self, licence_id: int) -> tuple[BundleFacts, ...]: ...

    def bundle(self, licence_id: int, index: int) -> Iterator[bytes]: ...
