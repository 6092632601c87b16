"""What the service needs from storage: a place for bytes, named by what they are.

Everything is checked against the CID on the way in and on the way out, by the adapter: who holds
bytes from here holds the right bytes. Calls block; use them from a bounded pool.
A `cid` is the text of a CIDv1 of profile unixfs-v1-2025 (a `core.cid.Cid` is one);
any other text raises InputError.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import BinaryIO, Protocol

from dao_backend.core.cid import Blob


class BlobStore(Protocol):
    """Implementations raise NotFound, CidMismatch, StorageUnavailable and StorageFull."""

    def put(self, source: BinaryIO | Iterable[bytes], expected: str | None = None) -> Blob:
        """Store the bytes durably and all at once, with a few MiB of memory whatever their length.

        With `expected`, the bytes must have that CID: CidMismatch otherwise.
        When anything fails, also `source` itself (its exception comes through), the store holds
        what it held before. Storing the same bytes again is allowed.
        """
        ...

    def open(self, cid: str, offset: int = 0, length: int | None = None) -> Iterator[bytes]:
        """The bytes from `offset` on, at most `length` of them, in pieces of up to 1 MiB.

        A piece is only yielded once it is verified; CidMismatch names the first bad chunk.
        NotFound, and InputError for an offset behind the end, are raised by the call itself.
        """
        ...

    def has(self, cid: str) -> bool:
        """Whether the store keeps the blob; says nothing about whether its bytes are intact."""
        ...

    def length(self, cid: str) -> int:
        """Length in bytes, proved by the CID. NotFound, CidMismatch."""
        ...

    def delete(self, cid: str) -> None:
        """Forget the blob; nothing happens where it is not kept."""
        ...

    def health(self) -> str:
        """One line on what stands behind the store; raises where a put would fail now."""
        ...
