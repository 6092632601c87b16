"""What protects a DAO from its own parts, fixed at creation.

How votes are counted, how much may be minted when, who settles disputes, how members strike, and
what the council may do. Each value checks itself and raises InputError, whose text says what to
change; times are seconds, shares are basis points (1/100 of a percent).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from dao_backend.core.bounds import DAY, HOUR, MINUTE, within
from dao_backend.core.model import NATIVE, Address
from dao_backend.errors import InputError


class VotingMode(IntEnum):
    """How many votes a member's units give; the numbers are the token's."""

    PER_UNIT = 0
    PER_MEMBER = 1
    SQUARE_ROOT = 2

    @property
    def word(self) -> str:
        """As it stands in files and on screens, like `per-unit`."""
        return self.name.lower().replace("_", "-")

    @classmethod
    def parse(cls, word: str) -> VotingMode:
        """Read a word like `per-member`; raise InputError for an unknown one."""
        for mode in cls:
            if mode.word == word:
                return mode
        raise InputError(f"vote.mode is {word!r}: choose {', '.join(mode.word for mode in cls)}")


@dataclass(frozen=True, slots=True)
class Genesis:
    """What a DAO must have before anything can be sold."""

    members: int
    units: int

    def __post_init__(self) -> None:
        within("genesis.members", self.members, 1, 2**32 - 1)
        within("genesis.units", self.units, 1, 2**48 - 1)


@dataclass(frozen=True, slots=True)
class MintingCaps:
    """What may be minted in one window, in basis points of the units there were at its begin."""

    window: int
    appraiser_bps: int
    """By one appraiser."""
    total_bps: int
    """By all appraisers together."""

    def __post_init__(self) -> None:
        within("caps.window", self.window, HOUR, 30 * DAY)
        within("caps.total_bps", self.total_bps, 1, 2**32 - 1)
        within("caps.appraiser_bps", self.appraiser_bps, 1, self.total_bps)

    def windows_within(self, seconds: int) -> int:
        """How many windows a span touches at most: the first may have begun before it."""
        return -(-seconds // self.window) + 1


@dataclass(frozen=True, slots=True)
class DisputeSettings:
    """How long a delivery can be disputed and ruled, where the terms name an arbiter."""

    window: int
    """From the t-th receipt to the last second in which the buyer may open a dispute."""
    ruling_period: int
    """From the opening to the last second in which the arbiter may rule."""
    bond_bps: int
    """What the buyer puts up, in basis points of the price."""

    def __post_init__(self) -> None:
        within("disputes.window", self.window, MINUTE, 30 * DAY)
        within("disputes.ruling_period", self.ruling_period, MINUTE, 30 * DAY)
        within("disputes.bond_bps", self.bond_bps, 1, 10_000)


@dataclass(frozen=True, slots=True)
class StrikeSettings:
    """How members refuse new licences together."""

    threshold_bps: int
    """Share of all units that must be pledged, in basis points."""
    pledge_period: int
    """From the call to the last pledge."""
    duration: int
    """How long a strike lasts, and its cooldown after it."""

    def __post_init__(self) -> None:
        within("strike.threshold_bps", self.threshold_bps, 2_500, 10_000)
        within("strike.pledge_period", self.pledge_period, MINUTE, 30 * DAY)
        within("strike.duration", self.duration, MINUTE, 60 * DAY)


@dataclass(frozen=True, slots=True)
class CouncilSettings:
    """Who may pause and cancel what is queued, and for how long; NATIVE and 0 for nobody."""

    guardian: Address
    mandate: int
    """Seconds from the deployment."""

    def __post_init__(self) -> None:
        within("council.mandate", self.mandate, 0, 730 * DAY)
        if (self.guardian == NATIVE) != (self.mandate == 0):
            raise InputError("council needs a guardian and a mandate, or `none` and 0")
