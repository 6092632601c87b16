"""Bundles with their receipts, and places that give them, break off or hang."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache

from dao_backend.core.bundle import Bound, write
from dao_backend.core.crypto import ContentKey
from dao_backend.core.envelope import SALT
from dao_backend.core.events import ReceiptPosted
from dao_backend.core.unixfs import Builder, chunks
from dao_backend.errors import ServiceUnavailable
from tests.support.core_actors import sealing_secret, seed, wallet

LICENCE = 4
PIECE = 1_000


@cache  # what is sealed is never the same twice
def bundle(index: int, licence: int = LICENCE, label: str = "") -> bytes:
    """A well-formed bundle of a hundred shares."""
    key = sealing_secret(7, 1).public
    bound = Bound(31337, wallet(1), licence, seed("root"), index, key, seed("block"))
    shares = [seed(f"share {label} {index}", place) for place in range(100)]
    return b"".join(write(bound, ContentKey(seed(f"key {label}")), bytes(SALT), shares))


def receipt(index: int, content: bytes | None = None) -> ReceiptPosted:
    """What a keeper posted for that bundle."""
    stated = bundle(index) if content is None else content
    builder = Builder()
    for chunk in chunks([stated]):
        builder.add(chunk)
    digest = builder.finish().cid.digest
    return ReceiptPosted(LICENCE, index, digest, len(stated), 100)


@dataclass
class Place:
    """A source that gives these bytes and remembers which offsets it was asked for."""

    content: bytes
    asked: list[int] = field(default_factory=list)
    breaks_after: int | None = None

    def __call__(self, offset: int) -> Iterator[bytes]:
        """Pieces from `offset` on."""
        self.asked.append(offset)
        end = len(self.content) if self.breaks_after is None else offset + self.breaks_after
        for at in range(offset, min(end, len(self.content)), PIECE):
            yield self.content[at : min(at + PIECE, end)]
        if end < len(self.content):
            raise ServiceUnavailable("the line is dead")


@dataclass
class Hanging:
    """A source that gives nothing until the test is over."""

    over: threading.Event
    first: bytes = b""

    def __call__(self, _offset: int) -> Iterator[bytes]:
        """Nothing, for long."""
        if self.first:
            yield self.first
        self.over.wait(30)
