"""Who is owed what: the same arithmetic as RevenueVault's, for screens and for checks.

due = received × units of the member at the edition's timepoint ÷ units of all, rounded down,
minus what was claimed. Received is what is left of deposits after the stated cuts.
Amounts are in the smallest unit of their asset. Rounding always favours the vault, so that
payouts never exceed deposits and less than one such unit per member stays behind.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from dao_backend.core.facts import Addresses
from dao_backend.core.model import Address
from dao_backend.errors import InputError

BPS = 10_000
"""Basis points in the whole."""
MAX_RESERVE_BPS = 2_000
MAX_KEEPER_BPS = 1_000


@dataclass(frozen=True, slots=True)
class Cuts:
    """What the reserve and the keepers take of each deposit, in basis points."""

    reserve_bps: int
    keeper_bps: int

    def __post_init__(self) -> None:
        fits = 0 <= self.reserve_bps <= MAX_RESERVE_BPS and 0 <= self.keeper_bps <= MAX_KEEPER_BPS
        if not fits:
            raise InputError(
                f"cuts of {self.reserve_bps} and {self.keeper_bps} bps are not allowed"
            )


class Source(StrEnum):
    """What a deposit was paid for; stable names for programs."""

    PRICE = "price"
    USAGE = "usage"
    ROYALTY = "royalty"
    DISPUTE_BOND = "dispute-bond"
    DIRECT = "direct"


def source_of(sender: Address, royalty_for: int | None, where: Addresses) -> Source:
    """What a deposit of `sender` was for; `royalty_for` is the licence of a royalty."""
    if sender == where.desk:
        return Source.PRICE
    if sender == where.disputes:
        return Source.DISPUTE_BOND
    if sender == where.meter:
        return Source.USAGE if royalty_for is None else Source.ROYALTY
    return Source.DIRECT


@dataclass(frozen=True, slots=True)
class Split:
    """One deposit taken apart; the three parts are exactly the whole."""

    members: int
    reserve: int
    keepers: int


@dataclass(frozen=True, slots=True)
class Holding:
    """A member's place in one edition, and the money that the edition earned in one asset."""

    edition_id: int
    asset: Address
    units: int
    """The member's units in the edition's collection at its timepoint."""
    total_units: int
    deposits: tuple[int, ...]
    """Net amounts, after the cuts, in log order."""
    claimed: int


@dataclass(frozen=True, slots=True)
class StatementLine:
    """What one holding entitles to; every figure follows from the holding by `formula`."""

    holding: Holding
    received: int
    entitled: int
    due: int

    @property
    def formula(self) -> str:
        """The line as a sum that a person can do again."""
        own = self.holding
        share = f"{self.received} × {own.units} ÷ {own.total_units} = {self.entitled}, rounded down"
        return f"{share}; {self.entitled} - {own.claimed} claimed = {self.due}"


def split_deposit(amount: int, cuts: Cuts) -> Split:
    """Cut = amount × bps ÷ 10,000 rounded down, for each; members get all the rest."""
    if amount < 0:
        raise InputError(f"a deposit cannot be {amount}")
    reserve = amount * cuts.reserve_bps // BPS
    keepers = amount * cuts.keeper_bps // BPS
    return Split(amount - reserve - keepers, reserve, keepers)


def entitlement(received: int, units: int, total_units: int) -> int:
    """Everything that `units` of `total_units` earn of `received`, claimed or not.

    Raise InputError unless 0 ≤ units ≤ total_units and 0 < total_units.
    """
    if not 0 <= units <= total_units or total_units == 0:
        raise InputError(f"{units} of {total_units} units are no share")
    return received * units // total_units


def due(received: int, units: int, total_units: int, claimed: int) -> int:
    """What can be claimed now; raise InputError when more was claimed than was ever earned."""
    left = entitlement(received, units, total_units) - claimed
    if left < 0:
        raise InputError(f"{claimed} claimed is more than was earned")
    return left


def statement(holdings: Iterable[Holding]) -> tuple[StatementLine, ...]:
    """One line for each holding, in the order given."""
    lines = []
    for own in holdings:
        received = sum(own.deposits)
        entitled = entitlement(received, own.units, own.total_units)
        left = due(received, own.units, own.total_units, own.claimed)
        lines.append(StatementLine(own, received, entitled, left))
    return tuple(lines)


def totals_due(lines: Iterable[StatementLine]) -> dict[Address, int]:
    """What a statement adds up to, for each asset."""
    totals: dict[Address, int] = {}
    for line in lines:
        totals[line.holding.asset] = totals.get(line.holding.asset, 0) + line.due
    return totals
