"""Reading with proof: which chunks cover a byte range, each checked before it goes out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import BinaryIO

from dao_backend.core.cid import Cid
from dao_backend.core.model import ROOT_CHUNK
from dao_backend.errors import CidMismatch, InputError


@dataclass(frozen=True, slots=True)
class Span:
    """The bytes from `start` up to, not with, `stop` of a blob of `total` bytes."""

    start: int
    stop: int
    total: int

    @classmethod
    def of(cls, offset: int, length: int | None, total: int) -> Span:
        """At most `length` bytes from `offset` on; InputError where that is outside the blob."""
        if not 0 <= offset <= total:
            raise InputError(f"offset {offset} is outside the {total} bytes of the blob")
        if length is not None and length < 0:
            raise InputError(f"a length of {length} bytes is below zero")
        return cls(offset, total if length is None else min(offset + length, total), total)

    @property
    def leaves(self) -> range:
        """The chunks that cover the span; none for an empty one."""
        if self.start == self.stop:
            return range(0)
        return range(self.start // ROOT_CHUNK, -(-self.stop // ROOT_CHUNK))

    @property
    def aligned(self) -> tuple[int, int]:
        """(first byte, number of bytes) of those chunks."""
        first = self.leaves.start * ROOT_CHUNK
        return first, min(self.leaves.stop * ROOT_CHUNK, self.total) - first

    def cut(self, index: int, chunk: bytes) -> bytes:
        """What of chunk `index` lies inside the span."""
        base = index * ROOT_CHUNK
        return chunk[max(self.start - base, 0) : self.stop - base]


def pieces(source: BinaryIO | Iterable[bytes]) -> Iterable[bytes]:
    """A source of bytes as an iterable, whichever of the two it is."""
    read = getattr(source, "read", None)
    return source if read is None else iter(lambda: read(ROOT_CHUNK), b"")


def verified_chunks(
    cid: Cid, span: Span, digests: Iterable[bytes], chunks: Iterator[bytes]
) -> Iterator[bytes]:
    """Yield the span's bytes chunk by chunk, each after its digest was checked.

    `digests` are the proved digests of `span.leaves`, `chunks` the stored bytes of the same.
    Raises CidMismatch naming the chunk that was altered, or that is not there.
    """
    for index, digest in enumerate(digests, span.leaves.start):
        chunk = next(chunks, b"")
        if sha256(chunk).digest() != digest:
            start = index * ROOT_CHUNK
            end = min(start + ROOT_CHUNK, span.total)
            raise CidMismatch(
                f"{cid}: chunk {index} (bytes {start} to {end}) is not what was stored"
                + (f"; only {len(chunk)} bytes of it came" if len(chunk) < end - start else "")
            )
        yield span.cut(index, chunk)


def verified_raw(cid: Cid, data: bytes, offset: int, length: int | None) -> Iterator[bytes]:
    """The wanted part of a blob of one block, checked as a whole at once."""
    if len(data) > ROOT_CHUNK or sha256(data).digest() != cid.digest:
        raise CidMismatch(f"{cid}: the only chunk ({len(data)} bytes) is not what was stored")
    span = Span.of(offset, length, len(data))
    return iter([data[span.start : span.stop]] if span.leaves else [])
