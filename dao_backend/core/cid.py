"""Content identifiers: CIDv1 with a SHA-256 digest, as text and as bytes.

Only the two codecs of profile unixfs-v1-2025 exist here, and the codec follows from the length:
a blob of up to 1 MiB is one raw block, a longer one is a dag-pb tree.
That is why a digest and a length on chain are enough to name a blob.

Source: multiformats CID specification (`<version><codec><multihash>`, multibase prefix `b`).
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from enum import IntEnum
from typing import Self

from dao_backend.core.model import ROOT_CHUNK, require_bytes
from dao_backend.errors import InputError

_VERSION, _SHA2_256, _DIGEST_LENGTH = 0x01, 0x12, 0x20
_BINARY_LENGTH = 36


class Codec(IntEnum):
    """What the block behind a CID is; the value is its multicodec number."""

    RAW = 0x55
    DAG_PB = 0x70


class Cid(str):
    """The text of a CIDv1 (base32, 59 characters), checked when it is made.

    It is a `str`, so that it goes into paths, JSON and URLs as it is.
    Raises InputError for anything but the canonical text of a CID of this profile.
    """

    __slots__ = ()

    def __new__(cls, text: str) -> Self:
        binary = _binary(text)
        if binary[0] != _VERSION or binary[2:4] != bytes((_SHA2_256, _DIGEST_LENGTH)):
            raise InputError(f"{text!r} is not a CIDv1 with a SHA-256 digest")
        if binary[1] not in (Codec.RAW, Codec.DAG_PB):
            raise InputError(f"{text!r} is neither a raw block nor a file")
        return super().__new__(cls, text)

    @classmethod
    def make(cls, codec: Codec, digest: bytes) -> Self:
        """The CID of the block with this codec and 32-byte SHA-256 digest."""
        return cls(_text(prefix(codec) + _checked(digest)))

    @classmethod
    def of(cls, digest: bytes, length: int) -> Self:
        """The CID of a blob of `length` bytes whose root block has this 32-byte digest."""
        return cls.make(codec_for(length), digest)

    @property
    def codec(self) -> Codec:
        """Raw for a blob of up to 1 MiB, dag-pb above."""
        return Codec(_binary(self)[1])

    @property
    def digest(self) -> bytes:
        """SHA-256 of the root block, 32 bytes."""
        return _binary(self)[4:]


@dataclass(frozen=True, slots=True)
class Blob:
    """What a store says about bytes it holds: their CID, its digest, and their length in bytes."""

    cid: Cid
    digest: bytes
    length: int


def codec_for(length: int) -> Codec:
    """The codec of the root block of a blob of `length` bytes."""
    return Codec.RAW if length <= ROOT_CHUNK else Codec.DAG_PB


def prefix(codec: Codec) -> bytes:
    """The four bytes of a binary CID that stand before its digest."""
    return bytes((_VERSION, codec, _SHA2_256, _DIGEST_LENGTH))


def varint(number: int) -> bytes:
    """`number` as an unsigned LEB128 integer, as multiformats and protobuf write it."""
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def read_varint(data: bytes, at: int) -> tuple[int, int]:
    """The unsigned LEB128 integer at `at`, and the position behind it.

    Raises IndexError where the data ends first, ValueError above 63 bits.
    """
    number = shift = 0
    while True:
        byte = data[at]
        at += 1
        number |= (byte & 0x7F) << shift
        if byte < 0x80:
            return number, at
        shift += 7
        if shift > 56:
            raise ValueError("a varint has more than 63 bits")


def _checked(digest: bytes) -> bytes:
    require_bytes("digest", digest, _DIGEST_LENGTH)
    return digest


def _text(binary: bytes) -> str:
    return "b" + base64.b32encode(binary).decode("ascii").rstrip("=").lower()


def _binary(text: str) -> bytes:
    """The 36 bytes behind the text; refuses every spelling but the canonical one."""
    try:
        binary = base64.b32decode(text[1:].upper() + "=" * (-len(text[1:]) % 8))
    except (binascii.Error, ValueError) as error:
        raise InputError(f"{text!r} is not a CID in base32") from error
    if len(binary) != _BINARY_LENGTH or _text(binary) != text:
        raise InputError(f"{text!r} is not the canonical text of a CIDv1")
    return binary
