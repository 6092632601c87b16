"""Looking at files and folders before they are contributed."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from dao_backend.core.crypto import ContentKey
from dao_backend.core.message import Metadata
from dao_backend.errors import (
    ContentTooLarge,
    EmptyContent,
    UnreadablePath,
)
from dao_backend.service.sources import bounded, open_source

KEY, CONTEXT, SALT = ContentKey(b"k" * 32), b"c" * 32, b"s" * 24
LIMIT = 10_000_000
DATA = bytes(i * i % 251 for i in range(50_000))


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
