"""A keeper's backup: one file, taken while it runs, and restored into an empty folder.

A tar archive of the data folder, with custody as SQLite's backup gives it and the keys as they are
wrapped; `manifest.json` comes last, with the format's version and each file's SHA-256. A file that
ends early, was changed, or names a path outside of the folder restores to nothing.

Custody is copied before the bundles: whatever it says was built, was written before.
"""

from __future__ import annotations

import errno
import hashlib
import io
import json
import os
import re
import shutil
import sqlite3
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import IO, BinaryIO

from dao_backend.core.keeper_config import KeeperConfig
from dao_backend.custody.keystore import FILE as KEYSTORE
from dao_backend.custody.secrets import OWNER_ONLY, sync_folder
from dao_backend.errors import (
    DatabaseUnavailable,
    InputError,
    IntegrityError,
    StorageFull,
    UnreadablePath,
)
from dao_backend.wiring.keeper_files import KeeperFolder, make_empty, read_config

VERSION = 1
MANIFEST = "manifest.json"
MAX_MANIFEST = 1 << 28
_PIECE = 1 << 20
_NAME = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]*(/[A-Za-z0-9_-][A-Za-z0-9._-]*){0,3}")
_TOPS = frozenset({"keeper.yaml", "seat.yaml", "deployment.json", "keys", "custody.sqlite"})
_BUNDLES = "bundles"


@dataclass(frozen=True, slots=True)
class Backup:
    """What a backup holds."""

    files: int
    bundles: int
    length: int
    """Bytes of all files in it."""


def export_backup(data: Path, target: Path) -> Backup:
    """Write a new file; the keeper may run meanwhile.

    InputError where `target` exists, UnreadablePath, DatabaseUnavailable, StorageFull.
    """
    folder = KeeperFolder(data)
    config = read_config(folder)
    if target.exists():
        raise InputError(f"{target} exists already: name a new file")
    partial = target.with_name(target.name + ".part")
    try:
        with _new_file(partial) as file:
            made = _write(folder, config, file, target.parent)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(target)
        sync_folder(target.parent)
    except OSError as error:
        raise _disk_error(target, error) from error
    finally:
        partial.unlink(missing_ok=True)
    return made


def restore_backup(source: Path, data: Path) -> Backup:
    """Make the data folder from a backup: whole, but for what was forgone; or nothing.

    What the operator went on without may have come since, and comes again: it is missing now, and
    a new word is needed to go on without it.
    InputError for a folder that holds something, IntegrityError for a file that is damaged or no
    backup, UnreadablePath, StorageFull.
    """
    make_empty(data)
    try:
        with (
            source.open("rb") as file,
            tempfile.TemporaryDirectory(prefix=".restoring-", dir=data) as place,
        ):
            restored = _read(file, Path(place), source)
            _forget_forgone(Path(place) / "custody.sqlite")
            # What makes it a keeper's folder comes last.
            for each in sorted(Path(place).iterdir(), key=_is_settings):
                each.rename(data / each.name)
            sync_folder(data)
    except (tarfile.TarError, EOFError) as error:
        raise IntegrityError(f"{source} is damaged, or no keeper's backup") from error
    except OSError as error:
        raise _disk_error(source, error) from error
    return restored


# --- writing --------------------------------------------------------------------------------


def _write(folder: KeeperFolder, config: KeeperConfig, file: BinaryIO, beside: Path) -> Backup:
    digests: dict[str, str] = {}
    length = 0
    with (
        tempfile.TemporaryDirectory(prefix=".copying-", dir=beside) as place,
        tarfile.open(fileobj=file, mode="w|", format=tarfile.PAX_FORMAT) as archive,
    ):
        for name, path in _files(folder, config, Path(place)):
            try:
                opened = path.open("rb")
            except FileNotFoundError:  # a bundle that was dropped meanwhile
                continue
            with opened:
                size = os.fstat(opened.fileno()).st_size
                reader = _Hashing(opened)
                archive.addfile(_entry(name, size), reader)
                digests[name] = reader.digest
                length += size
        manifest = json.dumps({"version": VERSION, "files": digests}, indent=1).encode()
        archive.addfile(_entry(MANIFEST, len(manifest)), io.BytesIO(manifest))
    bundles = sum(name.startswith(_BUNDLES) for name in digests)
    return Backup(len(digests), bundles, length)


def _files(folder: KeeperFolder, config: KeeperConfig, place: Path) -> Iterator[tuple[str, Path]]:
    """Names in the archive and where their bytes are."""
    yield "keeper.yaml", folder.config
    yield "seat.yaml", folder.seat
    yield f"keys/{KEYSTORE}", folder.keys / KEYSTORE
    record = folder.data / config.dao
    if record == folder.data / "deployment.json":
        yield "deployment.json", record
    if folder.custody.exists():
        copied = place / "custody.sqlite"
        _copy_database(folder.custody, copied)
        yield "custody.sqlite", copied
    for part in ("blobs", "trees"):
        kept = folder.bundles / part
        for path in sorted(kept.iterdir()) if kept.is_dir() else ():
            yield f"{_BUNDLES}/{part}/{path.name}", path


def _copy_database(source: Path, target: Path) -> None:
    """A copy as of one moment, through SQLite's backup; DatabaseUnavailable."""
    try:
        with (
            closing(sqlite3.connect(f"{source.absolute().as_uri()}?mode=ro", uri=True)) as read,
            closing(sqlite3.connect(target)) as written,
        ):
            read.backup(written)
            written.execute("PRAGMA journal_mode=DELETE")
    except sqlite3.Error as error:
        raise DatabaseUnavailable(f"the database {source} cannot be copied: {error}") from error


def _entry(name: str, size: int) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = size, OWNER_ONLY
    return entry


class _Hashing:
    """Reads a file and remembers the SHA-256 of what was read."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._sha = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        piece = self._file.read(size)
        self._sha.update(piece)
        return piece

    @property
    def digest(self) -> str:
        return self._sha.hexdigest()


# --- reading --------------------------------------------------------------------------------


def _read(file: BinaryIO, place: Path, source: Path) -> Backup:
    """Extract into `place` and compare with the manifest; IntegrityError."""
    found: dict[str, str] = {}
    length = 0
    manifest: bytes | None = None
    with tarfile.open(fileobj=file, mode="r|") as archive:
        for entry in archive:
            if manifest is not None:
                raise IntegrityError(f"{source} is damaged: something follows its manifest")
            content = archive.extractfile(entry) if entry.isreg() else None
            if content is None or entry.name in found or not _is_ours(entry.name):
                raise IntegrityError(f"{source} is no keeper's backup: it holds {entry.name!r}")
            if entry.name == MANIFEST:
                manifest = content.read(MAX_MANIFEST)
            else:
                found[entry.name] = _extract(content, place / entry.name)
                length += entry.size
    if manifest is None or _stated(manifest, source) != found:
        raise IntegrityError(f"{source} is damaged: its files are not those of its manifest")
    bundles = sum(name.startswith(_BUNDLES) for name in found)
    return Backup(len(found), bundles, length)


def _is_settings(path: Path) -> bool:
    return path == KeeperFolder(path.parent).config


def _is_ours(name: str) -> bool:
    top = name.partition("/")[0]
    known = top in _TOPS or top == _BUNDLES or name == MANIFEST
    return known and _NAME.fullmatch(name) is not None


def _stated(manifest: bytes, source: Path) -> dict[str, str]:
    try:
        found = json.loads(manifest)
        version, files = found["version"], dict(found["files"])
    except (ValueError, KeyError, TypeError) as error:
        raise IntegrityError(f"{source} is damaged: its manifest cannot be read") from error
    if version != VERSION:
        raise IntegrityError(f"{source} is a backup of version {version}, this reads {VERSION}")
    return files


def _extract(content: IO[bytes], path: Path) -> str:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    reader = _Hashing(content)
    with _new_file(path) as file:
        shutil.copyfileobj(reader, file, _PIECE)
        file.flush()
        os.fsync(file.fileno())
    return reader.digest


def _forget_forgone(custody: Path) -> None:
    """Where the backup is older than that word, there is no table of it."""
    if not custody.exists():
        return
    try:
        with closing(sqlite3.connect(custody)) as written, written:
            if written.execute("SELECT 1 FROM sqlite_master WHERE name = 'forgone'").fetchone():
                written.execute("DELETE FROM forgone")
    except sqlite3.Error as error:
        raise IntegrityError(f"the custody in the backup cannot be read: {error}") from error


# --- both -----------------------------------------------------------------------------------


def _new_file(path: Path) -> BinaryIO:
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW
    return os.fdopen(os.open(path, flags, OWNER_ONLY), "wb")


def _disk_error(path: Path, error: OSError) -> StorageFull | UnreadablePath:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return StorageFull(f"no space is left for {path}")
    return UnreadablePath(f"{error.filename or path} cannot be used: {error.strerror}")
