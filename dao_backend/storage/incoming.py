"""Files on their way in: they take their final name whole and synced to disk, or not at all.

While a process writes such a file it holds a lock on it. A lock ends with its process however that
ends, so a file that can be locked by somebody else was left behind by a crash and is removed.
"""

from __future__ import annotations

import errno
import fcntl
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from dao_backend.errors import StorageFull, StorageUnavailable

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


@contextmanager
def disk_errors(folder: Path) -> Iterator[None]:
    """Turn what the operating system says into StorageFull or StorageUnavailable."""
    try:
        yield
    except OSError as error:
        said = error.strerror or str(error)
        if error.errno in _FULL:
            raise StorageFull(f"no space left for the blob in {folder} ({said})") from error
        raise StorageUnavailable(
            f"the blob folder {folder} cannot be used ({said}): "
            "make it readable and writable for this user, or choose another folder"
        ) from error


class IncomingFile:
    """One file being written; `publish` gives it its name."""

    def __init__(self, descriptor: int, path: Path) -> None:
        self._descriptor = descriptor
        self._path = path

    def write(self, data: bytes) -> None:
        """Append all of `data`; StorageFull, StorageUnavailable."""
        view = memoryview(data)
        with disk_errors(self._path.parent):
            while view:
                view = view[os.write(self._descriptor, view) :]

    def publish(self, target: Path) -> None:
        """Sync the bytes to disk and put them in the place of `target`, which may exist."""
        with disk_errors(target.parent):
            os.fsync(self._descriptor)
            self._path.replace(target)
            sync_folder(target.parent)


class Incoming:
    """The folder of unfinished files; on the file system where finished ones go."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @contextmanager
    def file(self) -> Iterator[IncomingFile]:
        """A new file, which is gone afterwards unless it was published."""
        with disk_errors(self._folder):
            descriptor, path = self._create()
        try:
            yield IncomingFile(descriptor, path)
        finally:
            path.unlink(missing_ok=True)
            os.close(descriptor)

    def sweep(self) -> None:
        """Remove what crashed processes left behind."""
        for path in self._folder.iterdir():
            with suppress(OSError):  # locked: somebody writes it; gone: somebody else swept it
                descriptor = os.open(path, os.O_RDWR)
                try:
                    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    path.unlink()
                finally:
                    os.close(descriptor)

    def _create(self) -> tuple[int, Path]:
        """A locked file; made again where it was swept between its creation and its lock."""
        while True:
            descriptor, name = tempfile.mkstemp(dir=self._folder)
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            if os.fstat(descriptor).st_nlink:
                return descriptor, Path(name)
            os.close(descriptor)


def sync_folder(folder: Path) -> None:
    """Make renames and removals in a folder survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
