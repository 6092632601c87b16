"""The appraiser: opens what was sealed to it, checks it against its commitments, scores, signs.

It fetches the envelope by CID, reads it piece by piece in memory, and keeps nothing but a keyed
sketch. Content appraised for somebody counts as known at once, until the appraisal runs out or
is registered, so that the same content cannot be appraised twice side by side.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from dao_backend.core import archive
from dao_backend.core.cid import Cid
from dao_backend.core.content import ContentReader
from dao_backend.core.crypto import ContentKey, SecretKey
from dao_backend.core.envelope import STEP, Decryptor, context
from dao_backend.core.events import Contributed
from dao_backend.core.message import MessageReader
from dao_backend.core.model import Appraisal, Record
from dao_backend.core.receipts import require_intake_receipts
from dao_backend.core.scoring.member import Member
from dao_backend.core.scoring.policy import Policy
from dao_backend.core.scoring.score import Score, appraise
from dao_backend.core.scoring.sketch import Holder, PoolSketch, SketchKey
from dao_backend.core.shares import check_dealing, open_for_appraiser
from dao_backend.core.submission import Outcome, ReasonLine, Submission
from dao_backend.core.typed import digest, record_hash
from dao_backend.errors import NotFound, RecordMismatch, Refused
from dao_backend.ports.blobs import BlobStore
from dao_backend.ports.chain import ChainReader, Signer
from dao_backend.ports.index import Index
from dao_backend.ports.pool import Pool
from dao_backend.service.withdrawals import (
    cursor_of,
    events_until,
    final_and_indexed,
    withdrawn_by,
)

VALID_SECONDS = 3600
"""How long an appraisal can be registered, in chain time."""


@dataclass(frozen=True, slots=True)
class AppraiserTools:
    """What an appraiser works with; its two secrets are its account and its sealing key."""

    signer: Signer
    sealing_secret: SecretKey
    sketch_key: SketchKey
    policy: Policy
    chain: ChainReader
    blobs: BlobStore
    index: Index
    pool: Pool
    receipts: int | None = None
    """How many keepers have to hold their share first, None for all."""


class Appraiser:
    """Gives each submission its score, and a signature where it earns anything."""

    def __init__(self, tools: AppraiserTools) -> None:
        self._tools = tools
        self._lock = threading.Lock()

    def appraise(self, submission: Submission, receipts: Sequence[bytes | None]) -> Outcome:
        """Open, check, score, sign.

        SealBroken, BindingMismatch, InconsistentDealing and EnvelopeError where key, record and
        envelope do not belong together; InvalidSignature where a keeper's receipt is not its own
        or too few gave one;
        InvalidArchive for a folder that cannot be unpacked.
        """
        record = submission.record
        self._require_unregistered(record)
        committee = self._tools.chain.committee(record.epoch)
        registry = self._tools.chain.addresses.domain("DataRegistry")
        require_intake_receipts(registry, record, committee, receipts, self._tools.receipts)
        named = record_hash(record)
        content_key = open_for_appraiser(
            self._tools.sealing_secret, submission.sealed_content_key, named
        )
        check_dealing(content_key, record, committee)
        content = self._open(record, content_key)
        with self._lock:
            return self._score(record, content, tuple(receipts))

    def _score(
        self, record: Record, content: ContentReader, receipts: tuple[bytes | None, ...]
    ) -> Outcome:
        tools = self._tools
        now = tools.chain.head().timestamp
        history_count = self._follow()
        tools.pool.forget(record.contribution_id)  # an earlier appraisal of the same
        pool = PoolSketch(tools.sketch_key, tools.pool, history_count)
        score = appraise(_members(content), tools.policy, pool, record.contributor)
        if not score.units:
            return self._outcome(record, score, None, receipts)
        appraisal = Appraisal(record_hash(record), score.units, now + VALID_SECONDS)
        holder = Holder(record.contribution_id, record.contributor)
        tools.pool.add(holder, score.sketch, appraisal.deadline)
        return self._outcome(record, score, appraisal, receipts)

    def _outcome(
        self,
        record: Record,
        score: Score,
        appraisal: Appraisal | None,
        receipts: tuple[bytes | None, ...],
    ) -> Outcome:
        signature = None
        if appraisal is not None:
            domain = self._tools.chain.addresses.domain("DataRegistry")
            signature = self._tools.signer.sign_digest(digest(domain, appraisal))
        return Outcome(
            contribution_id=record.contribution_id,
            units=score.units,
            reasons=tuple(
                ReasonLine(reason.code.value, reason.sentence, reason.weight)
                for reason in score.reasons
            ),
            policy=score.policy_hash,
            appraisal=appraisal,
            appraiser_signature=signature,
            intake_receipts=receipts,
        )

    def _open(self, record: Record, content_key: ContentKey) -> ContentReader:
        blobs, where = self._tools.blobs, self._tools.chain.addresses
        cid = Cid.of(record.cid_digest, record.length)
        if blobs.length(cid) != record.length:
            raise RecordMismatch(f"the envelope {cid} does not have {record.length} bytes")
        bound = context(where.chain_id, where.registry, record.contribution_id)

        _read_through(blobs.open(cid), Decryptor(content_key, bound))

        def fetch(start: int, stop: int) -> bytes:
            return b"".join(blobs.open(cid, start, stop - start))

        return ContentReader.open(content_key, bound, record.length, fetch)

    def _require_unregistered(self, record: Record) -> None:
        try:
            self._tools.index.contribution(record.contribution_id)
        except NotFound:
            return
        raise Refused("this contribution is registered already")

    def _follow(self) -> int:
        """Take the registry's final log into the pool; how many changes there were in all.

        An appraisal counts as run out only when every block in which it could have been registered
        is final and was read: what is forgotten then can never have been registered.
        """
        tools = self._tools
        upto = final_and_indexed(tools.chain, tools.index)
        kept: list[bytes] = []
        gone: list[bytes] = []
        after = tools.pool.cursor()
        for event in events_until(tools.index, after, -1 if upto is None else upto.number):
            after = cursor_of(event)
            if isinstance(event.fact, Contributed):
                kept.append(event.fact.record.contribution_id)
            gone.extend(withdrawn_by(tools.index, event))
        tools.pool.advance(tuple(kept), tuple(gone), after, 0 if upto is None else upto.timestamp)
        totals = tools.index.totals()
        return totals.contributions + totals.withdrawn


def _read_through(envelope: Iterator[bytes], decryptor: Decryptor) -> None:
    """Verify every byte as a buyer will, padding included: scoring reads less than all."""
    message = MessageReader()
    for piece in envelope:
        message.update(decryptor.update(piece))
    message.update(decryptor.finish())
    message.finish()


def _members(content: ContentReader) -> Iterator[Member]:
    """The files inside, each as a stream of 1 MiB pieces."""
    metadata = content.metadata
    if metadata.media_type != archive.MEDIA_TYPE:
        yield Member(metadata.name, metadata.media_type, _pieces(content, 0, content.length))
        return
    for member in content.index().members:
        yield Member(member.path, "", _pieces(content, member.offset, member.length))


def _pieces(content: ContentReader, offset: int, length: int) -> Iterator[bytes]:
    for start in range(offset, offset + length, STEP):
        yield content.read(start, min(STEP, offset + length - start))
