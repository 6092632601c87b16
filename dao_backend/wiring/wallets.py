"""A person's wallets: keystore files in one folder, and the release keys beside each of them.

A keystore (Web3 Secret Storage version 3) holds the account's key under a password. A release key
is the X25519 key that a buyer has content keys sealed to; it lies beside the keystore, wrapped
under the same password. Which public key a file belongs to can be read without the password.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from dao_backend.chain.signer import LocalSigner, create_keystore, keystore_address, open_keystore
from dao_backend.core.crypto import WRAP_NONCE, WRAP_SALT, SecretKey, unwrap_secret, wrap_secret
from dao_backend.core.model import Address
from dao_backend.core.packing import bytes_of, hex_of
from dao_backend.custody.secrets import OWNER_ONLY, read_file, write_new_file
from dao_backend.errors import InputError, NotFound, UnreadablePath

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_SUFFIX = ".json"

Randomness = Callable[[int], bytes]


@dataclass(frozen=True, slots=True)
class Wallet:
    """A keystore file by the name its owner gave it."""

    name: str
    path: Path
    address: Address


class WalletBook:
    """The wallets in one folder; every secret leaves it only under its password."""

    def __init__(self, folder: Path, randomness: Randomness, rounds: int | None = None) -> None:
        """`rounds` overrides the cost of a new keystore's password (scrypt, 2^18)."""
        self._folder = folder
        self._randomness = randomness
        self._rounds = rounds

    def all(self) -> tuple[Wallet, ...]:
        """By name; UnreadablePath, InputError for a file that is no keystore."""
        return tuple(self._at(path) for path in sorted(self._folder.glob(f"*{_SUFFIX}")))

    def find(self, name: str) -> Wallet:
        """A wallet of this folder by name, or any keystore file by its path; NotFound."""
        path = Path(name) if "/" in name else self._path(name)
        if not path.exists():
            known = ", ".join(path.stem for path in self._folder.glob(f"*{_SUFFIX}")) or "none"
            raise NotFound(
                f"there is no wallet {name} (there is: {known}); "
                f"make one with `ddao wallet new {path.stem}`"
            )
        return self._at(path)

    def new(self, name: str, password: str) -> Wallet:
        """Make an account; InputError where the name is taken or the password empty."""
        path = self._free(name)
        create_keystore(path, _required(password), self._randomness(32), self._rounds)
        return self._at(path)

    def take(self, name: str, source: Path, password: str) -> Wallet:
        """Copy a keystore of Ape or Foundry; it keeps its password, which is tried first.

        WrongPassword, UnreadablePath, InputError; nothing is written then.
        """
        path = self._free(name)
        owner = open_keystore(source, password).address
        content = json.loads(read_file(source))
        content["address"] = owner.removeprefix("0x").lower()  # Foundry leaves it out
        write_new_file(path, json.dumps(content).encode())
        return self._at(path)

    def open(self, wallet: Wallet, password: str) -> LocalSigner:
        """The account, ready to sign; WrongPassword."""
        return open_keystore(wallet.path, password)

    # --- release keys -----------------------------------------------------------------------

    def release_keys(self, wallet: Wallet) -> tuple[bytes, ...]:
        """Public halves of a wallet's release keys, oldest first; no password needed."""
        return tuple(_public(path) for path in self._release_files(wallet))

    def new_release_key(self, wallet: Wallet, password: str) -> bytes:
        """Make one under the wallet's password, which is tried first; its public half."""
        open_keystore(wallet.path, password)
        raw, salt = self._randomness(32), self._randomness(WRAP_SALT)
        wrapped = wrap_secret(password.encode(), raw, salt, self._randomness(WRAP_NONCE))
        public = SecretKey(raw).public
        kept = {"version": 1, "publicKey": hex_of(public), "wrapped": hex_of(wrapped)}
        number = len(self._release_files(wallet)) + 1
        path = _release_folder(wallet) / f"{number:04}{_SUFFIX}"
        write_new_file(path, json.dumps(kept).encode())
        return public

    def release_key(self, wallet: Wallet, password: str) -> bytes:
        """Public half of the wallet's newest release key, made now where there is none."""
        known = self.release_keys(wallet)
        return known[-1] if known else self.new_release_key(wallet, password)

    def release_secret(self, wallet: Wallet, password: str, public: bytes) -> SecretKey:
        """The secret half of a release key; NotFound, WrongPassword."""
        for path in self._release_files(wallet):
            if _public(path) == public:
                wrapped = bytes_of(_release_file(path)["wrapped"])
                return SecretKey(unwrap_secret(password.encode(), wrapped))
        raise NotFound(
            f"wallet {wallet.name} does not hold the release key {hex_of(public)}: "
            "use the wallet, on the machine, with which the request was filed"
        )

    def _release_files(self, wallet: Wallet) -> list[Path]:
        return sorted(_release_folder(wallet).glob(f"*{_SUFFIX}"))

    # --- files ------------------------------------------------------------------------------

    def _at(self, path: Path) -> Wallet:
        return Wallet(path.stem, path, keystore_address(path))

    def _path(self, name: str) -> Path:
        if not _NAME.fullmatch(name):
            raise InputError(f"{name!r} is no name for a wallet: use letters, digits, . _ -")
        return self._folder / f"{name}{_SUFFIX}"

    def _free(self, name: str) -> Path:
        path = self._path(name)
        if path.exists():
            raise InputError(f"there is a wallet {name} already; nothing was changed")
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=OWNER_ONLY | 0o100)
        except OSError as error:
            raise UnreadablePath(f"{self._folder} cannot be made: {error.strerror}") from error
        return path


def _release_folder(wallet: Wallet) -> Path:
    return wallet.path.with_suffix(".release")


def _release_file(path: Path) -> dict[str, str]:
    content = read_file(path)
    try:
        found: dict[str, str] = json.loads(content)
        bytes_of(found["publicKey"])
        bytes_of(found["wrapped"])
    except (ValueError, KeyError, TypeError, InputError) as error:
        raise InputError(f"{path} is no release key") from error
    return found


def _public(path: Path) -> bytes:
    return bytes_of(_release_file(path)["publicKey"])


def _required(password: str) -> str:
    if not password:
        raise InputError("the password is empty")
    return password
