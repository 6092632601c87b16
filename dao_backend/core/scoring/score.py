"""Appraises a submission: units for the amount of valid, new content, with every reason.

`units = Σ paid bytes of the members ÷ bytes per unit`, rounded down, and
`paid bytes = normalised bytes × the weights of all reasons`, rounded down once per member.
The result depends on nothing but content, policy, key and pool state.
docs/appraisal.md shows how to recompute it by hand.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from dao_backend.core.model import Address
from dao_backend.core.scoring.kinds import Kind
from dao_backend.core.scoring.member import Measured, Member, Reading
from dao_backend.core.scoring.newness import is_copy, is_small, newness
from dao_backend.core.scoring.overlap import Submission, Tally
from dao_backend.core.scoring.plausible import NoiseCheck
from dao_backend.core.scoring.policy import WHOLE, Policy, counted_share
from dao_backend.core.scoring.reasons import Reason, ReasonCode, percent, reason, weighted
from dao_backend.core.scoring.sketch import PoolSketch, Sketch


@dataclass(frozen=True, slots=True)
class MemberScore:
    """One member's line: what it is, its bytes as given, normalised and paid, and why."""

    name: str
    kind: Kind
    raw_bytes: int
    normalised_bytes: int
    paid_bytes: int
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Score:
    """What a submission is worth and why; `sketch` joins the pool once it is registered."""

    units: int
    paid_bytes: int
    reasons: tuple[Reason, ...]
    """One per code over all members (weight: mean by bytes), then how units follow from bytes."""
    members: tuple[MemberScore, ...]
    sketch: Sketch
    policy_hash: bytes
    key_name: bytes
    history_count: int
    """The pool's state that was compared with."""

    @property
    def refusal(self) -> Reason | None:
        """Why nothing was earned: the reason that cost most bytes; None where units were earned."""
        if self.units:
            return None
        zero = [(line, why) for line in self.members for why in line.reasons if not why.weight]
        cost: Counter[ReasonCode] = Counter()
        for line, why in zero:
            cost[why.code] += 1 + line.raw_bytes
        worst = max(cost, key=lambda code: cost[code], default=None)
        return next((why for _, why in zero if why.code is worst), self.reasons[-1])


def appraise(
    members: Iterable[Member], policy: Policy, pool: PoolSketch, contributor: Address
) -> Score:
    """Score the members of one submission, read in order and each only once.

    A member without content, or one that the contributor could better have left out, is no error:
    it is scored with nothing and the reason why. What `members` raises while it is read passes
    through.
    """
    submission = Submission(policy, pool, contributor)
    measured, unread = _read(members, Reading(policy, submission, pool.key))
    submission.flush()
    lines = _score_members(measured, policy)
    paid = sum(line.paid_bytes for line in lines)
    units = paid // policy.bytes_per_unit
    reasons = [*_summary(lines), *unread, _amount(lines, paid, policy)]
    return Score(
        units=units,
        paid_bytes=paid,
        reasons=tuple(reasons),
        members=tuple(lines),
        sketch=submission.sketch(),
        policy_hash=policy.digest,
        key_name=pool.key.name,
        history_count=pool.history_count,
    )


def _read(members: Iterable[Member], reading: Reading) -> tuple[list[Measured], list[Reason]]:
    """Measure members until a limit of the policy is reached."""
    policy = reading.policy
    measured: list[Measured] = []
    left = policy.max_scored_bytes
    for member in members:
        if not left or len(measured) == policy.max_members:
            break
        measured.append(reading.measure(member, left))
        left -= measured[-1].raw
    if left and len(measured) < policy.max_members:
        return measured, []
    sentence = "reaches the size that is read; what comes after it earns nothing"
    figures = {"members": len(measured), "bytes": policy.max_scored_bytes - left}
    return measured, [reason(ReasonCode.LIMIT, sentence, WHOLE, **figures)]


def _score_members(measured: list[Measured], policy: Policy) -> list[MemberScore]:
    together = Tally()
    for one in measured:
        if is_small(one.overlap, policy) and not is_copy(one.overlap):
            together.add(one.overlap.pieces)
    return [_score(one, together, policy) for one in measured]


def _score(one: Measured, together: Tally, policy: Policy) -> MemberScore:
    reasons = list(one.verdict)
    if one.size:
        reasons += [*_noise(one.noise, policy), *newness(one.overlap, together, policy)]
    paid = weighted(one.size, reasons)
    return MemberScore(one.name, one.kind, one.raw, one.size, paid, tuple(reasons))


def _noise(noise: NoiseCheck, policy: Policy) -> list[Reason]:
    share = counted_share(noise.noise, noise.checked, policy)
    if not share:
        return []
    figures = {"checked": noise.checked, "random": noise.noise, "share": share}
    sentence = f"{percent(share)} of it looks like random bytes"
    return [reason(ReasonCode.NOISE, sentence, WHOLE - share, **figures)]


def _summary(lines: list[MemberScore]) -> list[Reason]:
    if len(lines) == 1:
        return list(lines[0].reasons)
    found = []
    for code in ReasonCode:
        hits = [(line, why) for line in lines for why in line.reasons if why.code is code]
        if hits:
            size = sum(line.normalised_bytes for line, _ in hits)
            total = sum(line.normalised_bytes * why.weight for line, why in hits)
            sentence = f"{len(hits)} of {len(lines)} members: {code.value.replace('-', ' ')}"
            weight = total // size if size else 0
            found.append(reason(code, sentence, weight, members=len(hits), bytes=size))
    return found


def _amount(lines: list[MemberScore], paid: int, policy: Policy) -> Reason:
    units = paid // policy.bytes_per_unit
    if not lines:
        return reason(ReasonCode.EMPTY, "holds no member", 0)
    sentence = f"{paid} paid bytes at {policy.bytes_per_unit} to the unit make {units} units"
    counted = any(all(why.weight for why in line.reasons) for line in lines)
    small = counted and not units
    code, weight = (ReasonCode.TOO_SMALL, 0) if small else (ReasonCode.AMOUNT, WHOLE)
    figures = {"paid_bytes": paid, "bytes_per_unit": policy.bytes_per_unit, "units": units}
    return reason(code, sentence, weight, **figures)
