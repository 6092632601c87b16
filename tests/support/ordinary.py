"""Act on files as an ordinary user, also where the tests run as root."""

from __future__ import annotations

import ctypes
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

NOBODY = 65534


@contextmanager
def ordinary_user() -> Iterator[None]:
    """Permissions bind this thread while the block runs (Linux: setfsuid)."""
    system = ctypes.CDLL(None)
    mine = os.geteuid()
    if mine == 0:
        system.setfsuid(NOBODY)
    try:
        yield
    finally:
        system.setfsuid(mine)


@contextmanager
def public_folder() -> Iterator[Path]:
    """A folder that every user may enter, and only its owner change."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder
