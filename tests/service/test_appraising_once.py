"""The appraiser: signs for what every keeper holds, and pays for content once."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dao_backend.core.typed import IntakeReceipt, digest, record_hash, recover_signer
from dao_backend.errors import (
    InvalidSignature,
    RecordMismatch,
    Refused,
)
from dao_backend.ports.keepers import Intake
from dao_backend.service.appraising import VALID_SECONDS
from tests.service.appraisals import appraiser, hand_in, receipts
from tests.support.handmade import Maker
from tests.support.local_dao import APPRAISER
from tests.support.running_dao import ALICE, BOB, CAROL, RunningDao, program

TEXT = program(1)


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


def test_appraise__its_member_left__frees_all_that_it_had(young: RunningDao) -> None:
    """Whoever leaves takes every content out of the pool, and may bring it again."""
    contents = [TEXT, program(7)]
    earned = [young.contribute(ALICE, content).units for content in contents]
    young.dao.writer(ALICE).leave_all()
    young.settle_down()
    assert [hand_in(young, BOB, content).units for content in contents] == earned


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
