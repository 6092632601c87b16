"""Disputes about deliveries."""

from __future__ import annotations

from pydantic import Field

from dao_backend.api.models.base import Account, Decimal, Hash, Model, Seconds
from dao_backend.core.model import NATIVE
from dao_backend.core.packing import hex_of
from dao_backend.service.bargaining import DisputeView


class DisputeShape(Model):
    """Where the delivery of a request stands, whether anybody disputes it or not."""

    request_id: int = Field(examples=[1])
    phase: str = Field(examples=["contestable"])
    sentence: str
    until: Seconds | None = Field(description="Last second of this phase; null: it does not end.")
    buyer: Account
    arbiter: Account | None = Field(description="Who rules; null: receipts alone decide.")
    delivered_at: Seconds | None
    asset: Account
    bond: Decimal = Field(description="What a dispute takes from the buyer, or has taken.")
    bond_paid: bool = Field(description="Whether the bond went to the buyer or the members.")
    claim_hash: Hash | None = Field(description="Hash of what the buyer claims.")
    reason_hash: Hash | None = Field(description="Hash of why the arbiter decided so.")
    now: Seconds

    @classmethod
    def of(cls, view: DisputeView) -> DisputeShape:
        """From the service."""
        contest, found, terms = view.contest, view.dispute, view.request.terms
        reasoned = found is not None and any(found.reason_hash)
        return cls(
            request_id=view.request.request_id,
            phase=contest.phase.value,
            sentence=contest.sentence,
            until=contest.until,
            buyer=view.request.buyer,
            arbiter=None if terms.arbiter == NATIVE else terms.arbiter,
            delivered_at=contest.delivered_at,
            asset=terms.asset,
            bond=str(view.bond),
            bond_paid=found is not None and found.bond_paid,
            claim_hash=None if found is None else hex_of(found.claim_hash),
            reason_hash=hex_of(found.reason_hash) if found is not None and reasoned else None,
            now=contest.now,
        )
