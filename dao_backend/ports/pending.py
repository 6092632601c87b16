"""What the service must remember between a submission and its registration, and of drafts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from dao_backend.core.model import Address
from dao_backend.core.submission import Outcome, Submission


@dataclass(frozen=True, slots=True)
class PendingRow:
    """A submission with its answer; `transaction` once its registration was relayed."""

    submission: Submission
    outcome: Outcome
    received_at: int
    transaction: bytes | None


class Pending(Protocol):
    """Durable when a call returns. DatabaseUnavailable."""

    def add(self, submission: Submission, outcome: Outcome, received_at: int) -> None:
        """Remember; the same contribution id again replaces the row, while it is not relayed."""
        ...

    def get(self, contribution_id: bytes) -> PendingRow:
        """NotFound."""
        ...

    def relayed(self, contribution_id: bytes, transaction: bytes) -> None: ...

    def forget_shares(self, contribution_id: bytes) -> bool:
        """Overwrite the sealed shares and the sealed content key, drafts included.

        The answer that was given stays. False where nothing of the kind was kept.
        """
        ...

    def of(self, contributor: Address) -> tuple[PendingRow, ...]:
        """Newest first, at most 100."""
        ...

    def add_draft(self, unsigned: Submission, received_at: int) -> None:
        """A contribution sealed by the service; its signature is still empty."""
        ...

    def draft(self, contribution_id: bytes) -> Submission:
        """NotFound."""
        ...
