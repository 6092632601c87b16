"""A folder as one stream of bytes: an archive, version 1, that is the same for the same files.

    bytes of all members, in order ‖ index (UTF-8 JSON) ‖ index length(8) ‖ "ddaoarc" ‖ version(1)=1

Members are sorted by the UTF-8 bytes of their paths and follow one another without a gap; times,
owners and permissions are left out. The index, `{"members":[{"path","offset","length"}, …]}`,
comes last, so that an archive is written as a stream, and one member is read without the others.
No checksum: the envelope around an archive authenticates it.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from dao_backend.core.crypto import Buffer
from dao_backend.errors import ContentTooLarge, InputError, InvalidArchive, NotFound

MEDIA_TYPE = "application/vnd.ddao.archive"
"""Media type in the metadata of a message whose data is an archive."""
TRAILER = 16
"""Bytes at the end: index length and magic."""
MAX_INDEX = 64 * 1024 * 1024
"""Largest index in bytes: about half a million members."""
_MAGIC = b"ddaoarc\x01"
_MAX_PATH = 4096
_ODD = re.compile(r"[\x00-\x1f\x7f\\]")
_DOTS = {"", ".", ".."}
_ROW = re.compile(
    rb'{"path":(?P<path>"(?:[^"\\]|\\.)*"),"offset":(?P<offset>[0-9]+),"length":(?P<length>[0-9]+)}'
)


@dataclass(frozen=True, slots=True)
class Member:
    """One file: its path with `/` between components, and where its bytes stand in the archive."""

    path: str
    offset: int
    length: int


def check_path(path: str) -> bytes:
    """Return the UTF-8 bytes of a member's path; raise InputError for one that is not safe.

    Refused: empty or absolute paths, empty, `.` and `..` components, backslashes, control
    characters, a first component that is a drive, and names that are not Unicode.
    """
    try:
        encoded = path.encode()
    except UnicodeEncodeError as error:
        raise InputError(f"{path!r} is not valid Unicode") from error
    parts = path.split("/")
    if (
        _ODD.search(path)
        or not _DOTS.isdisjoint(parts)
        or parts[0][1:2] == ":"
        or len(encoded) > _MAX_PATH
    ):
        raise InputError(f"{path!r} cannot be a path inside an archive")
    return encoded


def in_order(paths: Iterable[str]) -> list[str]:
    """Sort paths as an archive does; raise InputError for an unsafe path or a path twice."""
    ordered = sorted(paths, key=check_path)
    _check_order(ordered)
    return ordered


def _check_order(ordered: list[str]) -> None:
    """Raise InputError unless strictly rising, and no file stands where another has a folder."""
    files: set[str] = set()
    previous = b""
    for path in ordered:
        encoded = check_path(path)
        if encoded <= previous:
            raise InputError(f"{path!r} is there twice, or out of order")
        if any(parent in files for parent in _parents(path)):
            raise InputError(f"{path!r} lies inside another file")
        files.add(path)
        previous = encoded


def _parents(path: str) -> Iterator[str]:
    end = path.rfind("/")
    while end > 0:
        yield path[:end]
        end = path.rfind("/", 0, end)


def pack(files: Iterable[tuple[str, Iterable[Buffer]]]) -> Iterator[Buffer]:
    """Yield an archive of files given as (path, blocks of bytes), already `in_order`.

    Blocks are passed through as they come. Raises InputError for unsafe, repeated or unsorted
    paths, ContentTooLarge when the index grows above 64 MiB.
    """
    members: list[Member] = []
    offset = 0
    for path, blocks in files:
        start = offset
        for block in blocks:
            offset += len(block)
            yield block
        members.append(Member(path, start, offset - start))
    _check_order([member.path for member in members])
    yield _closing(members)


def _closing(members: list[Member]) -> bytes:
    index = _encode(members)
    if len(index) > MAX_INDEX:
        raise ContentTooLarge(f"an index of {len(members)} files is above {MAX_INDEX} bytes")
    return index + len(index).to_bytes(TRAILER - len(_MAGIC), "big") + _MAGIC


def _encode(members: Iterable[Member]) -> bytes:
    rows = [
        {"path": member.path, "offset": member.offset, "length": member.length}
        for member in members
    ]
    return json.dumps({"members": rows}, ensure_ascii=False, separators=(",", ":")).encode()


def index_start(trailer: bytes, archive_length: int) -> int:
    """Where the index stands, from the archive's last 16 bytes; it ends where they begin.

    Raises InvalidArchive if they are no trailer of version 1.
    """
    if len(trailer) != TRAILER or trailer[-len(_MAGIC) :] != _MAGIC:
        raise InvalidArchive("the bytes do not end as an archive of version 1 does")
    length = int.from_bytes(trailer[: -len(_MAGIC)], "big")
    if length > min(MAX_INDEX, archive_length - TRAILER):
        raise InvalidArchive(f"an archive of {archive_length} bytes has no index of {length}")
    return archive_length - TRAILER - length


@dataclass(frozen=True, slots=True)
class Index:
    """The members of one archive, sorted by path."""

    members: tuple[Member, ...]

    def find(self, path: str) -> Member:
        """The member with that path; raise NotFound if there is none."""
        at = bisect_left(self.members, check_path(path), key=lambda member: member.path.encode())
        if at == len(self.members) or self.members[at].path != path:
            raise NotFound(f"the archive has no member {path!r}")
        return self.members[at]


def parse_index(encoded: bytes, start: int) -> Index:
    """Read an index that stands at `start`; raise InvalidArchive unless it is canonical.

    Its bytes must be those that `pack` writes: safe and strictly rising paths, members that fill
    the bytes before the index exactly. Rows are picked out one by one and compared by encoding
    them again: a JSON parser recurses, and how deep that may go is for other libraries to set.
    """
    try:
        members = tuple(
            Member(json.loads(row["path"]), int(row["offset"]), int(row["length"]))
            for row in _ROW.finditer(encoded)
        )
        _check_order([member.path for member in members])
    except (ValueError, InputError) as error:
        raise InvalidArchive(f"the index cannot be read: {error}") from error
    if _encode(members) != encoded:
        raise InvalidArchive("the index is not written as version 1 says")
    offset = 0
    for member in members:
        if member.offset != offset:
            raise InvalidArchive(f"{member.path!r} does not follow the member before it")
        offset += member.length
    if offset != start:
        raise InvalidArchive(f"members fill {offset} bytes, but the index stands at {start}")
    return Index(members)
