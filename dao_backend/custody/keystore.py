"""A keeper's secrets at rest: its operator account and every sealing key it ever had.

    keys/keystore.json    {"version": 1, "unlock": …, "operator": …, "sealing": {name: …, …}}
    keys/keys.new         the next one while it is being written

Each secret is wrapped by itself (`core.crypto.wrap_secret`); a sealing key's name is the first 16
hexadecimal digits of its public half, and the newest stands last. Everything is in one file, so
that one rename is the whole change: whenever the process ends, the old keystore or the new one is
there, complete, and what lies beside it is overwritten by the next change.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from dao_backend.core.crypto import (
    WRAP_NONCE,
    WRAP_SALT,
    Secret,
    SecretKey,
    WrapCost,
    unwrap_secret,
    wrap_secret,
)
from dao_backend.core.packing import bytes_of, hex_of
from dao_backend.custody.secrets import (
    KEY_FILE_COST,
    OWNER_ONLY,
    SECRET,
    Randomness,
    read_file,
    sync_folder,
)
from dao_backend.errors import InputError, SealBroken, UnreadablePath

FILE = "keystore.json"
PARTIAL = "keys.new"
VERSION = 1
NAME_DIGITS = 16

At = Callable[[str], None]
"""Told the name of each step of a change as it is reached."""


class UnlockedBy(StrEnum):
    """What opens a keystore."""

    PASSPHRASE = "passphrase"  # noqa: S105  # a word for people
    KEY_FILE = "key file"
    BOTH = "passphrase and key file"


@dataclass(frozen=True, slots=True)
class Unlock:
    """A passphrase, the bytes of a key file, or both; its representation shows neither.

    InputError for neither, and for a key file of less than 32 bytes: those have to be random, as
    guessing them costs little.
    """

    passphrase: bytes = field(default=b"", repr=False)
    key: bytes = field(default=b"", repr=False)

    def __post_init__(self) -> None:
        if not self.passphrase and not self.key:
            raise InputError("a keystore needs a passphrase or a key file: the passphrase is empty")
        if self.key and len(self.key) < SECRET:
            raise InputError(f"the key file has {len(self.key)} bytes: give {SECRET} random ones")

    @property
    def kind(self) -> UnlockedBy:
        """Which of the two there are."""
        if not self.key:
            return UnlockedBy.PASSPHRASE
        return UnlockedBy.BOTH if self.passphrase else UnlockedBy.KEY_FILE

    @property
    def joined(self) -> bytes:
        """Both with their lengths (8 bytes big-endian) in front: no two pairs give the same."""
        return b"".join(len(part).to_bytes(8, "big") + part for part in (self.passphrase, self.key))

    @property
    def cost(self) -> WrapCost:
        """Stretching costs time where somebody could guess."""
        return WrapCost() if self.passphrase else KEY_FILE_COST


@dataclass(frozen=True, slots=True)
class Keystore:
    """What an open keystore holds."""

    operator: Secret
    """The private key of the operator account (secp256k1)."""
    sealing: tuple[SecretKey, ...]
    """Oldest first."""

    @property
    def newest(self) -> SecretKey:
        """The sealing key that a seat should name from now on."""
        return self.sealing[-1]


def create_keystore(
    folder: Path, unlock: Unlock, randomness: Randomness, operator: Secret | None = None
) -> Keystore:
    """Make one with a new sealing key, and a new operator account unless one is given.

    InputError where there is one already, UnreadablePath.
    """
    if (folder / FILE).exists():
        raise InputError(f"{folder} holds a keystore already; nothing was changed")
    made = Keystore(
        operator or Secret(randomness(SECRET)), sealing=(SecretKey(randomness(SECRET)),)
    )
    _write(folder, made, unlock, randomness)
    return made


def open_keystore(folder: Path, unlock: Unlock) -> Keystore:
    """Everything in it. WrongPassword, SealBroken (damaged), UnreadablePath (missing)."""
    stated = _read(folder)
    _require_kind(folder, unlock, stated.unlock)
    operator = Secret(unwrap_secret(unlock.joined, stated.operator))
    sealing = tuple(_opened(unlock, name, stated.sealing[name]) for name in stated.sealing)
    return Keystore(operator, sealing)


def unlocked_by(folder: Path) -> UnlockedBy:
    """What opens it, without opening it. SealBroken, UnreadablePath."""
    return _read(folder).unlock


def add_sealing_key(
    folder: Path, unlock: Unlock, randomness: Randomness, at: At | None = None
) -> SecretKey:
    """Make another sealing key and keep the earlier ones; as `open_keystore`."""
    known = open_keystore(folder, unlock)
    made = SecretKey(randomness(SECRET))
    _write(folder, Keystore(known.operator, (*known.sealing, made)), unlock, randomness, at)
    return made


def forget_sealing_keys(
    folder: Path,
    unlock: Unlock,
    public: Collection[bytes],
    randomness: Randomness,
    at: At | None = None,
) -> None:
    """Keep the keys with these public halves no more; as `open_keystore`.

    InputError for the newest, and for one that is not there. Backups made before still hold them.
    """
    known = open_keystore(folder, unlock)
    older = {key.public for key in known.sealing[:-1]}
    if not older.issuperset(public):
        raise InputError("only earlier sealing keys of this keystore can be forgotten")
    kept = tuple(key for key in known.sealing if key.public not in public)
    _write(folder, Keystore(known.operator, kept), unlock, randomness, at)


def rewrap(
    folder: Path, old: Unlock, new: Unlock, randomness: Randomness, at: At | None = None
) -> None:
    """Wrap every secret anew under `new`; as `open_keystore`. Copies made before keep `old`."""
    _write(folder, open_keystore(folder, old), new, randomness, at)


# --- the file -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Wrapped:
    unlock: UnlockedBy
    operator: bytes
    sealing: Mapping[str, bytes]


def _name(key: SecretKey) -> str:
    return key.public.hex()[:NAME_DIGITS]


def _opened(unlock: Unlock, name: str, wrapped: bytes) -> SecretKey:
    key = SecretKey(unwrap_secret(unlock.joined, wrapped))
    if _name(key) != name:
        raise SealBroken(f"what is kept as sealing key {name} is {_name(key)}")
    return key


def _require_kind(folder: Path, given: Unlock, needed: UnlockedBy) -> None:
    if given.kind is not needed:
        raise InputError(f"{folder} is opened with a {needed}, not with a {given.kind}")


def _read(folder: Path) -> _Wrapped:
    path = folder / FILE
    content = read_file(path)
    try:
        found = json.loads(content)
        if found["version"] != VERSION:
            raise SealBroken(f"{path} is a keystore of version {found['version']}, not {VERSION}")
        sealing = {str(name): bytes_of(value) for name, value in found["sealing"].items()}
        read = _Wrapped(UnlockedBy(found["unlock"]), bytes_of(found["operator"]), sealing)
    except (ValueError, KeyError, TypeError, AttributeError, InputError) as error:
        raise SealBroken(f"{path} is damaged: restore it from a backup") from error
    if not sealing:
        raise SealBroken(f"{path} holds no sealing key: restore it from a backup")
    return read


def _write(
    folder: Path, content: Keystore, unlock: Unlock, randomness: Randomness, at: At | None = None
) -> None:
    reached = at or _pass_by

    def wrapped(secret: Secret) -> str:
        salt, nonce = randomness(WRAP_SALT), randomness(WRAP_NONCE)
        return hex_of(wrap_secret(unlock.joined, secret.raw, salt, nonce, unlock.cost))

    text = json.dumps(
        {
            "version": VERSION,
            "unlock": unlock.kind,
            "operator": wrapped(content.operator),
            "sealing": {_name(key): wrapped(key) for key in content.sealing},
        },
        indent=2,
    )
    try:
        _replace(folder, text.encode(), reached)
    except OSError as error:
        raise UnreadablePath(f"{folder / FILE} cannot be written: {error.strerror}") from error


def _replace(folder: Path, content: bytes, reached: At) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    partial = folder / PARTIAL
    reached("begin")
    handle = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, OWNER_ONLY)
    with os.fdopen(handle, "wb") as file:
        file.write(content[: len(content) // 2])
        file.flush()
        reached("half written")
        file.write(content[len(content) // 2 :])
        file.flush()
        os.fsync(file.fileno())
    reached("written")
    partial.replace(folder / FILE)
    reached("renamed")
    sync_folder(folder)
    reached("synced")


def _pass_by(_step: str) -> None:
    """Nobody watches."""
