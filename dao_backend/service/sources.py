"""The files and folders of this machine that somebody wants to contribute.

Looks first (what is there, how much, is it readable), reads later, in steps of 1 MiB.
Links are followed as long as they stay inside the folder. What tools leave behind in folders
(caches, version control, thumbnails, editors' swap files) is passed over and named.
Errors of the operating system come out as UnreadablePath.
"""

from __future__ import annotations

import mimetypes
import os
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import BinaryIO

from dao_backend.core import archive
from dao_backend.core.crypto import Buffer
from dao_backend.core.envelope import STEP
from dao_backend.core.message import Metadata
from dao_backend.errors import ContentTooLarge, EmptyContent, InputError, UnreadablePath

MAX_MEMBERS = 500_000
"""Files in one folder; above that, contribute its parts."""
JUNK = (
    "__pycache__",
    "*.pyc",
    ".git",
    ".hg",
    ".svn",
    ".mypy_cache",
    ".pytest_cache",
    ".ruff_cache",
    ".DS_Store",
    "Thumbs.db",
    "desktop.ini",
    ".*.sw[a-p]",
    "*~",
    ".#*",
    "#*#",
)
"""Names of files and folders inside a folder that nobody means to contribute."""


@dataclass(frozen=True, slots=True)
class Source:
    """A file or folder to contribute: what it is, its size, and where to read it."""

    metadata: Metadata
    size: int
    """Bytes of all files together when it was looked at."""
    limit: int
    files: tuple[tuple[str, Path], ...]
    """Members in archive order with their places; one pair for a single file."""
    skipped: tuple[str, ...] = ()
    """What was passed over inside a folder, sorted; a folder's name ends in a slash."""

    def blocks(self) -> Iterator[Buffer]:
        """Yield the data: a file's bytes, or a folder's archive. Every call reads anew.

        Raises UnreadablePath, EmptyContent, ContentTooLarge.
        """
        contents = ((name, _read(place)) for name, place in self.files)
        if self.metadata.media_type == archive.MEDIA_TYPE:
            return bounded(archive.pack(contents), self.limit)
        return bounded((block for _, blocks in contents for block in blocks), self.limit)


def open_source(path: Path, limit: int) -> Source:
    """Look at a file or folder, without reading contents yet; `limit` is in bytes.

    Raises UnreadablePath (missing, no permission, circle of links, link to the outside, neither
    file nor folder), EmptyContent, ContentTooLarge.
    """
    place = _resolve(path)
    name = place.name if path.name in ("", "..") else path.name
    skipped: list[str] = []
    if place.is_dir():
        media_type, files = archive.MEDIA_TYPE, _members(place, skipped)
    else:
        media_type, files = _media_type(name), ((name, place),)
    size = sum(_size(file) for _, file in files)
    if not size:
        raise EmptyContent(f"{path} holds no bytes")
    if size > limit:
        raise ContentTooLarge(f"{path} has {size} bytes; the limit is {limit}")
    metadata = Metadata(media_type, name or "folder")
    return Source(metadata, size, limit, files, tuple(sorted(skipped)))


def _media_type(name: str) -> str:
    return mimetypes.guess_type(name)[0] or "application/octet-stream"


def bounded(blocks: Iterable[Buffer], limit: int) -> Iterator[Buffer]:
    """Pass blocks through; raise EmptyContent if there is nothing, ContentTooLarge past `limit`."""
    total = 0
    for block in blocks:
        total += len(block)
        if total > limit:
            raise ContentTooLarge(f"there are more than {limit} bytes")
        yield block
    if not total:
        raise EmptyContent("there are no bytes")


def read_blocks(reader: BinaryIO) -> Iterator[bytes]:
    """Yield everything that `reader` gives, 1 MiB at a time."""
    while block := reader.read(STEP):
        yield block


def _read(path: Path) -> Iterator[bytes]:
    with reading(path), path.open("rb", buffering=0) as file:
        yield from read_blocks(file)


def _members(folder: Path, skipped: list[str]) -> tuple[tuple[str, Path], ...]:
    places: dict[str, Path] = {}
    for name, place in _walk(folder, skipped):
        places[name] = place
        if len(places) > MAX_MEMBERS:
            raise ContentTooLarge(f"{folder} holds more than {MAX_MEMBERS} files")
    try:
        return tuple((name, places[name]) for name in archive.in_order(places))
    except InputError as error:
        raise UnreadablePath(f"{folder}: {error}") from error


def _walk(folder: Path, skipped: list[str]) -> Iterator[tuple[str, Path]]:
    """Every file below `folder` with its path inside, in no particular order.

    Names of what is passed over are added to `skipped`.
    """
    todo: list[tuple[str, Path, tuple[Path, ...]]] = [("", folder, (folder,))]
    while todo:
        prefix, place, above = todo.pop()
        with reading(place):
            entries = sorted(place.iterdir())
        for entry in entries:
            name = prefix + entry.name
            if is_junk(entry.name):
                skipped.append(name + "/" * entry.is_dir())
                continue
            real = _follow(entry, folder)
            if real.is_dir():
                if real in above:
                    raise UnreadablePath(f"{entry} is a link that leads in a circle")
                todo.append((name + "/", real, (*above, real)))
            else:
                yield name, real


def is_junk(name: str) -> bool:
    """Whether a file or folder of this name is passed over inside a folder."""
    return any(fnmatchcase(name, pattern) for pattern in JUNK)


def _follow(path: Path, folder: Path) -> Path:
    """The place behind a link; UnreadablePath if it leads in a circle, out, or nowhere."""
    if not path.is_symlink():
        return path
    real = _resolve(path)
    if not real.is_relative_to(folder):
        raise UnreadablePath(f"{path} is a link that leads out of the folder")
    return real


def _resolve(path: Path) -> Path:
    try:
        with reading(path):
            return path.resolve(strict=True)
    except RuntimeError as error:  # what pathlib raises for a circle of links before Python 3.13
        raise UnreadablePath(f"{path} is a link that leads in a circle") from error


def _size(path: Path) -> int:
    with reading(path):
        found = path.stat()
    if not stat.S_ISREG(found.st_mode):
        raise UnreadablePath(f"{path} is neither a file nor a folder")
    if not os.access(path, os.R_OK):
        raise UnreadablePath(f"{path} cannot be read: no permission")
    return found.st_size


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Turn an operating system's error about `path` into UnreadablePath."""
    try:
        yield
    except OSError as error:
        raise UnreadablePath(f"{path} cannot be read: {error.strerror}") from error
