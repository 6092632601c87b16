"""One contribution's way from a path to its registration, each step repeatable.

    sealed ──► kept in the outbox ──► appraised ──► registered ──► forgotten by the outbox

A run that breaks off anywhere goes on when the same path is contributed again.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from dao_backend.core.identity import contribution_id
from dao_backend.core.model import Collection
from dao_backend.core.packing import bytes_of, hex_of
from dao_backend.core.records import record_from_json
from dao_backend.core.submission import Outcome, Submission, outcome_from_json
from dao_backend.core.typed import digest
from dao_backend.errors import (
    AppraisalExpired,
    ContractRefused,
    DaoError,
    InputError,
    IntegrityError,
    NotFound,
    RecordMismatch,
)
from dao_backend.ports.batches import MOST
from dao_backend.ports.chain import Signer
from dao_backend.service.contributing import Progress, Wish, seal_contribution, sign
from dao_backend.service.sources import Source
from dao_backend.wiring.client import Client
from dao_backend.wiring.outbox import Outbox

Made = TypeVar("Made")


@dataclass(frozen=True, slots=True)
class Given:
    """What became of one path; without a transaction it scored nothing."""

    outcome: Outcome
    transaction: bytes | None
    refusal: str | None = None
    """Why it is not registered although it scored."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A contribution that is appraised and not registered yet."""

    name: str
    submission: Submission
    outcome: Outcome


class Counter:
    """Hands contributions in for one signer and one collection."""

    def __init__(
        self, client: Client, collection: Collection, signer: Signer, outbox: Outbox
    ) -> None:
        self._client = client
        self._collection = collection
        self._signer = signer
        self._outbox = outbox

    def give(self, source: Source, progress: Progress) -> Given:
        """Encrypt here, upload, have appraised, have registered."""
        return self._kept_or_sealed(source, progress, self._hand_in)

    def prepare(self, source: Source, progress: Progress) -> Waiting:
        """The same up to the appraisal; `register` does the rest for many at once."""
        return self._kept_or_sealed(source, progress, self._appraised)

    def register(self, waiting: Sequence[Waiting]) -> list[Given]:
        """Have what scored registered, a hundred in one transaction; in the order given."""
        scored = [each for each in waiting if each.outcome.appraisal is not None]
        done: dict[bytes, Given] = {}
        for start in range(0, len(scored), MOST):
            done |= self._registered(scored[start : start + MOST])
        for each in waiting:
            if each.outcome.appraisal is None:
                self._outbox.forget(each.name)
                done[each.outcome.contribution_id] = Given(each.outcome, None)
        return [done[each.outcome.contribution_id] for each in waiting]

    def give_openly(self, source: Source, progress: Progress) -> Given:
        """Let the service encrypt: it sees the content. RecordMismatch where it seals another."""
        draft = self._client.make_draft(
            self._signer.address,
            self._collection.number,
            source.metadata,
            _counted(source, progress),
        )
        record, nonce = record_from_json(draft["record"]), bytes_of(draft["nonce"])
        where = self._client.facts.addresses
        own = contribution_id(where.chain_id, where.registry, self._signer.address, nonce)
        asked = (own, self._signer.address, self._collection.number)
        if (record.contribution_id, record.contributor, record.collection) != asked:
            raise RecordMismatch("the service made a record for somebody or something else")
        signature = self._signer.sign_digest(digest(where.domain("DataRegistry"), record))
        gateway = self._client.gateway
        answer = gateway.write(
            f"/v1/drafts/{hex_of(own)}/signature", {"signature": hex_of(signature)}
        )
        assert isinstance(answer, dict), "the gateway gives decoded JSON"
        outcome = outcome_from_json(answer)
        transaction = None if outcome.appraisal is None else gateway.register(own)
        return Given(outcome, transaction)

    def _seal(self, source: Source, progress: Progress) -> Submission:
        member, number = self._signer.address, self._collection.number
        wish = Wish(member, number, source.metadata, source.blocks())
        put, facts = self._client.gateway.put_envelope, self._client.facts
        sealed = seal_contribution(facts, wish, secrets.token_bytes, put, progress)
        return sign(facts, sealed, self._signer)

    def _kept_or_sealed(
        self, source: Source, progress: Progress, go_on: Callable[[str, Submission], Made]
    ) -> Made:
        """Go on with what an earlier run left in the outbox, else seal anew."""
        name = self._name(source)
        kept = self._outbox.find(name)
        if kept is not None:
            try:
                return go_on(name, kept)
            except (NotFound, InputError, IntegrityError):
                self._outbox.forget(name)  # for other keepers, or its envelope is gone: seal anew
        submission = self._seal(source, progress)
        self._outbox.keep(name, submission)
        return go_on(name, submission)

    def _appraised(self, name: str, submission: Submission) -> Waiting:
        return Waiting(name, submission, self._client.gateway.submit(submission))

    def _registered(self, scored: Sequence[Waiting]) -> dict[bytes, Given]:
        ids = [hex_of(each.outcome.contribution_id) for each in scored]
        answer = self._client.gateway.write(
            "/v1/contributions/registrations", {"contributionIds": ids}
        )
        assert isinstance(answer, dict), "the gateway gives decoded JSON"
        sent = {each["contributionId"]: each["transaction"] for each in answer["registered"]}
        skipped = {each["contributionId"]: each for each in answer["skipped"]}
        return {
            each.outcome.contribution_id: self._skipped(each, skipped[identity])
            if identity in skipped
            else self._done(each, bytes_of(sent[identity]))
            for identity, each in zip(ids, scored, strict=True)
        }

    def _done(self, waiting: Waiting, transaction: bytes) -> Given:
        self._outbox.forget(waiting.name)
        return Given(waiting.outcome, transaction)

    def _skipped(self, waiting: Waiting, told: dict[str, str]) -> Given:
        """Stays in the outbox, so that the same path goes on; what waited too long is renewed."""
        if told["error"] == "AppraisalExpired":
            try:
                return self._hand_in(waiting.name, waiting.submission)
            except DaoError as error:
                return Given(waiting.outcome, None, str(error))
        if told["error"] == "ContributionIdUsed":  # the answer of an earlier run was lost
            self._outbox.forget(waiting.name)
        return Given(waiting.outcome, None, told["sentence"])

    def _hand_in(self, name: str, submission: Submission) -> Given:
        outcome = self._client.gateway.submit(submission)
        transaction = None
        if outcome.appraisal is not None:
            try:
                transaction = self._client.gateway.register(outcome.contribution_id)
            except AppraisalExpired:  # it waited too long: the same again gets a new one
                outcome = self._client.gateway.submit(submission)
                transaction = self._client.gateway.register(outcome.contribution_id)
            except ContractRefused as error:
                if error.name == "ContributionIdUsed":  # the answer of an earlier run was lost
                    self._outbox.forget(name)
                raise
        self._outbox.forget(name)
        return Given(outcome, transaction)

    def _name(self, source: Source) -> str:
        registry, number = self._client.facts.addresses.registry, self._collection.number
        return self._outbox.name(source, self._signer.address, registry, number)


def _counted(source: Source, progress: Progress) -> Iterator[bytes]:
    """The plaintext, with what was passed on so far told to `progress`."""
    done = 0
    for block in source.blocks():
        yield bytes(block)
        done += len(block)
        progress(done)
