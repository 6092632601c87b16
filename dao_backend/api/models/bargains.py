"""Standing offers and counter-offers."""

from __future__ import annotations

from pydantic import Field

from dao_backend.api.models.base import Account, Decimal, Hash, Model, Seconds
from dao_backend.api.models.usage import MeteringShape
from dao_backend.core.model import NATIVE, Address, Purpose
from dao_backend.core.packing import hex_of
from dao_backend.ports.bargains import Quote
from dao_backend.ports.happenings import CounterRow, OfferRow
from dao_backend.service.offers import OfferView


class OfferShape(Model):
    """Terms that any buyer may accept at once, without another vote."""

    offer_id: int = Field(examples=[1])
    state: str = Field(examples=["open"])
    collection: int
    purposes: list[str] = Field(examples=[["fine-tune", "evaluate"]])
    asset: Account
    unit_price: Decimal = Field(description="For each unit of the newest edition.")
    duration: int = Field(description="Seconds from the acceptance.")
    royalty_bps: int
    terms_hash: Hash
    arbiter: Account | None = Field(description="Who rules disputes; null: nobody.")
    metering: MeteringShape | None = Field(description="Null where use is not metered.")
    expiry: Seconds = Field(description="Last second in which it can be accepted.")
    max_count: int = Field(description="How often it can be accepted.")
    accepted: int = Field(description="How often it was.")
    published_at: Seconds
    replaces: int | None = Field(description="The offer that this one amended.")
    replaced_by: int | None = Field(description="The offer that amended this one.")

    @classmethod
    def of(cls, row: OfferRow, now: int) -> OfferShape:
        """From the index, as it stands at `now`."""
        terms = row.offer
        return cls(
            offer_id=row.offer_id,
            state=row.state(now).value,
            collection=terms.collection,
            purposes=Purpose.names_of(terms.purposes),
            asset=terms.asset,
            unit_price=str(terms.unit_price),
            duration=terms.duration,
            royalty_bps=terms.royalty_bps,
            terms_hash=hex_of(terms.terms_hash),
            arbiter=_arbiter(terms.arbiter),
            metering=None if terms.metering.absent else MeteringShape.of(terms.metering),
            expiry=terms.expiry,
            max_count=terms.max_count,
            accepted=row.accepted,
            published_at=row.published_at,
            replaces=row.replaces,
            replaced_by=row.replaced_by,
        )


class QuoteShape(Model):
    """What accepting would cost now; both amounts in the offer's asset."""

    price: Decimal
    bond: Decimal
    edition_id: int
    units: Decimal

    @classmethod
    def of(cls, quote: Quote) -> QuoteShape:
        """From the chain."""
        return cls(
            price=str(quote.price),
            bond=str(quote.bond),
            edition_id=quote.edition_id,
            units=str(quote.units),
        )


class QuotedOfferShape(Model):
    """An offer with its price of now."""

    offer: OfferShape
    quote: QuoteShape | None = Field(description="Null where the contracts name no price.")
    obstacle: str | None = Field(description="Why nobody can accept it now; null where one can.")
    now: Seconds

    @classmethod
    def of(cls, view: OfferView) -> QuotedOfferShape:
        """From the service."""
        quote = view.chance.quote
        return cls(
            offer=OfferShape.of(view.row, view.now),
            quote=None if quote is None else QuoteShape.of(quote),
            obstacle=view.chance.obstacle,
            now=view.now,
        )


class CounterShape(Model):
    """The members' answer to a request; what it does not name stays as the buyer asked."""

    purposes: list[str]
    price: Decimal
    duration: int = Field(description="Seconds from the acceptance.")
    royalty_bps: int
    terms_hash: Hash
    arbiter: Account | None = Field(description="Who rules disputes; null: nobody.")
    metering: MeteringShape | None = Field(description="Null where use is not metered.")
    accept_by: Seconds = Field(description="Last second in which the buyer can accept it.")
    offered_at: Seconds
    accepted_at: Seconds | None

    @classmethod
    def of(cls, row: CounterRow) -> CounterShape:
        """From the index."""
        terms = row.terms
        return cls(
            purposes=Purpose.names_of(terms.purposes),
            price=str(terms.price),
            duration=terms.duration,
            royalty_bps=terms.royalty_bps,
            terms_hash=hex_of(terms.terms_hash),
            arbiter=_arbiter(terms.arbiter),
            metering=None if terms.metering.absent else MeteringShape.of(terms.metering),
            accept_by=row.accept_by,
            offered_at=row.offered_at,
            accepted_at=row.accepted_at,
        )


def _arbiter(account: Address) -> Address | None:
    return None if account == NATIVE else account
