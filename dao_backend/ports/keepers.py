"""What the service needs from a keeper, and what a keeper needs to remember.

The service only relays: it never holds an opened share.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from dao_backend.core.access import Decision
from dao_backend.core.model import Address, Receipt, Record


@dataclass(frozen=True, slots=True)
class Intake:
    """What a contributor's client gives one keeper before anything is on chain."""

    record: Record
    nonce: bytes
    contributor_signature: bytes
    index: int
    commitments: tuple[bytes, ...]
    """All n share commitments; their root is the record's shareRoot."""
    sealed_share: bytes


@dataclass(frozen=True, slots=True)
class Bundle:
    """A keeper's bundle as it lies ready: its CID, length and the receipt that states it."""

    cid: str
    length: int
    receipt: Receipt


class Keeper(Protocol):
    """One keeper, in process or behind HTTP."""

    @property
    def index(self) -> int: ...

    def take_in(self, intake: Intake) -> bytes:
        """Check everything, store the share, and return the signed intake receipt (65 bytes).

        The same intake again returns the same receipt. InvalidSignature, ShareError,
        RecordMismatch.
        """
        ...

    def commitments(self, contribution_id: bytes) -> tuple[bytes, ...]:
        """The share commitments of a stored record; NotFound."""
        ...

    def attestation(self, edition_id: int) -> tuple[bytes, bytes]:
        """Root and signature (65 bytes) for a final edition; Refused while it is not final."""
        ...

    def manifest(self, edition_id: int) -> Iterator[bytes]:
        """The manifest file of a final edition, line by line; Refused while it is not final."""
        ...

    def release(
        self, licence_id: int, asker: Address | None = None, asked_key: bytes | None = None
    ) -> Decision:
        """Whether the bundle of this licence can be handed over now, and if not, why.

        `asker` and `asked_key` are what somebody claims to be and to want: they can only deny.
        """
        ...

    def bundle_facts(self, licence_id: int) -> Bundle | None:
        """The bundle that was built, handed over or not; None before."""
        ...

    def bundle(
        self, licence_id: int, offset: int = 0, length: int | None = None
    ) -> Iterator[bytes]:
        """The bundle's bytes; NotReleased with the reason before enough receipts are final."""
        ...

    def work(self) -> None:
        """Take the next due step of every final licence: build, post. Call it again and again."""
        ...


@dataclass(frozen=True, slots=True)
class StoredShare:
    """One line of a keeper's custody."""

    record: Record
    commitments: tuple[bytes, ...]
    sealed_share: bytes
    receipt: bytes


@dataclass(frozen=True, slots=True)
class BundleEntry:
    """A line of the write-ahead log: the bundle that was built, once, for a licence."""

    licence_id: int
    cid: str
    length: int
    receipt: Receipt
    posted_in: bytes | None = None
    """Hash of the transaction that posted the receipt, None before."""


class Custody(Protocol):
    """A keeper's records, sealed shares and log; durable when a call returns.

    DatabaseUnavailable where the file cannot be used.
    """

    def add(self, share: StoredShare) -> None:
        """Store; the same record again is no change, another one raises RecordMismatch."""
        ...

    def get(self, contribution_id: bytes) -> StoredShare:
        """NotFound where nothing was taken in or it was deleted."""
        ...

    def delete(self, contribution_id: bytes) -> None: ...

    def log_bundle(self, entry: BundleEntry) -> None:
        """Record a finished bundle; a second one for the same licence raises RecordMismatch."""
        ...

    def drop_bundle(self, licence_id: int) -> None:
        """Forget a bundle that no receipt was posted for."""
        ...

    def log_posted(self, licence_id: int, transaction: bytes) -> None: ...

    def bundle(self, licence_id: int) -> BundleEntry | None: ...
