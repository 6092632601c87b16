"""Where members' strikes stand: the same answer for page, API and terminal.

     idle ──call──► pledging ──enough pledged──► on ──its time passes──► cooldown (as long) ──► idle

Times are unix seconds of chain time.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import assert_never


class StrikePhase(StrEnum):
    """Stable names for programs."""

    IDLE = "idle"
    PLEDGING = "pledging"
    ON = "on"
    COOLDOWN = "cooldown"


@dataclass(frozen=True, slots=True)
class StrikeStanding:
    """The newest call, if there ever was one, and the clock."""

    deadline: int
    """Last second in which the newest call takes pledges; 0 where nobody ever called."""
    begun: bool
    """Whether enough was pledged to it."""
    pledged: int
    needed: int
    until: int
    """Until when the newest strike that began refuses licences; 0 where none ever did."""
    duration: int
    """Of a strike, and of the cooldown after it."""
    now: int

    @property
    def phase(self) -> StrikePhase:
        """The contract's state at `now`."""
        if self.now < self.until:
            return StrikePhase.ON
        if self.now <= self.deadline and not self.begun:
            return StrikePhase.PLEDGING
        return StrikePhase.COOLDOWN if self.now < self.callable_from else StrikePhase.IDLE

    @property
    def callable_from(self) -> int:
        """When the cooldown ends; 0 before the first strike. A call under way comes first."""
        return self.until + self.duration if self.until else 0

    @property
    def ends(self) -> int | None:
        """When the phase ends by itself; None where nothing runs."""
        match self.phase:
            case StrikePhase.IDLE:
                return None
            case StrikePhase.PLEDGING:
                return self.deadline
            case StrikePhase.ON:
                return self.until
            case StrikePhase.COOLDOWN:
                return self.callable_from
            case _:
                assert_never(self.phase)

    @property
    def sentence(self) -> str:
        """What it means for members and buyers."""
        match self.phase:
            case StrikePhase.IDLE:
                return "Nobody is on strike; any member can call one."
            case StrikePhase.PLEDGING:
                return (
                    f"A strike is called: {self.pledged} of the {self.needed} units that it takes "
                    "are pledged. Licences are granted until it begins."
                )
            case StrikePhase.ON:
                return "The members are on strike: nothing is granted, and no offer is accepted."
            case StrikePhase.COOLDOWN:
                return "The last strike is over; the next one can be called after the cooldown."
            case _:
                assert_never(self.phase)
