"""Powers that the DAO's own rules bound: appraisers, attestors, council, strike. Pure, in words.

See pages/trust.py for the table that these are rows of.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import assert_never

from dao_backend.api.pages import words
from dao_backend.core.safeguards import MintingCaps, VotingMode
from dao_backend.service.safeguards import Bounds

BASIS = 10_000


@dataclass(frozen=True, slots=True)
class Power:
    """One row of the table: who can do what alone."""

    party: str
    can: str
    cannot: str


ARBITER = Power(
    "An arbiter, where a buyer's terms name one",
    "send the one disputed price to its buyer or to the members",
    "take it, or touch another; rule after its time, when silence means that the receipts stand",
)


def appraiser(bounds: Bounds) -> Power:
    """With the caps that hold here."""
    return Power(
        "The appraiser",
        "read all it appraises, and remember it; mint units until a vote removes it, which "
        f"dilutes everybody else's {_diluted(bounds.mode)}: {_capped(bounds)}",
        "take escrow, or what past editions earned; register without a contributor's signature",
    )


def council(bounds: Bounds) -> Power:
    """Its guardian, or the lack of one."""
    cannot = (
        "touch a vote about itself; stop votes, receipts, refunds, withdrawals or claims; take "
        "money; mint units; act after its mandate has ended"
    )
    if not bounds.council.in_office:
        return Power(
            "The council",
            "nothing now: it has no guardian in office; a vote can appoint one",
            cannot,
        )
    return Power(
        "The council",
        "pause registering, requesting, accepting and granting for at most 7 days in 37; void a "
        "vote that has passed while it waits in the timelock",
        cannot,
    )


def attestor(bounds: Bounds) -> Power:
    """Whoever says who is a person; it matters only where persons vote."""
    if bounds.mode is VotingMode.PER_UNIT:
        can = "nothing that counts: votes are counted by unit here"
    else:
        can = "give one person several votes, by stating it twice; keep a person out"
    return Power("An attestor", can, "take money; mint units; void what was attested")


def strikers(bounds: Bounds) -> Power:
    """Members together."""
    share = words.basis_points(bounds.strike.threshold_bps)
    lasts = words.duration(bounds.strike.duration)
    return Power(
        f"Members with {share} of all units together",
        f"refuse every new licence for {lasts}, and not again for as long afterwards",
        "touch licences of before; stop votes, receipts, refunds, withdrawals or claims; strike "
        "for ever",
    )


def voting(mode: VotingMode) -> str:
    """How units become votes."""
    match mode:
        case VotingMode.PER_UNIT:
            return "one for each unit"
        case VotingMode.PER_MEMBER:
            return "one for each member, whatever it holds"
        case VotingMode.SQUARE_ROOT:
            return "the square root of a member's units"
        case _:
            assert_never(mode)


def caps(found: MintingCaps) -> str:
    """What may be minted in one window."""
    own, whole = (_share(each) for each in (found.appraiser_bps, found.total_bps))
    return f"{own} of all units by one appraiser, {whole} by all, in {words.duration(found.window)}"


def _capped(bounds: Bounds) -> str:
    if not bounds.begun:
        return "nothing caps it before the DAO has begun, and nothing can be sold before"
    found = caps(bounds.caps)
    if bounds.caps.total_bps >= BASIS:
        return f"the caps are {found}, which bounds next to nothing"
    return f"caps allow {found}"


def _diluted(mode: VotingMode) -> str:
    return "shares" if mode is VotingMode.PER_MEMBER else "votes and shares"


def _share(bps: int) -> str:
    return f"{bps / 100:,.2f}".rstrip("0").rstrip(".") + " %"
