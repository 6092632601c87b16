"""Accounts that sign: one key in memory, opened from a keystore file.

Keystores are Web3 Secret Storage version 3, as eth-account, Ape and Foundry write them. A key
enters through such a file only, never through a command line or an environment variable.
"""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path
from typing import Any

from eth_account import Account
from eth_account.signers.local import LocalAccount
from eth_keys.backends.coincurve import CoinCurveECCBackend
from eth_keys.main import KeyAPI
from eth_typing import Hash32
from eth_utils.exceptions import ValidationError

from dao_backend.chain.abi import checksummed
from dao_backend.core.model import Address, require_bytes
from dao_backend.errors import InputError, SetupError, UnreadablePath, WrongPassword

OWNER_ONLY = 0o600


class LocalSigner:
    """A key in this process; its representation shows the address alone."""

    __slots__ = ("_account",)

    def __init__(self, key: bytes) -> None:
        """Take a 32-byte secp256k1 key; raise InputError when it is none."""
        self._account = _account(key)

    @property
    def address(self) -> Address:
        return Address(self._account.address)

    def sign_digest(self, digest: bytes) -> bytes:
        require_bytes("digest", digest, 32)
        return bytes(self._account.unsafe_sign_hash(Hash32(digest)).signature)

    def sign_transaction(self, transaction: dict[str, object]) -> bytes:
        fields: dict[str, Any] = transaction
        return bytes(self._account.sign_transaction(fields).raw_transaction)

    def __repr__(self) -> str:
        return f"LocalSigner({self.address})"


def open_keystore(path: Path, password: str) -> LocalSigner:
    """Open a keystore file. Raises UnreadablePath, InputError (no keystore), WrongPassword."""
    keystore = _read(path)
    try:
        key = Account.decrypt(keystore, password)
    except ValueError as error:
        if "mac" not in str(error).lower():
            raise InputError(f"{path} is no keystore of a known kind") from error
        raise WrongPassword(f"{path} does not open with this password") from error
    except (KeyError, TypeError, NotImplementedError) as error:
        raise InputError(f"{path} is no keystore of a known kind") from error
    return LocalSigner(bytes(key))


def keystore_address(path: Path) -> Address:
    """Whose keystore it is, without the password. Raises UnreadablePath, InputError."""
    stated = _read(path).get("address")
    if not isinstance(stated, str):
        raise InputError(f"{path} does not say whose keystore it is")
    return Address(checksummed("0x" + stated.removeprefix("0x")))


def create_keystore(path: Path, password: str, key: bytes, rounds: int | None = None) -> Address:
    """Write a new keystore, readable by its owner only, complete or not at all.

    `key` is 32 random bytes; `rounds` overrides the cost of scrypt (2^18).
    Raises InputError when the file exists already or the key is none, UnreadablePath when the
    folder cannot be written.
    """
    keystore = _account(key).encrypt(password, iterations=rounds)
    content = json.dumps(keystore).encode()
    try:
        _write_new(path, content)
    except FileExistsError as error:
        raise InputError(f"{path} exists already; nothing was changed") from error
    except OSError as error:
        raise UnreadablePath(f"{path} cannot be written: {error.strerror}") from error
    return LocalSigner(key).address


def require_fast_signatures() -> None:
    """Raise SetupError unless signatures are checked by coincurve.

    The pure Python fallback recovers 200 signatures a second, which lets anybody stall a sign-in.
    """
    if not isinstance(KeyAPI().backend, CoinCurveECCBackend):
        raise SetupError("coincurve is missing, so that checking signatures would be too slow")


def _account(key: bytes) -> LocalAccount:
    require_bytes("private key", key, 32)
    try:
        account: LocalAccount = Account.from_key(key)
    except (ValidationError, ValueError):
        raise InputError("these 32 bytes are no private key") from None
    return account


def _read(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_bytes())
    except OSError as error:
        raise UnreadablePath(f"{path} cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise InputError(f"{path} is no keystore") from error
    if not isinstance(content, dict):
        raise InputError(f"{path} is no keystore")
    return content


def _write_new(path: Path, content: bytes) -> None:
    """Make the file appear at once and whole; FileExistsError where there is one."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    part = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            os.fchmod(file.fileno(), OWNER_ONLY)
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        path.hardlink_to(part)
    finally:
        part.unlink()
