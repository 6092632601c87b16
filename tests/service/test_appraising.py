"""The appraiser: opens what was sealed to it, believes nothing, and pays for content once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest

from dao_backend.core import archive
from dao_backend.core.cid import Cid
from dao_backend.core.crypto import ContentKey
from dao_backend.core.shares import seal_for_appraiser
from dao_backend.core.submission import Outcome, Submission
from dao_backend.core.typed import IntakeReceipt, digest, record_hash, recover_signer
from dao_backend.errors import (
    BindingMismatch,
    ChunkCorrupt,
    DaoError,
    InconsistentDealing,
    InvalidArchive,
    InvalidMessage,
    InvalidSignature,
    NotFound,
    RecordMismatch,
    Refused,
    SealBroken,
    TruncatedEnvelope,
)
from dao_backend.ports.keepers import Intake
from dao_backend.service.appraising import VALID_SECONDS, Appraiser
from tests.support.core_actors import sealing_secret, seed
from tests.support.handmade import Maker, Spoil
from tests.support.local_dao import APPRAISER
from tests.support.running_dao import ALICE, BOB, CAROL, RunningDao, program

TEXT = program(1)


def appraiser(dao: RunningDao) -> Appraiser:
    """The service's own."""
    found = dao.system.submissions._appraiser
    assert isinstance(found, Appraiser)
    return found


def receipts(dao: RunningDao, submission: Submission) -> tuple[bytes, ...]:
    """What the keepers sign for a submission."""
    return tuple(
        keeper.take_in(
            Intake(
                record=submission.record,
                nonce=submission.nonce,
                contributor_signature=submission.contributor_signature,
                index=keeper.index,
                commitments=submission.commitments,
                sealed_share=submission.sealed_shares[keeper.index - 1],
            )
        )
        for keeper in dao.system.keepers
    )


def hand_in(dao: RunningDao, member: int, text: bytes) -> Outcome:
    """Seal, upload and hand in; nothing is registered."""
    return dao.system.submissions.submit(dao.submission(member, text))


def refused(dao: RunningDao, submission: Submission, kind: type[DaoError]) -> None:
    """The appraiser refuses, and the content stays free for somebody honest."""
    with pytest.raises(kind):
        dao.system.submissions.submit(submission)
    with pytest.raises(NotFound):
        dao.system.pending.get(submission.record.contribution_id)
    assert hand_in(dao, CAROL, TEXT).units > 0


# --- the key --------------------------------------------------------------------------------


def test_appraise__key_sealed_to_somebody_else__is_refused(young: RunningDao) -> None:
    """A box for another key does not open."""
    submission = young.submission(ALICE, TEXT)
    box = seal_for_appraiser(
        sealing_secret(5, 5).public, record_hash(submission.record), ContentKey(seed("key"))
    )
    refused(young, replace(submission, sealed_content_key=box), SealBroken)


def test_appraise__key_of_another_record__is_refused(young: RunningDao) -> None:
    """A box that was sealed for another record is not opened for this one."""
    other = young.submission(ALICE, program(2))
    submission = young.submission(ALICE, TEXT)
    moved = replace(submission, sealed_content_key=other.sealed_content_key)
    refused(young, moved, BindingMismatch)


def test_appraise__another_key_than_dealt__is_refused(young: RunningDao) -> None:
    """The key that the appraiser gets must be the one that the keepers' shares rebuild."""
    submission = young.submission(ALICE, TEXT)
    public = young.system.facts.appraiser.sealing_key
    box = seal_for_appraiser(public, record_hash(submission.record), ContentKey(seed("key")))
    refused(young, replace(submission, sealed_content_key=box), InconsistentDealing)


def last_changed(shares: Sequence[bytes]) -> Sequence[bytes]:
    """Two shares of the key, and one of nothing."""
    return (*shares[:2], seed("nothing"))


def all_changed(_shares: Sequence[bytes]) -> Sequence[bytes]:
    """Shares of nothing, each committed to in due form."""
    return tuple(seed("nothing", index) for index in (1, 2, 3))


@pytest.mark.parametrize("shares", [last_changed, all_changed])
def test_appraise__shares_that_do_not_rebuild_the_key__are_refused(
    young: RunningDao, shares: Callable[[Sequence[bytes]], Sequence[bytes]]
) -> None:
    """No keeper can see an inconsistent dealing; the appraiser deals again and does."""
    submission = Maker(young, ALICE, shares=shares).make(TEXT)
    assert len(receipts(young, submission)) == 3
    refused(young, submission, InconsistentDealing)


# --- the envelope ---------------------------------------------------------------------------


SEALED: dict[str, tuple[Spoil, type[DaoError]]] = {
    "a chunk changed": (lambda it: it[:60] + bytes((it[60] ^ 1,)) + it[61:], ChunkCorrupt),
    "the last byte changed": (lambda it: it[:-1] + bytes((it[-1] ^ 1,)), ChunkCorrupt),
    "the end cut off": (lambda it: it[:-20], ChunkCorrupt),
    "no chunk at all": (lambda it: it[:56], TruncatedEnvelope),
    "something added": (lambda it: it + bytes(20), ChunkCorrupt),
    "chunks exchanged": (
        lambda it: it[:56] + it[16456:32856] + it[56:16456] + it[32856:],
        ChunkCorrupt,
    ),
}


@pytest.mark.parametrize(("spoil", "kind"), SEALED.values(), ids=SEALED.keys())
def test_appraise__other_envelope_under_the_same_commitment__is_refused(
    young: RunningDao, spoil: Spoil, kind: type[DaoError]
) -> None:
    """The header alone says nothing about the bytes that follow it."""
    assert len(program(5, 400)) > 2 * 16384
    refused(young, Maker(young, ALICE, envelope=spoil).make(program(5, 400)), kind)


def padding_used(message: bytes) -> bytes:
    """Data hidden where zeros belong."""
    assert not message[-9]
    return message[:-9] + b"\1" + message[-8:]


MESSAGES: dict[str, Spoil] = {
    "padding is not zero": padding_used,
    "another version": lambda it: b"\2" + it[1:],
    "metadata goes on for ever": lambda it: it[:1] + b"\xff" * 4 + it[5:],
    "length of something else": lambda it: it[:-8] + (2**40).to_bytes(8, "big"),
    "name leads out of the folder": lambda it: it.replace(b'"steps.py"', b'"../../p"'),
    "name is a path": lambda it: it.replace(b'"steps.py"', b'"/tmp/a.b"'),
}


@pytest.mark.parametrize("spoil", MESSAGES.values(), ids=MESSAGES.keys())
def test_appraise__message_that_no_buyer_could_read__is_refused(
    young: RunningDao, spoil: Spoil
) -> None:
    """What would fail in the buyer's hands earns nothing."""
    refused(young, Maker(young, ALICE, message=spoil).make(TEXT), InvalidMessage)


def test_appraise__folder_that_is_none__is_refused(young: RunningDao) -> None:
    """Bytes that claim to be a folder must be one."""
    maker = Maker(young, ALICE, name="folder", media_type=archive.MEDIA_TYPE)
    refused(young, maker.make(TEXT), InvalidArchive)


def test_appraise__damage_behind_what_is_scored__is_refused(young: RunningDao) -> None:
    """Every byte is verified, also where the policy stops reading."""

    def last_padding(sealed: bytes) -> bytes:
        return sealed[:-30] + bytes((sealed[-30] ^ 1,)) + sealed[-29:]

    refused(young, Maker(young, ALICE, envelope=last_padding).make(TEXT), ChunkCorrupt)


def test_appraise__envelope_gone_meanwhile__is_refused(young: RunningDao) -> None:
    """Without the bytes there is no score."""
    submission = young.submission(ALICE, TEXT)
    given = receipts(young, submission)
    record = submission.record
    young.system.blobs.delete(Cid.of(record.cid_digest, record.length))
    with pytest.raises(NotFound):
        appraiser(young).appraise(submission, given)


def test_appraise__length_other_than_stored__is_refused(young: RunningDao) -> None:
    """The record's length is that of the envelope, or nothing is signed."""
    maker = Maker(young, ALICE)
    submission = maker.make(TEXT)
    shorter = replace(submission.record, length=submission.record.length - 1)
    with pytest.raises((RecordMismatch, BindingMismatch, InvalidSignature)):
        appraiser(young).appraise(replace(submission, record=shorter), receipts(young, submission))


# --- receipts -------------------------------------------------------------------------------


def forged(dao: RunningDao, record_digest: bytes, index: int, by: int) -> bytes:
    """An intake receipt by somebody."""
    domain = dao.dao.addresses.domain("DataRegistry")
    return dao.chain.signer(by).sign_digest(digest(domain, IntakeReceipt(record_digest, index)))


def test_appraise__receipt_missing__is_refused(young: RunningDao) -> None:
    """Nothing is signed before every keeper holds its share."""
    submission = young.submission(ALICE, TEXT)
    given = receipts(young, submission)
    for some in ((), given[:2], (*given, given[0])):
        with pytest.raises(InvalidSignature):
            appraiser(young).appraise(submission, some)


def test_appraise__receipt_forged_or_moved__is_refused(young: RunningDao) -> None:
    """A receipt is its own keeper's, for its own index and for this very record."""
    submission = young.submission(ALICE, TEXT)
    other = young.submission(ALICE, program(2))
    one, two, three = receipts(young, submission)
    named = record_hash(submission.record)
    wrong = {
        "by a stranger": forged(young, named, 1, BOB),
        "of another keeper": two,
        "for another record": receipts(young, other)[0],
        "no signature": bytes(65),
        "empty": b"",
    }
    for receipt in wrong.values():
        with pytest.raises(InvalidSignature):
            appraiser(young).appraise(submission, (receipt, two, three))
    assert appraiser(young).appraise(submission, (one, two, three)).units > 0


def test_appraise__service_shows_keepers_different_records__is_refused(young: RunningDao) -> None:
    """Where keepers hold different records of one id, no appraiser signs either."""
    maker = Maker(young, ALICE)
    honest = maker.make(TEXT)
    record = replace(honest.record, collection=1)
    domain = young.dao.addresses.domain("DataRegistry")
    consent = young.chain.signer(ALICE).sign_digest(digest(domain, record))
    second = replace(honest, record=record, contributor_signature=consent)
    first_keeper = young.system.keepers[0]
    held = first_keeper.take_in(
        Intake(
            honest.record, honest.nonce, honest.contributor_signature, 1,
            honest.commitments, honest.sealed_shares[0],
        )
    )  # fmt: skip
    with pytest.raises(RecordMismatch):
        receipts(young, second)
    mixed = (held, *(forged(young, record_hash(record), index, index) for index in (2, 3)))
    for submission in (honest, second):
        with pytest.raises(InvalidSignature):
            appraiser(young).appraise(submission, mixed)


# --- once -----------------------------------------------------------------------------------


def test_appraise__registered_already__is_refused(young: RunningDao) -> None:
    """What is on chain is not appraised again."""
    submission = young.submission(ALICE, TEXT)
    outcome = young.system.submissions.submit(submission)
    young.system.submissions.register(outcome.contribution_id)
    young.settle_down()
    with pytest.raises(Refused, match="registered already"):
        appraiser(young).appraise(submission, outcome.intake_receipts)


@pytest.mark.parametrize("second", [ALICE, BOB])
def test_appraise__same_content_side_by_side__earns_once(young: RunningDao, second: int) -> None:
    """Content appraised for somebody is known at once, before anything is registered."""
    first = hand_in(young, ALICE, TEXT)
    copy = hand_in(young, second, TEXT)
    assert first.units > 0
    assert (copy.units, copy.appraisal) == (0, None)
    young.system.submissions.register(first.contribution_id)
    young.settle_down()
    assert hand_in(young, CAROL, TEXT).units == 0


def test_appraise__appraisal_ran_out_unused__frees_the_content(young: RunningDao) -> None:
    """Content that its first contributor never registered can earn for another one."""
    first = hand_in(young, ALICE, TEXT)
    young.pass_time(VALID_SECONDS)
    assert hand_in(young, BOB, TEXT).units == 0
    young.pass_time(2)
    young.settle_down()
    assert hand_in(young, BOB, TEXT).units == first.units


def test_appraise__registered_in_time_but_not_indexed__does_not_earn_again(
    young: RunningDao,
) -> None:
    """An index that lags behind does not make registered content look new."""
    first = hand_in(young, ALICE, TEXT)
    young.system.submissions.register(first.contribution_id)
    young.chain.time.advance(VALID_SECONDS + 10)
    young.chain.time.finalize()
    assert hand_in(young, BOB, TEXT).units == 0
    young.settle_down()
    assert hand_in(young, CAROL, TEXT).units == 0


def test_appraise__registration_taken_back_by_the_chain__frees_the_content(
    young: RunningDao,
) -> None:
    """A registration that a reorganisation removed does not keep its content for ever."""
    first = hand_in(young, ALICE, TEXT)
    young.system.submissions.register(first.contribution_id)
    young.follow()
    assert hand_in(young, BOB, TEXT).units == 0
    young.chain.reorganise(1)
    young.pass_time(VALID_SECONDS + 10)
    young.settle_down()
    assert young.system.chain.history() == (bytes(32), 0)
    assert hand_in(young, BOB, TEXT).units == first.units


def test_appraise__withdrawn__frees_the_content(young: RunningDao) -> None:
    """What left the pool can be contributed again."""
    first = young.contribute(ALICE, TEXT)
    young.dao.writer(ALICE).withdraw(first.contribution_id)
    young.settle_down()
    assert hand_in(young, BOB, TEXT).units == first.units


def test_appraise__again__gives_the_same_units(young: RunningDao) -> None:
    """Its own earlier appraisal does not count against a contribution."""
    submission = young.submission(ALICE, TEXT)
    given = receipts(young, submission)
    first = appraiser(young).appraise(submission, given)
    again = appraiser(young).appraise(submission, given)
    assert again.units == first.units > 0
    assert again.reasons == first.reasons


def test_appraise__worth_something__is_signed_for_an_hour(young: RunningDao) -> None:
    """The answer holds a signed appraisal of this record, with every reason."""
    submission = young.submission(ALICE, TEXT)
    outcome = young.system.submissions.submit(submission)
    appraisal = outcome.appraisal
    assert appraisal is not None
    assert outcome.appraiser_signature is not None
    domain = young.dao.addresses.domain("DataRegistry")
    signer = recover_signer(domain, appraisal, outcome.appraiser_signature)
    assert signer == young.chain.signer(APPRAISER).address
    assert appraisal.record_hash == record_hash(submission.record)
    assert appraisal.units == outcome.units > 0
    now = young.system.chain.head().timestamp
    assert appraisal.deadline == now + VALID_SECONDS
    assert outcome.reasons
    assert outcome.policy == young.system.facts.policy
