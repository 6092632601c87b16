"""Following a chain that may take blocks back."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from dao_backend.core.follow import Mark, Span, last_agreed, next_span


def _marks(*pairs: tuple[int, bytes]) -> list[Mark]:
    return [Mark(number, hashed) for number, hashed in pairs]


def test_last_agreed__nothing_was_read__gives_none() -> None:
    """Somebody who remembers nothing shares nothing."""
    assert last_agreed([], {}.get) is None


def test_last_agreed__every_mark_was_taken_back__gives_none() -> None:
    """A chain that shares no remembered block has to be read anew."""
    assert last_agreed(_marks((9, b"i"), (7, b"g")), {9: b"I", 7: b"G"}.get) is None


def test_last_agreed__head_is_below_the_newest_mark__goes_back_to_what_is_there() -> None:
    """A chain that became shorter agrees at most up to its head."""
    assert last_agreed(_marks((9, b"i"), (7, b"g")), {7: b"g"}.get) == Mark(7, b"g")


def test_last_agreed__nothing_was_taken_back__asks_once() -> None:
    """The usual case costs one question."""
    asked: list[int] = []

    def hash_at(number: int) -> bytes:
        asked.append(number)
        return b"h"

    marks = _marks(*((number, b"h") for number in range(1000, 0, -1)))
    assert last_agreed(marks, hash_at) == Mark(1000, b"h")
    assert asked == [1000]


@given(
    numbers=st.sets(st.integers(0, 500), max_size=60),
    fork=st.integers(0, 501),
)
def test_last_agreed__any_fork__gives_the_highest_mark_below_it(
    numbers: set[int], fork: int
) -> None:
    """The binary search finds what looking at every mark would find."""
    marks = _marks(*((number, b"old %d" % number) for number in sorted(numbers, reverse=True)))
    asked: list[int] = []

    def hash_at(number: int) -> bytes:
        asked.append(number)
        return (b"old %d" if number < fork else b"new %d") % number

    shared = [mark for mark in marks if mark.number < fork]
    assert last_agreed(marks, hash_at) == (shared[0] if shared else None)
    assert len(asked) <= 8


def test_next_span__at_the_head__gives_none() -> None:
    """Who has read the head waits."""
    assert next_span(20, 3, 20, 10) is None


def test_next_span__nothing_read_yet__begins_at_the_first_block() -> None:
    """Reading begins where the contracts were created."""
    assert next_span(None, 3, 20, 10) == Span(3, 12)


@given(first=st.integers(0, 50), length=st.integers(0, 300), widest=st.integers(1, 40))
def test_next_span__until_the_head__covers_every_block_once(
    first: int, length: int, widest: int
) -> None:
    """Spans follow each other without gap or overlap and end at the head."""
    head, read_upto, covered = first + length, None, []
    while (span := next_span(read_upto, first, head, widest)) is not None:
        covered += range(span.first, span.last + 1)
        read_upto = span.last
    assert covered == list(range(first, head + 1))
