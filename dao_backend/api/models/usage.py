"""Metered use, and royalties."""

from __future__ import annotations

from pydantic import Field

from dao_backend.api.models.base import Account, Decimal, Hash, Model, Seconds, Signature
from dao_backend.core.metering import Metering
from dao_backend.core.packing import hex_of
from dao_backend.ports.happenings import RoyaltyRow
from dao_backend.service.bargaining import UsageView


class MeteringShape(Model):
    """How use after delivery is paid for; amounts in the terms' asset."""

    unit_price: Decimal = Field(description="For each unit of use.")
    minimum: Decimal = Field(description="Taken for a period without a report.")
    bond: Decimal = Field(description="Escrowed with the price, and kept full.")
    period: int = Field(description="Seconds that one report may cover.", examples=[2592000])

    @classmethod
    def of(cls, metering: Metering) -> MeteringShape:
        """From the core's value."""
        return cls(
            unit_price=str(metering.unit_price),
            minimum=str(metering.minimum),
            bond=str(metering.bond),
            period=metering.period,
        )


class UsageShape(Model):
    """A metered licence's account, and what silence costs so far."""

    licence_id: int = Field(examples=[1])
    holder: Account
    phase: str = Field(examples=["reported"])
    sentence: str
    asset: Account
    metering: MeteringShape
    used: Decimal = Field(description="Units of use that were paid, since the beginning.")
    balance: Decimal = Field(description="What is left of the bond.")
    missing: Decimal = Field(description="What the bond lacks to be full.")
    reported_until: Seconds
    report_by: Seconds = Field(description="From then on the minimum can be taken for silence.")
    silent_periods: int
    minimum_due: Decimal = Field(description="What can be taken for silence now.")
    lapsed: bool
    closes_at: Seconds | None = Field(description="When the rest of the bond is the holder's.")
    emptied: bool = Field(description="Whether the holder has taken the rest of the bond.")
    latest: Seconds = Field(description="The last second that a report may cover now.")

    @classmethod
    def of(cls, view: UsageView) -> UsageShape:
        """From the service."""
        account, reading = view.account, view.reading
        return cls(
            licence_id=account.licence_id,
            holder=view.holder,
            phase=reading.phase.value,
            sentence=reading.sentence,
            asset=account.asset,
            metering=MeteringShape.of(account.metering),
            used=str(account.used),
            balance=str(account.balance),
            missing=str(reading.missing),
            reported_until=account.reported_until,
            report_by=reading.report_by,
            silent_periods=reading.silent_periods,
            minimum_due=str(reading.minimum_due),
            lapsed=account.lapsed,
            closes_at=reading.closes_at,
            emptied=account.emptied,
            latest=view.latest,
        )


class VoucherBody(Model):
    """A holder's signed statement of all that it has used so far."""

    units: Decimal = Field(description="Units of use since the beginning, below 2^128.")
    until: int = Field(ge=0, le=2**48 - 1, description="Unix seconds of chain time.")
    signature: Signature


class RoyaltyShape(Model):
    """A royalty that somebody paid for a licence."""

    licence_id: int
    edition_id: int
    sender: Account
    asset: Account
    amount: Decimal = Field(description="As it was paid, before the cuts.")
    report_hash: Hash = Field(description="Hash of the report that the payer publishes.")
    timestamp: Seconds
    transaction: Hash

    @classmethod
    def of(cls, row: RoyaltyRow) -> RoyaltyShape:
        """From the index."""
        return cls(
            licence_id=row.licence_id,
            edition_id=row.edition_id,
            sender=row.sender,
            asset=row.asset,
            amount=str(row.amount),
            report_hash=hex_of(row.report_hash),
            timestamp=row.timestamp,
            transaction=hex_of(row.transaction),
        )
