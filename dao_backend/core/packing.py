"""Turn values into the bytes that are hashed: 32-byte words, raw addresses, Keccak-256.

Every integer that this project hashes is 32 bytes big-endian unless its width is stated.
All structures hashed here have fields of fixed size only, so `abi.encode` of them is the
concatenation of their words, and the general encoder's cost can be avoided.
"""

from __future__ import annotations

from eth_hash.auto import keccak

from dao_backend.core.model import Address
from dao_backend.errors import InputError

WORD = 32
"""Bytes in one ABI word."""


def keccak256(data: bytes) -> bytes:
    """Keccak-256 as Ethereum uses it (32 bytes)."""
    return keccak(data)


def uint(value: int, bits: int = 256) -> bytes:
    """ABI word of an unsigned integer; raise InputError unless it fits `bits`."""
    if not 0 <= value < 1 << bits:
        raise InputError(f"{value} does not fit an unsigned integer of {bits} bits")
    return value.to_bytes(WORD, "big")


def octet(value: int) -> bytes:
    """One byte, for keeper indexes; raise InputError unless it fits."""
    try:
        return value.to_bytes(1)
    except OverflowError as error:
        raise InputError(f"{value} does not fit one byte") from error


def address_bytes(account: Address) -> bytes:
    """The 20 raw bytes of an address."""
    return bytes.fromhex(account[2:])


def address_word(account: Address) -> bytes:
    """ABI word of an address."""
    return bytes(12) + address_bytes(account)


def hex_of(data: bytes) -> str:
    """Bytes as JSON and people see them: 0x and lower-case digits."""
    return "0x" + data.hex()


def bytes_of(text: str) -> bytes:
    """Parse 0x and an even number of lower-case hexadecimal digits; raise InputError otherwise."""
    digits = text[2:]
    if not text.startswith("0x") or set(digits) - set("0123456789abcdef") or len(digits) % 2:
        raise InputError(f"{text!r} is not 0x and lower-case hexadecimal digits")
    return bytes.fromhex(digits)
