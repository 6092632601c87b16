"""Batches over HTTP: one transaction for many signatures, and a reason for each that is skipped."""

from __future__ import annotations

import pytest

from dao_backend.core.events import Requested
from dao_backend.core.packing import hex_of
from dao_backend.core.submission import submission_json
from tests.api.sales import deal
from tests.api.test_votes import ballot
from tests.support.core_actors import seed, wallet
from tests.support.stand import Stand, problem_of

REGISTRATIONS = "/v1/contributions/registrations"
UNKNOWN = hex_of(seed("unknown"))
STRANGER = 77


@pytest.fixture
def filed(stand: Stand) -> Requested:
    """A request that two members can vote on now."""
    found = deal(stand, stand.dao.terms()).request
    stand.dao.chain.time.advance(61)
    return found


@pytest.mark.parametrize("count", [0, 101])
def test_register__none_or_too_many__is_refused(stand: Stand, count: int) -> None:
    """A batch holds one to a hundred."""
    problem_of(
        stand.client.post(REGISTRATIONS, json={"contributionIds": [UNKNOWN] * count}),
        422,
        "InputError",
    )


def test_register__one_named_twice__is_refused(stand: Stand) -> None:
    """Nothing is counted twice by mistake."""
    again = stand.client.post(REGISTRATIONS, json={"contributionIds": [UNKNOWN] * 2})
    problem_of(again, 400, "InputError")


def test_register__all_unknown__sends_nothing(stand: Stand) -> None:
    """The answer names each, and no transaction was paid for."""
    relay = stand.backend.relay.account
    before = stand.dao.chain.node.transaction_count(relay)
    told = stand.post(REGISTRATIONS, {"contributionIds": [UNKNOWN]})
    assert told["registered"] == []
    assert [each["error"] for each in told["skipped"]] == ["NotFound"]
    assert stand.dao.chain.node.transaction_count(relay) == before


def test_register__three_with_one_bad__registers_two_at_once(stand: Stand) -> None:
    """The bad one is named, the good ones share a transaction; again it changes nothing."""
    good = [
        hex_of(stand.submitted(1, module).record.contribution_id)
        for module in ("argparse", "textwrap")
    ]
    empty = stand.sealed(1, b"x")
    stand.client.post("/v1/contributions", json=submission_json(empty))
    bad = hex_of(empty.record.contribution_id)
    told = stand.post(REGISTRATIONS, {"contributionIds": [good[1], bad, good[0]]})
    assert [each["contributionId"] for each in told["registered"]] == [good[1], good[0]]
    (transaction,) = {each["transaction"] for each in told["registered"]}
    (skipped,) = told["skipped"]
    assert (skipped["contributionId"], skipped["error"]) == (bad, "Refused")
    assert "scored nothing" in skipped["sentence"]
    stand.follow()
    assert {stand.get(f"/v1/contributions/{each}")["status"] for each in good} == {"registered"}
    assert stand.post(REGISTRATIONS, {"contributionIds": good})["registered"] == [
        {"contributionId": each, "transaction": transaction} for each in good
    ]
    assert stand.post(f"/v1/contributions/{good[0]}/registration")["transaction"] == transaction


def test_register__one_too_late__only_the_others_count(stand: Stand) -> None:
    """An appraisal that ran out is named; a fresh one beside it is registered."""
    late = hex_of(stand.submitted(1).record.contribution_id)
    stand.dao.chain.time.advance(3601)
    fresh = hex_of(stand.submitted(2, "textwrap").record.contribution_id)
    told = stand.post(REGISTRATIONS, {"contributionIds": [late, fresh]})
    assert [each["contributionId"] for each in told["registered"]] == [fresh]
    assert [each["error"] for each in told["skipped"]] == ["AppraisalExpired"]


def test_vote__one_voter_twice__is_refused(stand: Stand, filed: Requested) -> None:
    """Which of two ballots counts is not left to chance."""
    path = f"/v1/proposals/{filed.proposal_id}/ballots/batch"
    twice = {"ballots": [ballot(stand, filed, 1), ballot(stand, filed, 1, support=0)]}
    problem_of(stand.client.post(path, json=twice), 400, "InputError")


def test_vote__three_ballots_with_one_bad__counts_two(stand: Stand, filed: Requested) -> None:
    """The stranger's ballot is named with the reason; a second time nothing is sent."""
    path = f"/v1/proposals/{filed.proposal_id}/ballots/batch"
    given = [ballot(stand, filed, number) for number in (2, STRANGER, 1)]
    told = stand.post(path, {"ballots": given})
    assert told["counted"] == [wallet(2), wallet(1)]
    (skipped,) = told["skipped"]
    assert (skipped["voter"], skipped["error"]) == (wallet(STRANGER), "NotAMember")
    assert skipped["sentence"].startswith(f"{wallet(STRANGER)} holds no units")
    stand.follow()
    assert stand.get(f"/v1/proposals/{filed.proposal_id}")["ballots"] == 2
    again = stand.post(path, {"ballots": given})
    assert (again["transaction"], again["counted"]) == (None, [])
    assert [each["error"] for each in again["skipped"]] == [
        "AlreadyVoted",
        "NotAMember",
        "AlreadyVoted",
    ]
