"""What a keeper checks before it accepts a share, and the receipt that it signs.

Everything happens before anything is on chain: the contributor's signature on the record, the
committee and epoch, the share's seal, binding and commitment.
"""

from __future__ import annotations

from dao_backend.core.consent import require_consent
from dao_backend.core.model import Committee, Record
from dao_backend.core.shares import open_share, require_commitments, seat_of
from dao_backend.core.typed import IntakeReceipt, digest, record_hash
from dao_backend.errors import NotFound, RecordMismatch
from dao_backend.keeper.office import Office
from dao_backend.ports.keepers import Intake, StoredShare


class IntakeDesk:
    """Takes in sealed shares for one keeper index."""

    def __init__(self, office: Office) -> None:
        self._index = office.index
        self._operator = office.operator
        self._secret = office.sealing_secret
        self._chain = office.chain
        self._custody = office.custody

    def take_in(self, intake: Intake) -> bytes:
        """Check, store, and return the signed receipt; see `ports.keepers.Keeper.take_in`."""
        record = intake.record
        kept = self._already(record)
        if kept is not None:
            return kept.receipt
        domain = self._chain.addresses.domain("DataRegistry")
        require_consent(domain, record, intake.nonce, intake.contributor_signature)
        committee = self._committee(record)
        if intake.index != self._index:
            raise RecordMismatch(f"this is keeper {self._index}, the share is for {intake.index}")
        require_commitments(record, intake.commitments, len(committee.keepers))
        seat = seat_of(record, committee, self._index)
        open_share(self._secret, intake.sealed_share, seat, intake.commitments[self._index - 1])
        receipt = self._sign(record)
        self._custody.add(StoredShare(record, intake.commitments, intake.sealed_share, receipt))
        return receipt

    def _already(self, record: Record) -> StoredShare | None:
        try:
            kept = self._custody.get(record.contribution_id)
        except NotFound:
            return None
        if kept.record != record:
            raise RecordMismatch("another record was taken in under this contribution id")
        return kept

    def _committee(self, record: Record) -> Committee:
        current = self._chain.current_epoch()
        if record.epoch != current:
            raise RecordMismatch(f"the record is for epoch {record.epoch}, now is {current}")
        return self._chain.committee(current)

    def _sign(self, record: Record) -> bytes:
        message = IntakeReceipt(record_hash(record), self._index)
        domain = self._chain.addresses.domain("DataRegistry")
        return self._operator.sign_digest(digest(domain, message))
