"""Facts of RevenueVault: money in and out."""

from __future__ import annotations

from dataclasses import dataclass

from dao_backend.core.model import Address


@dataclass(frozen=True, slots=True)
class Deposited:
    edition_id: int
    asset: Address
    sender: Address
    """The event's `from`, a reserved word in Python."""
    amount: int
    reserve_cut: int
    keeper_cut: int
    purpose: bytes


@dataclass(frozen=True, slots=True)
class Claimed:
    edition_id: int
    asset: Address
    member: Address
    payee: Address
    amount: int


Earning = Deposited | Claimed
