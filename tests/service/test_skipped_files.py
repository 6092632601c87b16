"""What tools leave behind in folders is not contributed, and is named in the preview."""

from __future__ import annotations

from pathlib import Path

import pytest

from dao_backend.errors import EmptyContent
from dao_backend.service.sources import open_source

LIMIT = 10_000_000


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with two files to contribute, one of them two levels down."""
    root = tmp_path / "folder"
    (root / "sub" / "deep").mkdir(parents=True)
    (root / "notes.txt").write_bytes(b"one")
    (root / "sub" / "deep" / "more.txt").write_bytes(b"two")
    return root


def test_open_source__folder_of_junk_alone__refused(tmp_path: Path) -> None:
    """A folder in which everything is passed over holds nothing to contribute."""
    cache = tmp_path / "folder" / "__pycache__"
    cache.mkdir(parents=True)
    (cache / "a.pyc").write_bytes(b"code")
    with pytest.raises(EmptyContent):
        open_source(tmp_path / "folder", LIMIT)


@pytest.mark.parametrize(
    "name",
    [".DS_Store", "Thumbs.db", "desktop.ini", ".notes.txt.swp", "notes.txt~", "a.pyc", ".#a"],
)
def test_open_source__left_by_a_tool__is_skipped_and_named(folder: Path, name: str) -> None:
    """Files that systems and editors leave behind are passed over at every level."""
    (folder / name).write_bytes(b"junk")
    (folder / "sub" / name).write_bytes(b"junk")
    source = open_source(folder, LIMIT)
    assert [member for member, _ in source.files] == ["notes.txt", "sub/deep/more.txt"]
    assert source.skipped == (name, f"sub/{name}")
    assert source.size == 6


@pytest.mark.parametrize("name", ["__pycache__", ".git", ".mypy_cache"])
def test_open_source__folder_of_a_tool__is_skipped_whole(folder: Path, name: str) -> None:
    """Of a skipped folder only its own name is given, with a slash, and nothing in it is read."""
    (folder / "sub" / name).mkdir()
    (folder / "sub" / name / "loop").symlink_to(folder / "sub" / name / "loop")
    source = open_source(folder, LIMIT)
    assert source.skipped == (f"sub/{name}/",)
    assert len(source.files) == 2


def test_open_source__single_file_of_a_junk_name__is_taken(tmp_path: Path) -> None:
    """Who names a file on purpose gets it contributed, whatever it is called."""
    (tmp_path / "Thumbs.db").write_bytes(b"data")
    source = open_source(tmp_path / "Thumbs.db", LIMIT)
    assert source.metadata.name == "Thumbs.db"
    assert source.skipped == ()


@pytest.mark.parametrize("name", [".gitignore", "swap.swp", "git", "thumbs.txt", ".hidden"])
def test_open_source__name_that_only_resembles_junk__is_taken(folder: Path, name: str) -> None:
    """Hidden files and names that look alike are content like any other."""
    (folder / name).write_bytes(b"content")
    source = open_source(folder, LIMIT)
    assert name in [member for member, _ in source.files]
    assert source.skipped == ()
