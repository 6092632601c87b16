"""Proposals over HTTP: the clock, why somebody cannot vote, and relayed ballots."""

from __future__ import annotations

from typing import Any

import pytest

from dao_backend.core.events import Requested
from dao_backend.core.packing import hex_of
from tests.api.held import register
from tests.support.core_actors import account, wallet
from tests.support.stand import Stand, problem_of

MEMBERS = (1, 2, 3)
STRANGER = 77


@pytest.fixture
def filed(stand: Stand) -> Requested:
    """A request that three members will vote on."""
    for number in MEMBERS:
        register(stand, number)
    edition = stand.dao.seal()
    stand.follow()
    stand.post(f"/v1/editions/{edition}/attestation")
    found = stand.dao.file()
    stand.indexer.sync_once()
    return found


def proposal(stand: Stand, filed: Requested) -> Any:
    """The proposal as the API has it."""
    return stand.get(f"/v1/proposals/{filed.proposal_id}")


def eligibility(stand: Stand, filed: Requested, number: int) -> Any:
    """What the API says to somebody who wants to vote."""
    return stand.get(f"/v1/proposals/{filed.proposal_id}/eligibility", voter=wallet(number))


def ballot(stand: Stand, filed: Requested, number: int, support: int = 1) -> dict[str, object]:
    """A member's ballot, signed as the API says."""
    path = f"/v1/proposals/{filed.proposal_id}/ballots/typed-data"
    typed = stand.get(path, support=support, voter=wallet(number))
    signed = account(number).sign_typed_data(full_message=typed)
    return {"support": support, "voter": wallet(number), "signature": hex_of(signed.signature)}


def test_proposal__unknown__is_not_found(stand: Stand) -> None:
    """Numbers beyond 256 bits are unknown too, not a fault."""
    for number in ("5", "9" * 78):
        for path in ("", "/ballots", f"/eligibility?voter={wallet(1)}"):
            problem_of(stand.client.get(f"/v1/proposals/{number}{path}"), 404, "NotFound")


def test_ballot__before_the_vote_opens__is_refused(stand: Stand, filed: Requested) -> None:
    """The API says when to come back, and the contract refuses until then."""
    found = eligibility(stand, filed, 1)
    assert (found["eligible"], found["obstacle"]) == (False, "not-open")
    path = f"/v1/proposals/{filed.proposal_id}/ballots"
    answer = stand.client.post(path, json=ballot(stand, filed, 1))
    problem_of(answer, 409, "ContractRefused")


def test_ballot__by_a_stranger__is_refused_with_the_reason(stand: Stand, filed: Requested) -> None:
    """Who held no units at the snapshot is told so before any prompt."""
    stand.dao.chain.time.advance(61)
    found = eligibility(stand, filed, STRANGER)
    assert (found["obstacle"], found["votes"]) == ("no-votes", "0")
    path = f"/v1/proposals/{filed.proposal_id}/ballots"
    answer = stand.client.post(path, json=ballot(stand, filed, STRANGER))
    problem_of(answer, 409, "ContractRefused")


def test_ballot__signed_for_another_choice__is_refused(stand: Stand, filed: Requested) -> None:
    """A relayer cannot turn a ballot round."""
    stand.dao.chain.time.advance(61)
    turned = ballot(stand, filed, 1, support=0) | {"support": 1}
    path = f"/v1/proposals/{filed.proposal_id}/ballots"
    problem_of(stand.client.post(path, json=turned), 409, "ContractRefused")


def test_ballot__twice__is_refused_and_explained(stand: Stand, filed: Requested) -> None:
    """A ballot is counted once."""
    stand.dao.chain.time.advance(61)
    path = f"/v1/proposals/{filed.proposal_id}/ballots"
    signed = ballot(stand, filed, 1)
    stand.post(path, signed)
    document = problem_of(stand.client.post(path, json=signed), 409, "ContractRefused")
    assert document["error"] == "AlreadyVoted"
    assert eligibility(stand, filed, 1)["obstacle"] == "already-voted"


def test_proposal__from_filing_to_grant__always_says_what_is_next(
    stand: Stand, filed: Requested
) -> None:
    """Tally, quorum and clock are those of the chain, and every state names the next step."""
    found = proposal(stand, filed)
    assert (found["state"], found["quorum"], found["next"]["action"]) == ("pending", None, "wait")
    stand.dao.chain.time.advance(found["opensIn"])
    path = f"/v1/proposals/{filed.proposal_id}/ballots"
    for number in MEMBERS:
        stand.post(path, ballot(stand, filed, number, support=1 if number < 3 else 0))
    stand.follow()
    found = proposal(stand, filed)
    assert (found["state"], found["next"]["by"]) == ("active", "members")
    assert (found["votesFor"], found["votesAgainst"], found["ballots"]) == ("2000", "1000", 3)
    assert found["quorum"] == "600"
    assert [row["support"] for row in stand.get(path)["rows"]] == ["against", "for", "for"]
    stand.dao.chain.time.advance(found["closesIn"] + 1)
    found = proposal(stand, filed)
    assert (found["state"], found["next"]["action"]) == ("succeeded", "queue")
    assert eligibility(stand, filed, 1)["obstacle"] == "already-voted"
    assert eligibility(stand, filed, STRANGER)["obstacle"] == "closed"
    stand.post(f"/v1/requests/{filed.request_id}/queue")
    stand.indexer.sync_once()
    found = proposal(stand, filed)
    assert (found["state"], found["next"]["action"]) == ("queued", "wait")
    stand.dao.chain.time.advance(61)
    assert proposal(stand, filed)["next"]["action"] == "execute"
    stand.post(f"/v1/requests/{filed.request_id}/execution")
    stand.indexer.sync_once()
    assert proposal(stand, filed)["state"] == "executed"
    (listed,) = stand.get("/v1/proposals")["rows"]
    assert listed["requestId"] == filed.request_id
    request = stand.get(f"/v1/requests/{filed.request_id}")
    assert (request["status"], request["editionId"]) == ("granted", 1)


def test_request__voted_down__is_refunded(stand: Stand, filed: Requested) -> None:
    """Anybody may ask for the refund of a lost request, not before it is lost."""
    path = f"/v1/requests/{filed.request_id}/refund"
    problem_of(stand.client.post(path), 409, "ContractRefused")
    stand.dao.chain.time.advance(500)
    assert proposal(stand, filed)["next"]["action"] == "refund"
    stand.post(path)
    stand.indexer.sync_once()
    assert stand.get(f"/v1/requests/{filed.request_id}")["status"] == "refunded"


@pytest.mark.parametrize("action", ["queue", "execution", "settlement", "refund"])
def test_request__unknown__is_not_found(stand: Stand, action: str) -> None:
    """Nothing is sent for a request that does not exist."""
    problem_of(stand.client.post(f"/v1/requests/9/{action}"), 404, "NotFound")
