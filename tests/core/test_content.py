"""Content in an envelope: whole in memory, as a stream, and one part at a time."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dao_backend.core import archive
from dao_backend.core.content import ContentReader, open_content, seal_blocks, seal_content
from dao_backend.core.crypto import ContentKey
from dao_backend.core.envelope import HEADER, Encryptor, seal_message
from dao_backend.core.message import Metadata, opening
from dao_backend.errors import (
    ChunkCorrupt,
    CommitmentMismatch,
    InputError,
    InvalidArchive,
    InvalidMessage,
    NotFound,
    TruncatedEnvelope,
)

KEY, CONTEXT, SALT = ContentKey(b"k" * 32), b"c" * 32, b"s" * 24
FILE = Metadata("text/plain", "notes.txt")
FOLDER = Metadata(archive.MEDIA_TYPE, "notes")
DATA = bytes(i * i % 251 for i in range(100_000))
MEMBERS = {"a/one": b"1" * 20_000, "a/two": b"", "b": b"2" * 40_000}


class Store:
    """Envelope bytes by range, with a note of what was fetched."""

    def __init__(self, envelope: bytes) -> None:
        self.envelope = envelope
        self.fetched = 0

    def fetch(self, start: int, stop: int) -> bytes:
        """The bytes from `start` up to `stop`."""
        self.fetched += stop - start
        return self.envelope[start:stop]

    def open(self, key: ContentKey = KEY, context: bytes = CONTEXT) -> ContentReader:
        """A reader over these bytes."""
        return ContentReader.open(key, context, len(self.envelope), self.fetch)


def encryptor() -> Encryptor:
    """Under the fixed key, salt and context of these tests."""
    return Encryptor(KEY, SALT, CONTEXT)


def folder() -> bytes:
    """The archive of MEMBERS."""
    return b"".join(bytes(block) for block in archive.pack((p, [MEMBERS[p]]) for p in MEMBERS))


def test_open_content__not_a_message__refused() -> None:
    """An envelope whose content is not framed as a message is refused."""
    with pytest.raises(InvalidMessage):
        open_content(KEY, CONTEXT, seal_message(KEY, SALT, CONTEXT, b"plain"))
    with pytest.raises(InvalidMessage):
        Store(seal_message(KEY, SALT, CONTEXT, b"plain")).open()


def test_open_content__padding_not_zero__refused() -> None:
    """What an honest writer cannot have written is refused though it decrypts."""
    start = opening(FILE)
    length = 1024 - len(start) - 18
    padding = b"\x01" + bytes(9)
    message = start + bytes(length) + padding + length.to_bytes(8, "big")
    with pytest.raises(InvalidMessage, match="padding"):
        open_content(KEY, CONTEXT, seal_message(KEY, SALT, CONTEXT, message))


def test_open_reader__other_key_or_context__refused() -> None:
    """Random access checks the commitment first."""
    store = Store(seal_content(encryptor(), FILE, DATA))
    with pytest.raises(CommitmentMismatch):
        store.open(key=ContentKey(b"o" * 32))
    with pytest.raises(CommitmentMismatch):
        store.open(context=b"d" * 32)


def test_open_reader__last_chunk_changed_or_cut__refused() -> None:
    """Random access begins only after the last chunk has verified."""
    envelope = seal_content(encryptor(), FILE, DATA)
    with pytest.raises(ChunkCorrupt):
        Store(envelope[:-1] + bytes((envelope[-1] ^ 1,))).open()
    with pytest.raises((ChunkCorrupt, TruncatedEnvelope)):
        Store(envelope[:-1]).open()


def test_read__chunk_changed__refused_where_it_is_read() -> None:
    """A changed chunk is noticed by every read that touches it, and by no other."""
    envelope = bytearray(seal_content(encryptor(), FILE, DATA))
    envelope[HEADER + 3 * 16_400] ^= 1
    reader = Store(bytes(envelope)).open()
    assert reader.read(0, 10) == DATA[:10]
    with pytest.raises(ChunkCorrupt, match="chunk 3 "):
        reader.read(3 * 16_384, 100)


@pytest.mark.parametrize(("offset", "length"), [(-1, 5), (0, -5)])
def test_read__negative__refused(offset: int, length: int) -> None:
    """Positions count from the start of the data, so nobody reads the metadata as data."""
    reader = Store(seal_content(encryptor(), FILE, DATA)).open()
    with pytest.raises(InputError):
        reader.read(offset, length)


@pytest.mark.parametrize("data", [b"", b"x", DATA])
def test_index__single_file__refused(data: bytes) -> None:
    """A single file has no members."""
    with pytest.raises(InvalidArchive):
        Store(seal_content(encryptor(), FILE, data)).open().index()


def test_read_member__no_such_path__not_found() -> None:
    """A member that is not there is named."""
    with pytest.raises(NotFound, match="a/three"):
        Store(seal_content(encryptor(), FOLDER, folder())).open().read_member("a/three")


def test_read_member__large_folder__fetches_little_of_it() -> None:
    """Reading one member fetches its chunks, the ends and the index, not the rest."""
    members = [(f"{number:03}", [bytes(20_000)]) for number in range(100)]
    store = Store(b"".join(seal_blocks(encryptor(), FOLDER, archive.pack(members))))
    assert store.open().read_member("050") == bytes(20_000)
    assert store.fetched < len(store.envelope) / 10


def test_read_member__every_member__has_its_bytes() -> None:
    """Each member of a folder opens by its path, the empty one too."""
    reader = Store(seal_content(encryptor(), FOLDER, folder())).open()
    assert {member.path: reader.read_member(member.path) for member in reader.index().members} == (
        MEMBERS
    )


@given(st.binary(max_size=300), st.integers(1, 100))
def test_seal_blocks__any_blocks__opens_to_them(data: bytes, step: int) -> None:
    """Streaming and sealing in memory give the same envelope, which opens to data and metadata."""
    blocks = [data[at : at + step] for at in range(0, len(data), step)]
    envelope = b"".join(seal_blocks(encryptor(), FILE, blocks))
    assert envelope == seal_content(encryptor(), FILE, data)
    assert open_content(KEY, CONTEXT, envelope) == (FILE, data)


@given(st.integers(0, 110_000), st.integers(0, 110_000))
def test_read__any_span__equals_the_slice(offset: int, length: int) -> None:
    """Random access never shows metadata, padding or length as data."""
    reader = Store(ENVELOPE).open()
    assert reader.metadata == FILE
    assert reader.length == len(DATA)
    assert reader.read(offset, length) == DATA[offset : offset + length]


ENVELOPE = seal_content(encryptor(), FILE, DATA)
