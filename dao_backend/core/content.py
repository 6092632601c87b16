"""Content as people know it, a file or a folder with its metadata, in and out of an envelope.

Composes `message`, `archive` and `envelope`; bytes come from and go to the caller.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from dao_backend.core import archive, message
from dao_backend.core.archive import Index
from dao_backend.core.crypto import Buffer, ContentKey
from dao_backend.core.envelope import HEADER, Decryptor, Encryptor
from dao_backend.core.message import LENGTH, MAX_METADATA, Frame, MessageReader, Metadata
from dao_backend.core.random_access import Layout, RandomAccess
from dao_backend.errors import InputError

Fetch = Callable[[int, int], bytes]
"""Returns the bytes of one envelope from `start` up to, not including, `stop`."""


def seal_blocks(
    encryptor: Encryptor, metadata: Metadata, blocks: Iterable[Buffer]
) -> Iterator[bytearray]:
    """Yield the envelope of `blocks`, whose total size need not be known."""
    for piece in message.frame(metadata, blocks):
        yield encryptor.update(piece)
    yield encryptor.finish()


def seal_content(encryptor: Encryptor, metadata: Metadata, data: Buffer) -> bytes:
    """The envelope of `data`, whole in memory."""
    return b"".join(seal_blocks(encryptor, metadata, [data]))


def open_content(key: ContentKey, context: bytes, envelope: Buffer) -> tuple[Metadata, bytes]:
    """Metadata and data of an envelope that is whole in memory.

    Raises CommitmentMismatch, ChunkCorrupt, TruncatedEnvelope, InvalidMessage.
    """
    decryptor, reader = Decryptor(key, context), MessageReader()
    body = bytearray(reader.update(decryptor.update(envelope)))
    body += reader.update(decryptor.finish())
    found = reader.finish()
    return found.metadata, bytes(memoryview(body)[: found.length])


@dataclass(frozen=True, slots=True)
class ContentReader:
    """Reads parts of one content without fetching the rest: a span, or one member of a folder.

    Make it with `open`, which fetches the first chunk and the last, and verifies both.
    Each read fetches and verifies the chunks it touches, and nothing else.
    """

    metadata: Metadata
    length: int
    """Bytes of the data."""
    _start: int = field(repr=False)
    _access: RandomAccess = field(repr=False)
    _fetch: Fetch = field(repr=False)

    @classmethod
    def open(
        cls, key: ContentKey, context: bytes, envelope_length: int, fetch: Fetch
    ) -> ContentReader:
        """Verify commitment and last chunk, and read the metadata.

        Raises CommitmentMismatch, ChunkCorrupt, TruncatedEnvelope, InvalidMessage.
        """
        layout = Layout(envelope_length)
        last = fetch(*layout.last_range)
        access = RandomAccess(key, context, envelope_length, fetch(0, HEADER), last)
        found = _locate(access, fetch)
        return cls(found.metadata, found.length, found.start, access, fetch)

    def read(self, offset: int, length: int) -> bytes:
        """`length` data bytes from `offset`, fewer at the end, as a slice would give them."""
        if offset < 0 or length < 0:
            raise InputError(f"cannot read {length} bytes from {offset}")
        wanted = max(min(length, self.length - offset), 0)
        return _read(self._access, self._fetch, self._start + offset, wanted)

    def index(self) -> Index:
        """The members of a folder; raise InvalidArchive if the data is a single file."""
        tail = self.length - archive.TRAILER
        start = archive.index_start(self.read(max(tail, 0), archive.TRAILER), self.length)
        return archive.parse_index(self.read(start, tail - start), start)

    def read_member(self, path: str) -> bytes:
        """The bytes of one member of a folder; raise NotFound if there is none of that path."""
        member = self.index().find(path)
        return self.read(member.offset, member.length)


def _read(access: RandomAccess, fetch: Fetch, offset: int, length: int) -> bytes:
    return access.open_range(offset, length, fetch(*access.layout.chunk_range(offset, length)))


def _locate(access: RandomAccess, fetch: Fetch) -> Frame:
    total = access.layout.message_length
    first = _read(access, fetch, 0, MAX_METADATA + LENGTH)
    closing = _read(access, fetch, max(total - LENGTH, 0), LENGTH)
    return message.locate(first, closing, total)
