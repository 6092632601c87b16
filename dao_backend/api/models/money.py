"""Members, what they are owed, and the money that came and went."""

from __future__ import annotations

from pydantic import Field

from dao_backend.api.models.base import Account, Decimal, Hash, Hex, Model, Seconds
from dao_backend.core.facts import Addresses
from dao_backend.core.packing import hex_of
from dao_backend.core.revenue import Source, StatementLine, source_of, totals_due
from dao_backend.ports.index import ClaimRow, DepositRow, MemberRow
from dao_backend.service.statements import Statement


class MemberShape(Model):
    """A member and what it holds now."""

    member: Account
    index: int = Field(examples=[1])
    units: list[Decimal] = Field(description="By collection number.")
    contributions: int

    @classmethod
    def of(cls, row: MemberRow) -> MemberShape:
        """From the index."""
        return cls(
            member=row.member,
            index=row.index,
            units=[str(units) for units in row.units],
            contributions=row.contributions,
        )


class KnownMemberShape(MemberShape):
    """A member with what else the chain knows of it."""

    attested: bool = Field(
        description="Whether an attestor stated that it is one person; needed only where votes "
        "count persons."
    )
    tenure: int = Field(description="How often it has left with everything.")

    @classmethod
    def known(cls, row: MemberRow, *, attested: bool, tenure: int) -> KnownMemberShape:
        """From the index and the chain."""
        found = MemberShape.of(row)
        return cls(**found.model_dump(), attested=attested, tenure=tenure)


class DepositShape(Model):
    """Money that an edition received."""

    edition_id: int
    asset: Account
    sender: Account
    amount: Decimal = Field(description="Net of the cuts: what the members share.")
    reserve_cut: Decimal
    keeper_cut: Decimal
    purpose: Hex
    source: str = Field(
        description="`price` of a licence, metered `usage`, a `royalty`, a `dispute-bond` that "
        "the buyer lost, or `direct`.",
        examples=["price"],
    )
    royalty_for: int | None = Field(
        description="The licence of a royalty; the purpose is the hash of its report."
    )
    timestamp: Seconds
    transaction: Hash

    @classmethod
    def of(cls, row: DepositRow, where: Addresses) -> DepositShape:
        """From the index; `where` tells who sends what."""
        source = source_of(row.sender, row.royalty_for, where)
        return cls(
            edition_id=row.edition_id,
            asset=row.asset,
            sender=row.sender,
            amount=str(row.amount),
            reserve_cut=str(row.reserve_cut),
            keeper_cut=str(row.keeper_cut),
            purpose=hex_of(row.purpose),
            source=source.value,
            royalty_for=row.royalty_for if source is Source.ROYALTY else None,
            timestamp=row.timestamp,
            transaction=hex_of(row.transaction),
        )


class ClaimShape(Model):
    """Money that a member took."""

    edition_id: int
    asset: Account
    member: Account
    payee: Account
    amount: Decimal
    timestamp: Seconds
    transaction: Hash

    @classmethod
    def of(cls, row: ClaimRow) -> ClaimShape:
        """From the index."""
        return cls(
            edition_id=row.edition_id,
            asset=row.asset,
            member=row.member,
            payee=row.payee,
            amount=str(row.amount),
            timestamp=row.timestamp,
            transaction=hex_of(row.transaction),
        )


class LineShape(Model):
    """What one edition earned a member; every figure can be computed again from `formula`."""

    edition_id: int
    asset: Account
    units: Decimal
    total_units: Decimal
    received: Decimal
    entitled: Decimal
    claimed: Decimal
    due: Decimal
    formula: str

    @classmethod
    def of(cls, line: StatementLine) -> LineShape:
        """From the core's arithmetic."""
        own = line.holding
        return cls(
            edition_id=own.edition_id,
            asset=own.asset,
            units=str(own.units),
            total_units=str(own.total_units),
            received=str(line.received),
            entitled=str(line.entitled),
            claimed=str(own.claimed),
            due=str(line.due),
            formula=line.formula,
        )


class AmountShape(Model):
    """So much of one asset."""

    asset: Account
    amount: Decimal


class StatementShape(Model):
    """A member's account, line by line, with the deposits that the lines come from."""

    member: Account
    lines: list[LineShape]
    deposits: list[DepositShape]
    due: list[AmountShape] = Field(description="What can be claimed now, by asset.")

    @classmethod
    def of(cls, found: Statement, where: Addresses) -> StatementShape:
        """From the service; `where` tells who sends what."""
        return cls(
            member=found.member,
            lines=[LineShape.of(line) for line in found.lines],
            deposits=[DepositShape.of(row, where) for row in found.deposits],
            due=[
                AmountShape(asset=asset, amount=str(amount))
                for asset, amount in totals_due(found.lines).items()
            ],
        )


class ClaimBody(Model):
    """What is to be claimed for a member."""

    edition_id: int = Field(ge=0, le=2**40 - 1, examples=[1])
    asset: Account
