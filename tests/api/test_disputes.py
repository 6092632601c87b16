"""Disputes over HTTP: what stands against a delivery, until when, and where the money goes."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dao_backend.core.model import NATIVE
from dao_backend.core.packing import hex_of
from tests.api.sales import Deal, deal
from tests.support.core_actors import seed, wallet
from tests.support.local_dao import BUYER, PRICE
from tests.support.stand import Stand, problem_of

ARBITER = 77
BOND = PRICE // 10
WINDOW, RULING = 600, 3600
CLAIM, REASON = seed("claim"), seed("reason")


@pytest.fixture
def arbitrated(stand: Stand) -> Deal:
    """Delivered under terms that name an arbiter."""
    return deal(stand, replace(stand.dao.terms(), arbiter=wallet(ARBITER))).delivered()


@pytest.fixture
def disputed(arbitrated: Deal) -> Deal:
    """The buyer says that what it got is not what it bought."""
    arbitrated.buyer.open_dispute(arbitrated.number, CLAIM)
    arbitrated.stand.follow()
    return arbitrated


def phase(sale: Deal) -> str:
    """Where the delivery stands."""
    return str(sale.stand.get(f"/v1/requests/{sale.number}/dispute")["phase"])


def settle(sale: Deal, status: int = 200) -> None:
    """Try to move the price to the members."""
    sale.stand.post(f"/v1/requests/{sale.number}/settlement", status=status)


def test_dispute__unknown_request__is_not_found(stand: Stand) -> None:
    """A number that nobody filed has no delivery."""
    for path in ("/v1/requests/9/dispute", f"/v1/requests/{2**64 - 1}/dispute"):
        problem_of(stand.client.get(path), 404, "NotFound")
    problem_of(stand.client.post("/v1/requests/9/dispute/forfeit"), 404, "NotFound")


def test_settlement__while_the_delivery_can_be_disputed__is_refused(arbitrated: Deal) -> None:
    """The buyer first gets to look at what was delivered."""
    assert phase(arbitrated) == "contestable"
    path = f"/v1/requests/{arbitrated.number}/settlement"
    document = problem_of(arbitrated.stand.client.post(path), 409, "ContractRefused")
    assert document["error"] == "ReceiptsDisputable"
    assert arbitrated.stand.backend.requests.advance(arbitrated.number) is None


def test_forfeit__nothing_lost__is_refused(disputed: Deal) -> None:
    """Only the bond of a rejected dispute is the members'."""
    path = f"/v1/requests/{disputed.number}/dispute/forfeit"
    document = problem_of(disputed.stand.client.post(path), 409, "ContractRefused")
    assert document["error"] == "BondNotDue"


def test_dispute__no_arbiter_named__says_so(stand: Stand) -> None:
    """Receipts alone decide where the terms name nobody."""
    sale = deal(stand, stand.dao.terms())
    told = stand.get(f"/v1/requests/{sale.number}/dispute")
    assert (told["phase"], told["arbiter"], told["bond"]) == ("without-arbiter", None, "0")
    stand.follow()
    asked = stand.get(f"/v1/requests/{sale.number}")["terms"]
    assert (asked["arbiter"], asked["metering"]) == (None, None)


def test_dispute__delivered__tells_until_when_and_at_what_price(arbitrated: Deal) -> None:
    """The window is counted from the receipt that sufficed."""
    told = arbitrated.stand.get(f"/v1/requests/{arbitrated.number}/dispute")
    assert told["until"] == told["deliveredAt"] + WINDOW
    assert (told["arbiter"], told["bond"]) == (wallet(ARBITER), str(BOND))
    assert (told["claimHash"], told["reasonHash"]) == (None, None)
    arbitrated.pass_until(told["until"])
    assert phase(arbitrated) == "undisputed"
    settle(arbitrated)


def test_dispute__upheld__gives_price_and_bond_back(disputed: Deal) -> None:
    """The whole way: opened with a bond, ruled for the buyer, refunded by anybody."""
    stand, number = disputed.stand, disputed.number
    told = stand.get(f"/v1/requests/{number}/dispute")
    assert (told["phase"], told["claimHash"]) == ("open", hex_of(CLAIM))
    settle(disputed, 409)
    stand.dao.writer(ARBITER).rule(number, upheld=True, reason_hash=REASON)
    stand.follow()
    told = stand.get(f"/v1/requests/{number}/dispute")
    assert (told["phase"], told["reasonHash"]) == ("upheld", hex_of(REASON))
    settle(disputed, 409)
    held = stand.dao.reader.balance(wallet(BUYER), NATIVE)
    stand.post(f"/v1/requests/{number}/refund")
    assert stand.dao.reader.balance(wallet(BUYER), NATIVE) == held + PRICE
    other = wallet(78)
    disputed.buyer.take_dispute_bond(number, other)
    assert stand.dao.reader.balance(other, NATIVE) == BOND
    stand.follow()
    assert stand.get(f"/v1/requests/{number}")["status"] == "refunded"
    assert stand.get(f"/v1/requests/{number}/dispute")["bondPaid"]
    assert disputed.reasons() == ["refunded"] * 3


def test_dispute__rejected__pays_the_members_price_and_bond(disputed: Deal) -> None:
    """Anybody sends both on, and a statement says what each was."""
    stand, number = disputed.stand, disputed.number
    stand.dao.writer(ARBITER).rule(number, upheld=False, reason_hash=REASON)
    assert phase(disputed) == "rejected"
    settle(disputed)
    stand.post(f"/v1/requests/{number}/dispute/forfeit")
    stand.follow()
    found = stand.get("/v1/deposits", edition=disputed.edition)["rows"]
    assert [row["source"] for row in found] == ["dispute-bond", "price"]
    parts = ("amount", "reserveCut", "keeperCut")
    assert [sum(int(row[part]) for part in parts) for row in found] == [BOND, PRICE]


def test_dispute__nobody_rules__stands_for_the_receipts(disputed: Deal) -> None:
    """Silence of the arbiter pays the members, and returns the bond."""
    until = disputed.stand.get(f"/v1/requests/{disputed.number}/dispute")["until"]
    disputed.pass_until(until)
    assert phase(disputed) == "unruled"
    settle(disputed)
    disputed.buyer.take_dispute_bond(disputed.number, wallet(78))
    assert disputed.stand.dao.reader.balance(wallet(78), NATIVE) == BOND
