"""Whose receipts a submission needs, and what is said of keepers that give none."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from dao_backend.core.submission import Submission
from dao_backend.errors import (
    ChainUnavailable,
    InvalidSignature,
    RecordMismatch,
    ServiceUnavailable,
)
from dao_backend.service.appraising import Appraiser
from tests.service.appraisals import appraiser
from tests.service.desks import asked, desk
from tests.support.running_dao import ALICE, BOB, Meddled, RunningDao, program


@pytest.fixture
def submission(young: RunningDao) -> Submission:
    """Alice's contribution, ready to be handed in."""
    return young.submission(ALICE, program(1))


def silent(_real: Any, _intake: Any) -> bytes:
    """What a keeper does that is away."""
    raise ChainUnavailable("no answer")


def test_submit__receipt_of_somebody_else__names_the_keeper(
    young: RunningDao, submission: Submission
) -> None:
    """A keeper whose receipt is another's, or for another record, has not taken it in."""
    first, second, third = young.system.keepers
    other = young.submission(BOB, program(2))

    def elsewhere(real: Any, intake: Any) -> bytes:
        return third.take_in(replace(intake, index=3, sealed_share=submission.sealed_shares[2]))

    def for_another(real: Any, intake: Any) -> bytes:
        return real.take_in(
            replace(
                intake,
                record=other.record,
                nonce=other.nonce,
                contributor_signature=other.contributor_signature,
                commitments=other.commitments,
                sealed_share=other.sealed_shares[1],
            )
        )

    for take_in in (elsewhere, for_another):
        wrong = desk(young, keepers=asked(first, Meddled(second, take_in=take_in), third))
        with pytest.raises(ServiceUnavailable, match=r"^keeper 2: its receipt is not signed by"):
            wrong.submit(submission)


def test_submit__several_refuse__names_each(young: RunningDao, submission: Submission) -> None:
    """Whoever hands in learns what every keeper said; a fault of its own comes before silence."""
    first, second, third = young.system.keepers

    def refusing(_real: Any, _intake: Any) -> bytes:
        raise RecordMismatch("for another epoch")

    both = asked(Meddled(first, take_in=silent), second, Meddled(third, take_in=refusing))
    with pytest.raises(RecordMismatch, match=r"^keeper 1: no answer; keeper 3: for another epoch$"):
        desk(young, keepers=both).submit(submission)


def test_submit__fewer_receipts_are_asked_for__goes_on_without_the_silent_one(
    young: RunningDao, submission: Submission
) -> None:
    """Where two of three suffice, the answer says whose receipt is missing; one is too few."""
    first, second, third = young.system.keepers

    away = [Meddled(each, take_in=silent) for each in (first, second)]
    tools = replace(appraiser(young)._tools, receipts=2)
    lenient = {"appraiser": Appraiser(tools), "receipts": 2}
    with pytest.raises(ServiceUnavailable, match="keeper 1: no answer; keeper 2: no answer"):
        desk(young, keepers=asked(*away, third), **lenient).submit(submission)
    outcome = desk(young, keepers=asked(first, away[1], third), **lenient).submit(submission)
    assert [each is None for each in outcome.intake_receipts] == [False, True, False]
    assert young.system.submissions.register(outcome.contribution_id)
    assert young.system.pending.get(outcome.contribution_id).outcome == outcome


def test_submit__appraiser_asks_for_more_than_the_desk__is_refused(
    young: RunningDao, submission: Submission
) -> None:
    """The appraiser holds its own minimum against the receipts that it is shown."""
    first, second, third = young.system.keepers

    with pytest.raises(InvalidSignature, match="2 keepers gave an intake receipt, 3 have to"):
        desk(
            young, keepers=asked(first, Meddled(second, take_in=silent), third), receipts=2
        ).submit(submission)
