"""What a keeper's decision is: allowed, or denied with a reason and a sentence."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Reason(StrEnum):
    """Why access is denied; stable names for programs, the sentence beside it is for people."""

    NODES_DISAGREE = "nodes-disagree"
    PROOF_MISMATCH = "proof-mismatch"
    UNKNOWN_LICENCE = "unknown-licence"
    REQUEST_NOT_FINAL = "request-not-final"
    VOTE_NOT_PASSED = "vote-not-passed"
    COUNTERED = "countered"
    NOT_EXECUTED = "not-executed"
    GRANT_NOT_FINAL = "grant-not-final"
    CANCELLED = "cancelled"
    REFUNDED = "refunded"
    SUSPENDED = "suspended"
    REVOKED = "revoked"
    LAPSED = "lapsed"
    EXPIRED = "expired"
    EDITION_NOT_ATTESTED = "edition-not-attested"
    HISTORY_MISMATCH = "history-mismatch"
    ROOT_MISMATCH = "root-mismatch"
    OTHER_WALLET = "other-wallet"
    OTHER_KEY = "other-key"
    TOO_LATE_TO_DELIVER = "too-late-to-deliver"
    RECEIPT_NOT_POSTED = "receipt-not-posted"
    RECEIPT_NOT_FINAL = "receipt-not-final"
    RECEIPT_MISMATCH = "receipt-mismatch"
    NOT_DELIVERED = "not-delivered"
    OTHER_COMMITTEE = "other-committee"


@dataclass(frozen=True, slots=True)
class Allowed:
    """The step may be taken; shares go to `release_key` and to nothing else."""

    release_key: bytes
    edition_id: int


@dataclass(frozen=True, slots=True)
class Denied:
    """The step may not be taken, and why."""

    reason: Reason
    sentence: str


Decision = Allowed | Denied
