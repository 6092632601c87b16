"""The cryptographic primitives of the toolkit, behind typed functions.

This is the only module that imports `nacl` (libsodium: everything with keys and people) and
`cryptography` (OpenSSL: bulk AES-GCM and HKDF); BLAKE2b comes from `hashlib`.
No primitive is written here, and no randomness is drawn here, with one exception: libsodium
itself draws the ephemeral key inside `seal`.
Keys, nonces and salts are arguments; drawing them (`secrets.token_bytes`) is the caller's job.
"""

from __future__ import annotations

import hashlib
import hmac
import struct
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA512
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand
from nacl import bindings
from nacl.exceptions import CryptoError

from dao_backend.core.model import require_bytes
from dao_backend.errors import ChunkCorrupt, InputError, LowOrderKey, SealBroken, WrongPassword

Buffer = bytes | bytearray | memoryview
"""What the streaming functions take: anything with contiguous bytes."""

KEY = 32
"""Length in bytes of every key here: content keys, X25519 keys, AES-256 keys."""
NONCE = 12
TAG = 16
SEAL_OVERHEAD = 48
"""Bytes that `seal` adds: ephemeral public key (32) and tag (16)."""
WRAP_SALT = 16
WRAP_NONCE = 24


class Secret:
    """32 secret bytes; the representation hides them, comparison takes constant time.

    Raises InputError for another length. `raw` is the only way to the bytes.
    """

    __slots__ = ("_raw",)

    def __init__(self, raw: bytes) -> None:
        require_bytes(type(self).__name__, raw, KEY)
        self._raw = bytes(raw)

    @property
    def raw(self) -> bytes:
        """The 32 bytes themselves: never log them, never put them into an exception."""
        return self._raw

    def __repr__(self) -> str:
        return f"{type(self).__name__}(hidden)"

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and hmac.compare_digest(self._raw, other._raw)

    __hash__ = None  # type: ignore[assignment]  # a secret is no dictionary key


class ContentKey(Secret):
    """The key of one contribution's envelope: random, never reused, never derived from content."""

    __slots__ = ()


class SecretKey(Secret):
    """An X25519 key pair made from 32 random bytes; `public` is what others seal to."""

    __slots__ = ("public",)

    public: bytes

    def __init__(self, raw: bytes) -> None:
        super().__init__(raw)
        self.public = bindings.crypto_scalarmult_base(self._raw)


def check_public_key(public_key: bytes) -> None:
    """Raise InputError for a wrong length, LowOrderKey for a key whose shared secret is public.

    libsodium refuses a zero shared secret; every clamped scalar is a multiple of the cofactor,
    so any one of them finds all low-order points in all their encodings.
    """
    require_bytes("public key", public_key, KEY)
    try:
        bindings.crypto_scalarmult(bytes(KEY), public_key)
    except CryptoError as error:
        raise LowOrderKey(f"public key 0x{public_key.hex()} has low order") from error


def seal(public_key: bytes, message: bytes) -> bytes:
    """Seal `message` so that only the owner of `public_key` opens it (crypto_box_seal).

    The result is 48 bytes longer. libsodium draws the ephemeral key, so two calls differ.
    Raises InputError for a key of another length, LowOrderKey for a low-order key.
    """
    require_bytes("public key", public_key, KEY)
    try:
        return bindings.crypto_box_seal(message, public_key)
    except CryptoError as error:
        raise LowOrderKey(f"public key 0x{public_key.hex()} has low order") from error


def open_sealed(secret: SecretKey, sealed: bytes) -> bytes:
    """Open what `seal` made for `secret.public`; raise SealBroken if it does not open."""
    try:
        return bindings.crypto_box_seal_open(sealed, secret.public, secret.raw)
    except CryptoError as error:
        raise SealBroken(f"a sealed box of {len(sealed)} bytes does not open") from error


def hkdf_expand_sha512(prk: bytes, info: bytes, length: int) -> bytes:
    """HKDF-Expand with SHA-512 (RFC 5869, section 2.3): `length` bytes of key material."""
    return HKDFExpand(algorithm=SHA512(), length=length, info=info).derive(prk)


def blake2b_256(message: bytes) -> bytes:
    """BLAKE2b (RFC 7693) with a 32-byte digest, unkeyed."""
    return hashlib.blake2b(message, digest_size=32).digest()


class Aes256Gcm:
    """AES-256-GCM without additional data, writing into buffers of the caller.

    Nonces have 12 bytes and must never repeat under one key.
    """

    __slots__ = ("_aead",)

    def __init__(self, key: bytes) -> None:
        require_bytes("AES key", key, KEY)
        self._aead = AESGCM(key)

    def seal_into(self, nonce: bytes, plaintext: Buffer, out: memoryview) -> None:
        """Write ciphertext and tag to `out`, whose length is that of `plaintext` plus 16."""
        self._aead.encrypt_into(nonce, plaintext, None, out)

    def open_into(self, nonce: bytes, ciphertext: Buffer, out: memoryview) -> None:
        """Write the plaintext to `out`, 16 bytes shorter; raise ChunkCorrupt and wipe it if forged.

        OpenSSL decrypts before it compares the tag, hence the wiping.
        """
        try:
            self._aead.decrypt_into(nonce, ciphertext, None, out)
        except InvalidTag as error:
            out[:] = bytes(len(out))
            raise ChunkCorrupt("the authentication tag does not match") from error


# --- secrets at rest ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class WrapCost:
    """What one guess of a passphrase costs in Argon2id (RFC 9106): passes, and memory in KiB."""

    passes: int = 3
    memory_kib: int = 256 * 1024

    def __post_init__(self) -> None:
        if not 1 <= self.passes <= 16 or not 8 <= self.memory_kib <= 1024 * 1024:
            raise InputError(
                f"Argon2id with {self.passes} passes over {self.memory_kib} KiB is out of bounds"
            )


_WRAP_HEAD = struct.Struct(">BII")
_WRAP_VERSION = 1


def wrap_secret(
    passphrase: bytes, secret: bytes, salt: bytes, nonce: bytes, cost: WrapCost | None = None
) -> bytes:
    """Encrypt `secret` under `passphrase`: Argon2id, then XSalsa20-Poly1305 (crypto_secretbox).

    `salt` (16 bytes) and `nonce` (24 bytes) are random and new each time.
    The result names its own cost: version(1)=1 ‖ passes(4) ‖ KiB(4) ‖ salt ‖ nonce ‖ box.
    Raises InputError for an empty passphrase or a wrong length.
    """
    require_bytes("salt", salt, WRAP_SALT)
    require_bytes("nonce", nonce, WRAP_NONCE)
    cost = cost or WrapCost()
    box = bindings.crypto_secretbox_easy(secret, nonce, _stretch(passphrase, salt, cost))
    return _WRAP_HEAD.pack(_WRAP_VERSION, cost.passes, cost.memory_kib) + salt + nonce + box


def unwrap_secret(passphrase: bytes, wrapped: bytes) -> bytes:
    """Undo `wrap_secret`; raise WrongPassword if it does not open, SealBroken if malformed."""
    box_start = _WRAP_HEAD.size + WRAP_SALT + WRAP_NONCE
    if len(wrapped) < box_start + TAG:
        raise SealBroken(f"a wrapped secret of {len(wrapped)} bytes is too short")
    version, passes, memory_kib = _WRAP_HEAD.unpack_from(wrapped)
    if version != _WRAP_VERSION:
        raise SealBroken(f"wrapped secrets of version {version} are unknown")
    salt = wrapped[_WRAP_HEAD.size : _WRAP_HEAD.size + WRAP_SALT]
    nonce = wrapped[_WRAP_HEAD.size + WRAP_SALT : box_start]
    try:
        cost = WrapCost(passes, memory_kib)
    except InputError as error:
        raise SealBroken(str(error)) from error
    key = _stretch(passphrase, salt, cost)
    try:
        return bindings.crypto_secretbox_open_easy(wrapped[box_start:], nonce, key)
    except CryptoError as error:
        raise WrongPassword("the secret does not open with this passphrase") from error


def _stretch(passphrase: bytes, salt: bytes, cost: WrapCost) -> bytes:
    if not passphrase:
        raise InputError("the passphrase is empty")
    return bindings.crypto_pwhash_alg(
        KEY,
        passphrase,
        salt,
        cost.passes,
        cost.memory_kib * 1024,
        bindings.crypto_pwhash_ALG_ARGON2ID13,
    )
