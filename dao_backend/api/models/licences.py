"""Licences, receipts and bundles."""

from __future__ import annotations

from pydantic import Field

from dao_backend.api.models.base import Account, Decimal, Hash, Model, Seconds
from dao_backend.core.cid import Cid
from dao_backend.core.model import Purpose, Receipt
from dao_backend.core.packing import hex_of
from dao_backend.ports.gateway import BundleFacts
from dao_backend.ports.happenings import AnnouncedKey
from dao_backend.ports.index import LicenceRow


class ReceiptShape(Model):
    """What one keeper stated on chain before it handed its bundle over."""

    index: int = Field(examples=[1])
    cid: str
    length: Decimal
    count: int
    edition_root: Hash
    release_key_hash: Hash

    @classmethod
    def of(cls, receipt: Receipt) -> ReceiptShape:
        """From the index."""
        return cls(
            index=receipt.index,
            cid=Cid.of(receipt.bundle_digest, receipt.bundle_length),
            length=str(receipt.bundle_length),
            count=receipt.count,
            edition_root=hex_of(receipt.edition_root),
            release_key_hash=hex_of(receipt.release_key_hash),
        )


class AnnouncedKeyShape(Model):
    """A release key that is not in force yet."""

    release_key: Hash
    earliest: Seconds = Field(description="From then on it can be applied.")

    @classmethod
    def of(cls, announced: AnnouncedKey) -> AnnouncedKeyShape:
        """From the index."""
        return cls(release_key=hex_of(announced.release_key), earliest=announced.earliest)


class LicenceShape(Model):
    """A buyer's right."""

    licence_id: int = Field(examples=[1])
    holder: Account
    status: str = Field(examples=["active"])
    collection: int
    edition_id: int
    purposes: list[str]
    issued_at: Seconds
    expiry: Seconds
    royalty_bps: int
    terms_hash: Hash
    release_key: Hash
    announced_key: AnnouncedKeyShape | None = Field(
        description="The key that the holder wants instead; null where there is none."
    )
    lapsed: bool = Field(description="Not in force: use is not reported, or the bond not full.")
    deliver_by: Seconds
    delivered: bool = Field(description="Whether enough keepers posted their receipts.")
    receipts: list[ReceiptShape]

    @classmethod
    def of(cls, row: LicenceRow) -> LicenceShape:
        """From the index."""
        found = row.licence
        return cls(
            licence_id=found.licence_id,
            holder=found.holder,
            status=found.status.name.lower(),
            collection=found.collection,
            edition_id=found.edition_id,
            purposes=Purpose.names_of(found.purposes),
            issued_at=found.issued_at,
            expiry=found.expiry,
            royalty_bps=found.royalty_bps,
            terms_hash=hex_of(found.terms_hash),
            release_key=hex_of(found.release_key),
            announced_key=None if row.announced is None else AnnouncedKeyShape.of(row.announced),
            lapsed=found.lapsed,
            deliver_by=row.deliver_by,
            delivered=row.delivered,
            receipts=[ReceiptShape.of(receipt) for receipt in row.receipts],
        )


class BundleShape(Model):
    """Whether a keeper hands its bundle over now, and if not, why."""

    index: int = Field(examples=[1])
    ready: bool
    reason: str | None = Field(description="A stable name.", examples=["receipt-not-final"])
    sentence: str | None
    cid: str | None
    length: int | None

    @classmethod
    def of(cls, facts: BundleFacts) -> BundleShape:
        """From the keeper."""
        return cls(
            index=facts.index,
            ready=facts.ready,
            reason=facts.reason,
            sentence=facts.sentence,
            cid=facts.cid,
            length=facts.length,
        )


class BundlesShape(Model):
    """Every keeper's answer, in index order."""

    rows: list[BundleShape]
