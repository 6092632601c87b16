"""What the service, a buyer and a successor need from a keeper, in process or behind HTTP.

None of them ever gets an opened share: what leaves a keeper is signed, public, or sealed to the one
account that the final chain names.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from dao_backend.core.access import Decision
from dao_backend.core.model import Address, Receipt, Record
from dao_backend.core.typed_keepers import Erasure, HandoverAsk


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
    signature: bytes
    """The operator's, over the receipt: anybody may post it (`post_receipt_for`)."""


@dataclass(frozen=True, slots=True)
class Tombstone:
    """A signed statement that a share was erased."""

    erasure: Erasure
    signature: bytes


@dataclass(frozen=True, slots=True)
class HandedShare:
    """One share on its way to a successor: as it was taken in, sealed anew to the successor."""

    record: Record
    commitments: tuple[bytes, ...]
    sealed_share: bytes


@dataclass(frozen=True, slots=True)
class HandoverProgress:
    """How far a keeper is with taking over what its predecessors hold."""

    epoch: int
    """The newest epoch, in which this keeper sits."""
    needed: int
    """Shares of earlier epochs that it must hold."""
    held: int
    confirmation: bytes | None
    """Its signed `Handover`, once it holds all: anybody may post it (`confirm_handover`)."""


@dataclass(frozen=True, slots=True)
class KeeperStatus:
    """What a keeper says of itself, for everybody to read; nothing in it is secret."""

    version: str
    operator: Address
    index: int
    """0 while the chain gives it no seat."""
    final_block: int
    """The newest block that it has folded in, 0 before the first."""
    final_time: int
    """That block's timestamp."""
    shares: int
    """How many it holds."""
    missing: tuple[bytes, ...]
    """Contributions whose shares it should hold and does not, at most 1,000 of them."""
    forgone: tuple[bytes, ...]
    """Contributions that its operator has decided to go on without (`ddao keeper forgo`), and that
    it does not hold, by ascending id, at most 1,000 of them."""
    bundles: int
    delayed: tuple[int, ...]
    """Licences with which it failed to go on at the last try, at most 100; its log says why.

    Those that it is denied to go on with are not among them.
    """
    running_for: int
    """Seconds since its process started."""
    proves: bool | None
    """Whether its nodes serve storage proofs; None where it has not asked yet."""
    alarm: str | None
    """Why it refuses everything now, such as nodes that contradict one another."""
    handover: HandoverProgress | None
    """None in the first epoch."""


class Keeper(Protocol):
    """One keeper. A remote one raises ServiceUnavailable where it does not answer."""

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

    def tombstone(self, contribution_id: bytes) -> Tombstone:
        """The statement that this keeper's share is erased; NotFound."""
        ...

    def hand_over(
        self, ask: HandoverAsk, ids: Sequence[bytes], signature: bytes
    ) -> tuple[HandedShare, ...]:
        """Shares sealed anew to the keeper that follows at this index, as far as they are here.

        Refused unless the final chain names the signer as the keeper of `ask.epoch` at this index,
        this keeper's operator has agreed, and at most 500 ids are asked for.
        """
        ...

    def status(self) -> KeeperStatus: ...


@dataclass(frozen=True, slots=True)
class StoredShare:
    """One line of a keeper's custody."""

    record: Record
    commitments: tuple[bytes, ...]
    sealed_share: bytes
    receipt: bytes
    sealed_to: bytes
    """The keeper's public sealing key that opens it: keys change with epochs."""


class SealedShare(NamedTuple):
    """What a release needs of a stored share; a tuple, as a million of them are made for one."""

    record_hash: bytes
    """Of the record that was taken in: binds all its fields."""
    commitments: bytes
    """The n share commitments, one after another."""
    sealed_share: bytes
    sealed_to: bytes


@dataclass(frozen=True, slots=True)
class BundleEntry:
    """A line of the write-ahead log: the bundle that was built, once, for a licence."""

    licence_id: int
    cid: str
    length: int
    receipt: Receipt
    signature: bytes
    posted_in: bytes | None = None
    """Hash of the transaction in which this keeper itself posted it, None before."""
