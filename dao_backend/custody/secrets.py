"""Secrets at rest: 32 random bytes each, wrapped under a passphrase, in files of their owner.

The wrapping is Argon2id and XSalsa20-Poly1305 (`core.crypto.wrap_secret`). A service that starts
by itself has no passphrase to ask for: a key file on the same machine stands in for one, and
then the files are as safe as that file.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from dao_backend.core.crypto import WRAP_NONCE, WRAP_SALT, WrapCost, unwrap_secret, wrap_secret
from dao_backend.errors import UnreadablePath

OWNER_ONLY = 0o600
SECRET = 32
KEY_FILE_COST = WrapCost(passes=1, memory_kib=8)
"""A key file holds 256 random bits, which no guessing reaches: stretching it would add nothing."""

Randomness = Callable[[int], bytes]


class SecretStore:
    """Named secrets in one folder, made when first asked for."""

    def __init__(
        self, folder: Path, passphrase: bytes, randomness: Randomness, cost: WrapCost | None = None
    ) -> None:
        self._folder = folder
        self._passphrase = passphrase
        self._randomness = randomness
        self._cost = cost

    def secret(self, name: str) -> bytes:
        """The secret of that name. WrongPassword, SealBroken, UnreadablePath."""
        path = self._folder / f"{name}.secret"
        if path.exists():
            return unwrap_secret(self._passphrase, read_file(path))
        made = self._randomness(SECRET)
        salt, nonce = self._randomness(WRAP_SALT), self._randomness(WRAP_NONCE)
        write_new_file(path, wrap_secret(self._passphrase, made, salt, nonce, self._cost))
        return made


def key_file(path: Path, randomness: Randomness) -> bytes:
    """The bytes of a key file, made with 32 random ones where it is missing; UnreadablePath."""
    if not path.exists():
        write_new_file(path, randomness(SECRET))
    return read_file(path)


def read_file(path: Path) -> bytes:
    """All bytes of a file; UnreadablePath."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise UnreadablePath(f"{path} cannot be read: {error.strerror}") from error


def write_new_file(path: Path, content: bytes) -> None:
    """Write a file that only its owner reads, whole and synced; UnreadablePath."""
    partial = path.with_suffix(path.suffix + ".part")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, OWNER_ONLY)
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        partial.rename(path)
        sync_folder(path.parent)
    except OSError as error:
        raise UnreadablePath(f"{path} cannot be written: {error.strerror}") from error


def sync_folder(folder: Path) -> None:
    """Make names in a folder survive a loss of power; OSError."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
