"""Disks without room: a small file system where this machine mounts one, else a limit on files."""

from __future__ import annotations

import os
import resource
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from tests.support.keeper_machine import Machine

SIZE = "4m"
_PIECE = 4096


class Disk(Protocol):
    """Where a keeper's folder lies."""

    def fill(self) -> None:
        """Leave no room for anything."""
        ...

    def free(self) -> None:
        """Give the room back."""
        ...


class SmallDisk:
    """A file system of its own, filled by a file."""

    def __init__(self, folder: Path) -> None:
        self._ballast = folder / "ballast"

    def fill(self) -> None:
        with self._ballast.open("wb", buffering=0) as file:
            try:
                while True:
                    file.write(bytes(_PIECE))
            except OSError:
                return

    def free(self) -> None:
        self._ballast.unlink(missing_ok=True)


class LimitedFiles:
    """A running process that may write no file any more; it was started with a limit to ignore."""

    def __init__(self, keeper: Machine) -> None:
        self._keeper = keeper

    def fill(self) -> None:
        self._set(0)

    def free(self) -> None:
        self._set(resource.RLIM_INFINITY)

    def _set(self, soft: int) -> None:
        assert self._keeper.process is not None, "only a running process has a limit"
        process = self._keeper.process.pid
        _, hard = resource.prlimit(process, resource.RLIMIT_FSIZE)
        resource.prlimit(process, resource.RLIMIT_FSIZE, (soft, hard))


@contextmanager
def small_disk(folder: Path) -> Iterator[SmallDisk | None]:
    """A file system of some MiB at `folder`; None where this machine mounts none."""
    folder.mkdir(mode=0o700)
    command = ["mount", "-t", "tmpfs", "-o", f"size={SIZE},mode=0700", "none", str(folder)]
    mounted = os.geteuid() == 0 and not subprocess.run(command, check=False).returncode
    try:
        yield SmallDisk(folder) if mounted else None
    finally:
        if mounted:
            subprocess.run(["umount", "--lazy", str(folder)], check=True)
