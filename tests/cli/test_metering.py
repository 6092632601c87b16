"""`ddao usage` and `ddao royalty`: what is owed after the price, and paying it."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from tests.support.cli import Answer, shown
from tests.support.shop import Shop

ETHER = 10**18
DAY = 24 * 3600
METERED = (
    "--meter-price", "1000 wei", "--meter-minimum", "0.01", "--meter-bond", "0.05",
    "--meter-period", "1",
)  # fmt: skip


@pytest.fixture(scope="module")
def licence(shop: Shop) -> str:
    """A settled licence whose use is metered."""
    return shop.delivered(*METERED)


@pytest.fixture
def report_file(tmp_path: Path) -> Path:
    """What a royalty is for."""
    path = tmp_path / "report.txt"
    path.write_text("2.5 % of a good year.")
    return path


def said(answer: Answer, code: int, sentence: str) -> None:
    """The command ended with this code and this sentence."""
    assert (answer.err.splitlines()[0], answer.code) == (sentence, code)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (
            ("--meter-price", "1", "--meter-period", "1"),
            "Metering needs a price for each unit and a minimum for each silent period.",
        ),
        (
            (*METERED[:4], "--meter-bond", "0.001", "--meter-period", "1"),
            "The bond must cover the minimum of one period at least.",
        ),
        (
            (*METERED[:6], "--meter-period", "0.01"),
            "A period of metering is an hour at least and a year at most.",
        ),
    ],
)
def test_request__metering_that_no_contract_takes__is_refused(
    shop: Shop, options: tuple[str, ...], sentence: str
) -> None:
    """What is missing is named before a password is asked for."""
    words = ("request", "0", "--purpose", "fine-tune", "--pay", "1")
    said(shop.bob.run(*words, *options), 2, sentence)


def test_usage__not_metered__is_not_found(shop: Shop) -> None:
    """Most licences have no meter."""
    number = shop.granted()
    sentence = f"Licence {number} has no meter: only a settled, metered one does."
    for words in (("show", number), ("report", number, "1"), ("fund", number)):
        said(shop.bob.run("usage", *words), 4, sentence)


def test_usage__not_the_holder__is_refused(shop: Shop, licence: str) -> None:
    """Only the holder says what it used, and ends it."""
    sentence = f"Licence {licence} is {shop.bob.address}'s; the wallet is {shop.alice.address}."
    for words in (("report", licence, "1"), ("close", licence), ("take-bond", licence)):
        said(shop.alice.run("usage", *words), 3, sentence)


def test_report__more_than_the_bond_covers__is_refused(shop: Shop, licence: str) -> None:
    """A licence does not lapse by surprise."""
    answer = shop.bob.run("usage", "report", licence, str(10**14))
    assert answer.code == 3
    assert "add to it first, `ddao usage fund`" in answer.err


def test_fund__bond_is_full__is_refused(shop: Shop, licence: str) -> None:
    """Nothing is missing."""
    said(shop.bob.run("usage", "fund", licence), 3, f"The bond of licence {licence} is full.")


def test_usage__reported_lapsed_and_restored__follows_the_bond(
    shop: Shop, licence: str, tmp_path: Path
) -> None:
    """Reports pay the members; silence makes keepers refuse until the bond is full again."""
    assert "Use is metered: 1000 wei for each unit" in shop.bob.run("status", licence).out
    told = shop.bob.signs("usage", "report", licence, "70")
    assert told["amount"] == "70000"
    fewer = shop.bob.run("usage", "report", licence, "69")
    said(fewer, 3, "70 units are reported and paid already: 69 are fewer.")
    assert "Use is reported as agreed." in shown(told)
    shop.bob.signs("pull", licence, "--out", tmp_path / "first")
    shop.until(shop.bob.does("usage", "show", licence)["reportBy"])
    shop.work()
    found = shop.bob.does("usage", "show", licence)
    assert (found["phase"], found["used"]) == ("lapsed", "70")
    refused = shop.bob.run("pull", licence, "--out", tmp_path / "second")
    assert refused.code == 3
    assert "The licence has lapsed" in refused.err
    assert "lapsed" in shown(found)
    paid = shop.bob.signs("usage", "fund", licence)["amount"]
    assert int(paid) == 70_000 + ETHER // 100
    shop.follow()
    assert shop.bob.does("usage", "show", licence)["phase"] == "reported"
    shop.bob.signs("pull", licence, "--out", tmp_path / "third")


def test_royalty__unreadable_report_or_unknown_licence__is_refused(
    shop: Shop, licence: str, tmp_path: Path, report_file: Path
) -> None:
    """Nothing is paid for nothing."""
    gone = tmp_path / "gone"
    answer = shop.alice.run("royalty", licence, "0.1", "--report", gone)
    said(answer, 2, f"{gone} cannot be read: No such file or directory.")
    assert shop.alice.run("royalty", "999", "0.1", "--report", report_file).code == 4
    nothing = shop.alice.run("royalty", licence, "0", "--report", report_file)
    said(nothing, 2, "A royalty of nothing cannot be paid.")


def test_royalty__with_a_report__is_in_statement_and_page(
    shop: Shop, licence: str, report_file: Path
) -> None:
    """Members see what it was for: the report's hash is on chain."""
    told = shop.bob.signs("royalty", licence, "0.1", "--report", report_file)
    assert told["reportHash"] == "0x" + hashlib.sha256(report_file.read_bytes()).hexdigest()
    shop.follow()
    assert "0.1 ether" in shown(told)
    deposits = shop.alice.does("earnings")["deposits"]
    royalties = [each for each in deposits if each["source"] == "royalty"]
    assert [(each["royaltyFor"], each["purpose"]) for each in royalties] == [
        (int(licence), told["reportHash"])
    ]
    assert f"a royalty for licence {licence}" in shop.alice.run("earnings").out


def test_close__a_period_later__gives_the_rest_back(shop: Shop, licence: str) -> None:
    """The use ends at once, the bond comes back once nothing can be owed any more."""
    early = shop.bob.run("usage", "take-bond", licence)
    said(early, 3, f"The bond of licence {licence}: It cannot be taken yet.")
    shop.bob.signs("usage", "close", licence)
    found = shop.bob.does("usage", "show", licence)
    assert found["phase"] == "closing"
    assert shop.bob.run("usage", "fund", licence).code == 3
    shop.until(found["closesAt"])
    before = int(shop.bob.does("wallet", "show")["balance"])
    shop.bob.signs("usage", "take-bond", licence)
    assert int(shop.bob.does("wallet", "show")["balance"]) > before
    again = shop.bob.run("usage", "take-bond", licence)
    said(again, 3, f"The bond of licence {licence}: It was taken already.")
