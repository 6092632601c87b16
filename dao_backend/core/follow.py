"""How to follow a chain that may take blocks back: which blocks to read, where to go back to.

A block's hash commits to everything below it, so that two chains which agree at a height agree at
every lower one. That makes the last common block a binary search.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Mark:
    """A block that was read: its height and hash."""

    number: int
    hash: bytes


@dataclass(frozen=True, slots=True)
class Span:
    """Blocks `first` to `last`, both included."""

    first: int
    last: int


def next_span(read_upto: int | None, first_block: int, head: int, widest: int) -> Span | None:
    """The next blocks to read, at most `widest` of them; None when the head is reached."""
    first = first_block if read_upto is None else read_upto + 1
    return Span(first, min(head, first + widest - 1)) if first <= head else None


def last_agreed(marks: Sequence[Mark], hash_at: Callable[[int], bytes | None]) -> Mark | None:
    """The highest of `marks` (newest first) that is still on the chain, None when none is.

    `hash_at` gives the chain's hash at a height, None above its head. It is asked about
    log2(len(marks)) times, and once where nothing was taken back.
    """
    if marks and _agrees(marks[0], hash_at):
        return marks[0]
    place = bisect_left(marks, 1, lo=min(1, len(marks)), key=lambda mark: _agrees(mark, hash_at))
    return marks[place] if place < len(marks) else None


def _agrees(mark: Mark, hash_at: Callable[[int], bytes | None]) -> bool:
    return hash_at(mark.number) == mark.hash
