"""What the council can do now: the same answer for page, API and terminal.

A guardian pauses, ends its pause and cancels what is queued, as long as its mandate lasts.
Times are unix seconds of chain time.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import assert_never

from dao_backend.core.model import NATIVE, Address


class CouncilPhase(StrEnum):
    """Stable names for programs."""

    PAUSED = "paused"
    NOBODY = "nobody"
    MANDATE_OVER = "mandate-over"
    RESTING = "resting"
    READY = "ready"


@dataclass(frozen=True, slots=True)
class CouncilStanding:
    """The guardian, its newest pause, and the clock."""

    guardian: Address
    """NATIVE where there is none."""
    mandate_until: int
    """Last second in which the guardian can act."""
    pausable_from: int
    paused_until: int
    """In the past, or 0, where nothing is paused."""
    now: int

    @property
    def in_office(self) -> bool:
        """Whether there is a guardian with a mandate."""
        return self.guardian != NATIVE and self.now <= self.mandate_until

    @property
    def phase(self) -> CouncilPhase:
        """A pause outlasts the mandate of the guardian who made it."""
        if self.now < self.paused_until:
            return CouncilPhase.PAUSED
        if self.guardian == NATIVE:
            return CouncilPhase.NOBODY
        if self.now > self.mandate_until:
            return CouncilPhase.MANDATE_OVER
        return CouncilPhase.RESTING if self.now < self.pausable_from else CouncilPhase.READY

    @property
    def sentence(self) -> str:
        """What it means for members and buyers."""
        match self.phase:
            case CouncilPhase.PAUSED:
                return (
                    "The council has paused: nothing is registered, requested, accepted or "
                    "granted. Votes, receipts, settlement, refunds, withdrawals and claims go on."
                )
            case CouncilPhase.NOBODY:
                return "There is no guardian: nobody can pause. A vote can appoint one."
            case CouncilPhase.MANDATE_OVER:
                return "The guardian's mandate is over: nobody can pause until a vote renews it."
            case CouncilPhase.RESTING:
                return "The guardian has paused not long ago and cannot do so again yet."
            case CouncilPhase.READY:
                return "The guardian can pause for at most 7 days; nothing is paused."
            case _:
                assert_never(self.phase)
