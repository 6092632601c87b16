"""Editions."""

from __future__ import annotations

from pydantic import Field

from dao_backend.api.models.base import Decimal, Hash, Model, Seconds
from dao_backend.core.events import EditionSealed
from dao_backend.core.packing import hex_of
from dao_backend.ports.chain import Sent
from dao_backend.ports.index import EditionRow


class EditionShape(Model):
    """A sealed, immutable list of a collection's active contributions."""

    edition_id: int = Field(examples=[1])
    collection: int = Field(examples=[0])
    timepoint: Seconds
    total_units: Decimal
    history_count: int = Field(description="Changes of the registry that it reflects.")
    epoch: int = Field(description="Committee that may attest it.")
    contributions: int
    sealed_at: Seconds
    root: Hash | None = Field(description="Root of its manifest, null until it is attested.")
    attested_at: Seconds | None

    @classmethod
    def of(cls, row: EditionRow) -> EditionShape:
        """From the index."""
        found = row.edition
        return cls(
            edition_id=found.edition_id,
            collection=found.collection,
            timepoint=found.timepoint,
            total_units=str(found.total_units),
            history_count=found.history_count,
            epoch=found.epoch,
            contributions=row.contributions,
            sealed_at=row.sealed_at,
            root=None if found.root is None else hex_of(found.root),
            attested_at=row.attested_at,
        )


class SealedShape(Model):
    """The edition that was just sealed."""

    transaction: Hash
    edition_id: int


class AttestedShape(Model):
    """The attestation that was just posted; null where the root was on chain already."""

    transaction: Hash | None


def sealed_of(sent: Sent) -> SealedShape:
    """From the transaction that sealed it."""
    facts = (event.fact for event in sent.events)
    sealed = next(fact for fact in facts if isinstance(fact, EditionSealed))
    return SealedShape(transaction=hex_of(sent.hash), edition_id=sealed.edition_id)
