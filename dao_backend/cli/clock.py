"""Chain time for people: a moment in UTC, and how far it is from now."""

from __future__ import annotations

from datetime import UTC, datetime

from dao_backend.cli.amounts import duration_text

_LAST = 253_402_300_799
"""The end of the year 9999, which stands for everything later."""


def moment(seconds: int) -> str:
    """A point in chain time."""
    return datetime.fromtimestamp(min(seconds, _LAST), UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def clock(seconds: int, now: int) -> str:
    """A point in chain time and its distance from the chain's `now`."""
    if seconds > now:
        return f"{moment(seconds)}, in {duration_text(seconds - now)}"
    return f"{moment(seconds)}, {duration_text(now - seconds)} ago"
