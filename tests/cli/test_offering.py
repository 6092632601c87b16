"""`ddao propose`, `offers` and `accept`: selling without a request.

The chapters of a story: each test rests on the ones before.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.support.cli import SOURCE, shown
from tests.support.shop import Shop, said

UNIT_PRICE = 10**14
OFFER = ("propose", "offer", SOURCE, "--purpose", "fine-tune", "--unit-price", "0.0001")
STORY: dict[str, Any] = {}
"""What earlier chapters leave for later ones."""


def quote(shop: Shop, offer: int) -> int:
    """What an offer costs now."""
    return int(shop.bob.does("offers", "show", str(offer))["quote"]["price"])


@pytest.fixture(scope="module", autouse=True)
def votes(shop: Shop) -> None:
    """Enough units of the contributor to propose something, in a new edition."""
    shop.enlarge()


# --- refusals -------------------------------------------------------------------------------


def test_propose__without_votes__is_refused_before_the_password(shop: Shop) -> None:
    """A buyer holds no units, and is told how many votes a proposal takes."""
    answer = shop.bob.run(*OFFER)
    said(answer, 3, f"{shop.bob.address} has 0 votes, proposing takes 100.")


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (
            (*OFFER[:3], "--purpose", "retrieve", "--unit-price", "0"),
            2,
            "An offer has a price for each unit, and can be taken once at least.",
        ),
        (
            (*OFFER, "--open-days", "0"),
            2,
            "An offer is open for some time: --open-days is above 0.",
        ),
        ((*OFFER, "--days", "0"), 2, "A licence runs for a day at least."),
        ((*OFFER, "--royalty", "51"), 2, "A royalty is 0 to 50 percent."),
        (
            ("propose", "offer", "labelled-data", "--purpose", "fine-tune", "--unit-price", "1"),
            2,
            "This collection is not for fine-tune, only for evaluate, research.",
        ),
        (("propose", "withdraw-offer", "1"), 4, "There is no offer 1: `ddao offers` lists them."),
        (("propose", "amend-offer", "1"), 4, "There is no offer 1: `ddao offers` lists them."),
        (("propose", "remove-appraiser", "0x" + "11" * 20), 3, None),
        (("accept", "1", "--max", "1"), 4, "There is no offer 1: `ddao offers` lists them."),
        (("offers", "show"), 2, "Which offer? `ddao offers show NUMBER`."),
    ],
)
def test_command__that_cannot_succeed__says_why_before_the_password(
    shop: Shop, words: tuple[str, ...], code: int, sentence: str | None
) -> None:
    """No password file is given: whoever asks for one would fail otherwise."""
    expected = sentence or f"0x{'11' * 20} does not appraise."
    said(shop.alice.run(*words), code, expected)


# --- an offer -------------------------------------------------------------------------------


def test_propose_offer__member__puts_it_to_the_vote(shop: Shop) -> None:
    """Whoever votes is shown the calls themselves, above the proposer's own words."""
    told = shop.alice.signs(*OFFER, "--royalty", "2.5", "--count", "2", "--why", "Money for all.")
    assert told["description"].startswith("Publish an offer. Any buyer may have the newest edition")
    assert told["description"].endswith(f"Money for all.\n\n#proposer={shop.alice.address}")
    shop.follow()
    answer = shop.bob.run("proposals", "show", told["proposalId"])
    assert answer.code == 0, answer.err
    before, _, after = answer.out.partition(f"Its proposer, {shop.alice.address}, says:")
    assert "It would do this: Publishes a standing offer: any buyer may accept" in before
    assert "OfferDesk" in before
    assert "0.0001 ether" in before
    assert "Money for all." in after
    page = shown(told)
    assert page.index("Publishes a standing offer") < page.index("Money for all.")
    STORY["offer proposal"] = told["proposalId"]


def test_queue__vote_still_open__is_refused(shop: Shop) -> None:
    """Anybody may queue and carry out a member's proposal, once it is due."""
    for step in ("queue", "execute"):
        answer = shop.bob.run(step, STORY["offer proposal"])
        assert answer.code == 3, answer.out


def test_execute__by_anybody__publishes_the_offer(shop: Shop) -> None:
    """The service pays for both steps; then everybody sees the offer with its price."""
    number = STORY["offer proposal"]
    shop.later(61)
    shop.alice.signs("vote", number, "for")
    shop.later(8 * 60)
    assert shop.bob.does("queue", number)["proposalId"] == number
    shop.later(61)
    assert shop.bob.does("execute", number)["transaction"]
    shop.follow()
    (listed,) = shop.bob.does("offers")["offers"]
    assert (listed["offerId"], listed["state"]) == (1, "open")
    assert (listed["unitPrice"], listed["royaltyBps"]) == (str(UNIT_PRICE), 250)
    told = shop.bob.does("offers", "show", "1")
    assert told["obstacle"] is None
    assert int(told["quote"]["price"]) == UNIT_PRICE * int(told["quote"]["units"])
    assert "What it costs now" in shown(told)
    assert "/offers/1" in shown(shop.bob.does("offers"))


def test_accept__too_little_money_or_too_few_units__is_refused(shop: Shop) -> None:
    """Price, units and funds are compared before a password is asked for."""
    price = quote(shop, 1)
    poor = shop.bob.run("accept", "1", "--max", f"{price - 1} wei")
    assert poor.code == 3
    assert poor.err.startswith("Offer 1 costs ")
    few = shop.bob.run("accept", "1", "--max", "1000", "--min-units", "99999999")
    assert few.code == 3
    assert "you want 99999999 at least" in few.err


def test_accept__open_offer__is_a_licence_that_can_be_pulled(shop: Shop, tmp_path: Path) -> None:
    """No vote is needed: the keepers deliver, and the buyer reads what was contributed."""
    price, before = quote(shop, 1), shop.held(shop.bob)
    told = shop.bob.signs("accept", "1", "--max", "100")
    assert told["price"] == str(price)
    assert before - shop.held(shop.bob) >= price
    shop.follow()
    number = str(told["licenceId"])
    status = shop.bob.does("status", number)
    assert (status["status"], status["proposal"], status["counter"]) == ("granted", None, None)
    shop.work()
    pulled = shop.bob.signs("pull", number, "--out", tmp_path / "out")
    texts = [Path(each["path"]).read_text() for each in pulled["contributions"]]
    assert len(texts) == 2
    assert all("def " in text for text in texts)
    shop.work()
    assert shop.bob.does("status", number)["status"] == "settled"
    assert "offer 1" in shown(status)
    said(shop.bob.run("vote", number, "for"), 4, f"Request {number} came of an offer, which needs "
         "no vote of its own.")  # fmt: skip


def test_amend_offer__passed__closes_the_old_one(shop: Shop) -> None:
    """What is not named stays; the worker carries the vote out by itself."""
    nothing = shop.alice.run("propose", "amend-offer", "1")
    said(nothing, 2, "Say what is to be different: the options name it.")
    told = shop.alice.signs("propose", "amend-offer", "1", "--unit-price", "0.0002")
    shop.follow()
    shop.passed(told["proposalId"])
    new, old = shop.bob.does("offers")["offers"]
    assert (old["state"], old["replacedBy"]) == ("replaced", 2)
    assert (new["offerId"], new["replaces"], new["unitPrice"]) == (2, 1, str(2 * UNIT_PRICE))
    assert (new["royaltyBps"], new["maxCount"], new["accepted"]) == (250, 2, 0)
    late = shop.bob.run("accept", "1", "--max", "100")
    said(late, 3, "Offer 1 was withdrawn or replaced: `ddao offers` lists the open ones.")
    again = shop.alice.run("propose", "amend-offer", "1", "--count", "3")
    said(again, 3, "Offer 1 is replaced already.")


def test_withdraw_offer__passed__closes_it(shop: Shop) -> None:
    """Nobody can accept it any more."""
    told = shop.alice.signs("propose", "withdraw-offer", "2")
    shop.follow()
    shop.passed(told["proposalId"])
    shown_offer = shop.bob.does("offers", "show", "2")
    assert (shown_offer["offer"]["state"], shown_offer["quote"]) == ("withdrawn", None)


# --- who appraises, who pauses --------------------------------------------------------------


def test_propose__powers__are_told_in_words(shop: Shop) -> None:
    """Each names what it would change; passing one changes it."""
    key = "0x5df99bc13e84ad56281ba354aa16b9ef0076e3902da2f092916b088a7851e87d"
    judge = shop.judge.address
    for words, deed in (
        (
            ("add-appraiser", judge, "--sealing-key", key, "--endpoint", "http://judge.example"),
            f"Lets {judge} appraise: its signature mints units, within the caps.",
        ),
        (
            ("caps", "--each", "5", "--total", "10"),
            "Changes how much may be minted in a window of 1 hour: by one appraiser 5 %",
        ),
        (("council", "none"), "Makes nobody the guardian"),
        (("council", judge, "--days", "30"), f"Makes {judge} the guardian"),
    ):
        told = shop.alice.signs("propose", *words)
        shop.follow()
        (call,) = shop.bob.does("proposals", "show", told["proposalId"])["calls"]
        assert call["sentence"].startswith(deed)
    shop.passed(told["proposalId"])
    assert shop.service.system.chain.guardian().account == judge
