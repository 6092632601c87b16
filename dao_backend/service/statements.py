"""What a member earned, line by line: the same arithmetic as the vault's."""

from __future__ import annotations

from dataclasses import dataclass

from dao_backend.core.model import Address
from dao_backend.core.revenue import Holding, StatementLine, statement
from dao_backend.ports.chain import ChainReader
from dao_backend.ports.index import DepositRow, Index

PAGE = 500

Pot = tuple[int, Address]
"""Money of one edition in one asset."""


@dataclass(frozen=True, slots=True)
class Statement:
    """The lines of one member, and the deposits that they come from."""

    member: Address
    lines: tuple[StatementLine, ...]
    deposits: tuple[DepositRow, ...]


class Accounts:
    """Statements from the index, by the vault's own arithmetic; past units come from the chain."""

    def __init__(self, index: Index, chain: ChainReader) -> None:
        self._index = index
        self._chain = chain

    def statement(self, member: Address) -> Statement:
        """Every edition with money in which `member` held units; NotFound for a stranger."""
        self._index.member(member)
        pots = self._index.earning_editions(member)
        deposits = {edition_id: self._deposits(edition_id) for edition_id, _ in pots}
        claimed = self._claimed(member)
        holdings = [
            self._holding(member, pot, deposits[pot[0]], claimed.get(pot, 0)) for pot in pots
        ]
        rows = tuple(row for found in deposits.values() for row in found)
        return Statement(member, statement(holdings), rows)

    def _holding(
        self, member: Address, pot: Pot, deposits: list[DepositRow], claimed: int
    ) -> Holding:
        edition_id, asset = pot
        edition = self._index.edition(edition_id).edition
        return Holding(
            edition_id=edition_id,
            asset=asset,
            units=self._chain.past_units(member, edition.collection, edition.timepoint),
            total_units=edition.total_units,
            deposits=tuple(row.amount for row in deposits if row.asset == asset),
            claimed=claimed,
        )

    def _deposits(self, edition_id: int) -> list[DepositRow]:
        """All deposits of an edition, oldest first."""
        found: list[DepositRow] = []
        after: str | None = None
        while True:
            page = self._index.deposits(edition_id=edition_id, after=after, limit=PAGE)
            found.extend(page.rows)
            if page.next is None:
                return found[::-1]
            after = page.next

    def _claimed(self, member: Address) -> dict[Pot, int]:
        """What the member took out of each pot."""
        totals: dict[Pot, int] = {}
        after: str | None = None
        while True:
            page = self._index.claims(member=member, after=after, limit=PAGE)
            for row in page.rows:
                pot = (row.edition_id, row.asset)
                totals[pot] = totals.get(pot, 0) + row.amount
            if page.next is None:
                return totals
            after = page.next
