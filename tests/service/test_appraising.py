"""The appraiser: opens what was sealed to it, believes nothing, and pays for content once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest

from dao_backend.core import archive
from dao_backend.core.cid import Cid
from dao_backend.core.crypto import ContentKey
from dao_backend.core.shares import seal_for_appraiser
from dao_backend.core.submission import Submission
from dao_backend.core.typed import record_hash
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
    SealBroken,
    TruncatedEnvelope,
)
from tests.service.appraisals import appraiser, hand_in, receipts
from tests.support.core_actors import sealing_secret, seed
from tests.support.handmade import Maker, Spoil
from tests.support.running_dao import ALICE, CAROL, RunningDao, program

TEXT = program(1)


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
