"""Envelopes written from files, and files written from envelopes.

A thin shell around `core`: it keeps memory bounded whatever the size, and never leaves a
half-written or unverified file under its final name.
Errors of the operating system come out as UnreadablePath or StorageFull.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory, mkstemp
from typing import BinaryIO

from dao_backend.core import archive, message
from dao_backend.core.crypto import Buffer, ContentKey
from dao_backend.core.envelope import STEP, Decryptor, Encryptor
from dao_backend.core.message import MessageReader, Metadata
from dao_backend.errors import StorageFull, UnreadablePath
from dao_backend.service.sources import Source, reading

_NO_SPACE = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


# --- encrypting -----------------------------------------------------------------------------


def encrypt_stream(
    blocks: Iterable[Buffer], writer: BinaryIO, encryptor: Encryptor, metadata: Metadata
) -> int:
    """Write the envelope of `blocks` to `writer`; return its length in bytes.

    Raises StorageFull, UnreadablePath, and whatever `blocks` raise.
    """
    room = memoryview(b"")
    length = 0
    for piece in message.frame(metadata, blocks):
        room = _at_least(room, encryptor.room(len(piece)))
        length += _write(writer, room[: encryptor.update_into(piece, room)])
    return length + _write(writer, memoryview(encryptor.finish()))


def encrypt_to_path(source: Source, path: Path, encryptor: Encryptor) -> int:
    """Write the envelope of a file or folder to `path`; return its length in bytes.

    On any error nothing is left at `path`, or what was there before.
    """
    with _replacing(path) as writer:
        return encrypt_stream(source.blocks(), writer, encryptor, source.metadata)


def _at_least(room: memoryview, length: int) -> memoryview:
    return room if len(room) >= length else memoryview(bytearray(length))


def _write(writer: BinaryIO, data: memoryview) -> int:
    done = 0
    with writing("the output"):
        while done < len(data):
            done += writer.write(data[done:])
    return done


@contextmanager
def writing(path: Path | str) -> Iterator[None]:
    """Turn an operating system's error about `path` into StorageFull or UnreadablePath."""
    try:
        yield
    except OSError as error:
        if error.errno in _NO_SPACE:
            raise StorageFull(f"there is no space left for {path}") from error
        raise UnreadablePath(f"{path} cannot be written: {error.strerror}") from error


@contextmanager
def _replacing(path: Path) -> Iterator[BinaryIO]:
    """A new file that takes the name `path` once everything went well, and vanishes otherwise."""
    with writing(path):
        handle, name = mkstemp(dir=path.parent, prefix=".ddao-")
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb", buffering=0) as writer:
            yield writer
        with writing(path):
            temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


# --- decrypting -----------------------------------------------------------------------------


def decrypt_to_path(
    envelope: Iterable[Buffer], path: Path, key: ContentKey, context: bytes
) -> Metadata:
    """Write the data of an envelope, given in pieces of any size, to `path`; return its metadata.

    The file takes its name only after the last chunk and the padding have verified; on any error
    nothing is left at `path`, or what was there before. Readable by its owner alone.
    Raises CommitmentMismatch, ChunkCorrupt, TruncatedEnvelope, InvalidMessage.
    """
    reader = MessageReader()
    with _replacing(path) as writer:
        for piece in _decrypted(envelope, Decryptor(key, context)):
            _write(writer, reader.update(piece))
        found = reader.finish()
        writer.truncate(found.length)
    return found.metadata


def _decrypted(envelope: Iterable[Buffer], decryptor: Decryptor) -> Iterator[memoryview]:
    """Verified message bytes; each piece is valid until the next one is asked for."""
    room = memoryview(b"")
    for block in envelope:
        room = _at_least(room, decryptor.room(len(block)))
        yield room[: decryptor.update_into(block, room)]
    yield memoryview(decryptor.finish())


def unpack(packed: Path, folder: Path) -> archive.Index:
    """Write the members of the archive at `packed` below `folder`, which must not exist yet.

    The folder takes its name only when it is complete. Raises InvalidArchive, UnreadablePath.
    """
    if folder.exists():
        raise UnreadablePath(f"{folder} exists already")
    with reading(packed), packed.open("rb") as reader:
        index = _read_index(reader, packed.stat().st_size)
        with writing(folder), TemporaryDirectory(dir=folder.parent, prefix=".ddao-") as parent:
            root = Path(parent) / folder.name
            root.mkdir(mode=0o700)
            for member in index.members:
                _extract(reader, member, root)
            root.rename(folder)
    return index


def _read_index(reader: BinaryIO, length: int) -> archive.Index:
    reader.seek(max(length - archive.TRAILER, 0))
    start = archive.index_start(reader.read(), length)
    reader.seek(start)
    return archive.parse_index(reader.read(length - archive.TRAILER - start), start)


def _extract(reader: BinaryIO, member: archive.Member, root: Path) -> None:
    place = root / member.path
    place.parent.mkdir(parents=True, exist_ok=True)
    reader.seek(member.offset)
    with place.open("xb") as writer:
        for at in range(0, member.length, STEP):
            _write(writer, memoryview(reader.read(min(STEP, member.length - at))))
