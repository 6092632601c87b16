"""Registering: relayed once, whoever asks and however often, and never for nothing."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import Any

import pytest

from dao_backend.core.submission import Submission
from dao_backend.errors import (
    ChainUnavailable,
    ContractRefused,
    NotFound,
    Refused,
)
from tests.service.desks import desk, registrations
from tests.support.core_actors import seed
from tests.support.running_dao import ALICE, Meddled, RunningDao, program


@pytest.fixture
def submission(young: RunningDao) -> Submission:
    """Alice's contribution, ready to be handed in."""
    return young.submission(ALICE, program(1))


def test_register__nothing_handed_in__is_not_found(young: RunningDao) -> None:
    """There is nothing to relay for an unknown id."""
    with pytest.raises(NotFound):
        young.system.submissions.register(seed("unknown"))


def test_register__worth_nothing__is_refused(young: RunningDao) -> None:
    """What scored nothing never reaches the chain."""
    outcome = young.system.submissions.submit(young.submission(ALICE, b" \n" * 500))
    assert (outcome.units, outcome.appraisal, outcome.appraiser_signature) == (0, None, None)
    with pytest.raises(Refused, match="scored nothing"):
        young.system.submissions.register(outcome.contribution_id)
    assert registrations(young) == 0


def test_register__twice__is_one_transaction(young: RunningDao, submission: Submission) -> None:
    """Asking again gives the same hash and costs nothing."""
    outcome = young.system.submissions.submit(submission)
    first = young.system.submissions.register(outcome.contribution_id)
    height = young.chain.height()
    assert young.system.submissions.register(outcome.contribution_id) == first
    assert young.chain.height() == height
    assert registrations(young) == 1


def test_register__by_many_at_once__is_one_transaction(
    young: RunningDao, submission: Submission
) -> None:
    """Clients that press the button together share one transaction."""
    outcome = young.system.submissions.submit(submission)
    sent: list[bytes] = []

    def contribute_for(real: Any, *args: Any) -> Any:
        done = real.contribute_for(*args)
        sent.append(done.hash)
        return done

    counting = desk(young, relay=Meddled(young.system.relay, contribute_for=contribute_for))
    answers: list[bytes] = []
    barrier = threading.Barrier(4)

    def press() -> None:
        barrier.wait()
        answers.append(counting.register(outcome.contribution_id))

    threads = [threading.Thread(target=press) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(sent) == 1
    assert answers == sent * 4


@pytest.mark.parametrize("indexed", [False, True], ids=["not indexed yet", "indexed"])
def test_register__answer_of_the_first_time_lost__finds_its_transaction(
    young: RunningDao, submission: Submission, indexed: bool
) -> None:
    """A service that died after sending finds the transaction again instead of failing for ever."""
    outcome = young.system.submissions.submit(submission)
    sent: list[bytes] = []

    def dying(real: Any, *args: Any) -> Any:
        sent.append(real.contribute_for(*args).hash)
        raise ChainUnavailable("the connection broke")

    with pytest.raises(ChainUnavailable):
        desk(young, relay=Meddled(young.system.relay, contribute_for=dying)).register(
            outcome.contribution_id
        )
    if indexed:
        young.follow()
    else:
        with pytest.raises(ContractRefused, match="already registered"):
            young.system.submissions.register(outcome.contribution_id)
        young.follow()
    assert young.system.submissions.register(outcome.contribution_id) == sent[0]
    assert registrations(young) == 1


def test_register__by_its_contributor_meanwhile__gives_that_transaction(
    young: RunningDao, submission: Submission
) -> None:
    """Who registers by an own transaction is told that one by the relayer too."""
    outcome = young.system.submissions.submit(submission)
    writer = young.dao.writer(ALICE)
    assert outcome.appraisal is not None
    assert outcome.appraiser_signature is not None
    own = writer.contribute(
        submission.record, submission.nonce, outcome.appraisal, outcome.appraiser_signature
    )
    young.follow()
    assert young.system.submissions.register(outcome.contribution_id) == own.hash


def test_register__a_record_that_was_never_handed_in__does_not_pass_for_it(
    young: RunningDao, submission: Submission
) -> None:
    """A forged answer in the database is refused by the contract."""
    outcome = young.system.submissions.submit(submission)
    assert outcome.appraisal is not None
    more = replace(outcome, appraisal=replace(outcome.appraisal, units=10**6))
    young.system.pending.add(submission, more, 0)
    with pytest.raises(ContractRefused):
        young.system.submissions.register(outcome.contribution_id)
    assert registrations(young) == 0
