"""The data folder of one service: locked while it runs, and cleared of what a crash left running.

The lock is the operating system's, so that a crash gives it back. A chain process that outlived
its service still holds the newest state: it is told to end, which makes it write that state down.
A keeper's process that outlived it holds its folder and its port, and is told to end too.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import signal
import time
from pathlib import Path
from typing import BinaryIO

from dao_backend.errors import DatabaseUnavailable, UnreadablePath

END_PATIENCE = 20.0
_LOOK = 0.05
_ENDING = ".pid"
CHAIN = "chain"
"""How the process of the local chain is noted."""


def locked(data: Path) -> BinaryIO:
    """The folder's lock, held while the file is open; the system gives it back after a crash."""
    try:
        data.mkdir(parents=True, exist_ok=True)
        handle = os.open(data / "lock", os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        file = os.fdopen(handle, "a+b")
    except OSError as error:
        raise UnreadablePath(f"{data} cannot be used: {error.strerror}") from error
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        file.seek(0)
        holder = file.read().decode(errors="replace").strip()
        file.close()
        raise DatabaseUnavailable(f"{data} is in use by process {holder}") from error
    file.truncate(0)
    file.write(str(os.getpid()).encode())
    file.flush()
    return file


def free_bytes(data: Path) -> int:
    """Bytes free where the folder lies; UnreadablePath."""
    try:
        return shutil.disk_usage(data).free
    except OSError as error:
        raise UnreadablePath(f"{data} cannot be used: {error.strerror}") from error


def note_child(data: Path, name: str, process: int) -> None:
    """Remember a child process, should this one crash; UnreadablePath."""
    path = data / f"{name}{_ENDING}"
    try:
        path.write_text(str(process))
    except OSError as error:
        raise UnreadablePath(f"{path} cannot be written: {error.strerror}") from error


def end_orphans(data: Path) -> None:
    """End what a service that crashed left running, and wait until it has; call it locked.

    Keepers go first: the chain they ask is then still there. Only processes that were started for
    this very folder are touched. Where the system does not say what a process is (no /proc), none
    is.
    """
    noted = sorted(data.glob(f"*{_ENDING}"), key=lambda path: path.stem == CHAIN)
    for path in noted:
        _end_orphan(path, data)


def _end_orphan(note: Path, data: Path) -> None:
    try:
        process = int(note.read_text())
    except (OSError, ValueError):
        return
    if not _serves(process, data, note.stem):
        return
    os.kill(process, signal.SIGTERM)
    until = time.monotonic() + END_PATIENCE
    while _serves(process, data, note.stem):
        if time.monotonic() > until:
            os.kill(process, signal.SIGKILL)
            return
        time.sleep(_LOOK)


def _serves(process: int, data: Path, name: str) -> bool:
    """Whether it works for this folder under that name, and is no other program by now."""
    try:
        words = Path(f"/proc/{process}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return False
    if name != CHAIN:
        return os.fsencode(data / name) in words
    return Path(os.fsdecode(words[0])).name == "anvil" and os.fsencode(data / "chain.json") in words
