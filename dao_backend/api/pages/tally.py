"""A vote as a bar and as figures. Pure.

The bar is as long as the larger of all votes cast and the quorum; votes for and abstaining come
first, because they are the ones that count towards the quorum, which is a mark on the bar.
"""

from __future__ import annotations

from dataclasses import dataclass

from dao_backend.api.pages import words

LENGTH = 1_000
"""Width of the bar in its own units."""


@dataclass(frozen=True, slots=True)
class Segment:
    """One choice: its part of the bar and its figures."""

    name: str
    votes: str
    share: str
    """Of all votes cast."""
    start: int
    width: int


@dataclass(frozen=True, slots=True)
class Tally:
    """A vote at a moment."""

    segments: tuple[Segment, ...]
    """For, abstain, against."""
    quorum_at: int | None
    """Where the mark stands; None while the quorum is not fixed."""
    quorum: str
    """Whether it is reached, in a sentence."""
    spoken: str
    """The whole bar in words."""
    ballots: str


def tally(votes_for: int, abstain: int, against: int, quorum: int | None, ballots: int) -> Tally:
    """`quorum` is what votes for and abstaining must reach, None before the snapshot."""
    cast = votes_for + abstain + against
    scale = max(cast, quorum or 0, 1)
    segments, start = [], 0
    for name, votes in (("For", votes_for), ("Abstain", abstain), ("Against", against)):
        width = votes * LENGTH // scale
        share = words.percent(votes, cast)
        segments.append(Segment(name, f"{votes:,}", share, start, width))
        start += width
    said = words.listed([f"{one.votes} {one.name.lower()}" for one in segments])
    reached = _quorum(votes_for + abstain, quorum)
    return Tally(
        segments=tuple(segments),
        quorum_at=None if quorum is None else quorum * LENGTH // scale,
        quorum=reached,
        spoken=f"Votes: {said}. {reached}",
        ballots=words.counted(ballots, "ballot"),
    )


def _quorum(counting: int, quorum: int | None) -> str:
    if quorum is None:
        return "The quorum is fixed when the vote opens."
    needed = words.counted(quorum, "vote")
    if counting >= quorum:
        return f"The quorum of {needed} for or abstaining is reached."
    missing = quorum - counting
    return f"The quorum is {needed} for or abstaining: {missing:,} still missing."
