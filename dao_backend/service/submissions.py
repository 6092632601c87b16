"""Take a sealed contribution in: check it, relay its shares, have it appraised, register it.

    handed in ──► consent, envelope checked ──► shares with keepers ──► appraised ──► registered

Every step can be repeated: handing the same submission in again leads to the same place, so that
a client whose connection broke just sends it again. Nothing here can open a share or the content.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Protocol, cast

from dao_backend.core.cid import Cid
from dao_backend.core.consent import require_consent
from dao_backend.core.envelope import HEADER, header_commitment
from dao_backend.core.model import Committee, Record
from dao_backend.core.receipts import is_intake_receipt, receipts_needed
from dao_backend.core.submission import Outcome, Submission
from dao_backend.errors import (
    AppraisalExpired,
    CommitmentMismatch,
    ContractRefused,
    DaoError,
    InputError,
    IntegrityError,
    NotFound,
    RecordMismatch,
    Refused,
    ResourceError,
    ServiceUnavailable,
    ShareError,
)
from dao_backend.ports.batches import Batched, Registration
from dao_backend.ports.blobs import BlobStore
from dao_backend.ports.chain import ChainReader, ChainWriter, Sent
from dao_backend.ports.index import Index
from dao_backend.ports.pending import Pending, PendingRow
from dao_backend.service.keepers import Keepers, told
from dao_backend.service.missed import intake_of
from dao_backend.service.safeguards import require_person

TURNS = 64
"""Registrations that may be under way at once."""


class Appraises(Protocol):
    """What the desk asks of an appraiser."""

    def appraise(self, submission: Submission, receipts: Sequence[bytes | None]) -> Outcome:
        """Open, check, score, sign."""
        ...


@dataclass(frozen=True, slots=True)
class Entry:
    """What became of one contribution of a batch."""

    contribution_id: bytes
    transaction: bytes | None
    refusal: DaoError | None = None
    """Why it was skipped; None where it is registered."""


class SubmissionDesk:
    """The service's side of steps 3 and 4."""

    def __init__(  # noqa: PLR0913, PLR0917  # everything that a submission passes through
        self,
        chain: ChainReader,
        relay: ChainWriter,
        blobs: BlobStore,
        keepers: Keepers,
        appraiser: Appraises,
        pending: Pending,
        index: Index,
        clock: Callable[[], int],
        receipts: int | None = None,
    ) -> None:
        """`receipts` is how many keepers have to take their share in, None for all of them."""
        self._chain = chain
        self._relay = relay
        self._blobs = blobs
        self._keepers = keepers
        self._appraiser = appraiser
        self._pending = pending
        self._index = index
        self._clock = clock
        self._receipts = receipts
        self._turns = tuple(threading.Lock() for _ in range(TURNS))

    def submit(self, submission: Submission) -> Outcome:
        """Check, relay to the keepers, appraise, remember.

        InvalidSignature, RecordMismatch, CommitmentMismatch, NotFound for an envelope that was
        not uploaded, Refused for a contributor who lacks an attestation that this DAO asks for,
        and what the appraiser raises. Where too few keepers take their share in, each is named:
        RecordMismatch, ShareError and Refused where one says what is wrong with the submission,
        ServiceUnavailable where it can be repeated as it is.
        """
        record = submission.record
        kept = self._answered(record)
        if kept is not None:
            return kept
        domain = self._chain.addresses.domain("DataRegistry")
        require_consent(domain, record, submission.nonce, submission.contributor_signature)
        require_person(self._chain, record.contributor)
        self._require_envelope(record)
        receipts = self._relay_shares(submission)
        outcome = self._appraiser.appraise(submission, receipts)
        self._pending.add(submission, outcome, self._clock())
        return outcome

    def register(self, contribution_id: bytes) -> bytes:
        """Relay the registration; the transaction's hash. The same again gives the same hash.

        Two at once for one contribution take turns, so that only one transaction is sent.
        """
        with self._turns[sum(contribution_id) % TURNS]:
            row = self._pending.get(contribution_id)
            if row.transaction is not None:
                return row.transaction
            transaction = self._registered(row)
            self._pending.relayed(contribution_id, transaction)
            return transaction

    def register_all(self, identities: Sequence[bytes]) -> tuple[Entry, ...]:
        """Relay many registrations in one transaction; what became of each, in the order given.

        A bad one is skipped and says why, and the others count. InputError for a repeated one.
        """
        if len(set(identities)) != len(identities):
            raise InputError("a contribution is listed twice: list each once")
        with self._turns_of(identities):
            found = {identity: self._prepared(identity) for identity in identities}
            ready = [one for one in found.values() if isinstance(one, Registration)]
            batch = self._relay.register_all(ready) if ready else Batched(None, {})
            entries = [self._entry(identity, one, batch) for identity, one in found.items()]
            for entry in entries:
                if entry.transaction is not None:
                    self._pending.relayed(entry.contribution_id, entry.transaction)
        return tuple(entries)

    @contextmanager
    def _turns_of(self, identities: Sequence[bytes]) -> Iterator[None]:
        """Hold the turns of all of them, taken in one order so that two batches never block."""
        with ExitStack() as held:
            for number in sorted({sum(identity) % TURNS for identity in identities}):
                held.enter_context(self._turns[number])
            yield

    def _prepared(self, identity: bytes) -> Registration | Entry:
        """Ready to be sent, or what became of it already."""
        try:
            row = self._pending.get(identity)
            if row.transaction is not None:
                return Entry(identity, row.transaction)
            return self._registration(row)
        except (NotFound, Refused, AppraisalExpired) as error:
            return Entry(identity, None, error)

    def _entry(
        self, identity: bytes, prepared: Registration | Entry, batch: Batched[bytes]
    ) -> Entry:
        if isinstance(prepared, Entry):
            return prepared
        refusal = batch.skipped.get(identity)
        if refusal is None:
            assert batch.sent is not None, "what was not skipped was sent"
            return Entry(identity, batch.sent.hash)
        used = refusal.name == "ContributionIdUsed"
        earlier = self._indexed(prepared.record) if used else None
        return Entry(identity, earlier, None if earlier is not None else refusal)

    def _answered(self, record: Record) -> Outcome | None:
        """The answer that this very record got before, while it can still be used."""
        try:
            row = self._pending.get(record.contribution_id)
        except NotFound:
            return None
        if row.submission.record != record:
            raise RecordMismatch("another record was handed in under this contribution id")
        appraisal = row.outcome.appraisal
        usable = appraisal is not None and appraisal.deadline >= self._chain.head().timestamp
        return row.outcome if usable or row.transaction is not None else None

    def _registered(self, row: PendingRow) -> bytes:
        """Send it, or find the transaction of an earlier time whose answer was lost."""
        try:
            return self._send(row).hash
        except ContractRefused as error:
            earlier = self._indexed(row.submission.record)
            if error.name != "ContributionIdUsed" or earlier is None:
                raise
            return earlier

    def _indexed(self, record: Record) -> bytes | None:
        """The transaction that registered this very record, as far as the index has come."""
        try:
            found = self._index.contribution(record.contribution_id)
        except NotFound:
            return None
        return found.transaction if found.contribution.record == record else None

    def _send(self, row: PendingRow) -> Sent:
        one = self._registration(row)
        return self._relay.contribute_for(
            one.record, one.nonce, one.appraisal, one.appraiser_signature, one.contributor_signature
        )

    def _registration(self, row: PendingRow) -> Registration:
        """What a registration takes; Refused, AppraisalExpired where it would be in vain."""
        submission, outcome = row.submission, row.outcome
        if outcome.appraisal is None or outcome.appraiser_signature is None:
            raise Refused("this contribution scored nothing and cannot be registered")
        now = self._chain.head().timestamp
        if outcome.appraisal.deadline < now:
            raise AppraisalExpired(
                f"the appraisal was good until {outcome.appraisal.deadline}, the chain says {now}"
            )
        return Registration(
            submission.record,
            submission.nonce,
            outcome.appraisal,
            outcome.appraiser_signature,
            submission.contributor_signature,
        )

    def _require_envelope(self, record: Record) -> None:
        cid = Cid.of(record.cid_digest, record.length)
        if not self._blobs.has(cid):
            raise NotFound(f"the envelope {cid} was not uploaded; upload it first")
        if self._blobs.length(cid) != record.length:
            raise RecordMismatch(f"the envelope {cid} does not have {record.length} bytes")
        header = b"".join(self._blobs.open(cid, 0, HEADER))
        if header_commitment(header) != record.envelope_commitment:
            raise CommitmentMismatch("the record names another commitment than the envelope's")

    def _relay_shares(self, submission: Submission) -> tuple[bytes | None, ...]:
        """Give each keeper its share; the receipts in index order, None where one gave none."""
        record = submission.record
        committee = self._chain.committee(record.epoch)
        given = len(submission.sealed_shares)
        if given != len(committee.keepers):
            raise InputError(f"{given} sealed shares for {len(committee.keepers)} keepers")
        answers = self._keepers.ask_all(
            committee.keepers, lambda keeper: keeper.take_in(intake_of(submission, keeper.index))
        )
        receipts, faults = self._sorted_out(record, committee, answers)
        needed = receipts_needed(committee, self._receipts)
        if sum(each is not None for each in receipts) < needed:
            raise _refusal(faults)
        return receipts

    def _sorted_out(
        self, record: Record, committee: Committee, answers: Mapping[int, bytes | DaoError]
    ) -> tuple[tuple[bytes | None, ...], dict[int, DaoError]]:
        """Good receipts in index order, and what was wrong with the others by index."""
        registry = self._chain.addresses.domain("DataRegistry")
        receipts: list[bytes | None] = []
        faults: dict[int, DaoError] = {}
        for seat in committee.keepers:
            answer = answers[seat.index]
            if isinstance(answer, DaoError):
                faults[seat.index] = answer
            elif not is_intake_receipt(registry, record, seat, answer):
                wrong = f"its receipt is not signed by {seat.operator}, or is for another record"
                faults[seat.index] = ServiceUnavailable(wrong)
            receipts.append(None if seat.index in faults else cast(bytes, answer))
        return tuple(receipts), faults


def _refusal(faults: dict[int, DaoError]) -> DaoError:
    """One error for what several keepers said: about the submission, if one of them knows why."""
    about = [each for each in faults.values() if not isinstance(each, ResourceError)]
    if not about:
        return ServiceUnavailable(told(faults))
    match about[0]:
        case InputError():
            return RecordMismatch(told(faults))
        case IntegrityError():
            return ShareError(told(faults))
        case _:
            return Refused(told(faults))
