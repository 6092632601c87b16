"""The life of a contribution, told with commands alone; each test rests on the one before.

Chain time is moved by hand; index, keeper and worker of the running service do the rest.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.cli import LABELLED, SOURCE, Person, Town, shown, write_module

VOTE_DELAY, VOTE_PERIOD, TIMELOCK, SEAL_INTERVAL = 60, 300, 60, 3600
ETHER = 10**18
STORY: dict[str, Any] = {}
"""What earlier chapters leave for later ones."""


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a package, a single module, and one that nobody would keep."""
    folder = tmp_path_factory.mktemp("data")
    for number in range(3):
        write_module(folder / "package" / f"part_{number}.py", number)
    (folder / "package" / "__pycache__").mkdir()
    (folder / "package" / "__pycache__" / "part.pyc").write_bytes(b"compiled")
    write_module(folder / "single.py", 10)
    (folder / "blank.py").write_text("\n" * 500)
    return folder


@pytest.fixture(scope="module")
def carol(newcomer: Callable[[str], Person]) -> Person:
    """A second contributor."""
    return newcomer("carol")


def proposal(person: Person, request: int) -> Any:
    """A proposal's state, tally and clock."""
    return person.does("proposals", "show", str(request))


def test_contribute__folder_and_file__registers_what_earns_units(
    town: Town, alice: Person, data: Path
) -> None:
    """Several paths are several contributions; what scores nothing is listed, not registered."""
    paths = [data / "package", data / "single.py", data / "blank.py"]
    told = alice.signs("contribute", *paths, "--collection", SOURCE)
    package, single, blank = told["contributions"]
    assert (package["registered"], single["registered"], blank["registered"]) == (True, True, False)
    assert blank["transaction"] is None
    assert any(reason["weight"] == 0 for reason in blank["reasons"])
    assert told["units"] == str(int(package["units"]) + int(single["units"]))
    town.until(lambda: len(alice.does("status")["contributions"]) == 2)
    assert alice.does("status", single["contributionId"])["status"] == "registered"
    shown(told)
    STORY["package"], STORY["single"] = package["contributionId"], single["contributionId"]


def test_contribute__nothing_scores__exit_code_says_so(alice: Person, data: Path) -> None:
    """Where no path was registered a script can tell: the same content again earns nothing."""
    answer = alice.run(
        "contribute", data / "single.py", "--collection", SOURCE,
        "--password-file", alice.password_file,
    )  # fmt: skip
    assert answer.code == 3
    assert f"is a copy of your contribution {STORY['single']}" in answer.out
    assert "0 of 1 registered" in answer.out


def test_contribute__preview__names_what_stays_behind(carol: Person, data: Path) -> None:
    """Before the password is asked for, files, sizes, skipped names and purposes are shown."""
    answer = carol.run("contribute", data / "package", "--collection", SOURCE)
    assert answer.code == 2
    assert "package" in answer.out
    assert "Left out: __pycache__/" in answer.out
    assert "You agree that members may license this for: train-foundation" in answer.out


def test_contribute__server_side__is_labelled_and_registered(
    town: Town, carol: Person, tmp_path: Path
) -> None:
    """Who cannot encrypt lets the service do it, and is told what that means."""
    path = write_module(tmp_path / "open.py", 20)
    answer = carol.run(
        "contribute", path, "--collection", "0", "--server-side",
        "--password-file", carol.password_file,
    )  # fmt: skip
    assert answer.code == 0
    assert "The service encrypts: its operator can read this content." in answer.out
    town.until(lambda: len(carol.does("status")["contributions"]) == 1)


def test_seal__changes_pending__makes_an_attested_edition(town: Town, alice: Person) -> None:
    """The worker, or anybody, seals once the interval is over; keepers attest what is final."""
    town.later(SEAL_INTERVAL + 1)
    editions = town.until(lambda: alice.does("edition", "list", SOURCE)["editions"])
    number = editions[0]["editionId"]
    town.until(lambda: alice.does("browse", SOURCE)["editions"][0]["root"])
    again = alice.run("edition", "seal", SOURCE)
    assert again.code == 3
    assert alice.does("edition", "attest", str(number))["transaction"] is None
    STORY["edition"] = number


def test_verify_edition__attested__root_follows_from_the_log(alice: Person) -> None:
    """The root is rebuilt from the chain's own events, without trust in the service."""
    told = alice.does("verify", "edition", str(STORY["edition"]))
    assert told["verified"]
    assert told["contributions"] == 3
    shown(told)


def test_verify_contribution__envelope__is_the_registered_one(
    town: Town, alice: Person, tmp_path: Path
) -> None:
    """An envelope is held against the record; a changed one is named, with its own exit code."""
    told = alice.does("verify", "contribution", STORY["single"])
    envelope = httpx.get(f"{town.url}/v1/envelopes/{told['cid']}", trust_env=False).content
    file = tmp_path / "envelope"
    file.write_bytes(envelope)
    assert alice.does("verify", "contribution", STORY["single"], "--file", file)["verified"]
    file.write_bytes(envelope[:-1] + bytes([envelope[-1] ^ 1]))
    answer = alice.run("verify", "contribution", STORY["single"], "--file", file)
    assert answer.code == 5
    assert f"registered is {told['cid']}" in answer.err


def test_request__price_in_escrow__is_filed(town: Town, bob: Person, tmp_path: Path) -> None:
    """Price and fee leave the buyer's account; the terms' text is named by its hash."""
    terms = tmp_path / "terms.txt"
    terms.write_text("Use it well.")
    before = int(bob.does("wallet", "show")["balance"])
    told = bob.signs("request", SOURCE, "--purpose", "fine-tune", "--pay", "1.5", "--terms", terms)
    assert told["price"] == str(15 * ETHER // 10)
    assert int(bob.does("wallet", "show")["balance"]) < before - int(told["price"])
    assert bob.does("wallet", "show")["releaseKeys"] == [told["releaseKey"]]
    STORY["request"] = told["requestId"]
    town.until(lambda: bob.does("status")["requests"])
    shown(told)


def test_vote__not_open_yet__says_when_before_the_password(alice: Person) -> None:
    """Why one cannot vote comes before any prompt."""
    answer = alice.run("vote", str(STORY["request"]), "for")
    assert answer.code == 3
    assert answer.err.startswith("The vote opens in ")


def test_pull__before_the_vote__says_what_it_waits_for(bob: Person) -> None:
    """Nothing is handed over, and no password is asked for."""
    answer = bob.run("pull", str(STORY["request"]))
    assert answer.code == 3
    assert answer.err.startswith(f"Request {STORY['request']} is not granted: ")


def test_vote__member__is_relayed_and_counted_once(town: Town, alice: Person, bob: Person) -> None:
    """The question is shown as one sentence; a second ballot and a stranger's are refused."""
    number = str(STORY["request"])
    town.later(VOTE_DELAY + 1)
    stranger = bob.run("vote", number, "for")
    assert stranger.code == 3
    assert "had no votes at the snapshot" in stranger.err
    answer = alice.run("vote", number, "for", "--password-file", alice.password_file)
    assert answer.code == 0, answer.err
    assert f"Request {number}: {bob.address} asks for the newest edition of {SOURCE}" in answer.out
    assert "You vote FOR with" in answer.out
    counted = town.until(lambda: int(proposal(alice, STORY["request"])["votesFor"]))
    assert counted > 0
    again = alice.run("vote", number, "against")
    assert again.err.startswith("This account's ballot is counted already.")


def test_vote__own_transaction__needs_coin_of_the_voter(town: Town, carol: Person) -> None:
    """Who does not want the service to relay sends the ballot itself."""
    number = str(STORY["request"])
    words = ("vote", number, "abstain", "--send", "--password-file", carol.password_file)
    poor = carol.run(*words)
    assert poor.code == 6
    assert poor.err.startswith(f"{carol.address} holds 0 wei, ")
    carol.does("wallet", "fund")
    assert carol.signs("vote", number, "abstain", "--send")["support"] == "abstain"
    town.until(lambda: int(proposal(carol, STORY["request"])["votesAbstain"]))
    shown(proposal(carol, STORY["request"]))


def test_status__passed_request__is_granted_and_released(town: Town, bob: Person) -> None:
    """The worker queues and executes; the keeper posts its receipt, then hands over."""
    number = str(STORY["request"])
    town.later(VOTE_PERIOD)
    town.until(lambda: proposal(bob, STORY["request"])["state"] == "queued")
    town.later(TIMELOCK)
    town.until(lambda: bob.does("status", number)["status"] in ("granted", "settled"))
    town.until(lambda: all(each["ready"] for each in bob.does("status", number)["bundles"]))
    (epoch,) = bob.does("keepers")["epochs"]
    assert [each["receipts"] for each in epoch["keepers"]] == [epoch["deliveries"]] == [1]
    assert bob.does("status", "request", number)["page"] == bob.does("status", number)["page"]


def test_pull__by_another_wallet__refused(alice: Person) -> None:
    """The licence's holder is named."""
    answer = alice.run("pull", str(STORY["request"]))
    assert answer.code == 3
    assert "the wallet is" in answer.err


def test_pull__released__gives_back_every_byte(bob: Person, data: Path, tmp_path: Path) -> None:
    """What is decrypted equals what was contributed; a second run fetches nothing again."""
    told = bob.signs("pull", str(STORY["request"]), "--out", tmp_path / "out")
    paths = {each["contributionId"]: Path(each["path"]) for each in told["contributions"]}
    assert len(paths) == 3
    assert paths[STORY["single"]].read_bytes() == (data / "single.py").read_bytes()
    package = paths[STORY["package"]]
    assert sorted(each.name for each in package.iterdir()) == [f"part_{n}.py" for n in range(3)]
    for each in package.iterdir():
        assert each.read_bytes() == (data / "package" / each.name).read_bytes()
    changed = {path: path.stat().st_mtime_ns for path in paths.values()}
    bob.signs("pull", str(STORY["request"]), "--out", tmp_path / "out")
    assert {path: path.stat().st_mtime_ns for path in paths.values()} == changed
    shown(told)


def test_earnings__settled__are_paid_to_the_wei(town: Town, alice: Person) -> None:
    """Each line can be computed again; what is due is what a claim pays, at no cost."""
    town.until(lambda: alice.does("earnings")["lines"])
    told = alice.does("earnings")
    (line,) = told["lines"]
    expected = int(line["received"]) * int(line["units"]) // int(line["totalUnits"])
    assert int(line["due"]) == expected > 0
    before = int(alice.does("wallet", "show")["balance"])
    claimed = alice.does("earnings", "--claim")["claimed"]
    assert [int(each["amount"]) for each in claimed] == [expected]
    assert int(alice.does("wallet", "show")["balance"]) == before + expected
    town.until(lambda: alice.does("earnings")["lines"][0]["due"] == "0")
    assert alice.does("earnings", "--claim")["claimed"] == []
    shown(told)


def test_withdraw__not_ones_own__refused(carol: Person) -> None:
    """Only its contributor takes a contribution back; the password is not asked for."""
    answer = carol.run("withdraw", STORY["single"])
    assert answer.code == 3
    assert answer.err.endswith("Try: Read the reason; `ddao status` shows what can be done now.\n")


def test_withdraw__own__burns_the_units(town: Town, alice: Person) -> None:
    """The units go at once, and a second withdrawal is refused."""
    told = alice.signs("withdraw", STORY["single"])
    town.until(lambda: alice.does("status", STORY["single"])["status"] == "withdrawn")
    again = alice.run("withdraw", STORY["single"])
    assert again.code == 3
    assert again.err.startswith("This contribution is withdrawn, there is nothing to withdraw.")
    shown(told)


def test_cancel__before_the_vote__gives_the_price_back(town: Town, bob: Person) -> None:
    """The buyer alone takes a request back, while its vote is not open."""
    number = str(
        bob.signs("request", LABELLED, "--purpose", "research", "--pay", "0.5")["requestId"]
    )
    town.until(lambda: number in {str(r["requestId"]) for r in bob.does("status")["requests"]})
    held = int(bob.does("wallet", "show")["balance"])
    bob.signs("cancel", number)
    assert int(bob.does("wallet", "show")["balance"]) > held + 4 * ETHER // 10
    assert bob.does("status", number)["status"] == "cancelled"


def test_refund__nobody_voted__price_comes_back(town: Town, bob: Person) -> None:
    """Silence has an outcome: the worker, or anybody, refunds a defeated request."""
    number = str(bob.signs("request", SOURCE, "--purpose", "research", "--pay", "0.5")["requestId"])
    early = bob.run("refund", number)
    assert early.code == 3
    held = int(bob.does("wallet", "show")["balance"])
    town.later(VOTE_DELAY + VOTE_PERIOD + 2)
    town.until(lambda: bob.does("status", number)["status"] == "refunded")
    assert int(bob.does("wallet", "show")["balance"]) == held + ETHER // 2
