"""Metered use, royalties and release keys over HTTP."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from dao_backend.core.metering import Metering
from dao_backend.core.model import NATIVE
from dao_backend.core.packing import hex_of, keccak256
from dao_backend.core.typed import Voucher, message_json
from tests.api.sales import Deal, deal
from tests.support.core_actors import sealing_secret, seed, wallet
from tests.support.local_dao import BUYER, PRICE
from tests.support.stand import Stand, problem_of

DAY = 24 * 3600
METERING = Metering(unit_price=10**12, minimum=10**15, bond=10**16, period=DAY)
STRANGER = 55
NEW_KEY = sealing_secret(8, 1).public
KEY_DELAY = 600


@pytest.fixture
def metered(stand: Stand) -> Deal:
    """A settled licence whose use is metered."""
    return deal(stand, replace(stand.dao.terms(), metering=METERING)).settled()


@pytest.fixture
def plain(stand: Stand) -> Deal:
    """A request without a meter, filed."""
    return deal(stand, stand.dao.terms())


def report(sale: Deal, units: int, number: int = BUYER, until: int | None = None) -> Any:
    """Have a report relayed that this account signed; the answer."""
    voucher = Voucher(sale.number, units, sale.now() if until is None else until)
    body = {
        "units": str(units),
        "until": voucher.until,
        "signature": hex_of(sale.signed(number, "UsageMeter", voucher)),
    }
    return sale.stand.client.post(f"/v1/licences/{sale.number}/vouchers", json=body)


# --- refusals -------------------------------------------------------------------------------


@pytest.mark.parametrize("part", ["usage", "royalties"])
def test_licence__unknown__has_nothing(stand: Stand, part: str) -> None:
    """A number without a licence."""
    problem_of(stand.client.get(f"/v1/licences/9/{part}"), 404, "NotFound")
    problem_of(stand.client.post("/v1/licences/9/release-key"), 404, "NotFound")


def test_usage__not_metered__is_not_found(plain: Deal) -> None:
    """Most licences owe nothing after their price."""
    plain.settled()
    path = f"/v1/licences/{plain.number}"
    assert (
        "no meter" in problem_of(plain.stand.client.get(f"{path}/usage"), 404, "NotFound")["detail"]
    )
    document = problem_of(plain.stand.client.post(f"{path}/minimum"), 409, "ContractRefused")
    assert document["error"] == "NotMetered"


def test_report__not_signed_by_the_holder__is_refused(metered: Deal) -> None:
    """Nobody else says what was used."""
    document = problem_of(report(metered, 1, STRANGER), 409, "ContractRefused")
    assert document["error"] == "VoucherSignatureInvalid"


@pytest.mark.parametrize("units", [2**128, 10**77])
def test_report__more_than_can_be_counted__is_refused(metered: Deal, units: int) -> None:
    """The contract counts in 128 bits."""
    body = {"units": str(units), "until": 1, "signature": "0x" + "11" * 65}
    answer = metered.stand.client.post(f"/v1/licences/{metered.number}/vouchers", json=body)
    problem_of(answer, 400, "InputError")


def test_report__less_than_before__is_refused(metered: Deal) -> None:
    """What is settled cannot be unsaid."""
    assert report(metered, 5).status_code == 200
    document = problem_of(report(metered, 4), 409, "ContractRefused")
    assert document["error"] == "VoucherBehind"


def test_minimum__nothing_silent__is_refused(metered: Deal) -> None:
    """A period has to pass first."""
    answer = metered.stand.client.post(f"/v1/licences/{metered.number}/minimum")
    assert problem_of(answer, 409, "ContractRefused")["error"] == "NothingSilent"


def test_release_key__none_announced_or_too_early__is_refused(plain: Deal) -> None:
    """The holder announces first, and waits."""
    plain.stand.dao.grant(plain.request, 1, 2)
    path = f"/v1/licences/{plain.number}/release-key"
    document = problem_of(plain.stand.client.post(path), 409, "ContractRefused")
    assert document["error"] == "NoKeyAnnounced"
    plain.buyer.announce_release_key(plain.number, NEW_KEY)
    document = problem_of(plain.stand.client.post(path), 409, "ContractRefused")
    assert document["error"] == "KeyTooEarly"


# --- metered use ----------------------------------------------------------------------------


def test_terms__metered__are_told_whole(metered: Deal) -> None:
    """What members vote on names every figure."""
    told = metered.stand.get(f"/v1/requests/{metered.number}")["terms"]["metering"]
    assert told == {
        "unitPrice": str(10**12), "minimum": str(10**15), "bond": str(10**16), "period": DAY,
    }  # fmt: skip


def test_usage__just_settled__is_reported_up_to_now(metered: Deal) -> None:
    """Silence counts from the opening of the account."""
    told = metered.licence("/usage")
    assert (told["phase"], told["used"], told["missing"]) == ("reported", "0", "0")
    assert told["reportBy"] == told["reportedUntil"] + DAY
    assert told["holder"] == wallet(BUYER)


def test_typed_data__voucher__is_what_the_holder_signs(metered: Deal) -> None:
    """A wallet shows the same struct that the contract hashes."""
    query = {"units": "7", "until": 1_800_000_000}
    told = metered.licence("/vouchers/typed-data", **query)
    assert told["primaryType"] == "Voucher"
    assert told["message"] == message_json(Voucher(metered.number, 7, 1_800_000_000))
    assert told["domain"]["verifyingContract"] == metered.stand.dao.addresses.meter


def test_report__signed__pays_the_members_from_the_bond(metered: Deal) -> None:
    """Units times price, once; the deposit says that it is metered use."""
    metered.pass_time(100)
    until = metered.now()
    assert report(metered, 30).status_code == 200
    metered.stand.follow()
    told = metered.licence("/usage")
    assert (told["used"], told["reportedUntil"]) == ("30", until)
    assert int(told["balance"]) == METERING.bond - 30 * METERING.unit_price
    newest = metered.stand.get("/v1/deposits", edition=metered.edition)["rows"][0]
    assert (newest["source"], newest["royaltyFor"]) == ("usage", None)


def test_licence__reported_lapsed_and_restored__is_released_accordingly(metered: Deal) -> None:
    """The keepers hand over while use is reported, refuse after a lapse, and go on once paid."""
    assert report(metered, 10).status_code == 200
    metered.stand.follow()
    assert metered.reasons() == [None] * 3
    metered.pass_until(metered.licence("/usage")["reportBy"])
    told = metered.licence("/usage")
    assert (told["phase"], told["silentPeriods"]) == ("silent", 1)
    assert told["minimumDue"] == str(METERING.minimum)
    assert metered.reasons() == [None] * 3
    metered.stand.post(f"/v1/licences/{metered.number}/minimum")
    metered.stand.follow()
    told = metered.licence("/usage")
    assert (told["phase"], metered.licence()["lapsed"]) == ("lapsed", True)
    assert metered.reasons() == ["lapsed"] * 3
    metered.buyer.fund_bond(metered.number, int(told["missing"]))
    metered.stand.follow()
    assert (metered.licence("/usage")["phase"], metered.licence()["lapsed"]) == ("reported", False)
    assert metered.reasons() == [None] * 3


def test_usage__closed__returns_the_rest_a_period_later(metered: Deal) -> None:
    """The holder ends the use and takes what is left."""
    metered.buyer.close_meter(metered.number)
    told = metered.licence("/usage")
    assert told["phase"] == "closing"
    metered.pass_until(told["closesAt"])
    assert metered.licence("/usage")["phase"] == "closed"
    metered.buyer.take_meter_bond(metered.number, wallet(56))
    told = metered.licence("/usage")
    assert (told["emptied"], told["balance"]) == (True, "0")
    assert metered.stand.dao.reader.balance(wallet(56), NATIVE) == METERING.bond


# --- royalties and keys ---------------------------------------------------------------------


def test_royalty__paid_by_anybody__is_shown_as_what_it_is(metered: Deal) -> None:
    """A statement names the licence and the report's hash."""
    report_hash = seed("report")
    metered.stand.dao.writer(STRANGER).pay_royalty(metered.number, NATIVE, PRICE, report_hash)
    metered.stand.follow()
    (row,) = metered.licence("/royalties")["rows"]
    assert (row["sender"], row["amount"]) == (wallet(STRANGER), str(PRICE))
    told = metered.stand.get(f"/v1/members/{wallet(1)}/statement")["deposits"]
    assert [(one["source"], one["royaltyFor"]) for one in told] == [
        ("price", None), ("royalty", metered.number),
    ]  # fmt: skip
    assert told[-1]["purpose"] == row["reportHash"] == hex_of(report_hash)


def test_release_key__announced_and_applied__is_the_licences(plain: Deal) -> None:
    """Anybody applies it after its delay; receipts then name the new key."""
    plain.stand.dao.grant(plain.request, 1, 2)
    plain.buyer.announce_release_key(plain.number, NEW_KEY)
    plain.stand.indexer.sync_once()
    announced = plain.licence()["announcedKey"]
    assert announced == {"releaseKey": hex_of(NEW_KEY), "earliest": plain.now() + KEY_DELAY}
    plain.stand.dao.chain.time.advance(KEY_DELAY)
    plain.stand.post(f"/v1/licences/{plain.number}/release-key")
    plain.stand.follow()
    told = plain.licence()
    assert (told["releaseKey"], told["announcedKey"]) == (hex_of(NEW_KEY), None)
    hashes = {receipt["releaseKeyHash"] for receipt in told["receipts"]}
    assert hashes == {hex_of(keccak256(NEW_KEY))}
