"""What a contributor hands in, and the answer it gets; with their one JSON form.

The same JSON travels over HTTP and lies in the service's database.
Bytes are 0x and lower-case hexadecimal digits; integers of more than 53 bits are decimal text.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dao_backend.core.model import Appraisal, Record
from dao_backend.core.packing import bytes_of, hex_of
from dao_backend.core.records import record_from_json
from dao_backend.core.typed import message_json
from dao_backend.errors import InputError


@dataclass(frozen=True, slots=True)
class Submission:
    """A sealed contribution on its way in: nothing in it can be opened by the service."""

    record: Record
    nonce: bytes
    contributor_signature: bytes
    commitments: tuple[bytes, ...]
    """The n share commitments, in index order."""
    sealed_shares: tuple[bytes, ...]
    """One for each keeper, in index order."""
    sealed_content_key: bytes
    """Sealed to the appraiser."""


@dataclass(frozen=True, slots=True)
class ReasonLine:
    """One line of a score, as the appraiser printed it; `weight` in basis points."""

    code: str
    sentence: str
    weight: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """The answer to a submission; without an appraisal it scored nothing and is not registered."""

    contribution_id: bytes
    units: int
    reasons: tuple[ReasonLine, ...]
    policy: bytes
    """Hash that names the appraisal policy."""
    appraisal: Appraisal | None
    appraiser_signature: bytes | None
    intake_receipts: tuple[bytes | None, ...]
    """One for each keeper, in index order; None for one that gave none."""


def submission_json(submission: Submission) -> dict[str, Any]:
    """Ready for `json.dumps`."""
    return {
        "record": message_json(submission.record),
        "nonce": hex_of(submission.nonce),
        "contributorSignature": hex_of(submission.contributor_signature),
        "commitments": [hex_of(one) for one in submission.commitments],
        "sealedShares": [hex_of(one) for one in submission.sealed_shares],
        "sealedContentKey": hex_of(submission.sealed_content_key),
    }


def submission_from_json(found: Mapping[str, Any]) -> Submission:
    """Undo `submission_json`; InputError if it is none."""
    try:
        return Submission(
            record=record_from_json(found["record"]),
            nonce=bytes_of(found["nonce"]),
            contributor_signature=bytes_of(found["contributorSignature"]),
            commitments=tuple(bytes_of(one) for one in found["commitments"]),
            sealed_shares=tuple(bytes_of(one) for one in found["sealedShares"]),
            sealed_content_key=bytes_of(found["sealedContentKey"]),
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise InputError(f"this is no submission: {error}") from error


def outcome_json(outcome: Outcome) -> dict[str, Any]:
    """Ready for `json.dumps`; `appraisal` is null where the content scored nothing."""
    return {
        "contributionId": hex_of(outcome.contribution_id),
        "units": str(outcome.units),
        "reasons": [
            {"code": reason.code, "sentence": reason.sentence, "weight": reason.weight}
            for reason in outcome.reasons
        ],
        "policy": hex_of(outcome.policy),
        "appraisal": None if outcome.appraisal is None else message_json(outcome.appraisal),
        "appraiserSignature": (
            None if outcome.appraiser_signature is None else hex_of(outcome.appraiser_signature)
        ),
        "intakeReceipts": [None if one is None else hex_of(one) for one in outcome.intake_receipts],
    }


def outcome_from_json(found: Mapping[str, Any]) -> Outcome:
    """Undo `outcome_json`; InputError if it is none."""
    try:
        signature = found["appraiserSignature"]
        return Outcome(
            contribution_id=bytes_of(found["contributionId"]),
            units=int(found["units"]),
            reasons=tuple(
                ReasonLine(reason["code"], reason["sentence"], int(reason["weight"]))
                for reason in found["reasons"]
            ),
            policy=bytes_of(found["policy"]),
            appraisal=_appraisal(found["appraisal"]),
            appraiser_signature=None if signature is None else bytes_of(signature),
            intake_receipts=tuple(
                None if one is None else bytes_of(one) for one in found["intakeReceipts"]
            ),
        )
    except (KeyError, TypeError, ValueError, OverflowError, AttributeError) as error:
        raise InputError(f"this is no answer to a submission: {error}") from error


def _appraisal(found: Mapping[str, Any] | None) -> Appraisal | None:
    if found is None:
        return None
    return Appraisal(bytes_of(found["recordHash"]), int(found["units"]), int(found["deadline"]))
