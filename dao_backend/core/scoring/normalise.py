r"""Cuts content into lines and pieces, so that what cannot be seen is neither paid nor compared.

A normalised line is its words with one blank between them; empty lines are dropped; line ends and
the byte order mark do not count. `normalised bytes` is the sum of the lengths of those lines:
`tr '\r' '\n' | tr -s ' \t\f\v' ' ' | sed 's/^ //;s/ $//' | tr -d '\n' | wc -c` gives it.

A piece is what is compared: a line of at least 24 bytes; short lines gathered up to one whose
length is a multiple of four; parts of a line above 512 bytes. Where a piece ends depends on the
content alone, never on its position, so an insertion changes one piece.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

BLOCK = 1024 * 1024
"""Bytes handled at a time; also the longest line, anything longer is cut there."""
_LONG, _OVERLONG, _GATHERED, _SHORTEST = 24, 512, 256, 16
_CUT_TEXT = re.compile(rb"(?s).{64,512}?[048@DHLPTX\\`dhlptx|][,;}\] ]|.{1,512}")
_CUT_BINARY = re.compile(rb"(?s).{256,2048}?[\x00\x01][\x00-\x7f]|.{1,2048}")


def blocks(data: bytes | Iterable[bytes], limit: int) -> Iterator[bytes]:
    """The first `limit` bytes of `data` in blocks of exactly 1 MiB (the last may be shorter).

    However the caller cut its chunks, the blocks are the same.
    """
    held = bytearray()
    left = limit
    for chunk in (data,) if isinstance(data, bytes) else data:
        for start in range(0, min(len(chunk), left), BLOCK):
            part = chunk[start : min(start + BLOCK, start + left)]
            left -= len(part)
            held += part
            if len(held) >= BLOCK:
                yield bytes(held[:BLOCK])
                del held[:BLOCK]
        if not left:
            break
    if held:
        yield bytes(held)


class LineReader:
    """Turns blocks into whole lines without their ends; CR, LF and CRLF all end a line."""

    def __init__(self) -> None:
        self._rest = b""
        self._started = False
        self.overlong = False
        """Whether a line was longer than a block and has been cut."""

    def feed(self, block: bytes) -> list[bytes]:
        """Lines that end in this block."""
        if not self._started:
            self._started = True
            block = block.removeprefix(b"\xef\xbb\xbf")
        text = self._rest + block
        held_cr = b"\r" if text.endswith(b"\r") else b""
        lines = _split(text.removesuffix(b"\r"))
        self._rest = lines.pop() + held_cr
        while len(self._rest) > BLOCK:
            self.overlong = True
            lines.append(self._rest[:BLOCK])
            self._rest = self._rest[BLOCK:]
        return lines

    def close(self) -> list[bytes]:
        """What followed the last line end."""
        return _split(self._rest) if self._rest else []


def _split(text: bytes) -> list[bytes]:
    if b"\r" in text:
        text = text.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    return text.split(b"\n")


def normalised(lines: list[bytes]) -> list[bytes]:
    """Lines with single blanks between words, without the empty ones."""
    return [short for line in lines if (short := b" ".join(line.split()))]


class TextPieces:
    """Turns normalised lines into pieces; rows of a table are pieces each."""

    def __init__(self, *, rows: bool) -> None:
        self._rows = rows
        self._run: list[bytes] = []
        self._size = 0

    def feed(self, lines: list[bytes]) -> Iterator[bytes]:
        """Pieces that are complete after these lines."""
        for line in lines:
            size = len(line)
            if size > _OVERLONG:
                yield from self._flush()
                yield from _CUT_TEXT.findall(line)
            elif size >= _LONG or self._rows:
                if self._run:
                    yield from self._flush()
                yield line
            else:
                self._run.append(line)
                self._size += size
                if size % 4 == 0 or self._size >= _GATHERED:
                    yield from self._flush()

    def close(self) -> Iterator[bytes]:
        """The last gathered lines."""
        yield from self._flush()

    def _flush(self) -> Iterator[bytes]:
        if self._size >= _SHORTEST:
            yield b"\n".join(self._run)
        self._run.clear()
        self._size = 0


class BinaryPieces:
    """Cuts raw bytes at content-defined places, 256 to 2,048 bytes apart."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, block: bytes) -> Iterator[bytes]:
        """Pieces that are complete after this block; the last one may still grow."""
        pieces = _CUT_BINARY.findall(self._rest + block)
        self._rest = pieces.pop() if pieces else b""
        yield from pieces

    def close(self) -> Iterator[bytes]:
        """The last piece."""
        if self._rest:
            yield self._rest
