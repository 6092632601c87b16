"""`ddao dispute`: from a claim to the money, and who cannot take which step."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from tests.support.cli import Answer, Person, shown
from tests.support.shop import Shop

ETHER = 10**18


@pytest.fixture
def claim(tmp_path: Path) -> Path:
    """What the buyer says."""
    path = tmp_path / "claim.txt"
    path.write_text("These are not Python modules.")
    return path


def said(answer: Answer, code: int, sentence: str) -> None:
    """The command ended with this code and this sentence."""
    assert (answer.err.splitlines()[0], answer.code) == (sentence, code)


def balance(person: Person) -> int:
    """What somebody's wallet holds."""
    return int(person.does("wallet", "show")["balance"])


def arbitrated(shop: Shop) -> str:
    """A delivery that can be disputed."""
    return shop.delivered("--arbiter", shop.judge.address)


def test_request__arbiter_is_the_buyer__is_refused(shop: Shop) -> None:
    """Nobody rules about its own purchase."""
    words = ("request", "0", "--purpose", "fine-tune", "--pay", "1")
    answer = shop.bob.run(*words, "--arbiter", shop.bob.address)
    said(answer, 2, "The buyer cannot be the arbiter of its own purchase.")


def test_open__no_arbiter_named__is_refused(shop: Shop, claim: Path) -> None:
    """Where receipts alone decide there is nobody to turn to."""
    number = shop.granted()
    answer = shop.bob.run("dispute", "open", number, "--claim", claim)
    said(answer, 3, "The terms name no arbiter: the keepers' receipts alone decide.")


def test_open__not_delivered_or_not_the_buyer__is_refused(shop: Shop, claim: Path) -> None:
    """Why one cannot is said before a password is asked for."""
    number = shop.granted("--arbiter", shop.judge.address)
    early = shop.bob.run("dispute", "open", number, "--claim", claim)
    said(early, 3, "An arbiter is named; until the delivery there is nothing to dispute.")
    shop.work()
    other = shop.alice.run("dispute", "open", number, "--claim", claim)
    said(other, 3, f"The buyer is {shop.bob.address}; the wallet is {shop.alice.address}.")
    gone = shop.bob.run("dispute", "open", number, "--claim", claim.parent / "gone")
    said(gone, 2, f"{claim.parent / 'gone'} cannot be read: No such file or directory.")


def test_rule__nothing_disputed_or_not_the_arbiter__is_refused(shop: Shop, claim: Path) -> None:
    """Only the account that the terms name rules, and only about a dispute."""
    number = arbitrated(shop)
    early = shop.judge.run("dispute", "rule", number, "uphold", "--reason", claim)
    said(early, 3, "It is delivered; the buyer can still dispute that.")
    shop.bob.signs("dispute", "open", number, "--claim", claim)
    other = shop.alice.run("dispute", "rule", number, "uphold", "--reason", claim)
    said(other, 3, f"The arbiter is {shop.judge.address}; the wallet is {shop.alice.address}.")
    bond = shop.bob.run("dispute", "take-bond", number)
    said(bond, 3, "The buyer disputes the delivery; the arbiter rules, and silence means no.")
    assert shop.alice.run("dispute", "forfeit", number).code == 3


def test_dispute__upheld__gives_price_and_bond_back(shop: Shop, claim: Path) -> None:
    """The whole story with commands alone: claim, ruling, refund, bond."""
    number = arbitrated(shop)
    status = shop.bob.run("status", number)
    assert f"{shop.judge.address} rules disputes about the delivery." in status.out
    assert "It is delivered; the buyer can still dispute that. Until " in status.out
    before = balance(shop.bob)
    opened = shop.bob.signs("dispute", "open", number, "--claim", claim)
    assert opened["claimHash"] == "0x" + hashlib.sha256(claim.read_bytes()).hexdigest()
    assert balance(shop.bob) < before - ETHER // 10
    shop.work()
    assert shop.bob.does("status", number)["status"] == "granted"
    assert "the arbiter rules" in shown(opened)
    shop.judge.signs("dispute", "rule", number, "uphold", "--reason", claim)
    held = balance(shop.bob)
    shop.work()
    found = shop.bob.does("status", number)
    assert (found["status"], found["dispute"]["phase"]) == ("refunded", "upheld")
    assert balance(shop.bob) == held + ETHER
    shop.bob.signs("dispute", "take-bond", number)
    assert balance(shop.bob) > held + ETHER + 9 * ETHER // 100
    again = shop.bob.run("dispute", "take-bond", number)
    said(again, 3, f"The bond of request {number} came back already.")


def test_dispute__rejected__is_the_members_money(shop: Shop, claim: Path) -> None:
    """The worker settles, and anybody sends the bond on at the service's cost."""
    number = arbitrated(shop)
    shop.bob.signs("dispute", "open", number, "--claim", claim)
    shop.judge.signs("dispute", "rule", number, "reject", "--reason", claim)
    told = shop.alice.does("dispute", "forfeit", number)
    shop.work()
    assert shop.bob.does("status", number)["status"] == "settled"
    assert "a lost dispute" in shown(shop.alice.does("earnings"))
    assert "found against the buyer" in shown(told)
