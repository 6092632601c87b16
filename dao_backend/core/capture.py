"""Could appraisers that turn hostile carry a vote before a vote can remove them?

The registry caps what all appraisers together mint in one window, as a share r of the units there
were when that window began. Windows never overlap, and each begins with what the ones before it
left, so a span that touches k windows lets S units grow to S · (1 + r)^k, and of these the hostile
hold 1 − 1 / (1 + r)^k. Members file the removal; until it is executed the hostile may mint, and
have a vote of their own counted. Below the quorum two things hold at once:

- hostile votes alone carry nothing: for and abstaining they do not reach the quorum;
- hostile votes do not block the removal: honest votes that reach the quorum outnumber them.

What this does not cover: units that hostile members had before, above all from before the genesis,
where nothing is capped; what is minted before anybody notices (one window's share for each window
of silence); honest members who leave meanwhile, and a DAO that shrank below its genesis units,
whose caps are a share of those; other people who vote along or abstain; a guardian that cancels the
removal; rounding by less than a unit. Where votes count persons (per-member, square-root) caps
bound units and not votes: there the attestors bound them.
"""

from __future__ import annotations

from dao_backend.core.safeguards import MintingCaps

_BASIS = 10_000
_MOST_BPS = 2**32 - 1


def reaches(total_bps: int, windows: int, quorum_percent: int) -> bool:
    """Whether what is minted in `windows` full windows is the quorum of all units then."""
    before: int = _BASIS**windows
    after: int = (_BASIS + total_bps) ** windows
    return 100 * (after - before) >= quorum_percent * after


def largest_safe_cap(windows: int, quorum_percent: int) -> int:
    """The most basis points that do not reach the quorum; 0 where even one does."""
    low, high = 0, _MOST_BPS
    while low < high:
        middle = (low + high + 1) // 2
        if reaches(middle, windows, quorum_percent):
            high = middle - 1
        else:
            low = middle
    return low


def capture_risk(caps: MintingCaps, quorum_percent: int, seconds: int) -> str | None:
    """What is wrong with the caps where a removal takes `seconds`; None where nothing is."""
    windows = caps.windows_within(seconds)
    if not reaches(caps.total_bps, windows, quorum_percent):
        return None
    safe = largest_safe_cap(windows, quorum_percent)
    advice = f"set caps.total_bps to at most {safe}, or lengthen" if safe else "lengthen"
    return (
        f"caps.total_bps of {caps.total_bps} lets appraisers mint the quorum of "
        f"{quorum_percent} % in the {windows} windows that the {seconds} s of a vote about them "
        f"can touch: {advice} caps.window"
    )
