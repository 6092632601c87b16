"""Standing offers, answers and members' proposals over HTTP, and what pages say of them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from dao_backend.chain.artifacts import ContractName
from dao_backend.chain.structs import offer_struct
from dao_backend.core.bargains import Acceptance, CounterOffer, Offer
from dao_backend.core.events import OfferAccepted, ProposalCreated
from dao_backend.core.metering import Metering
from dao_backend.core.model import NATIVE, Purpose, Vote
from dao_backend.ports.chain import Sent
from tests.api.held import register
from tests.support.core_actors import sealing_secret, seed, wallet
from tests.support.local_dao import BUYER, PRICE, RELAY, LocalDao
from tests.support.stand import Stand, problem_of

MEMBER = 1
UNIT_PRICE = 10**14
METERING = Metering(unit_price=3, minimum=10**9, bond=10**12, period=86_400)
OFFER = Offer(
    0, Purpose.FINE_TUNE, NATIVE, UNIT_PRICE, 30 * 86_400, 250, seed("offer"), NATIVE, METERING,
    2**40, 2,
)  # fmt: skip
ANSWER = CounterOffer(
    Purpose.FINE_TUNE, 2 * PRICE, 172_800, 250, seed("other"), wallet(9), METERING, 3_600
)
HTML = {"accept": "text/html"}


@pytest.fixture
def sealed(stand: Stand) -> int:
    """An attested edition of one member with 1,000 units."""
    register(stand, MEMBER)
    edition = stand.dao.seal()
    stand.follow()
    stand.post(f"/v1/editions/{edition}/attestation")
    stand.follow()
    return edition


def proposed(stand: Stand, sent: Sent) -> int:
    """The proposal that was filed, indexed."""
    stand.indexer.sync_once()
    return next(e.fact.proposal_id for e in sent.events if isinstance(e.fact, ProposalCreated))


def carried_out(stand: Stand, number: int) -> None:
    """Vote for a proposal, and carry it out over the API."""
    stand.dao.chain.time.advance(61)
    stand.dao.writer(MEMBER).vote(number, Vote.FOR)
    stand.dao.chain.time.advance(8 * 60)
    stand.post(f"/v1/proposals/{number}/queue")
    stand.dao.chain.time.advance(61)
    stand.post(f"/v1/proposals/{number}/execution")
    stand.indexer.sync_once()


def published(stand: Stand, offer: Offer = OFFER) -> None:
    """Publish an offer by the timelock's hand."""
    stand.dao.by_vote(ContractName.OFFERS, "publish", offer_struct(offer))
    stand.indexer.sync_once()


def accept(dao: LocalDao, offer_id: int = 1) -> OfferAccepted:
    """The buyer takes an offer."""
    acceptance = Acceptance(sealing_secret(7, 1).public, 10 * PRICE, 0, 0)
    sent = dao.writer(BUYER).accept_offer(offer_id, acceptance)
    (taken,) = (e.fact for e in sent.events if isinstance(e.fact, OfferAccepted))
    return taken


def page(stand: Stand, path: str) -> str:
    """What a person sees there."""
    answer = stand.client.get(path, headers=HTML)
    assert answer.status_code == 200, answer.text
    return str(answer.text)


# --- refusals -------------------------------------------------------------------------------


def test_offer__unknown__is_not_found(stand: Stand) -> None:
    """Programs get a problem, persons a page."""
    problem_of(stand.client.get("/v1/offers/7"), 404, "NotFound")
    assert stand.client.get("/offers/7", headers=HTML).status_code == 404
    assert stand.get("/v1/offers") == {"rows": [], "next": None}
    assert "ddao propose offer" in page(stand, "/offers")


@pytest.mark.parametrize("step", ["queue", "execution"])
def test_proposal__unknown_or_not_due__is_not_moved(stand: Stand, sealed: int, step: str) -> None:
    """Anybody may move a proposal on, once it is due."""
    assert sealed
    for unknown in ("5", "9" * 78):
        answer = stand.client.post(f"/v1/proposals/{unknown}/{step}")
        problem_of(answer, 404, "NotFound")
    number = proposed(stand, stand.dao.writer(MEMBER).propose_offer(OFFER, "an offer"))
    answer = stand.client.post(f"/v1/proposals/{number}/{step}")
    document = problem_of(answer, 409, "ContractRefused")
    assert document["error"] == "GovernorUnexpectedProposalState"


def test_offer__no_edition_yet__has_no_price(stand: Stand) -> None:
    """What is offered can be read, and why nobody can take it."""
    stand.dao.register(MEMBER)
    published(stand)
    found = stand.get("/v1/offers/1")
    assert (found["quote"], found["offer"]["state"]) == (None, "open")
    assert found["obstacle"].startswith("Collection 0 has no sealed edition")
    assert "Nobody can accept it now" in page(stand, "/offers/1")


def test_offer__edition_not_attested__has_a_price_and_an_obstacle(stand: Stand) -> None:
    """A buyer is told before it sends anything."""
    stand.dao.register(MEMBER)
    stand.dao.seal()
    published(stand)
    found = stand.get("/v1/offers/1")
    assert found["quote"]["price"] == str(1000 * UNIT_PRICE)
    assert found["obstacle"] == "Edition 1 is not attested by its keepers yet."


def test_offer__below_the_least_price__has_an_obstacle(stand: Stand, sealed: int) -> None:
    """The desk compares with its minimum of the day, whatever was published."""
    assert sealed
    published(stand, replace(OFFER, unit_price=1))
    assert "below the least" in stand.get("/v1/offers/1")["obstacle"]


def test_offer__asset_refused_since__has_an_obstacle(stand: Stand, sealed: int) -> None:
    """Members may stop taking an asset after they have offered in it."""
    assert sealed
    published(stand)
    stand.dao.by_vote(ContractName.DESK, "setAsset", NATIVE, 0)
    assert "asset any more" in stand.get("/v1/offers/1")["obstacle"]


def test_offer__members_on_strike__has_an_obstacle(stand: Stand, sealed: int) -> None:
    """The brakes hold offers too."""
    assert sealed
    published(stand)
    stand.dao.writer(MEMBER).call_strike("prices")
    stand.dao.chain.time.advance(1)
    assert stand.get("/v1/offers/1")["obstacle"].startswith("Members are on strike")


def test_offer__paused__has_an_obstacle(stand: Stand, sealed: int) -> None:
    """So does the council's pause."""
    assert sealed
    published(stand)
    until = stand.dao.reader.head().timestamp + 86_400
    stand.dao.by_vote(ContractName.COUNCIL, "appoint", wallet(RELAY), until)
    stand.dao.writer(RELAY).pause(3_600)
    assert "paused" in stand.get("/v1/offers/1")["obstacle"]


# --- a member's own proposal ----------------------------------------------------------------


def test_proposal__of_a_member__says_what_it_would_do(stand: Stand, sealed: int) -> None:
    """Its calls are decoded; its own words stand apart, below them, whatever they claim."""
    assert sealed
    claim = "Grants everybody a holiday"
    number = proposed(stand, stand.dao.writer(MEMBER).propose_offer(OFFER, claim))
    found = stand.get(f"/v1/proposals/{number}")
    assert (found["proposer"], found["requestId"]) == (wallet(MEMBER), None)
    (call,) = found["calls"]
    assert (call["contract"], call["function"]) == ("OfferDesk", "publish")
    assert call["sentence"].startswith("Publishes a standing offer")
    arguments = {each["name"]: (each["value"], each["words"]) for each in call["arguments"]}
    assert arguments["offer.unitPrice"] == (str(UNIT_PRICE), "0.0001 ether")
    assert arguments["offer.metering.period"] == ("86400", "1 day")
    seen = page(stand, f"/proposals/{number}")
    assert seen.index("Publishes a standing offer") < seen.index("What its proposer says")
    assert seen.index("What its proposer says") < seen.rindex(claim)


def test_proposal__of_a_request__says_that_it_grants(stand: Stand, sealed: int) -> None:
    """The desk's own proposals are told in the same way."""
    assert sealed
    filed = stand.dao.file()
    stand.indexer.sync_once()
    (call,) = stand.get(f"/v1/proposals/{filed.proposal_id}")["calls"]
    assert call["sentence"] == f"Grants request {filed.request_id} on the newest edition."


def test_offer__proposed_passed_and_accepted__is_a_licence(stand: Stand, sealed: int) -> None:
    """The request that stands for it says where it came from."""
    number = proposed(stand, stand.dao.writer(MEMBER).propose_offer(OFFER, "an offer"))
    path = f"/v1/proposals/{number}"
    assert stand.get(path)["next"]["action"] == "wait"
    carried_out(stand, number)
    assert stand.get(path)["state"] == "executed"
    (offer,) = stand.get("/v1/offers", collection=0)["rows"]
    assert stand.get("/v1/offers", collection=1)["rows"] == []
    assert (offer["state"], offer["accepted"], offer["metering"]["bond"]) == (
        "open", 0, str(METERING.bond),
    )  # fmt: skip
    found = stand.get("/v1/offers/1")
    assert found["quote"] == {
        "price": str(1000 * UNIT_PRICE),
        "bond": str(METERING.bond),
        "editionId": sealed,
        "units": "1000",
    }
    assert "ddao accept 1" in page(stand, "/offers/1")
    taken = accept(stand.dao)
    stand.follow()
    request: Any = stand.get(f"/v1/requests/{taken.request_id}")
    assert (request["proposalId"], request["offerId"], request["status"]) == (None, 1, "granted")
    assert stand.get(f"/v1/licences/{taken.request_id}")["editionId"] == sealed
    assert "/offers/1" in page(stand, f"/requests/{taken.request_id}")
    accept(stand.dao)
    stand.indexer.sync_once()
    found = stand.get("/v1/offers/1")
    assert (found["offer"]["state"], found["quote"]) == ("exhausted", None)
    assert "taken as often as it can be" in page(stand, "/offers")


def test_offer__in_a_token__is_paid_after_an_approval(stand: Stand, sealed: int) -> None:
    """The desk takes price and bond from the buyer, who has allowed it to."""
    assert sealed
    token = stand.dao.accept_mock_token(wallet(BUYER))
    metering = Metering(unit_price=3, minimum=10, bond=500, period=86_400)
    published(stand, replace(OFFER, asset=token, unit_price=5, metering=metering))
    taken = accept(stand.dao)
    assert taken.price == 5_000
    assert stand.dao.reader.balance(wallet(BUYER), token) == 10**6 - 5_500
    assert stand.dao.reader.escrow(taken.request_id) == 5_500


# --- a counter-offer ------------------------------------------------------------------------


def test_request__answered_and_accepted__has_the_new_terms(stand: Stand, sealed: int) -> None:
    """Until the buyer accepts, its own terms stand beside the members'."""
    assert sealed
    filed = stand.dao.file()
    sent = stand.dao.writer(MEMBER).propose_counter(filed.request_id, ANSWER, "other terms")
    number = proposed(stand, sent)
    carried_out(stand, number)
    path = f"/v1/requests/{filed.request_id}"
    found = stand.get(path)
    assert (found["status"], found["terms"]["price"]) == ("countered", str(PRICE))
    counter = found["counter"]
    assert (counter["price"], counter["arbiter"]) == (str(2 * PRICE), wallet(9))
    assert (counter["acceptedAt"], counter["metering"]["unitPrice"]) == (None, "3")
    seen = page(stand, f"/requests/{filed.request_id}")
    assert "Instead of what was asked, members offer to let the buyer fine-tune models" in seen
    assert f"ddao decline {filed.request_id}" in seen
    answer = stand.client.post(f"{path}/refund")
    problem_of(answer, 409, "ContractRefused")
    stand.dao.writer(BUYER).accept_counter(filed.request_id)
    stand.indexer.sync_once()
    found = stand.get(path)
    assert (found["status"], found["terms"]["price"]) == ("granted", str(2 * PRICE))
    assert found["counter"]["acceptedAt"] is not None
    assert "The buyer has accepted." in page(stand, f"/requests/{filed.request_id}")


def test_request__answered_and_left__is_refunded_by_anybody(stand: Stand, sealed: int) -> None:
    """Once the buyer's time is over."""
    assert sealed
    filed = stand.dao.file()
    sent = stand.dao.writer(MEMBER).propose_counter(filed.request_id, ANSWER, "other terms")
    carried_out(stand, proposed(stand, sent))
    stand.dao.chain.time.advance(ANSWER.answer_period + 1)
    stand.post(f"/v1/requests/{filed.request_id}/refund")
    stand.indexer.sync_once()
    assert stand.get(f"/v1/requests/{filed.request_id}")["status"] == "refunded"
