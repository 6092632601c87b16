"""Leaving over HTTP: one signature takes everything out, and the door stays open."""

from __future__ import annotations

from typing import Any

from dao_backend.core.packing import hex_of
from tests.api.safeguards import signed
from tests.support.core_actors import wallet
from tests.support.local_dao import FAR
from tests.support.stand import Stand, problem_of

PATH = f"/v1/members/{wallet(1)}/departure"
MODULES = ("argparse", "textwrap", "calendar")


def body(stand: Stand, number: int = 1, deadline: int = FAR) -> dict[str, object]:
    """A departure of member 1, signed by the account of that number."""
    return {"deadline": deadline, "signature": signed(stand, number, PATH, deadline=deadline)}


def member(stand: Stand) -> Any:
    """What the API says of member 1."""
    return stand.get(f"/v1/members/{wallet(1)}")


def test_leave__holding_nothing__is_refused(stand: Stand) -> None:
    """There is nothing to leave with."""
    refused = problem_of(stand.client.post(PATH, json=body(stand)), 409, "ContractRefused")
    assert refused["error"] == "NothingHeld"


def test_leave__signed_by_somebody_else_or_late__is_refused(stand: Stand) -> None:
    """Nobody can throw a member out."""
    stand.registered(1)
    forged = problem_of(stand.client.post(PATH, json=body(stand, 2)), 409, "ContractRefused")
    assert forged["error"] == "ContributorSignatureInvalid"
    late = problem_of(stand.client.post(PATH, json=body(stand, deadline=1)), 409, "ContractRefused")
    assert late["error"] == "SignatureExpired"
    assert member(stand)["contributions"] == 1


def test_leave__three_contributions__takes_all_and_lets_come_back(stand: Stand) -> None:
    """Units are burnt, every page shows the withdrawal, and the old signature serves once."""
    identities = [stand.registered(1, module) for module in MODULES]
    stand.registered(2, "csv")
    sold = stand.edition()
    leaving = body(stand)
    stand.post(PATH, leaving)
    stand.follow()
    found = member(stand)
    assert (found["contributions"], found["units"], found["tenure"]) == (0, ["0", "0"], 1)
    shown = [stand.get(f"/v1/contributions/{hex_of(each)}") for each in identities]
    assert {each["status"] for each in shown} == {"withdrawn"}
    assert len({each["withdrawnAt"] for each in shown}) == 1
    assert stand.get("/v1/dao")["totals"]["withdrawn"] == 3
    assert len(stand.get("/v1/contributions", edition=sold)["rows"]) == 4
    assert len(stand.get("/v1/contributions", edition=stand.edition())["rows"]) == 1
    again = problem_of(stand.client.post(PATH, json=leaving), 409, "ContractRefused")
    assert again["error"] == "ContributorSignatureInvalid"

    back = stand.registered(1, "bisect")
    assert stand.get(f"/v1/contributions/{hex_of(back)}")["status"] == "registered"
    assert member(stand)["contributions"] == 1
    replayed = problem_of(stand.client.post(PATH, json=leaving), 409, "ContractRefused")
    assert replayed["error"] == "ContributorSignatureInvalid"
