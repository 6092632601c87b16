"""A manifest on its way from a keeper to whoever asked for it, checked before it is passed on."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from typing import IO

from dao_backend.core.manifest_file import decode
from dao_backend.core.model import Address, Edition
from dao_backend.errors import ManifestMismatch

IN_MEMORY = 8 * 1024 * 1024
"""Bytes after which it waits in a temporary file."""
LONGEST = 64 * 1024
"""Bytes of a line: an entry with the commitments of 255 keepers takes a third of that."""


def checked_manifest(
    pieces: Iterator[bytes], chain_id: int, registry: Address, edition: Edition
) -> Iterator[bytes]:
    """The same bytes, once they are the attested file of this edition; ManifestMismatch.

    Before the edition is attested nothing says which file is right: it is passed on as it comes.
    """
    if edition.root is None:
        first = next(pieces, b"")  # a refusal comes with it
        return _after(first, pieces)
    with ExitStack() as stack:
        file = stack.enter_context(tempfile.SpooledTemporaryFile(IN_MEMORY))
        decode(_lines(pieces, file), chain_id, registry, edition)
        file.seek(0)
        stack.pop_all()  # `_read` closes it
    return _read(file)


def _after(first: bytes, pieces: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from pieces


def _lines(pieces: Iterator[bytes], copy: IO[bytes]) -> Iterator[bytes]:
    """Lines with their ends, each written to `copy` too."""
    rest = b""
    for piece in pieces:
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
