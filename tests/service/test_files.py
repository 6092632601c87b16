"""Files and folders of this machine: what is refused, and that nothing half-done stays behind."""

from __future__ import annotations

import errno
import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dao_backend.core import archive
from dao_backend.core.content import open_content
from dao_backend.core.crypto import ContentKey
from dao_backend.core.envelope import Encryptor
from dao_backend.core.message import Metadata
from dao_backend.errors import (
    ChunkCorrupt,
    CommitmentMismatch,
    ContentTooLarge,
    InvalidArchive,
    InvalidMessage,
    StorageFull,
    TruncatedEnvelope,
    UnreadablePath,
)
from dao_backend.service.files import decrypt_to_path, encrypt_stream, encrypt_to_path, unpack
from dao_backend.service.sources import open_source, read_blocks

KEY, CONTEXT, SALT = ContentKey(b"k" * 32), b"c" * 32, b"s" * 24
LIMIT = 10_000_000
DATA = bytes(i * i % 251 for i in range(50_000))


def encryptor() -> Encryptor:
    """Under the fixed key, salt and context of these tests."""
    return Encryptor(KEY, SALT, CONTEXT)


def seal_file(data: bytes) -> bytes:
    """The envelope of a file `a.bin` that holds `data`."""
    out = io.BytesIO()
    encrypt_stream([data], out, encryptor(), Metadata("application/octet-stream", "a.bin"))
    return out.getvalue()


def tree(folder: Path) -> dict[str, bytes]:
    """All files below `folder` with their bytes."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with nested files, one of them empty."""
    root = tmp_path / "folder"
    (root / "sub" / "deep").mkdir(parents=True)
    (root / "b.txt").write_bytes(b"two")
    (root / "sub" / "a.txt").write_bytes(b"one")
    (root / "sub" / "deep" / "empty").touch()
    return root


@pytest.mark.parametrize("length", [0, 40, 56, 16_456, 50_000])
def test_decrypt_to_path__cut_off__leaves_what_was_there(tmp_path: Path, length: int) -> None:
    """An envelope cut off half-way leaves no file behind, and an older one as it was."""
    target = tmp_path / "target"
    target.write_bytes(b"older")
    with pytest.raises(TruncatedEnvelope if length < 50_000 else ChunkCorrupt):
        decrypt_to_path([seal_file(DATA)[:length]], target, KEY, CONTEXT)
    assert tree(tmp_path) == {"target": b"older"}


def test_decrypt_to_path__last_byte_changed__leaves_nothing(tmp_path: Path) -> None:
    """Nothing appears under the final name unless the last chunk verified."""
    envelope = seal_file(DATA)
    with pytest.raises(ChunkCorrupt):
        decrypt_to_path(
            [envelope[:-1], bytes((envelope[-1] ^ 1,))], tmp_path / "target", KEY, CONTEXT
        )
    assert tree(tmp_path) == {}


def test_decrypt_to_path__wrong_key__leaves_nothing(tmp_path: Path) -> None:
    """Another contribution's key opens nothing and leaves nothing."""
    with pytest.raises(CommitmentMismatch):
        decrypt_to_path([seal_file(DATA)], tmp_path / "target", ContentKey(bytes(32)), CONTEXT)
    assert tree(tmp_path) == {}


def test_decrypt_to_path__not_a_message__leaves_nothing(tmp_path: Path) -> None:
    """An envelope of something else is refused after its last chunk, and leaves nothing."""
    other = Encryptor(KEY, SALT, CONTEXT)
    with pytest.raises(InvalidMessage):
        decrypt_to_path([other.update(b"\x01") + other.finish()], tmp_path / "target", KEY, CONTEXT)
    assert tree(tmp_path) == {}


def test_decrypt_to_path__source_breaks_off__leaves_nothing(tmp_path: Path) -> None:
    """An error of the source passes through, and the temporary file is removed."""

    def broken() -> Iterator[bytes]:
        yield seal_file(DATA)[:30_000]
        raise TimeoutError

    with pytest.raises(TimeoutError):
        decrypt_to_path(broken(), tmp_path / "target", KEY, CONTEXT)
    assert tree(tmp_path) == {}


def test_decrypt_to_path__folder_missing__unreadable(tmp_path: Path) -> None:
    """A target that cannot be written is named."""
    with pytest.raises(UnreadablePath, match="missing"):
        decrypt_to_path([seal_file(DATA)], tmp_path / "missing" / "a", KEY, CONTEXT)


def test_encrypt_to_path__source_too_large__leaves_nothing(tmp_path: Path) -> None:
    """A failed encryption leaves no half envelope."""
    (tmp_path / "a").write_bytes(bytes(10))
    source = open_source(tmp_path / "a", 10)
    (tmp_path / "a").write_bytes(bytes(20))
    with pytest.raises(ContentTooLarge):
        encrypt_to_path(source, tmp_path / "envelope", encryptor())
    assert set(tree(tmp_path)) == {"a"}


def test_encrypt_stream__disk_full__says_so() -> None:
    """No space left comes out as StorageFull."""

    class FullDisk(io.RawIOBase):
        def write(self, data: object) -> int:
            raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(StorageFull):
        encrypt_stream([b"x"], FullDisk(), encryptor(), Metadata("a", "b"))  # type: ignore[arg-type]


def test_unpack__not_an_archive__leaves_nothing(tmp_path: Path) -> None:
    """A single file does not unpack."""
    (tmp_path / "file").write_bytes(DATA)
    with pytest.raises(InvalidArchive):
        unpack(tmp_path / "file", tmp_path / "out")
    assert set(tree(tmp_path)) == {"file"}


def test_unpack__folder_exists__refused(tmp_path: Path, folder: Path) -> None:
    """Nothing is written into a folder that is there already."""
    (tmp_path / "packed").write_bytes(b"".join(bytes(b) for b in archive.pack([("a", [b"x"])])))
    before = tree(folder)
    with pytest.raises(UnreadablePath, match="exists"):
        unpack(tmp_path / "packed", folder)
    assert tree(folder) == before


def test_encrypt_stream__short_writes__loses_nothing() -> None:
    """A writer that takes fewer bytes than offered gets the rest again."""

    class Slow(io.BytesIO):
        def write(self, data: memoryview) -> int:  # type: ignore[override]
            return super().write(data[:1000])

    out = Slow()
    length = encrypt_stream(read_blocks(io.BytesIO(DATA)), out, encryptor(), Metadata("a", "b"))
    assert length == len(out.getvalue())
    assert open_content(KEY, CONTEXT, out.getvalue()) == (Metadata("a", "b"), DATA)


def test_encrypt_and_decrypt__folder__comes_back(tmp_path: Path, folder: Path) -> None:
    """A folder goes through an envelope file and comes back file by file."""
    envelope, packed = tmp_path / "envelope", tmp_path / "packed"
    length = encrypt_to_path(open_source(folder, LIMIT), envelope, encryptor())
    assert length == envelope.stat().st_size
    metadata = decrypt_to_path([envelope.read_bytes()], packed, KEY, CONTEXT)
    assert metadata == Metadata(archive.MEDIA_TYPE, "folder")
    index = unpack(packed, tmp_path / "out")
    assert [member.path for member in index.members] == sorted(tree(folder))
    assert tree(tmp_path / "out") == tree(folder)


def test_decrypt_to_path__success__is_readable_by_its_owner_alone(tmp_path: Path) -> None:
    """Decrypted data is not left open to other users of the machine."""
    decrypt_to_path([seal_file(DATA)], tmp_path / "target", KEY, CONTEXT)
    assert (tmp_path / "target").stat().st_mode & 0o777 == 0o600
    assert tree(tmp_path) == {"target": DATA}


@given(size=st.integers(0, 70_000), step=st.integers(1, 60_000))
def test_decrypt_to_path__any_size_in_any_steps__comes_back(
    tmp_path_factory: pytest.TempPathFactory, size: int, step: int
) -> None:
    """Whatever pieces an envelope arrives in, the file is the original."""
    target = tmp_path_factory.mktemp("any") / "target"
    envelope = seal_file((DATA * 2)[:size])
    pieces = [envelope[at : at + step] for at in range(0, len(envelope), step)]
    decrypt_to_path(pieces, target, KEY, CONTEXT)
    assert target.read_bytes() == (DATA * 2)[:size]
