"""`ddao strike`, `council`, `leave` and batches, from refusals to what they bring about."""

from __future__ import annotations

from pathlib import Path

import pytest

from dao_backend.chain.artifacts import ContractName, abi_of
from dao_backend.chain.decode import homes_of
from dao_backend.core.packing import hex_of
from tests.support.cli import SOURCE, Answer, shown, write_module
from tests.support.shop import Shop

DAY = 86_400
PERSON = "0x" + "ab" * 32
REASON = "The last price was too low."


def said(answer: Answer, code: int, sentence: str) -> None:
    """The command ended with this code and this sentence."""
    assert (answer.err.splitlines()[0], answer.code) == (sentence, code)


def by_vote(shop: Shop, contract: ContractName, function: str, *arguments: object) -> None:
    """Do what only a passed vote may do, by lending the timelock's hand."""
    local = shop.service.chain
    timelock, to = local.addresses.timelock, homes_of(local.addresses)[contract]
    data = abi_of(contract).functions[function].encode(arguments)
    local.fund(timelock)
    local.rpc.once("anvil_impersonateAccount", timelock)
    local.rpc.once("eth_sendTransaction", {"from": timelock, "to": to, "data": hex_of(data)})
    shop.later()


# --- strikes --------------------------------------------------------------------------------


def test_strike__nobody_called__nothing_to_pledge_to(shop: Shop) -> None:
    """Why one cannot is said before a password is asked for."""
    for verb in ("pledge", "unpledge"):
        said(
            shop.alice.run("strike", verb),
            3,
            "No call takes pledges now: Nobody is on strike; any member can call one.",
        )


def test_strike__called_by_a_stranger__is_refused(shop: Shop) -> None:
    """Only members call."""
    answer = shop.bob.run("strike", "call", REASON)
    said(answer, 3, f"{shop.bob.address} holds no units: only members call to strike.")
    assert shop.alice.run("strike", "call", " ").code == 2


def test_strike__enough_pledged__holds_grants_up_for_its_time(shop: Shop) -> None:
    """One member with all units is enough; a passed request waits for the end."""
    words = ("request", SOURCE, "--purpose", "fine-tune", "--pay", "1")
    number = str(shop.bob.signs(*words)["requestId"])
    shop.later(61)
    shop.alice.signs("vote", number, "for")
    told = shop.alice.signs("strike", "call", REASON)
    assert told["phase"] == "on"
    shop.later()
    assert REASON in shop.bob.run("strike", "show").out
    assert REASON in shown(told)
    assert "Members are on strike" in shop.bob.run("status").out
    again = shop.alice.run("strike", "call", REASON)
    assert again.code == 3
    assert again.err.startswith("The members are on strike: nothing is granted")
    assert shop.alice.run("strike", "unpledge").code == 3
    shop.later(8 * 60)
    shop.service.system.worker.run_once()
    shop.later(61)
    refused = shop.bob.run("execute", number)
    assert refused.code == 3
    assert refused.err.startswith("The members are on strike until ")
    shop.until(shop.alice.does("strike", "show")["until"])
    assert shop.alice.does("strike", "show")["phase"] == "cooldown"
    shop.bob.does("execute", number)
    assert shop.bob.does("status", number)["status"] == "granted"
    shop.until(shop.alice.does("strike", "show")["callableFrom"])
    assert shop.alice.does("strike", "show")["phase"] == "idle"


# --- the council ----------------------------------------------------------------------------


def test_council__no_guardian__nobody_can_pause(shop: Shop) -> None:
    """The answer names nobody."""
    assert shop.bob.does("council", "show")["phase"] == "nobody"
    answer = shop.bob.run("council", "pause", "1")
    said(answer, 3, f"The guardian is nobody; the wallet is {shop.bob.address}.")
    assert shop.bob.run("council", "pause", "8").code == 2


def test_council__guardian__pauses_ends_it_and_cancels(shop: Shop) -> None:
    """A pause stops requests, its early end lets them in, and a queued proposal can be voided."""
    until = shop.service.system.chain.head().timestamp + 300 * DAY
    by_vote(shop, ContractName.COUNCIL, "appoint", shop.judge.address, until)
    assert shop.alice.does("council", "show")["phase"] == "ready"
    nothing = shop.judge.run("council", "unpause")
    said(nothing, 3, "Nothing is paused now.")
    told = shop.judge.signs("council", "pause", "0.5")
    assert told["pause"]["until"] == told["pause"]["begin"] + DAY // 2
    assert "The council has paused" in shop.bob.run("status").out
    words = ("request", SOURCE, "--purpose", "research", "--pay", "1")
    refused = shop.bob.run(*words, "--password-file", shop.bob.password_file)
    assert refused.code == 3
    assert shop.judge.signs("council", "unpause")["phase"] == "resting"
    assert shop.judge.run("council", "pause", "1").code == 3
    number = str(shop.bob.signs(*words)["requestId"])
    shop.later(61)
    early = shop.judge.run("council", "cancel", number)
    said(early, 3, f"Proposal {number} is active: only what is queued can be cancelled.")
    shop.alice.signs("vote", number, "for")
    shop.later(8 * 60)
    shop.bob.does("queue", number)
    shop.later()
    shown(shop.judge.signs("council", "cancel", number))
    shop.later()
    assert shop.alice.does("proposals", "show", number)["state"] == "canceled"
    shop.work()
    assert shop.bob.does("status", number)["status"] == "refunded"


# --- persons --------------------------------------------------------------------------------


def test_attest__no_attestor_or_no_hash__is_refused(shop: Shop) -> None:
    """Only whom a vote named can state who is a person, and only under a hash."""
    words = ("attest-uniqueness", shop.bob.address, "--person")
    said(
        shop.judge.run(*words, PERSON),
        3,
        f"{shop.judge.address} is no attestor of this DAO: a vote names them.",
    )
    assert shop.judge.run(*words, "bob").code == 2
    assert shop.judge.run(*words, "0x" + "0" * 64).code == 2


def test_attest__attestor__states_it_once(shop: Shop) -> None:
    """The statement is relayed, and cannot be made twice."""
    by_vote(shop, ContractName.TOKEN, "addAttestor", shop.judge.address)
    words = ("attest-uniqueness", shop.bob.address, "--person", PERSON)
    shown(shop.judge.signs(*words))
    assert shop.service.system.chain.is_attested(shop.bob.address)
    said(shop.judge.run(*words), 3, f"{shop.bob.address} is attested already.")


# --- batches and leaving --------------------------------------------------------------------


@pytest.fixture
def modules(tmp_path: Path) -> list[Path]:
    """Two modules and what nobody would keep."""
    blank = tmp_path / "blank.py"
    blank.write_text("\n" * 500)
    good = [write_module(tmp_path / f"{number}.py", 700 + number) for number in (1, 2)]
    return [good[0], blank, good[1]]


def test_leave__with_nothing__is_refused(shop: Shop) -> None:
    """Who holds no units cannot leave with any."""
    answer = shop.judge.run("leave")
    said(answer, 3, f"{shop.judge.address} holds no units: there is nothing to leave with.")


def test_contribute__three_with_one_bad__registers_two_in_one_transaction(
    shop: Shop, modules: list[Path]
) -> None:
    """What scores nothing is named; the others share a transaction."""
    told = shop.judge.signs("contribute", *modules, "--collection", SOURCE)
    first, blank, second = told["contributions"]
    assert first["transaction"] == second["transaction"] is not None
    assert (blank["registered"], blank["transaction"], blank["refusal"]) == (False, None, None)
    assert (told["registered"], [each["registered"] for each in (first, second)]) == (
        2,
        [True, True],
    )
    shop.later()
    assert len(shop.judge.does("status")["contributions"]) == 2
    assert shop.judge.does("status")["unfinished"] == []


def test_leave__not_confirmed__changes_nothing(shop: Shop) -> None:
    """What it would do is said first, and without a terminal it has to be meant."""
    answer = shop.judge.run("leave")
    said(answer, 2, "There is no terminal to ask whether you mean it: use --yes.")
    assert "Every contribution of" in answer.out
    assert "Editions already sold stay sold, and keep paying." in answer.out


def test_leave__confirmed__takes_everything_and_lets_come_back(shop: Shop, tmp_path: Path) -> None:
    """All contributions are withdrawn at once; a new one is registered as if nothing had been."""
    told = shop.judge.signs("leave", "--yes")
    assert len(told["contributions"]) == 2
    shop.later()
    status = shop.judge.does("status")
    assert status["units"] == ["0", "0"]
    assert {each["status"] for each in status["contributions"]} == {"withdrawn"}
    assert "withdrawn" in shown(told)
    gone = shop.judge.run("withdraw", told["contributions"][0])
    said(gone, 3, "This contribution is withdrawn, there is nothing to withdraw.")
    back = write_module(tmp_path / "back.py", 777)
    assert shop.judge.signs("contribute", back, "--collection", SOURCE)["registered"] == 1
