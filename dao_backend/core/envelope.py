"""The envelope, version 1: a message encrypted as a stream of chunks.

    salt(24) ‖ commitment(32) ‖ chunk_0 ‖ chunk_1 ‖ … ‖ chunk_last

C2SP chunked-encryption v1 (c2sp.org/chunked-encryption) with AES-256-GCM and SHA-512.
Chunks hold 16,384 message bytes, the last always fewer, so that an envelope which ends with a
full chunk was cut off. The commitment binds content key, salt and context, *not* the bytes.
Nothing here reads or writes files: callers feed bytes in steps of any size (1 MiB is fastest).
Parts of an envelope are opened by `random_access`.
"""

from __future__ import annotations

from collections.abc import Iterator
from hmac import compare_digest

from dao_backend.core.crypto import (
    NONCE,
    TAG,
    Aes256Gcm,
    Buffer,
    ContentKey,
    blake2b_256,
    hkdf_expand_sha512,
)
from dao_backend.core.model import Address, require_bytes
from dao_backend.core.packing import address_bytes, uint
from dao_backend.errors import (
    ChunkCorrupt,
    CommitmentMismatch,
    ContentTooLarge,
    TruncatedEnvelope,
)

CHUNK = 16_384
"""Message bytes in every chunk but the last."""
SEALED = CHUNK + TAG
"""Envelope bytes of every chunk but the last."""
SALT = 24
COMMITMENT = 32
HEADER = SALT + COMMITMENT
STEP = 64 * CHUNK
"""Message bytes to feed at a time: 1 MiB."""
MAX_CHUNKS = 2**38

_INFO = b"c2sp.org/chunked-encryption@v1+AEAD_AES_256_GCM\x00"
_CONTEXT = b"ddao/envelope/1"


def context(chain_id: int, registry: Address, contribution_id: bytes) -> bytes:
    """32 bytes that tie an envelope to one contribution in one registry on one chain."""
    require_bytes("contribution_id", contribution_id, 32)
    place = uint(chain_id) + address_bytes(registry)
    return blake2b_256(_CONTEXT + place + contribution_id)


def header_commitment(header: bytes) -> bytes:
    """The 32 bytes that the record publishes as `envelopeCommitment`, from the first 56 bytes.

    Raises TruncatedEnvelope for fewer bytes.
    """
    if len(header) < HEADER:
        raise TruncatedEnvelope(f"the header has {len(header)} bytes, not {HEADER}")
    return bytes(header[SALT:HEADER])


class Schedule:
    """Everything derived from content key, salt and context."""

    __slots__ = ("_base", "aead", "commitment")

    def __init__(self, key: ContentKey, salt: bytes, context: bytes) -> None:
        require_bytes("salt", salt, SALT)
        derived = hkdf_expand_sha512(key.raw, _INFO + salt + context, 32 + NONCE + COMMITMENT)
        self.aead = Aes256Gcm(derived[:32])
        self._base = int.from_bytes(derived[32 : 32 + NONCE], "big")
        self.commitment = derived[32 + NONCE :]

    def nonce(self, chunk: int) -> bytes:
        if chunk >= MAX_CHUNKS:
            raise ContentTooLarge(f"an envelope holds at most {MAX_CHUNKS} chunks of 16 KiB")
        return (self._base ^ chunk).to_bytes(NONCE, "big")

    @classmethod
    def checked(cls, key: ContentKey, context: bytes, header: bytes) -> Schedule:
        """Derive from the salt in `header`; raise CommitmentMismatch unless the rest agrees."""
        published = header_commitment(header)
        schedule = cls(key, bytes(header[:SALT]), context)
        if not compare_digest(schedule.commitment, published):
            raise CommitmentMismatch("the envelope was made with another key, salt or context")
        return schedule

    def open_into(self, chunk: int, sealed: Buffer, out: memoryview) -> None:
        try:
            self.aead.open_into(self.nonce(chunk), sealed, out)
        except ChunkCorrupt as error:
            raise ChunkCorrupt(f"chunk {chunk} was changed, moved or repeated") from error


class _Cutter:
    """Cuts a stream into pieces of one size; copies only what straddles two calls."""

    __slots__ = ("_carry", "_size", "filled")

    def __init__(self, size: int) -> None:
        self._carry = memoryview(bytearray(size))
        self._size = size
        self.filled = 0

    def cut(self, data: memoryview) -> Iterator[memoryview]:
        """Yield every piece that `data` completes; a piece is valid until the next one."""
        start = 0
        if self.filled:
            start = min(self._size - self.filled, len(data))
            self._keep(data[:start])
            if self.filled < self._size:
                return
            self.filled = 0
            yield self._carry
        whole = start + (len(data) - start) // self._size * self._size
        for at in range(start, whole, self._size):
            yield data[at : at + self._size]
        self._keep(data[whole:])

    def _keep(self, data: memoryview) -> None:
        self._carry[self.filled : self.filled + len(data)] = data
        self.filled += len(data)

    def rest(self) -> memoryview:
        return self._carry[: self.filled]


class Encryptor:
    """Turns a message, fed in steps, into an envelope.

    Never use one (key, salt) for two messages: draw the 24-byte salt anew for every envelope.
    Raises ContentTooLarge past 2³⁸ chunks (4 PiB).
    """

    def __init__(self, key: ContentKey, salt: bytes, context: bytes) -> None:
        self._schedule = Schedule(key, salt, context)
        self.commitment = self._schedule.commitment
        self._pending_header = salt + self.commitment
        self._cutter = _Cutter(CHUNK)
        self._chunk = 0
        self._finished = False

    def room(self, length: int) -> int:
        """Bytes that `update_into` writes for `length` further message bytes."""
        chunks = (self._cutter.filled + length) // CHUNK
        return len(self._pending_header) + chunks * SEALED

    def update_into(self, data: Buffer, out: memoryview) -> int:
        """Encrypt `data` into `out` (`room(len(data))` bytes or more); return the bytes written."""
        if self._finished:
            raise RuntimeError("this envelope is finished")
        at = len(self._pending_header)
        out[:at] = self._pending_header
        self._pending_header = b""
        for piece in self._cutter.cut(memoryview(data)):
            nonce = self._schedule.nonce(self._chunk)
            self._schedule.aead.seal_into(nonce, piece, out[at : at + SEALED])
            self._chunk += 1
            at += SEALED
        return at

    def update(self, data: Buffer) -> bytearray:
        """Encrypt `data`; the result is a new buffer, often shorter or longer than `data`."""
        out = bytearray(self.room(len(data)))
        self.update_into(data, memoryview(out))
        return out

    def finish(self) -> bytearray:
        """Return what remains: the last chunk (and the header, if nothing was fed)."""
        out = self.update(b"")
        start, rest = len(out), self._cutter.rest()
        out += bytes(len(rest) + TAG)
        nonce = self._schedule.nonce(self._chunk)
        self._schedule.aead.seal_into(nonce, rest, memoryview(out)[start:])
        self._finished = True
        return out


class Decryptor:
    """Turns an envelope, fed in steps, into its message, chunk by verified chunk.

    The commitment is checked before any chunk is opened. What `update` returns is authentic but
    may be a prefix: the message is whole only after `finish`. After an error nothing more opens.
    Raises CommitmentMismatch, ChunkCorrupt, TruncatedEnvelope.
    """

    def __init__(self, key: ContentKey, context: bytes) -> None:
        self._key, self._context = key, context
        self._header = bytearray()
        self._schedule: Schedule | None = None
        self._cutter = _Cutter(SEALED)
        self._chunk = 0
        self._closed = False

    def room(self, length: int) -> int:
        """An upper bound, in bytes, of what `update_into` writes for `length` further bytes."""
        return (self._cutter.filled + length) // SEALED * CHUNK

    def update_into(self, data: Buffer, out: memoryview) -> int:
        """Decrypt `data` into `out` (`room(len(data))` bytes or more); return the bytes written."""
        if self._closed:
            raise RuntimeError("this envelope is finished or broken")
        self._closed = True  # stays so if anything below raises
        view, at = memoryview(data), 0
        if self._schedule is None:
            view = self._take_header(view)
        for piece in self._cutter.cut(view):
            self._open(piece, out[at : at + CHUNK])
            at += CHUNK
        self._closed = False
        return at

    def update(self, data: Buffer) -> bytearray:
        """Decrypt `data`; the result is a new buffer."""
        out = bytearray(self.room(len(data)))
        del out[self.update_into(data, memoryview(out)) :]
        return out

    def finish(self) -> bytearray:
        """Open the last chunk; raise TruncatedEnvelope if the envelope does not end with one."""
        self.update(b"")
        self._closed = True
        rest = self._cutter.rest()
        if self._schedule is None or len(rest) < TAG:
            raise TruncatedEnvelope(f"the envelope ends before its last chunk {self._chunk}")
        out = bytearray(len(rest) - TAG)
        self._open(rest, memoryview(out))
        return out

    def _take_header(self, data: memoryview) -> memoryview:
        missing = HEADER - len(self._header)
        self._header += data[:missing]
        if len(self._header) == HEADER:
            self._schedule = Schedule.checked(self._key, self._context, bytes(self._header))
        return data[missing:]

    def _open(self, sealed: memoryview, out: memoryview) -> None:
        if self._schedule is None:
            raise TruncatedEnvelope("the envelope has no header")
        self._schedule.open_into(self._chunk, sealed, out)
        self._chunk += 1


def seal_message(key: ContentKey, salt: bytes, context: bytes, message: Buffer) -> bytes:
    """Encrypt a whole message in memory; see `Encryptor`."""
    encryptor = Encryptor(key, salt, context)
    return bytes(encryptor.update(message) + encryptor.finish())


def open_message(key: ContentKey, context: bytes, envelope: Buffer) -> bytes:
    """Decrypt a whole envelope in memory; see `Decryptor`."""
    decryptor = Decryptor(key, context)
    return bytes(decryptor.update(envelope) + decryptor.finish())
