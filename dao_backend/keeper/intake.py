"""What a keeper checks before it accepts a share, and the receipt that it signs.

Everything happens before anything is on chain: the contributor's signature on the record, the
committee and epoch, the share's seal, binding and commitment, and how much was handed in without
being registered (`keeper.unregistered`). A share may also come later, for a
contribution that is registered already: a keeper that was away, or came back from a backup, is
given again what it missed.
"""

from __future__ import annotations

from dao_backend.core.consent import require_consent
from dao_backend.core.model import Committee, Record
from dao_backend.core.shares import open_share, require_commitments, seat_of
from dao_backend.core.typed import IntakeReceipt, digest, record_hash
from dao_backend.errors import HistoryMismatch, NotFound, RecordMismatch
from dao_backend.keeper.erasure import ErasureDesk
from dao_backend.keeper.ledger import FinalLedger
from dao_backend.keeper.office import Office
from dao_backend.keeper.unregistered import UnregisteredDesk
from dao_backend.ports.keepers import Intake, StoredShare


class IntakeDesk:
    """Takes in sealed shares for one keeper index."""

    def __init__(
        self,
        office: Office,
        ledger: FinalLedger,
        erasure: ErasureDesk,
        unregistered: UnregisteredDesk,
    ) -> None:
        self._office = office
        self._ledger = ledger
        self._erasure = erasure
        self._unregistered = unregistered

    def take_in(self, intake: Intake) -> bytes:
        """Check, store, and return the signed receipt; see `ports.keepers.Keeper.take_in`."""
        office, record = self._office, intake.record
        kept = self._already(record)
        if kept is not None:
            return kept.receipt
        domain = office.chain.addresses.domain("DataRegistry")
        require_consent(domain, record, intake.nonce, intake.contributor_signature)
        if intake.index != office.index:
            raise RecordMismatch(f"this is keeper {office.index}, the share is for {intake.index}")
        registered = self._is_dealt_and_registered(record)
        committee = self._committee(record)
        require_commitments(record, intake.commitments, len(committee.keepers))
        seat = seat_of(record, committee, office.index)
        sealed_to = committee.keepers[office.index - 1].sealing_key
        secret = office.keys.secret(sealed_to)
        open_share(secret, intake.sealed_share, seat, intake.commitments[office.index - 1])
        receipt = self._sign(record)
        share = StoredShare(record, intake.commitments, intake.sealed_share, receipt, sealed_to)
        if registered:
            office.custody.add(share)
        else:
            self._unregistered.require_room(record.contributor)
            office.custody.take_in(share, office.clock())
        return receipt

    def _already(self, record: Record) -> StoredShare | None:
        try:
            kept = self._office.custody.get(record.contribution_id)
        except NotFound:
            return None
        if kept.record != record:
            raise RecordMismatch("another record was taken in under this contribution id")
        return kept

    def _is_dealt_and_registered(self, record: Record) -> bool:
        """Whether it is registered; RecordMismatch where it is not, and can be no more.

        Only what is registered already may be dealt to an earlier committee than today's.
        """
        current = self._office.chain.current_epoch()
        if record.epoch != current:
            self._ledger.refresh()
        registered = self._is_registered(record)
        if not registered and record.epoch != current:
            raise RecordMismatch(f"the record is for epoch {record.epoch}, now is {current}")
        return registered

    def _committee(self, record: Record) -> Committee:
        """The one it was dealt to, in which this operator sits at this index; RecordMismatch."""
        office = self._office
        committee = office.chain.committee(record.epoch)
        if committee.keepers[office.index - 1].operator != office.operator.address:
            raise RecordMismatch(
                f"keeper {office.index} of epoch {record.epoch} is another operator than this one"
            )
        return committee

    def _is_registered(self, record: Record) -> bool:
        """Whether the final log has just this record; RecordMismatch where its share should go."""
        try:
            with self._ledger.reading() as view:
                found = self._office.book.listed([record.contribution_id])
        except HistoryMismatch:  # nothing is known of any contribution now
            return False
        listed = found.get(record.contribution_id)
        if listed is None:
            return False
        if listed.record != record:
            raise RecordMismatch("another record is registered under this contribution id")
        self._erasure.require_wanted(view, listed)
        return True

    def _sign(self, record: Record) -> bytes:
        message = IntakeReceipt(record_hash(record), self._office.index)
        domain = self._office.chain.addresses.domain("DataRegistry")
        return self._office.operator.sign_digest(digest(domain, message))
