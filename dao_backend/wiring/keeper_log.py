"""Where a keeper logs to, so that it goes on without its log and never fills its disk with words.

keeper.log ──full──► keeper.log.1 ──► keeper.log.2 ──► … ──► keeper.log.5 ──► gone
"""

from __future__ import annotations

import io
import os
import threading
from contextlib import suppress
from pathlib import Path
from typing import TextIO

from dao_backend.custody.secrets import OWNER_ONLY
from dao_backend.errors import UnreadablePath

LARGEST = 16 * 1024 * 1024
"""Bytes after which a file is put aside."""
KEPT = 5


class Patient(io.TextIOBase):
    """Passes lines on to a stream; what that does not take is lost.

    The stream may lead to a file on a full disk, or to a reader that has gone away.
    """

    def __init__(self, stream: TextIO) -> None:
        super().__init__()
        self._stream = stream

    def write(self, text: str) -> int:
        with suppress(OSError):
            self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        with suppress(OSError):
            self._stream.flush()

    def isatty(self) -> bool:
        return self._stream.isatty()


class RotatingFile(io.TextIOBase):
    """Append to `path`, safe to share between threads; UnreadablePath where that cannot be."""

    def __init__(self, path: Path, largest: int = LARGEST, kept: int = KEPT) -> None:
        super().__init__()
        self._path = path
        self._largest = largest
        self._kept = kept
        self._lock = threading.Lock()
        self._file = self._opened()

    def write(self, text: str) -> int:
        """Write whole lines at once: a file is put aside between two calls only.

        What the disk does not take is lost; a keeper goes on without its log.
        """
        with self._lock, suppress(OSError):
            if self._file.tell() >= self._largest:
                with suppress(OSError, UnreadablePath):
                    self._put_aside()
            self._file.write(text.encode())
        return len(text)

    def flush(self) -> None:
        """Nothing is held back."""

    def isatty(self) -> bool:
        return False

    def close(self) -> None:
        """Give the file back."""
        with self._lock:
            self._file.close()
        super().close()

    def _put_aside(self) -> None:
        for number in range(self._kept - 1, 0, -1):
            older = self._numbered(number)
            if older.exists():
                older.replace(self._numbered(number + 1))
        self._path.replace(self._numbered(1))
        full, self._file = self._file, self._opened()
        full.close()

    def _numbered(self, number: int) -> Path:
        return self._path.with_name(f"{self._path.name}.{number}")

    def _opened(self) -> io.FileIO:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            handle = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, OWNER_ONLY)
            return io.FileIO(handle, "a")
        except OSError as error:
            raise UnreadablePath(
                f"the log {self._path} cannot be written: {error.strerror}"
            ) from error
