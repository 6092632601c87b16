"""Handing in and registering: checked, relayed once, and the same again leads to the same place."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from dao_backend.core.cid import Cid
from dao_backend.core.submission import Submission
from dao_backend.core.typed import digest
from dao_backend.errors import (
    AppraisalExpired,
    ChainUnavailable,
    CommitmentMismatch,
    DaoError,
    DatabaseUnavailable,
    InputError,
    InvalidSignature,
    NotFound,
    RecordMismatch,
    ServiceUnavailable,
    ShareError,
    TruncatedEnvelope,
)
from dao_backend.service.appraising import VALID_SECONDS
from tests.service.desks import asked, desk
from tests.support.core_actors import seed
from tests.support.handmade import Maker
from tests.support.running_dao import ALICE, BOB, Meddled, RunningDao, program


@pytest.fixture
def submission(young: RunningDao) -> Submission:
    """Alice's contribution, ready to be handed in."""
    return young.submission(ALICE, program(1))


def resigned(dao: RunningDao, submission: Submission, **fields: Any) -> Submission:
    """The submission with another record, which Alice signed too."""
    record = replace(submission.record, **fields)
    domain = dao.dao.addresses.domain("DataRegistry")
    signature = dao.chain.signer(ALICE).sign_digest(digest(domain, record))
    return replace(submission, record=record, contributor_signature=signature)


def refused(dao: RunningDao, submission: Submission, kind: type[DaoError]) -> str:
    """The desk refuses; nothing is pending, and no keeper took anything in."""
    with pytest.raises(kind) as refusal:
        dao.system.submissions.submit(submission)
    identity = submission.record.contribution_id
    for ask in (dao.system.pending.get, *(keeper.commitments for keeper in dao.system.keepers)):
        with pytest.raises(NotFound):
            ask(identity)
    return str(refusal.value)


# --- handing in: refusals -------------------------------------------------------------------


def test_submit__envelope_not_uploaded__says_so(young: RunningDao, submission: Submission) -> None:
    """Without its envelope a submission waits for the upload."""
    record = submission.record
    young.system.blobs.delete(Cid.of(record.cid_digest, record.length))
    assert "upload it first" in refused(young, submission, NotFound)


def test_submit__upload_cut_off__says_so(young: RunningDao, submission: Submission) -> None:
    """The beginning of an envelope has another CID: it is as good as nothing."""
    record = submission.record
    cid = Cid.of(record.cid_digest, record.length)
    whole = b"".join(young.system.blobs.open(cid))
    young.system.blobs.delete(cid)
    young.system.blobs.put([whole[: len(whole) // 2]])
    assert "upload it first" in refused(young, submission, NotFound)
    young.system.blobs.put([whole])
    assert young.system.submissions.submit(submission).units


def test_submit__not_the_contributors_signature__is_refused(
    young: RunningDao, submission: Submission
) -> None:
    """Only the contributor hands in its record."""
    domain = young.dao.addresses.domain("DataRegistry")
    bob = young.chain.signer(BOB).sign_digest(digest(domain, submission.record))
    refused(young, replace(submission, contributor_signature=bob), InvalidSignature)


def test_submit__signature_for_another_chain__is_refused(
    young: RunningDao, submission: Submission
) -> None:
    """A signature that was given for another chain is refused."""
    domain = replace(young.dao.addresses.domain("DataRegistry"), chain_id=1)
    signature = young.chain.signer(ALICE).sign_digest(digest(domain, submission.record))
    refused(young, replace(submission, contributor_signature=signature), InvalidSignature)


def test_submit__record_unsigned_change__is_refused(
    young: RunningDao, submission: Submission
) -> None:
    """A record that differs from what was signed is refused."""
    changed = replace(submission, record=replace(submission.record, collection=1))
    refused(young, changed, InvalidSignature)


def test_submit__nonce_of_another_id__is_refused(young: RunningDao, submission: Submission) -> None:
    """The id must follow from the nonce."""
    refused(young, replace(submission, nonce=seed("other")), RecordMismatch)


def test_submit__length_other_than_sealed__is_refused(
    young: RunningDao, submission: Submission
) -> None:
    """A signed record may not claim another length than the envelope has."""
    other = resigned(young, submission, length=submission.record.length - 1)
    assert "bytes" in refused(young, other, RecordMismatch)


def test_submit__commitment_other_than_sealed__is_refused(
    young: RunningDao, submission: Submission
) -> None:
    """A signed record may not name another commitment than the envelope's."""
    refused(young, resigned(young, submission, envelope_commitment=seed("x")), CommitmentMismatch)


def test_submit__envelope_without_a_header__is_refused(
    young: RunningDao, submission: Submission
) -> None:
    """A blob too short to be an envelope is refused."""
    blob = young.system.blobs.put([b"short"])
    other = resigned(young, submission, cid_digest=blob.digest, length=blob.length)
    refused(young, other, TruncatedEnvelope)


@pytest.mark.parametrize("length", [0, 2**64, -1])
def test_submit__impossible_length__is_refused(
    young: RunningDao, submission: Submission, length: int
) -> None:
    """A length that no envelope has, or no record can hold, is an error of the caller."""
    record = replace(submission.record, length=length)
    with pytest.raises(DaoError):
        young.system.submissions.submit(replace(submission, record=record))


@pytest.mark.parametrize("count", [0, 2, 4])
def test_submit__another_number_of_shares__is_refused(
    young: RunningDao, submission: Submission, count: int
) -> None:
    """Every keeper gets a share, and nobody else."""
    shares = (submission.sealed_shares * 2)[:count]
    refused(young, replace(submission, sealed_shares=shares), InputError)


def test_submit__shares_in_another_order__is_refused(
    young: RunningDao, submission: Submission
) -> None:
    """A share reaches the keeper that it is sealed to, or each that got another's says so."""
    mixed = replace(submission, sealed_shares=submission.sealed_shares[::-1])
    with pytest.raises(ShareError, match=r"^keeper 1: .*; keeper 3: "):
        young.system.submissions.submit(mixed)
    with pytest.raises(NotFound):
        young.system.pending.get(submission.record.contribution_id)


def test_submit__another_record_under_the_same_id__is_refused(
    young: RunningDao, submission: Submission
) -> None:
    """An id stands for one record for ever, whoever signs another."""
    first = young.system.submissions.submit(submission)
    other = resigned(young, submission, cid_digest=seed("other"))
    with pytest.raises(RecordMismatch, match="another record"):
        young.system.submissions.submit(other)
    assert young.system.submissions.submit(submission) == first


def test_submit__one_keeper_silent__can_be_repeated(
    young: RunningDao, submission: Submission
) -> None:
    """A keeper that is down holds a submission up, and leaves nothing half done."""
    failures: list[DaoError] = [ChainUnavailable("no answer")]

    def take_in(real: Any, intake: Any) -> bytes:
        if failures:
            raise failures.pop()
        return real.take_in(intake)

    first, second, third = young.system.keepers
    waiting = desk(young, keepers=asked(first, Meddled(second, take_in=take_in), third))
    with pytest.raises(ServiceUnavailable, match=r"^keeper 2: no answer$"):
        waiting.submit(submission)
    with pytest.raises(NotFound):
        young.system.pending.get(submission.record.contribution_id)
    assert waiting.submit(submission).appraisal is not None


def test_submit__answer_cannot_be_kept__can_be_repeated(
    young: RunningDao, submission: Submission
) -> None:
    """A locked database loses nothing: the same submission earns the same a moment later."""

    def add(_real: Any, *_args: Any) -> None:
        raise DatabaseUnavailable("the database is locked")

    with pytest.raises(DatabaseUnavailable):
        desk(young, pending=Meddled(young.system.pending, add=add)).submit(submission)
    again = young.system.submissions.submit(submission)
    fresh = young.submission(BOB, program(2))
    assert again.units == young.system.submissions.submit(fresh).units > 0


# --- handing in -----------------------------------------------------------------------------


def test_submit__again__gives_the_same_answer(young: RunningDao, submission: Submission) -> None:
    """A client whose connection broke gets the answer that it missed, to the last byte."""
    first = young.system.submissions.submit(submission)
    assert young.system.submissions.submit(submission) == first
    young.system.submissions.register(first.contribution_id)
    young.settle_down()
    assert young.system.submissions.submit(submission) == first


def test_submit__again_after_the_appraisal_ran_out__gets_a_new_one(
    young: RunningDao, submission: Submission
) -> None:
    """Who was too late hands the same in again and gets the same units with a new deadline."""
    first = young.system.submissions.submit(submission)
    young.pass_time(VALID_SECONDS + 1)
    with pytest.raises(AppraisalExpired):
        young.system.submissions.register(first.contribution_id)
    second = young.system.submissions.submit(submission)
    assert second.units == first.units
    assert second.appraisal is not None
    assert first.appraisal is not None
    assert second.appraisal.deadline > first.appraisal.deadline
    assert second.intake_receipts == first.intake_receipts
    assert young.system.submissions.register(second.contribution_id)


SPOILED: dict[str, Callable[[bytes], bytes]] = {
    "a chunk changed": lambda sealed: sealed[:60] + bytes((sealed[60] ^ 1,)) + sealed[61:],
    "the end cut off": lambda sealed: sealed[:-1],
    "something added": lambda sealed: sealed + b"\0",
}


@pytest.mark.parametrize("spoil", SPOILED.values(), ids=SPOILED.keys())
def test_submit__other_bytes_under_the_same_commitment__earn_nothing(
    young: RunningDao, spoil: Callable[[bytes], bytes]
) -> None:
    """The commitment is that of key and salt alone: the appraiser looks at the bytes."""
    submission = Maker(young, ALICE, envelope=spoil).make(program(1))
    with pytest.raises(DaoError):
        young.system.submissions.submit(submission)
    with pytest.raises(NotFound):
        young.system.submissions.register(submission.record.contribution_id)
