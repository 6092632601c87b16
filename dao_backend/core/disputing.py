"""Where the delivery of an arbitrated request stands: who can still say something against it.

    delivered ──► contestable ──► open ──► upheld, rejected, or unruled (silence)
                      └── the window passes ──► undisputed

Times are unix seconds of chain time; contracts/interfaces/IDisputeDesk.sol has the rules.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import assert_never

from dao_backend.core.bargains import Verdict
from dao_backend.core.model import NATIVE, Address


class Phase(StrEnum):
    """Stable names for programs; the sentence beside it is for people."""

    WITHOUT_ARBITER = "without-arbiter"
    NOT_DELIVERED = "not-delivered"
    CONTESTABLE = "contestable"
    UNDISPUTED = "undisputed"
    OPEN = "open"
    UNRULED = "unruled"
    UPHELD = "upheld"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class Contest:
    """A delivery and what was said against it."""

    arbiter: Address
    """Zero where the terms name none."""
    delivered_at: int | None
    window: int
    """Seconds after the delivery in which a dispute can be opened."""
    verdict: Verdict
    rule_by: int
    """Last second of a ruling; 0 where there is no dispute."""
    now: int

    @property
    def phase(self) -> Phase:
        """Where it stands at `now`."""
        match self.verdict:
            case Verdict.UPHELD:
                return Phase.UPHELD
            case Verdict.REJECTED:
                return Phase.REJECTED
            case Verdict.OPEN:
                return Phase.UNRULED if self.now > self.rule_by else Phase.OPEN
            case Verdict.NONE:
                return self._undisputed()
            case _:
                assert_never(self.verdict)

    @property
    def until(self) -> int | None:
        """Last second of the phase, None where it has no end of its own."""
        match self.phase:
            case Phase.CONTESTABLE:
                return self._dispute_by
            case Phase.OPEN:
                return self.rule_by
            case _:
                return None

    @property
    def sentence(self) -> str:
        """The phase in words."""
        return _SENTENCES[self.phase]

    def _undisputed(self) -> Phase:
        if self.arbiter == NATIVE:
            return Phase.WITHOUT_ARBITER
        if self._dispute_by is None:
            return Phase.NOT_DELIVERED
        return Phase.CONTESTABLE if self.now <= self._dispute_by else Phase.UNDISPUTED

    @property
    def _dispute_by(self) -> int | None:
        return None if self.delivered_at is None else self.delivered_at + self.window


_SENTENCES = {
    Phase.WITHOUT_ARBITER: "The terms name no arbiter: the keepers' receipts alone decide.",
    Phase.NOT_DELIVERED: "An arbiter is named; until the delivery there is nothing to dispute.",
    Phase.CONTESTABLE: "It is delivered; the buyer can still dispute that.",
    Phase.UNDISPUTED: "The buyer has not disputed the delivery in time: the receipts stand.",
    Phase.OPEN: "The buyer disputes the delivery; the arbiter rules, and silence means no.",
    Phase.UNRULED: "The arbiter has not ruled in time: the receipts stand, the bond is the buyer's.",
    Phase.UPHELD: "The arbiter found for the buyer: price and bond go back to it.",
    Phase.REJECTED: "The arbiter found against the buyer: price and bond are the members'.",
}
