"""Contributions: what is handed in, what it scored, what is registered."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from pydantic import Field

from dao_backend.api.models.base import Account, Decimal, Hash, Hex, Model, Seconds, Signature
from dao_backend.api.models.keepers import ErasureShape
from dao_backend.core.cid import Cid
from dao_backend.core.model import Record
from dao_backend.core.packing import hex_of
from dao_backend.core.submission import Outcome, Submission, outcome_json, submission_from_json
from dao_backend.core.typed import message_json
from dao_backend.ports.index import ContributionRow
from dao_backend.ports.pending import PendingRow
from dao_backend.service.keeper_board import ErasureView

CID = "bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku"


class RecordShape(Model):
    """The public facts of a contribution; fields and names are those of its EIP-712 struct."""

    contribution_id: Hash
    contributor: Account
    collection: int = Field(ge=0, le=255, examples=[0])
    cid_digest: Hash
    length: Decimal
    envelope_commitment: Hash
    key_id: Hash
    share_root: Hash
    epoch: int = Field(ge=0, le=2**32 - 1, examples=[1])


class SubmissionShape(Model):
    """A sealed contribution: nothing in it can be opened by the service."""

    record: RecordShape
    nonce: Hash
    contributor_signature: Signature
    commitments: list[Hash] = Field(max_length=255)
    sealed_shares: list[Hex] = Field(max_length=255, description="One for each keeper, in order.")
    sealed_content_key: Hex = Field(description="Sealed to the appraiser.")

    def parsed(self) -> Submission:
        """As the service takes it; InputError, InvalidAddress."""
        return submission_from_json(self.model_dump(by_alias=True))


class Reason(Model):
    """One line of a score; `weight` in basis points."""

    code: str
    sentence: str
    weight: int


class AppraisalShape(Model):
    """What the appraiser signed."""

    record_hash: Hash
    units: Decimal
    deadline: Seconds


class OutcomeShape(Model):
    """The answer to a submission; `appraisal` is null where the content scored nothing."""

    contribution_id: Hash
    units: Decimal
    reasons: list[Reason]
    policy: Hash
    appraisal: AppraisalShape | None
    appraiser_signature: Signature | None
    intake_receipts: list[Signature | None]

    @classmethod
    def of(cls, outcome: Outcome) -> OutcomeShape:
        """From the service's answer."""
        return cls.model_validate(outcome_json(outcome))


class Status(StrEnum):
    """Where a contribution stands. `unscored` earned nothing and cannot be registered."""

    UNSCORED = "unscored"
    PENDING = "pending"
    REGISTERED = "registered"
    WITHDRAWN = "withdrawn"


class ContributionShape(Model):
    """A contribution, from the moment it was appraised."""

    status: Status
    record: RecordShape
    cid: str = Field(description="Where its envelope lies.", examples=[CID])
    units: Decimal
    appraiser: Account | None = Field(description="Null while it is pending.")
    registered_at: Seconds | None
    withdrawn_at: Seconds | None
    transaction: Hash | None = Field(description="Of the registration, once it was sent.")
    erasure: ErasureShape | None = Field(
        default=None, description="Null in lists, and for what is not withdrawn."
    )

    @classmethod
    def of(cls, row: ContributionRow, erasure: ErasureView | None = None) -> ContributionShape:
        """From a registered row, and what keepers state of their shares of a withdrawn one."""
        found = row.contribution
        status = Status.REGISTERED if row.withdrawn_time is None else Status.WITHDRAWN
        return cls(
            status=status,
            record=_record(found.record),
            cid=_cid(found.record),
            units=str(found.units),
            appraiser=found.appraiser,
            registered_at=row.registered_at,
            withdrawn_at=row.withdrawn_time,
            transaction=hex_of(row.transaction),
            erasure=None if erasure is None else ErasureShape.of(erasure),
        )

    @classmethod
    def waiting(cls, row: PendingRow) -> ContributionShape:
        """From a row that is not in the index yet."""
        record = row.submission.record
        scored = row.outcome.appraisal is not None
        return cls(
            status=Status.PENDING if scored else Status.UNSCORED,
            record=_record(record),
            cid=_cid(record),
            units=str(row.outcome.units),
            appraiser=None,
            registered_at=None,
            withdrawn_at=None,
            transaction=None if row.transaction is None else hex_of(row.transaction),
        )


class DraftShape(Model):
    """A contribution that the service encrypted: it has seen the content, and says so."""

    id: Hash = Field(description="The contribution's id.")
    server_side: bool = Field(
        description="Always true: the plaintext passed through the service's memory."
    )
    record: RecordShape
    nonce: Hash
    cid: str = Field(examples=[CID])
    typed_data: dict[str, Any] = Field(
        description="To be signed by the contributor with eth_signTypedData_v4."
    )


class SignatureBody(Model):
    """A contributor's signature over a draft's record."""

    signature: Signature


class WithdrawalBody(Model):
    """A contributor's signed wish to withdraw."""

    deadline: int = Field(ge=0, le=2**48 - 1, description="Unix seconds; void afterwards.")
    signature: Signature


def draft_of(unsigned: Submission, typed_data: dict[str, Any]) -> DraftShape:
    """From what the service sealed."""
    return DraftShape(
        id=hex_of(unsigned.record.contribution_id),
        server_side=True,
        record=_record(unsigned.record),
        nonce=hex_of(unsigned.nonce),
        cid=_cid(unsigned.record),
        typed_data=typed_data,
    )


def _record(record: Record) -> RecordShape:
    return RecordShape.model_validate(message_json(record))


def _cid(record: Record) -> str:
    return Cid.of(record.cid_digest, record.length)
