"""Normalisation: what cannot be seen does not count, however the bytes arrive."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dao_backend.core.scoring.kinds import Kind, kind_of, looks_like_text
from dao_backend.core.scoring.normalise import (
    BLOCK,
    BinaryPieces,
    LineReader,
    TextPieces,
    blocks,
    normalised,
)

RECIPE = r"tr '\r' '\n' | tr -s ' \t\f\v' ' ' | sed 's/^ //;s/ $//' | tr -d '\n' | wc -c"
LINES = st.lists(st.binary(max_size=700), max_size=40)


def lines_of(text: bytes) -> list[bytes]:
    """Normalised lines of a whole text."""
    reader = LineReader()
    lines = [line for block in blocks(text, len(text)) for line in reader.feed(block)]
    return normalised(lines + reader.close())


def pieces_of(lines: list[bytes]) -> list[bytes]:
    """Pieces of all lines."""
    cutter = TextPieces(rows=False)
    return [*cutter.feed(lines), *cutter.close()]


@given(st.lists(st.binary(max_size=50)), st.integers(0, 2_000))
def test_block_up__any_chunks__gives_the_same_first_bytes(chunks: list[bytes], limit: int) -> None:
    """Chunk borders leave no trace, and not a byte past the limit is taken."""
    assert b"".join(blocks(iter(chunks), limit)) == b"".join(chunks)[:limit]


def test_block_up__large_chunk__comes_in_mebibytes() -> None:
    """Every block but the last has one size, whatever the chunks had."""
    data = os.urandom(3 * BLOCK + 5)
    whole = list(blocks(data, len(data)))
    assert [len(block) for block in whole] == [BLOCK, BLOCK, BLOCK, 5]
    odd = [data[at : at + 70_001] for at in range(0, len(data), 70_001)]
    assert list(blocks(odd, len(data))) == whole


@pytest.mark.parametrize(
    "text",
    [
        b"one two\nthree",
        b"\xef\xbb\xbfone two\r\nthree\r\n",
        b"one two\rthree\r",
        b"\n\n  one \t  two   \n\n\n\tthree\n\x0c\n",
    ],
)
def test_normalise__blanks_line_ends_and_mark__leave_the_words(text: bytes) -> None:
    """A text padded with blanks is the text without them."""
    assert lines_of(text) == [b"one two", b"three"]


def test_normalise__line_end_cut_between_blocks__is_one_line_end() -> None:
    """A carriage return at the end of a block waits for its line feed."""
    reader = LineReader()
    assert reader.feed(b"a\r") == []
    assert reader.feed(b"\nb\n") == [b"a", b"b"]


def test_normalise__line_of_many_blocks__is_cut_and_said_so() -> None:
    """A line without end never has to be held."""
    reader = LineReader()
    lines = [line for _ in range(4) for line in reader.feed(b"x" * BLOCK)]
    assert reader.overlong
    assert b"".join(lines + reader.close()) == b"x" * (4 * BLOCK)
    assert max(map(len, lines)) == BLOCK


def test_normalise__standard_library_file__has_the_size_of_the_documented_recipe() -> None:
    """Anybody recomputes normalised bytes with four standard programs."""
    source = Path(os.__file__).read_bytes().replace(b"\n", b" \r\n")
    told = subprocess.run(
        ["/bin/sh", "-c", RECIPE],
        input=source,
        capture_output=True,
        check=True,
        env={"LC_ALL": "C"},
    )
    assert sum(map(len, lines_of(source))) == int(told.stdout)


@given(LINES)
def test_cut_pieces__any_lines__come_in_order_and_lose_only_short_groups(
    lines: list[bytes],
) -> None:
    """No byte is in two pieces."""
    short = normalised(lines)
    joined = b"\n".join(pieces_of(short))
    assert len(joined) <= len(b"\n".join(short)) + len(joined) // 64
    assert sum(len(piece) for piece in pieces_of(short)) <= sum(len(line) + 1 for line in short)


def test_cut_pieces__line_inserted_in_the_middle__changes_few() -> None:
    """What an insertion does not touch stays the same pieces."""
    words = [str(number * number).encode() for number in range(2_000)]
    before = set(pieces_of(words))
    after = set(pieces_of([*words[:1_000], b"new", *words[1_000:]]))
    assert len(before - after) <= 2


def test_cut_pieces__bytes_inserted_into_a_long_line__fall_into_step_again() -> None:
    """One giant line is compared in parts that find each other again."""
    line = b", ".join(b"%d" % (number * 7919 % 10_007) for number in range(20_000))
    before, after = set(pieces_of([line])), set(pieces_of([b"inserted " + line]))
    assert len(before & after) > len(before) * 9 // 10


def test_cut_binary__bytes_inserted__fall_into_step_again() -> None:
    """Content-defined borders move with the content."""

    def cut(data: bytes) -> set[bytes]:
        cutter = BinaryPieces()
        return {*cutter.feed(data), *cutter.close()}

    data = bytes((number * number * 31 + number // 7) % 65_537 % 256 for number in range(300_000))
    assert len(cut(data) & cut(b"new" + data)) > len(cut(data)) * 9 // 10


@given(st.binary(max_size=5_000), st.integers(1, 4_999))
def test_cut_binary__in_two_feeds__loses_nothing(data: bytes, at: int) -> None:
    """The pieces put together are the bytes."""
    cutter = BinaryPieces()
    pieces = [*cutter.feed(data[:at]), *cutter.feed(data[at:]), *cutter.close()]
    assert b"".join(pieces) == data


@pytest.mark.parametrize(
    ("name", "media_type", "head", "kind"),
    [
        ("a.py", "", b"", Kind.PYTHON),
        ("A.PY", "application/octet-stream", b"", Kind.PYTHON),
        ("a.bin", "text/csv; charset=utf-8", b"", Kind.TABLE),
        ("a", "application/geo+json", b"", Kind.JSON),
        ("a.jsonl", "", b"", Kind.JSON_LINES),
        ("a.sol", "", b"", Kind.SOURCE),
        ("a.png", "image/png", b"\x89PNG\r\n\x1a\n\x00", Kind.BINARY),
        ("a.png", "image/png", b"plain words", Kind.TEXT),
        ("notes", "text/plain", "über".encode(), Kind.TEXT),
        ("notes", "text/plain", "über".encode("latin-1"), Kind.BINARY),
    ],
)
def test_tell_kind__type_name_and_bytes__decide_in_that_order(
    name: str, media_type: str, head: bytes, kind: Kind
) -> None:
    """Text never passes as binary, so nothing is paid twice under two kinds."""
    assert kind_of(name, media_type, head) is kind


def test_look_for_text__cut_inside_a_character__is_still_text() -> None:
    """A block may end anywhere."""
    assert looks_like_text("naïve".encode()[:3])
    assert not looks_like_text(b"nul\x00")
