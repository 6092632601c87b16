"""Parts of an envelope: where they stand, and how they are opened without the rest.

An envelope's length fixes its layout: message byte i is byte i mod 16,384 of chunk i ÷ 16,384,
and chunk k starts at 56 + k · 16,400. That the length is true is known once the last chunk has
verified, so nothing opens before it has.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from dao_backend.core.crypto import TAG, Buffer, ContentKey
from dao_backend.core.envelope import CHUNK, HEADER, SEALED, Schedule
from dao_backend.errors import InputError, TruncatedEnvelope


class ByteRange(NamedTuple):
    """Bytes from `start` up to, not including, `stop`."""

    start: int
    stop: int


@dataclass(frozen=True, slots=True)
class Layout:
    """Where things are in an envelope of `length` bytes; TruncatedEnvelope if none has that."""

    length: int

    def __post_init__(self) -> None:
        if self.length < HEADER + TAG or (self.length - HEADER) % SEALED < TAG:
            raise TruncatedEnvelope(f"no envelope has {self.length} bytes")

    @property
    def last_chunk(self) -> int:
        """Number of the last chunk, counted from 0."""
        return (self.length - HEADER) // SEALED

    @property
    def message_length(self) -> int:
        """Bytes of the message inside."""
        return self.length - HEADER - (self.last_chunk + 1) * TAG

    @property
    def last_range(self) -> ByteRange:
        """Where the last chunk stands in the envelope."""
        return ByteRange(HEADER + self.last_chunk * SEALED, self.length)

    def chunk_range(self, offset: int, length: int) -> ByteRange:
        """Where the chunks stand that hold `length` message bytes from `offset`.

        As in a slice, what lies past the end is left out. Raises InputError if one is negative.
        """
        if offset < 0 or length < 0:
            raise InputError(f"cannot read {length} bytes from {offset}")
        stop = min(offset + length, self.message_length)
        if offset >= stop:
            return ByteRange(HEADER, HEADER)
        end = HEADER + ((stop - 1) // CHUNK + 1) * SEALED
        return ByteRange(HEADER + offset // CHUNK * SEALED, min(end, self.length))


class RandomAccess:
    """Opens any part of an envelope, once header and last chunk have verified.

    `header` is the first 56 bytes, `last` the bytes at `Layout(length).last_range`.
    Raises CommitmentMismatch, ChunkCorrupt, TruncatedEnvelope.
    """

    def __init__(
        self, key: ContentKey, context: bytes, length: int, header: bytes, last: bytes
    ) -> None:
        self.layout = Layout(length)
        self._schedule = Schedule.checked(key, context, header)
        self.open_chunk(self.layout.last_chunk, last)

    def open_chunk(self, chunk: int, sealed: Buffer) -> bytes:
        """Open chunk number `chunk`, counted from 0."""
        start = HEADER + chunk * SEALED
        expected = min(start + SEALED, self.layout.length) - start
        if len(sealed) != expected:
            raise TruncatedEnvelope(f"chunk {chunk} has {len(sealed)} bytes, not {expected}")
        out = bytearray(len(sealed) - TAG)
        self._schedule.open_into(chunk, sealed, memoryview(out))
        return bytes(out)

    def open_range(self, offset: int, length: int, sealed: Buffer) -> bytes:
        """Message bytes as a slice gives them, from the bytes at `chunk_range(offset, length)`."""
        expected = self.layout.chunk_range(offset, length)
        if len(sealed) != expected.stop - expected.start:
            raise TruncatedEnvelope(f"{len(sealed)} bytes do not hold that part of the envelope")
        view, first = memoryview(sealed), offset // CHUNK
        opened = b"".join(
            self.open_chunk(first + number, view[at : at + SEALED])
            for number, at in enumerate(range(0, len(view), SEALED))
        )
        return opened[offset - first * CHUNK :][:length]
