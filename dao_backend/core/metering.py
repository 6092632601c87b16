"""How use after delivery is paid for."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

HOUR, YEAR = 3600, 365 * 24 * 3600


@dataclass(frozen=True, slots=True)
class Metering:
    """A licence's obligation to report and pay; all zero where it has none.

    Amounts are in the smallest unit of the terms' asset.
    """

    unit_price: int = 0
    """For each unit of use."""
    minimum: int = 0
    """Taken for a period without a report."""
    bond: int = 0
    """Escrowed with the price, and kept full."""
    period: int = 0
    """Seconds that one report may cover."""

    @property
    def problem(self) -> str | None:
        """Why no contract takes these terms, None where it does; see IAccessDesk."""
        if self.absent:
            return None
        if not (self.unit_price and self.minimum):
            return "metering needs a price for each unit and a minimum for each silent period"
        if self.bond < self.minimum:
            return "the bond must cover the minimum of one period at least"
        if self.bond < self.unit_price:
            return "the bond must cover the price of one unit at least"
        if not HOUR <= self.period <= YEAR:
            return "a period of metering is an hour at least and a year at most"
        return None

    @property
    def absent(self) -> bool:
        """Whether nothing is metered."""
        return self == UNMETERED


UNMETERED = Metering()


class Phase(StrEnum):
    """Where a meter stands; stable names for programs, the sentence is for people."""

    REPORTED = "reported"
    SILENT = "silent"
    LAPSED = "lapsed"
    CLOSING = "closing"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Reading:
    """A meter at `now` (unix seconds of chain time)."""

    metering: Metering
    reported_until: int
    silent_periods: int
    balance: int
    """What is left of the bond."""
    lapsed: bool
    closed_at: int | None
    now: int

    @property
    def report_by(self) -> int:
        """From then on anybody can take the minimum, unless a report comes before."""
        return self.reported_until + self.metering.period

    @property
    def minimum_due(self) -> int:
        """What silence costs already; never more than what is left."""
        return min(self.silent_periods * self.metering.minimum, self.balance)

    @property
    def missing(self) -> int:
        """What the bond lacks to be full."""
        return max(0, self.metering.bond - self.balance)

    @property
    def closes_at(self) -> int | None:
        """When the rest of the bond is the holder's; None unless it is closing."""
        return None if self.closed_at is None else self.closed_at + self.metering.period

    @property
    def phase(self) -> Phase:
        """Where it stands."""
        if self.closes_at is not None:
            return Phase.CLOSING if self.now < self.closes_at else Phase.CLOSED
        if self.lapsed:
            return Phase.LAPSED
        return Phase.SILENT if self.silent_periods else Phase.REPORTED

    @property
    def sentence(self) -> str:
        """The phase in words."""
        return _SENTENCES[self.phase]


_SENTENCES = {
    Phase.REPORTED: "Use is reported as agreed.",
    Phase.SILENT: "A period has passed without a report: anybody can take the minimum for it.",
    Phase.LAPSED: "The licence has lapsed; it is in force again once its bond is full.",
    Phase.CLOSING: "The holder has ended the use; what is left of the bond is paid out later.",
    Phase.CLOSED: "The use has ended: what is left of the bond is the holder's.",
}
