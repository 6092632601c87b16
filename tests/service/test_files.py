"""Files and folders of this machine: what is refused, and that nothing half-done stays behind."""

from __future__ import annotations

import errno
import io
import os
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
    EmptyContent,
    InvalidArchive,
    InvalidMessage,
    StorageFull,
    TruncatedEnvelope,
    UnreadablePath,
)
from dao_backend.service.files import decrypt_to_path, encrypt_stream, encrypt_to_path, unpack
from dao_backend.service.sources import bounded, open_source, read_blocks

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


def test_open_source__missing__unreadable(tmp_path: Path) -> None:
    """A path that does not exist is named."""
    with pytest.raises(UnreadablePath, match=r"nowhere\.txt"):
        open_source(tmp_path / "nowhere.txt", LIMIT)


def test_open_source__empty_file__refused(tmp_path: Path) -> None:
    """There is nothing to contribute in an empty file."""
    (tmp_path / "empty").touch()
    with pytest.raises(EmptyContent):
        open_source(tmp_path / "empty", LIMIT)


def test_open_source__folder_without_bytes__refused(tmp_path: Path) -> None:
    """Folders and files without a byte among them are nothing to contribute."""
    (tmp_path / "folder" / "sub").mkdir(parents=True)
    with pytest.raises(EmptyContent):
        open_source(tmp_path / "folder", LIMIT)
    (tmp_path / "folder" / "sub" / "empty").touch()
    with pytest.raises(EmptyContent):
        open_source(tmp_path / "folder", LIMIT)


def test_open_source__above_the_limit__refused_before_reading(folder: Path) -> None:
    """The limit counts all files of a folder together."""
    with pytest.raises(ContentTooLarge, match="6 bytes"):
        open_source(folder, 5)
    (folder / "b.txt").write_bytes(bytes(10))
    with pytest.raises(ContentTooLarge):
        open_source(folder / "b.txt", 9)


def test_blocks__file_grown_since__refused(tmp_path: Path) -> None:
    """A file that grows above the limit while it is read is refused."""
    path = tmp_path / "log"
    path.write_bytes(bytes(10))
    source = open_source(path, 10)
    path.write_bytes(bytes(11))
    with pytest.raises(ContentTooLarge):
        list(source.blocks())


def test_blocks__file_gone_since__unreadable(folder: Path) -> None:
    """A file that vanishes before it is read is named."""
    source = open_source(folder, LIMIT)
    (folder / "b.txt").unlink()
    with pytest.raises(UnreadablePath, match=r"b\.txt"):
        list(source.blocks())


@pytest.mark.parametrize("target", ["..", ".", "../../folder", "../other"])
def test_open_source__link_in_a_circle_or_outward__unreadable(folder: Path, target: str) -> None:
    """A link to a folder above itself, or out of the folder, is refused and named."""
    (folder.parent / "other").mkdir()
    (folder / "sub" / "link").symlink_to(target)
    with pytest.raises(UnreadablePath, match="link"):
        open_source(folder, LIMIT)


def test_open_source__links_to_one_another__unreadable(folder: Path) -> None:
    """Links that only lead to each other are refused, inside a folder and by themselves."""
    (folder / "x").symlink_to("y")
    (folder / "y").symlink_to("x")
    with pytest.raises(UnreadablePath, match="x"):
        open_source(folder, LIMIT)
    with pytest.raises(UnreadablePath, match="x"):
        open_source(folder / "x", LIMIT)


def test_open_source__folders_linked_across__unreadable(folder: Path) -> None:
    """Two folders that link to each other are a circle too."""
    (folder / "other").mkdir()
    (folder / "other" / "to-sub").symlink_to("../sub")
    (folder / "sub" / "to-other").symlink_to("../other")
    with pytest.raises(UnreadablePath, match="circle"):
        open_source(folder, LIMIT)


def test_open_source__link_to_nothing__unreadable(folder: Path) -> None:
    """A dangling link is named."""
    (folder / "dangling").symlink_to("nothing")
    with pytest.raises(UnreadablePath, match="dangling"):
        open_source(folder, LIMIT)


def test_open_source__pipe__unreadable(folder: Path) -> None:
    """What is neither file nor folder is refused instead of read for ever."""
    os.mkfifo(folder / "pipe")
    with pytest.raises(UnreadablePath, match="pipe"):
        open_source(folder, LIMIT)
    with pytest.raises(UnreadablePath, match="pipe"):
        open_source(folder / "pipe", LIMIT)


@pytest.mark.parametrize("name", [b"back\\slash", b"new\nline", b"\xff"])
def test_open_source__name_no_archive_can_hold__unreadable(folder: Path, name: bytes) -> None:
    """A file whose name would not survive on another system is refused."""
    Path(os.fsdecode(bytes(folder) + b"/" + name)).write_bytes(b"x")
    with pytest.raises(UnreadablePath):
        open_source(folder, LIMIT)


def test_bounded__stream_without_bytes__refused() -> None:
    """An upload that turns out empty is refused at its end."""
    with pytest.raises(EmptyContent):
        list(bounded([b"", b""], LIMIT))


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


def test_open_source__file__is_described(tmp_path: Path) -> None:
    """A file's name and media type go into its metadata, its size is known."""
    (tmp_path / "table.csv").write_bytes(DATA)
    source = open_source(tmp_path / "table.csv", len(DATA))
    assert source.metadata == Metadata("text/csv", "table.csv")
    assert source.size == len(DATA)
    assert b"".join(map(bytes, source.blocks())) == DATA


def test_open_source__link_to_a_file__keeps_the_name_given(tmp_path: Path) -> None:
    """A link that the user names is followed, under the name that the user gave."""
    (tmp_path / "real").write_bytes(DATA)
    (tmp_path / "link.txt").symlink_to("real")
    source = open_source(tmp_path / "link.txt", LIMIT)
    assert source.metadata.name == "link.txt"
    assert b"".join(map(bytes, source.blocks())) == DATA


def test_open_source__links_inside_the_folder__are_followed(folder: Path) -> None:
    """A link to another file or folder inside is contributed as what it leads to."""
    (folder / "copy.txt").symlink_to("sub/a.txt")
    (folder / "again").symlink_to("sub/deep")
    names = [name for name, _ in open_source(folder, LIMIT).files]
    assert names == ["again/empty", "b.txt", "copy.txt", "sub/a.txt", "sub/deep/empty"]


def test_blocks__folder_touched_and_copied__gives_the_same_bytes(
    folder: Path, tmp_path: Path
) -> None:
    """Times and the order of creation never show in a folder's archive."""
    packed = b"".join(map(bytes, open_source(folder, LIMIT).blocks()))
    other = tmp_path / "other" / "folder"
    for name in sorted(tree(folder), reverse=True):
        (other / name).parent.mkdir(parents=True, exist_ok=True)
        (other / name).write_bytes((folder / name).read_bytes())
        os.utime(other / name, (1, 1))
    assert b"".join(map(bytes, open_source(other, LIMIT).blocks())) == packed


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
