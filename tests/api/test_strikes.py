"""Strikes over HTTP: pledged by signature, refused to strangers, holding grants up, and over."""

from __future__ import annotations

from typing import Any

import pytest

from dao_backend.core.model import Vote
from tests.api.safeguards import signed
from tests.api.sales import Deal, deal
from tests.support.core_actors import wallet
from tests.support.stand import Stand, problem_of

PATH = "/v1/strike/pledges"
STRANGER = 77
HOUR = 3600


@pytest.fixture
def sale(stand: Stand) -> Deal:
    """An edition of two members, and a request for it."""
    return deal(stand, stand.dao.terms())


def body(stand: Stand, number: int, member: int | None = None) -> dict[str, object]:
    """A pledge of that member, signed by the account of that number."""
    whose = wallet(number if member is None else member)
    return {"member": whose, "signature": signed(stand, number, PATH, member=whose)}


def called(stand: Stand, number: int) -> None:
    """Call to strike as a member."""
    stand.dao.writer(number).call_strike("prices are too low")
    stand.follow()


def strike(stand: Stand) -> Any:
    """What the API says."""
    return stand.get("/v1/strike")


def smallest(stand: Stand) -> tuple[int, int]:
    """Numbers of the members with fewer and with more units."""
    held = sorted((stand.dao.reader.units(wallet(number), 0), number) for number in (1, 2))
    return held[0][1], held[1][1]


def test_pledge__nobody_called__is_refused(stand: Stand) -> None:
    """There is nothing to sign, and nothing to pledge to."""
    problem_of(stand.client.get(f"{PATH}/typed-data?member={wallet(1)}"), 404, "NotFound")
    nothing = {"member": wallet(1), "signature": "0x" + "00" * 65}
    problem_of(stand.client.post(PATH, json=nothing), 409, "ContractRefused")
    problem_of(stand.client.get("/v1/strikes/1/pledges"), 404, "NotFound")
    found = strike(stand)
    assert (found["phase"], found["strikeId"], found["call"]) == ("idle", None, None)
    assert found["settings"] == {"thresholdBps": 2500, "pledgePeriod": HOUR, "duration": HOUR}


@pytest.mark.usefixtures("sale")
def test_pledge__by_a_stranger_or_forged__is_refused(stand: Stand) -> None:
    """Only who held units when it was called can pledge, and only itself."""
    few, many = smallest(stand)
    called(stand, few)
    stranger = problem_of(
        stand.client.post(PATH, json=body(stand, STRANGER)), 409, "ContractRefused"
    )
    assert stranger["error"] == "NoUnitsAtTimepoint"
    forged = body(stand, STRANGER, member=many)
    refused = problem_of(stand.client.post(PATH, json=forged), 409, "ContractRefused")
    assert refused["error"] == "PledgeSignatureInvalid"


def test_strike__begun__holds_a_grant_up_until_it_is_over(stand: Stand, sale: Deal) -> None:
    """Votes go on; execution and the next call wait, each for its time."""
    members = smallest(stand)
    stand.dao.chain.time.advance(61)
    for number in members:
        stand.dao.writer(number).vote(sale.request.proposal_id, Vote.FOR)
    called(stand, members[0])
    found = strike(stand)
    assert found["phase"] == "pledging"
    assert int(found["pledged"]) < int(found["needed"])
    stand.post(PATH, body(stand, members[1]))
    stand.follow()
    found = strike(stand)
    assert (found["phase"], found["call"]["reason"]) == ("on", "prices are too low")
    assert int(found["pledged"]) >= int(found["needed"])
    (row,) = stand.get("/v1/strikes")["rows"]
    assert row["until"] == found["until"] == row["begunAt"] + HOUR
    pledges = stand.get("/v1/strikes/1/pledges")["rows"]
    assert sum(int(each["units"]) for each in pledges) == int(found["pledged"])

    stand.dao.chain.time.advance(8 * 60)
    stand.post(f"/v1/requests/{sale.number}/queue")
    stand.dao.chain.time.advance(61)
    path = f"/v1/requests/{sale.number}/execution"
    refused = problem_of(stand.client.post(path), 409, "ContractRefused")
    assert refused["error"] == "StrikeIsOn"
    waits = stand.get(f"/v1/proposals/{sale.request.proposal_id}")["next"]
    assert (waits["action"], waits["by"]) == ("wait", "nobody")
    assert waits["sentence"].startswith("Members are on strike")

    sale.pass_until(found["until"])
    found = strike(stand)
    assert (found["phase"], found["callableFrom"]) == ("cooldown", found["until"] + HOUR)
    stand.post(path)
    stand.follow()
    assert stand.get(f"/v1/requests/{sale.number}")["status"] == "granted"
    sale.pass_until(found["callableFrom"])
    assert strike(stand)["phase"] == "idle"
