"""A manifest on its way from a keeper to whoever asked for it, checked before it is passed on."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from itertools import islice
from typing import IO

from dao_backend.core.facts import Addresses
from dao_backend.core.manifest import Published
from dao_backend.core.manifest_file import decode, encode
from dao_backend.core.model import Edition
from dao_backend.errors import ManifestMismatch

IN_MEMORY = 8 * 1024 * 1024
"""Bytes after which it waits in a temporary file."""
LONGEST = 64 * 1024
"""Bytes of a line: an entry with the commitments of 255 keepers takes a third of that."""


def checked_manifest(
    pieces: Iterator[bytes],
    where: Addresses,
    edition: Edition,
    complete: Callable[[Published], Published],
) -> Iterator[bytes]:
    """The same bytes, once they are the attested file of this edition; ManifestMismatch.

    Where `complete` knows commitments that the file lacks, the file with them. Before the edition
    is attested nothing says which file is right: it is passed on as it comes.
    """
    if edition.root is None:
        first = next(pieces, b"")  # a refusal comes with it
        return _after(first, pieces)
    with ExitStack() as stack:
        file = stack.enter_context(tempfile.SpooledTemporaryFile(IN_MEMORY))
        published = decode(_lines(pieces, file), where.chain_id, where.registry, edition)
        completed = complete(published)
        if completed is not published:
            return encode(completed)
        file.seek(0)
        stack.pop_all()  # `_read` closes it
    return _read(file)


def read_manifest(
    pieces: Iterator[bytes], where: Addresses, edition: Edition, count: int
) -> Published:
    """What the file of an edition with `count` entries says; no more of it is read than these."""
    lines = islice(_lines(pieces), count + 2)
    return decode(lines, where.chain_id, where.registry, edition)


def _after(first: bytes, pieces: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from pieces


def _lines(pieces: Iterator[bytes], copy: IO[bytes] | None = None) -> Iterator[bytes]:
    """Lines with their ends, each written to `copy` too."""
    rest = b""
    for piece in pieces:
        if copy is not None:
            copy.write(piece)
        *whole, rest = (rest + piece).split(b"\n")
        yield from (line + b"\n" for line in whole)
        if len(rest) > LONGEST:
            raise ManifestMismatch(f"a line has more than {LONGEST} bytes")
    if rest:
        yield rest


def _read(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        while piece := file.read(IN_MEMORY // 32):
            yield piece
