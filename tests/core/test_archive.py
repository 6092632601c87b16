"""What makes bytes an archive, and that the same files always make the same one."""

from __future__ import annotations

import json
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dao_backend.core import archive
from dao_backend.core.archive import (
    TRAILER,
    Index,
    Member,
    check_path,
    in_order,
    index_start,
    pack,
    parse_index,
)
from dao_backend.errors import InputError, InvalidArchive, NotFound

NAMES = st.text('"{[]}abcäöü☃. -_A🦑', min_size=1, max_size=4).filter(
    lambda name: set(name) != {"."}
)
PATHS = st.lists(NAMES, min_size=1, max_size=3).map("/".join)
FILES = st.dictionaries(PATHS, st.binary(max_size=50), max_size=8).filter(
    lambda files: not any(other.startswith(path + "/") for path in files for other in files)
)
UNSAFE = [
    "",
    "/",
    "/etc/passwd",
    "..",
    "../a",
    "a/../b",
    "a/..",
    ".",
    "./a",
    "a//b",
    "a/",
    "a\\b",
    "..\\a",
    "C:",
    "C:/a",
    "a\0b",
    "a\nb",
    "\x7f",
    "\udc80",
    "x" * 4097,
]


def pack_all(files: dict[str, bytes]) -> bytes:
    """The whole archive of files given by path."""
    members = ((path, [files[path]]) for path in in_order(files))
    return b"".join(bytes(block) for block in pack(members))


def open_index(packed: bytes) -> Index:
    """The index, read from the end as a reader does."""
    start = index_start(packed[-TRAILER:], len(packed))
    return parse_index(packed[start:-TRAILER], start)


def archive_with(index: object, data: bytes = b"") -> bytes:
    """An archive whose index somebody else wrote."""
    encoded = json.dumps(index, separators=(",", ":")).encode()
    return data + encoded + len(encoded).to_bytes(8, "big") + b"ddaoarc\x01"


def row(path: object, offset: object, length: object) -> dict[str, object]:
    """One entry of an index."""
    return {"path": path, "offset": offset, "length": length}


@pytest.mark.parametrize("path", UNSAFE)
def test_check_path__unsafe__refused(path: str) -> None:
    """No path leads out of the folder an archive is unpacked to, on any system."""
    with pytest.raises(InputError):
        check_path(path)


@pytest.mark.parametrize("path", UNSAFE)
def test_read_index__unsafe_path__refused(path: str) -> None:
    """A reader checks paths as the writer does: the writer may be hostile."""
    with pytest.raises(InvalidArchive):
        open_index(archive_with({"members": [row(path, 0, 0)]}))


@pytest.mark.parametrize("paths", [["b", "a"], ["a", "a"], ["a", "a/b"], ["a", "a.b", "a/b/c"]])
def test_pack__unsorted_repeated_or_nested__refused(paths: list[str]) -> None:
    """Paths rise strictly, and no file is also a folder."""
    with pytest.raises(InputError):
        list(pack((path, [b"x"]) for path in paths))
    rows = [row(path, 0, 0) for path in paths]
    with pytest.raises(InvalidArchive):
        open_index(archive_with({"members": rows}))


def test_in_order__path_twice__refused() -> None:
    """Two files cannot have one path."""
    with pytest.raises(InputError, match="twice"):
        in_order(["a", "b", "a"])


@pytest.mark.parametrize(
    "trailer", [b"", b"x" * 15, bytes(16), bytes(8) + b"ddaoarc\x02", b"\xff" * 8 + b"ddaoarc\x01"]
)
def test_index_start__not_a_trailer__refused(trailer: bytes) -> None:
    """A single file, another version and an impossible length are told apart from an archive."""
    with pytest.raises(InvalidArchive):
        index_start(trailer, 1000)


def test_index_start__index_larger_than_the_archive__refused() -> None:
    """An index cannot begin before the archive does."""
    with pytest.raises(InvalidArchive):
        index_start((85).to_bytes(8, "big") + b"ddaoarc\x01", 100)


@pytest.mark.parametrize(
    "index",
    [
        [],
        None,
        {},
        {"members": 1},
        {"members": ["a"]},
        {"members": [{"path": "a", "offset": 0}]},
        {"members": [row(1, 0, 4)]},
        {"members": [row("a", 0, "4")]},
        {"members": [row("a", 0, 4.0)]},
        {"members": [row("a", 0, True)]},
        {"members": [row("a", 0, -1), row("b", -1, 5)]},
        {"members": [row("a", 1, 3)]},
        {"members": [row("a", 0, 3)]},
        {"members": [row("a", 0, 5)]},
        {"members": [row("a", 0, 4), row("b", 0, 4)]},
        {"members": [row("a", 0, 4)], "more": 1},
        {"members": [row("a", 0, 4) | {"more": 1}]},
        {"members": [dict(reversed(row("a", 0, 4).items()))]},
        {"members": [row("a", 0, 2), row("b", 3, 1)]},
    ],
)
def test_read_index__not_canonical__refused(index: object) -> None:
    """Members fill the bytes before the index exactly, without gap or overlap."""
    with pytest.raises(InvalidArchive):
        open_index(archive_with(index, data=b"four"))


def test_read_index__not_json__refused() -> None:
    """Bytes that are no JSON, or nested without end, are no index."""
    for encoded in (b"{", b"\xff", b"[" * 100_000):
        with pytest.raises(InvalidArchive):
            parse_index(encoded, 0)


@pytest.mark.parametrize("path", ["b", "a/b/c", "a"])
def test_find__no_such_member__not_found(path: str) -> None:
    """A member that is not there is named."""
    with pytest.raises(NotFound, match=path):
        open_index(pack_all({"a/b": b"1", "c": b"2"})).find(path)


def test_pack__known_files__has_the_documented_bytes() -> None:
    """The layout is the one in docs/formats.md, byte for byte; empty files are kept."""
    packed = pack_all({"b": b"two", "a/é": b"one", "a/empty": b""})
    index = (
        '{"members":[{"path":"a/empty","offset":0,"length":0},'
        '{"path":"a/é","offset":0,"length":3},{"path":"b","offset":3,"length":3}]}'
    ).encode()
    assert packed == b"onetwo" + index + len(index).to_bytes(8, "big") + b"ddaoarc\x01"
    assert open_index(packed).find("b") == Member("b", 3, 3)


def test_pack__no_files__is_an_archive_of_nothing() -> None:
    """An archive without members is valid; whether it may be contributed is decided elsewhere."""
    assert open_index(pack_all({})) == Index(())


def test_pack__index_above_its_limit__refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """An index that no reader would accept is not written."""
    monkeypatch.setattr(archive, "MAX_INDEX", 100)
    with pytest.raises(archive.ContentTooLarge):
        pack_all({"a" * 60: b"", "b" * 60: b""})


def test_in_order__mixed_scripts__sorts_by_utf8_bytes() -> None:
    """The order is that of UTF-8 bytes, which no locale and no UTF-16 changes."""
    assert in_order(["🦑", "b", "\ufffd", "a/b", "a.b", "B"]) == [
        "B",
        "a.b",
        "a/b",
        "b",
        "\ufffd",
        "🦑",
    ]


@given(FILES, st.randoms(use_true_random=False))
def test_pack__files_in_any_order__gives_the_same_bytes(
    files: dict[str, bytes], chance: random.Random
) -> None:
    """The same files make the same archive, however they were listed."""
    shuffled = list(files.items())
    chance.shuffle(shuffled)
    assert pack_all(dict(shuffled)) == pack_all(files)


@given(FILES, st.integers(1, 7))
def test_pack__any_files__every_member_reads_back(files: dict[str, bytes], step: int) -> None:
    """Each member is found by its path and has its bytes, whatever blocks it came in."""
    members = (
        (path, [files[path][at : at + step] for at in range(0, len(files[path]), step)])
        for path in in_order(files)
    )
    packed = b"".join(bytes(block) for block in pack(members))
    index = open_index(packed)
    found = {member.path: packed[member.offset :][: member.length] for member in index.members}
    assert found == files
    assert all(index.find(path).length == len(content) for path, content in files.items())


@given(FILES, st.data())
def test_read_index__cut_anywhere__refused(files: dict[str, bytes], data: st.DataObject) -> None:
    """Every proper prefix of an archive is refused."""
    packed = pack_all(files)
    length = data.draw(st.integers(0, len(packed) - 1))
    with pytest.raises(InvalidArchive):
        open_index(packed[:length])
