"""Turns what was found to be there before into reasons.

Four shares follow one another, each of what the one before left: lines that repeat closely, what
repeats elsewhere in the submission, what is in the contributor's own contributions (named), and
what is in somebody else's (only its counted share is told, so that a score is no way to ask what
others hold).
"""

from __future__ import annotations

from dao_backend.core.scoring.overlap import Overlap, Tally
from dao_backend.core.scoring.policy import WHOLE, Policy, counted_share
from dao_backend.core.scoring.reasons import Reason, ReasonCode, percent, reason


def newness(overlap: Overlap, together: Tally, policy: Policy) -> list[Reason]:
    """Reasons why a member, or part of it, is not new; none if all of it is.

    `together` is the tally of all members too small to be compared alone.
    """
    copied = _copy(overlap) or _renamed(overlap, policy)
    if copied:
        return [copied]
    tally = together if is_small(overlap, policy) else overlap.pieces
    return _shares(tally, overlap, policy)


def is_small(overlap: Overlap, policy: Policy) -> bool:
    """Whether a member's own sample says too little."""
    return overlap.pieces.samples < policy.min_samples


def is_copy(overlap: Overlap) -> bool:
    """Whether the whole member was there before."""
    return _copy(overlap) is not None


def _copy(overlap: Overlap) -> Reason | None:
    whole = overlap.whole
    if whole.inside:
        sentence = "is a copy of another member of this submission"
        return reason(ReasonCode.REPEATS_ITSELF, sentence, 0, share=WHOLE)
    if whole.own:
        return reason(ReasonCode.REPEATS_OWN, f"is a copy of {_named(overlap)}", 0, share=WHOLE)
    if whole.pool:
        return reason(ReasonCode.IN_POOL, "is already in the pool", 0, share=WHOLE)
    return None


def _renamed(overlap: Overlap, policy: Policy) -> Reason | None:
    shapes = overlap.shapes
    known = shapes.inside + shapes.own + shapes.pool
    if shapes.samples < policy.min_shapes or known * WHOLE < shapes.compared * policy.same_layout:
        return None
    sentence = "has the layout of code that was there before, under other names"
    return reason(ReasonCode.RENAMED_COPY, sentence, 0, shapes=shapes.compared)


def _shares(tally: Tally, overlap: Overlap, policy: Policy) -> list[Reason]:
    found = _repeated(overlap, policy)
    rest = tally.compared
    inside = counted_share(tally.inside, rest, policy)
    if inside:
        figures = {"compared": rest, "known": tally.inside, "share": inside}
        sentence = f"{percent(inside)} of it repeats itself or another member"
        found.append(reason(ReasonCode.REPEATS_ITSELF, sentence, WHOLE - inside, **figures))
    rest -= tally.inside
    own = counted_share(tally.own, rest, policy)
    if own:
        figures = {"compared": rest, "known": tally.own, "share": own}
        sentence = f"{percent(own)} of it repeats {_named(overlap)}"
        found.append(reason(ReasonCode.REPEATS_OWN, sentence, WHOLE - own, **figures))
    pool = counted_share(tally.pool, rest - tally.own, policy)
    if pool:
        sentence = f"{percent(pool)} of it is already in the pool"
        found.append(reason(ReasonCode.IN_POOL, sentence, WHOLE - pool, share=pool))
    return found


def _repeated(overlap: Overlap, policy: Policy) -> list[Reason]:
    share = counted_share(overlap.repeated, overlap.cut, policy)
    if not share:
        return []
    figures = {"compared": overlap.cut, "known": overlap.repeated, "share": share}
    sentence = f"{percent(share)} of it is lines that repeat"
    return [reason(ReasonCode.REPEATED_LINES, sentence, WHOLE - share, **figures)]


def _named(overlap: Overlap) -> str:
    """The contribution of one's own that shares most, the lowest id where several do."""
    if not overlap.own:
        return "contributions of your own"
    most = min(overlap.own, key=lambda one: (-overlap.own[one], one))
    return f"your contribution 0x{most.hex()}"
