"""The message inside an envelope, version 1: metadata, data of any size, padding.

    version(1)=1 ‖ metadata length(4) ‖ metadata (UTF-8 JSON) ‖ data ‖ zeros ‖ data length(8)

The data's length comes last, so that a stream of unknown size can be written; the zeros bring
the whole to its Padmé size, which tells an observer only O(log log size) bits (Nikitin et al.,
Reducing Metadata Leakage from Encrypted Files and Communication with PURBs, 2019).
Integers are big-endian.
Metadata is at most 16,000 bytes: it always lies in an envelope's first chunk.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from dao_backend.core.crypto import Buffer
from dao_backend.errors import InputError, InvalidMessage

VERSION = 1
MAX_METADATA = 16_000
LENGTH = 8
"""Bytes of the data length that ends a message."""
_PREFIX = 5
_ZEROS = bytes(1024 * 1024)
_STRING = re.compile(rb'"(?:[^"\\]|\\.)*"')
_NESTED = 100
"""Brackets outside of strings; the parser recurses, and other libraries set how deep it may."""


@dataclass(frozen=True, slots=True)
class Metadata:
    """What the data is: media type, file or folder name, and further facts as text.

    `name` is one path component, safe to join to a folder.
    Raises InputError for another name, for text that is not Unicode, and above 16,000 bytes.
    """

    media_type: str
    name: str
    extra: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.name or self.name in (".", "..") or set(self.name) & set("/\\\0"):
            raise InputError(f"{self.name!r} is not the name of one file or folder")
        try:
            length = len(self.to_json())
        except UnicodeEncodeError as error:
            raise InputError(f"{self.name!r} or a field beside it is not Unicode") from error
        if length > MAX_METADATA:
            raise InputError(f"metadata has {length} bytes; at most {MAX_METADATA} fit")

    def to_json(self) -> bytes:
        """Canonical UTF-8 JSON: sorted keys, no spaces."""
        fields = {"mediaType": self.media_type, "name": self.name, "extra": dict(self.extra)}
        text = json.dumps(fields, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
        return text.encode()

    @classmethod
    def from_json(cls, encoded: bytes) -> Metadata:
        """Parse what `to_json` writes; unknown fields are ignored. Raises InvalidMessage."""
        if sum(_STRING.sub(b"", encoded).count(bracket) for bracket in (b"[", b"{")) > _NESTED:
            raise InvalidMessage("the metadata is nested too deeply")
        try:
            fields = json.loads(encoded)
            extra = fields.get("extra", {})
            texts = [fields["mediaType"], fields["name"], *extra, *extra.values()]
            if not all(isinstance(text, str) for text in texts):
                raise InvalidMessage("a metadata field is not text")
            return cls(fields["mediaType"], fields["name"], extra)
        except (ValueError, KeyError, AttributeError, TypeError) as error:
            raise InvalidMessage("the metadata is not the JSON that version 1 names") from error
        except InputError as error:
            raise InvalidMessage(str(error)) from error


def padme(length: int) -> int:
    """Smallest Padmé size of at least `length` bytes; at most 12 % more, on average 1.1 %."""
    exponent = max(length.bit_length() - 1, 0)
    mask = (1 << (exponent - exponent.bit_length())) - 1
    return (length + mask) & ~mask


def opening(metadata: Metadata) -> bytes:
    """The bytes of a message before its data."""
    encoded = metadata.to_json()
    return bytes((VERSION,)) + len(encoded).to_bytes(_PREFIX - 1, "big") + encoded


def message_length(opening_length: int, data_length: int) -> int:
    """Bytes of the whole message."""
    return padme(opening_length + data_length + LENGTH)


def frame(metadata: Metadata, blocks: Iterable[Buffer]) -> Iterator[Buffer]:
    """Yield a message around `blocks`, which are passed through as they come."""
    start = opening(metadata)
    yield start
    length = 0
    for block in blocks:
        length += len(block)
        yield block
    zeros = message_length(len(start), length) - len(start) - length - LENGTH
    while zeros:
        yield _ZEROS[:zeros]
        zeros -= min(zeros, len(_ZEROS))
    yield length.to_bytes(LENGTH, "big")


def opening_length(prefix: Buffer) -> int | None:
    """Bytes before the data, from a message's first bytes; None while those are too few.

    Raises InvalidMessage for another version or for metadata above 16,000 bytes.
    """
    if len(prefix) and prefix[0] != VERSION:
        raise InvalidMessage(f"messages of version {prefix[0]} are unknown")
    if len(prefix) < _PREFIX:
        return None
    length = int.from_bytes(prefix[1:_PREFIX], "big")
    if length > MAX_METADATA:
        raise InvalidMessage(f"metadata claims {length} bytes; at most {MAX_METADATA} are allowed")
    return _PREFIX + length


@dataclass(frozen=True, slots=True)
class Frame:
    """Where the data stands in a message: `length` bytes from `start`."""

    metadata: Metadata
    start: int
    length: int


def locate(first: bytes, closing: bytes, total: int) -> Frame:
    """Find the data from a message's beginning, its last 8 bytes and its length.

    `first` must hold the metadata, as an envelope's first chunk does. The zeros are not read:
    `MessageReader` checks them. Raises InvalidMessage.
    """
    start = opening_length(first)
    if start is None or len(first) < start:
        raise InvalidMessage("the message ends inside its metadata")
    length = int.from_bytes(closing, "big")
    if len(closing) != LENGTH or message_length(start, length) != total:
        raise InvalidMessage(f"{length} data bytes do not make a message of {total}")
    return Frame(Metadata.from_json(bytes(first[_PREFIX:start])), start, length)


class MessageReader:
    """Reads a message that comes in steps.

    `metadata` is known as soon as enough has come. `update` returns what follows it: the data,
    then zeros and the length, which only the end can tell apart. `finish` checks that padding
    and size are right, and says how long the data is: cut what was written down to that.
    """

    def __init__(self) -> None:
        self.metadata: Metadata | None = None
        self._opening = bytearray()
        self._held = b""  # the last bytes so far: perhaps the data length
        self._scanned = 0  # bytes after the opening and before the held ones
        self._used = 0  # of those, up to and with the last that is not zero

    def update(self, data: Buffer) -> memoryview:
        """Take the next bytes; return those of them that follow the metadata.

        Raises InvalidMessage for another version or metadata that is none.
        """
        view = memoryview(data)
        if self.metadata is None:
            view = self._take_opening(view)
        self._scan(view)
        return view

    def finish(self) -> Frame:
        """Say where the data stood; raise InvalidMessage unless everything else fits it."""
        if self.metadata is None or len(self._held) < LENGTH:
            raise InvalidMessage("the message is cut off")
        total = len(self._opening) + self._scanned + LENGTH
        found = locate(bytes(self._opening), self._held, total)
        if self._used > found.length:
            raise InvalidMessage("the padding is not zero")
        return found

    def _take_opening(self, view: memoryview) -> memoryview:
        before = len(self._opening)
        self._opening += view[: _PREFIX + MAX_METADATA - before]
        length = opening_length(self._opening)
        if length is None or len(self._opening) < length:
            return view[len(view) :]
        del self._opening[length:]
        self.metadata = Metadata.from_json(bytes(self._opening[_PREFIX:]))
        return view[length - before :]

    def _scan(self, view: memoryview) -> None:
        if len(view) < LENGTH:
            held = self._held + bytes(view)
            self._count(held[:-LENGTH])
            self._held = held[-LENGTH:]
        else:
            self._count(self._held)
            self._count(view[:-LENGTH])
            self._held = bytes(view[-LENGTH:])

    def _count(self, passed: Buffer) -> None:
        if passed and passed[-1]:
            self._used = self._scanned + len(passed)
        elif bytes(passed) != _ZEROS[: len(passed)]:  # comparing is far quicker than stripping
            stripped = len(bytes(passed).rstrip(b"\0"))
            self._used = self._scanned + stripped if stripped else self._used
        self._scanned += len(passed)
