"""`ddao propose counter`, `accept-counter` and `decline`: other terms than a buyer asked for."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.cli import SOURCE, shown
from tests.support.shop import Shop, said

ETHER = 10**18
ASKED = ("request", SOURCE, "--purpose", "fine-tune", "--pay", "1")


@pytest.fixture(scope="module", autouse=True)
def votes(shop: Shop) -> None:
    """Enough units of the contributor to propose something, in a new edition."""
    shop.enlarge()


def answered(shop: Shop, *options: str) -> str:
    """Number of a request that members answered with other terms; its own vote was lost."""
    number = str(shop.bob.signs(*ASKED)["requestId"])
    told = shop.alice.signs("propose", "counter", number, *options, "--answer-days", "1")
    shop.follow()
    shop.passed(told["proposalId"])
    assert shop.bob.does("status", number)["status"] == "countered"
    return number


def test_counter__nothing_different__is_refused(shop: Shop) -> None:
    """An answer differs from what was asked, and comes before the request is decided."""
    number = str(shop.bob.signs(*ASKED)["requestId"])
    same = shop.alice.run("propose", "counter", number)
    said(same, 2, "Say what is to be different: the options name it.")
    none = shop.bob.run("accept-counter", number)
    said(none, 3, f"Request {number} is pending: no counter-offer waits for you.")
    shop.bob.signs("cancel", number)
    late = shop.alice.run("propose", "counter", number, "--price", "2")
    said(late, 3, f"Request {number} is cancelled: too late for an answer.")
    shop.follow()


def test_accept_counter__dearer__takes_the_difference_and_grants(
    shop: Shop, tmp_path: Path
) -> None:
    """The buyer tops the escrow up; the licence is granted without another vote."""
    number = answered(shop, "--price", "1.5", "--royalty", "3")
    status = shop.bob.does("status", number)
    assert status["counter"]["waits"]
    assert status["counter"]["price"] == str(3 * ETHER // 2)
    page = shown(status)
    assert "The members&#39; answer" in page or "The members' answer" in page
    assert f"ddao accept-counter {number}" in page
    foreign = shop.judge.run("accept-counter", number)
    said(foreign, 3, f"Request {number} is {shop.bob.address}'s; the wallet is "
         f"{shop.judge.address}.")  # fmt: skip
    waits = shop.bob.run("pull", number)
    said(waits, 3, f"Members answered request {number} with other terms: accept them.")
    before = shop.held(shop.bob)
    told = shop.bob.signs("accept-counter", number)
    assert told["paid"] == str(ETHER // 2)
    assert before - shop.held(shop.bob) >= ETHER // 2
    shop.work()
    pulled = shop.bob.signs("pull", number, "--out", tmp_path / "out")
    assert len(pulled["contributions"]) == 2
    shop.work()
    after = shop.bob.does("status", number)
    assert (after["status"], after["price"]) == ("settled", str(3 * ETHER // 2))
    again = shop.bob.run("accept-counter", number)
    said(again, 3, f"Request {number} is settled: no counter-offer waits for you.")


def test_decline__answered__gives_the_price_back(shop: Shop) -> None:
    """The buyer need not wait until its time is over."""
    number = answered(shop, "--price", "3")
    before = shop.held(shop.bob)
    assert shop.bob.signs("decline", number)["returned"] == str(ETHER)
    assert shop.held(shop.bob) > before
    shop.follow()
    assert shop.bob.does("status", number)["status"] == "refunded"


def test_counter__nobody_answers__anybody_refunds_later(shop: Shop) -> None:
    """Silence has an outcome here too: the worker sends the price back."""
    number = answered(shop, "--price", "3")
    shop.work()
    assert shop.bob.does("status", number)["status"] == "countered"
    shop.later(24 * 3600 + 1)
    late = shop.bob.run("accept-counter", number)
    assert late.code == 3
    assert "could be accepted until" in late.err
    shop.work()
    assert shop.bob.does("status", number)["status"] == "refunded"
