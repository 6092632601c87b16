"""Facts of KeeperRegistry: committees, attested roots, receipts."""

from __future__ import annotations

from dataclasses import dataclass

from dao_backend.core.model import Address


@dataclass(frozen=True, slots=True)
class CommitteeFormed:
    epoch: int
    threshold: int
    committee_hash: bytes


@dataclass(frozen=True, slots=True)
class KeeperJoined:
    epoch: int
    index: int
    operator: Address
    sealing_key: bytes
    endpoint: str


@dataclass(frozen=True, slots=True)
class HandoverConfirmed:
    epoch: int
    index: int


@dataclass(frozen=True, slots=True)
class EpochServing:
    epoch: int


@dataclass(frozen=True, slots=True)
class EditionAttested:
    edition_id: int
    root: bytes


@dataclass(frozen=True, slots=True)
class DeliveryOpened:
    licence_id: int
    edition_id: int
    deliver_by: int
    epoch: int


@dataclass(frozen=True, slots=True)
class ReceiptPosted:
    licence_id: int
    index: int
    bundle_digest: bytes
    bundle_length: int
    count: int


Keeping = (
    CommitteeFormed
    | KeeperJoined
    | HandoverConfirmed
    | EpochServing
    | EditionAttested
    | DeliveryOpened
    | ReceiptPosted
)
