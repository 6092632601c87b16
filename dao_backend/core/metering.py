"""How use after delivery is paid for."""

from __future__ import annotations

from dataclasses import dataclass


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
    def absent(self) -> bool:
        """Whether nothing is metered."""
        return self == UNMETERED


UNMETERED = Metering()
