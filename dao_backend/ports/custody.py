"""Where a keeper keeps what it holds: shares, statements of erasure, the log of bundles."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from dao_backend.core.model import Address, Keeper
from dao_backend.ports.keepers import BundleEntry, SealedShare, StoredShare, Tombstone


class Custody(Protocol):
    """A keeper's records, sealed shares and log; durable when a call returns.

    DatabaseUnavailable where the file cannot be used.
    """

    def add(self, share: StoredShare) -> None:
        """Store; the same record again is no change, another one raises RecordMismatch.

        RecordMismatch also where the share was erased as withdrawn: it does not come back. One that
        was handed over does where its keeper is voted in again, and its tombstone goes.
        """
        ...

    def add_all(self, shares: Sequence[StoredShare]) -> None:
        """Store many at once, in one transaction; as `add`."""
        ...

    def take_in(self, share: StoredShare, taken_at: int) -> None:
        """Store one that is not registered yet, and since when (Unix time); as `add`."""
        ...

    def unregistered(self, until: int, limit: int = 1_000) -> tuple[bytes, ...]:
        """Those taken in at `until` or before and not registered since, the oldest first."""
        ...

    def unregistered_of(self, contributor: Address) -> int:
        """How many unregistered shares of one account are held."""
        ...

    def unregistered_count(self) -> int:
        """How many unregistered shares are held of all accounts together."""
        ...

    def waiting(self, ids: Sequence[bytes]) -> dict[bytes, bytes]:
        """Record hashes of the unregistered shares among these; at most 1,000 ids."""
        ...

    def registered(self, ids: Sequence[bytes]) -> None:
        """Remember that these are registered, held or not; at most 1,000 ids."""
        ...

    def discard(self, ids: Sequence[bytes]) -> None:
        """Overwrite those of these that are unregistered; at most 1,000 ids.

        Nothing is kept of them: they may be taken in again.
        """
        ...

    def get(self, contribution_id: bytes) -> StoredShare:
        """NotFound where nothing was taken in or it was erased."""
        ...

    def get_all(self, ids: Sequence[bytes]) -> dict[bytes, StoredShare]:
        """Those that are here, by contribution id; at most 1,000 ids."""
        ...

    def sealed(self, ids: Sequence[bytes]) -> dict[bytes, SealedShare]:
        """What a release needs of those that are here, by contribution id; at most 1,000 ids."""
        ...

    def sealed_to(self, ids: Sequence[bytes]) -> dict[bytes, bytes]:
        """The sealing keys of those that are here, by contribution id; at most 1,000 ids."""
        ...

    def commitments(self, ids: Sequence[bytes]) -> dict[bytes, tuple[bytes, ...]]:
        """The share commitments of those that are or were here; at most 1,000 ids."""
        ...

    def sealing_keys(self) -> dict[bytes, int]:
        """How many held shares there are under each sealing key."""
        ...

    def reseal(self, shares: Sequence[StoredShare]) -> None:
        """Replace sealed shares by the same ones under another sealing key; NotFound."""
        ...

    def count(self) -> int:
        """How many shares are held."""
        ...

    def ids(self, after: bytes = b"", limit: int = 1_000) -> tuple[bytes, ...]:
        """Ids of held shares in ascending order, those behind `after`."""
        ...

    def erase(self, tombstones: Sequence[Tombstone]) -> None:
        """Overwrite the shares and keep the statements, in one transaction.

        The record stays known to be erased, and its commitments stay, which are public. A second
        tombstone for a contribution changes nothing.
        """
        ...

    def tombstone(self, contribution_id: bytes) -> Tombstone | None: ...

    def log_bundle(self, entry: BundleEntry) -> None:
        """Record a finished bundle; a second one for the same licence raises RecordMismatch."""
        ...

    def drop_bundle(self, licence_id: int) -> None:
        """Forget a bundle that no receipt was posted for."""
        ...

    def log_posted(self, licence_id: int, transaction: bytes) -> None: ...

    def bundle(self, licence_id: int) -> BundleEntry | None: ...

    def bundle_cids(self) -> frozenset[str]:
        """The CIDs of all bundles in the log."""
        ...

    def bundle_count(self) -> int: ...

    def approve_handover(self, epoch: int, successor: Keeper) -> None:
        """Remember that the operator agrees to hand its shares over to this keeper of `epoch`.

        The word counts for the operator account and the sealing key of that seat; a later one for
        the same epoch takes its place.
        """
        ...

    def handover_approved(self, epoch: int, successor: Keeper) -> bool:
        """Whether the operator agreed to just this account and sealing key in `epoch`."""
        ...

    def forgo(self, ids: Sequence[bytes]) -> None:
        """Remember that the operator goes on without these until they are stored.

        Those that are held are passed over. At most 1,000 ids.
        """
        ...

    def forgone(self, ids: Sequence[bytes]) -> frozenset[bytes]:
        """Those of these that the operator goes on without; at most 1,000 ids."""
        ...

    def all_forgone(self, limit: int = 1_000) -> tuple[bytes, ...]:
        """The first of all that the operator goes on without, by ascending id."""
        ...

    def forgone_count(self) -> int:
        """How many the operator goes on without."""
        ...
