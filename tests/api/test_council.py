"""The council over HTTP: who it is, what a pause stops, and when it can pause again."""

from __future__ import annotations

from typing import Any

from dao_backend.chain.artifacts import ContractName
from dao_backend.core.packing import hex_of
from tests.support.core_actors import wallet
from tests.support.stand import Stand, problem_of

GUARDIAN = 905
DAY = 24 * 3600


def council(stand: Stand) -> Any:
    """What the API says."""
    return stand.get("/v1/council")


def appoint(stand: Stand, days: int = 300) -> int:
    """Appoint a guardian, as a vote would; when its mandate ends."""
    until = stand.dao.reader.head().timestamp + days * DAY
    stand.dao.by_vote(ContractName.COUNCIL, "appoint", wallet(GUARDIAN), until)
    return until


def test_council__no_guardian__can_do_nothing(stand: Stand) -> None:
    """A DAO may have none, and says so."""
    found = council(stand)
    assert (found["phase"], found["guardian"], found["mandateUntil"]) == ("nobody", None, None)
    assert (found["paused"], found["pause"]) == (False, None)


def test_council__mandate_over__is_said(stand: Stand) -> None:
    """A guardian whose time is over is named, and cannot pause."""
    until = appoint(stand, days=1)
    stand.dao.chain.time.advance(DAY + 1)
    found = council(stand)
    assert (found["phase"], found["guardian"]) == ("mandate-over", wallet(GUARDIAN))
    assert found["mandateUntil"] == until


def test_council__pause__stops_registration_until_it_is_ended(stand: Stand) -> None:
    """Nothing is registered, in a batch either; what is appraised waits, and ends well."""
    appoint(stand)
    assert council(stand)["phase"] == "ready"
    identity = hex_of(stand.submitted(1).record.contribution_id)
    stand.dao.writer(GUARDIAN).pause(DAY)
    found = council(stand)
    assert (found["phase"], found["paused"]) == ("paused", True)
    assert found["pause"]["until"] == found["pause"]["begin"] + DAY
    assert found["pausableFrom"] == found["pause"]["begin"] + 37 * DAY
    path = f"/v1/contributions/{identity}/registration"
    refused = problem_of(stand.client.post(path), 409, "ContractRefused")
    assert refused["error"] == "RegistrationPaused"
    batch = stand.post("/v1/contributions/registrations", {"contributionIds": [identity]})
    assert batch["registered"] == []
    assert [each["error"] for each in batch["skipped"]] == ["RegistrationPaused"]
    stand.dao.writer(GUARDIAN).unpause()
    assert council(stand)["phase"] == "resting"
    stand.post(path)
