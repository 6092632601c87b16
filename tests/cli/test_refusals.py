"""Bad input: every refusal with its exact sentence and exit code, before anything happened."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from dao_backend.chain.anvil import AnvilOptions, start_anvil
from tests.support.cli import (
    LABELLED,
    SOURCE,
    Answer,
    Person,
    Town,
    write_module,
)

NOBODY = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"


@pytest.fixture
def closed_port() -> Iterator[str]:
    """An address at which nobody listens, held so that nobody else takes it."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{held.getsockname()[1]}"


def said(answer: Answer, code: int, sentence: str) -> None:
    """The command ended with this code and this sentence, and advice."""
    assert (answer.err.splitlines()[0], answer.code) == (sentence, code)
    assert answer.err.splitlines()[1].startswith("Try: ")


def contribute(person: Person, path: Path, *words: str | Path) -> Answer:
    """Contribute with the password at hand."""
    shared = ("--collection", SOURCE, "--password-file", person.password_file)
    return person.run("contribute", path, *shared, *words)


def ask(person: Person, *words: str) -> Answer:
    """File a request, unless it is refused."""
    return person.run("request", *words, "--password-file", person.password_file)


# --- what is contributed --------------------------------------------------------------------


def test_contribute__empty_file__refused(alice: Person, tmp_path: Path) -> None:
    """There is nothing in it."""
    (tmp_path / "empty.txt").touch()
    answer = contribute(alice, tmp_path / "empty.txt")
    said(answer, 2, f"{tmp_path / 'empty.txt'} holds no bytes.")


def test_contribute__above_the_limit__refused_before_reading(alice: Person, tmp_path: Path) -> None:
    """The limit and the size are named."""
    large, limit = tmp_path / "large.bin", 8 * 1024**3
    with large.open("wb") as file:
        file.truncate(limit + 1)
    answer = contribute(alice, large)
    said(answer, 2, f"{large} has {limit + 1} bytes; the limit is {limit}.")


def test_contribute__missing_path__refused(alice: Person, tmp_path: Path) -> None:
    """The system's own reason is passed on."""
    gone = tmp_path / "gone.txt"
    said(contribute(alice, gone), 2, f"{gone} cannot be read: No such file or directory.")


def test_contribute__links_in_a_circle__refused(alice: Person, tmp_path: Path) -> None:
    """A link that leads to itself has no content."""
    loop = tmp_path / "loop"
    loop.symlink_to(loop)
    said(contribute(alice, loop), 2, f"{loop} is a link that leads in a circle.")


def test_contribute__one_of_two_paths_unreadable__sends_nothing(
    alice: Person, tmp_path: Path
) -> None:
    """All paths are looked at before the first is encrypted."""
    good, gone = write_module(tmp_path / "good.py", 901), tmp_path / "gone"
    before = alice.does("status")["contributions"]
    answer = contribute(alice, good, gone)
    said(answer, 2, f"{gone} cannot be read: No such file or directory.")
    assert alice.does("status")["contributions"] == before


def test_contribute__unknown_collection__names_those_there_are(
    alice: Person, tmp_path: Path
) -> None:
    """The choice is shown."""
    path = write_module(tmp_path / "a.py", 902)
    answer = alice.run("contribute", path, "--collection", "songs")
    said(
        answer,
        4,
        f"There is no collection 'songs'; there are: {SOURCE} (0), {LABELLED} (1).",
    )


def test_contribute__wrong_password__refused(alice: Person, tmp_path: Path) -> None:
    """The keystore stays as it is."""
    wrong = tmp_path / "wrong"
    wrong.write_text("guess\n")
    path, store = write_module(tmp_path / "a.py", 903), alice.book.find("default").path
    answer = alice.run("contribute", path, "--collection", SOURCE, "--password-file", wrong)
    said(answer, 2, f"{store} does not open with this password.")


def test_withdraw__no_id__refused(alice: Person) -> None:
    """The form of an id is named."""
    said(
        alice.run("withdraw", "0x12"),
        2,
        "'0x12' is no contribution id: that is 0x and 64 hexadecimal digits.",
    )


def test_withdraw__unknown_id__not_found(alice: Person) -> None:
    """Nothing is signed for what nobody knows."""
    assert alice.run("withdraw", "0x" + "ab" * 32).code == 4


# --- what is asked for ----------------------------------------------------------------------


def test_request__price_below_the_minimum__refused(bob: Person) -> None:
    """Both amounts are named with their unit."""
    answer = ask(bob, SOURCE, "--purpose", "fine-tune", "--pay", "5000 wei")
    said(answer, 2, "5000 wei is below the minimum of 0.01 ether.")


def test_request__purposes_outside_the_collection__refused(bob: Person) -> None:
    """What goes too far is named, and what is possible."""
    answer = ask(bob, LABELLED, "--purpose", "fine-tune", "--purpose", "evaluate", "--pay", "1")
    said(answer, 2, "labelled-data is not for fine-tune, only for evaluate, research.")


def test_request__unknown_purpose__refused(bob: Person) -> None:
    """All purposes are listed."""
    answer = ask(bob, SOURCE, "--purpose", "resell", "--pay", "1")
    assert answer.code == 2
    assert answer.err.startswith("Unknown purpose 'resell'; known are train-foundation, fine-tune")


def test_request__insufficient_funds__says_so_before_the_password(alice: Person) -> None:
    """Price and fee are held against the balance first."""
    answer = alice.run("request", SOURCE, "--purpose", "fine-tune", "--pay", "1")
    said(
        answer,
        6,
        f"{alice.address} holds 0 ether, 1.001 ether are needed "
        "(on the local chain: `ddao wallet fund`).",
    )


@pytest.mark.parametrize("amount", ["", "-1", "much", "1.0000000000000000001"])
def test_request__no_amount__refused(bob: Person, amount: str) -> None:
    """What is no amount is not guessed at."""
    assert ask(bob, SOURCE, "--purpose", "fine-tune", f"--pay={amount}").code == 2


def test_request__unreadable_terms__refused(bob: Person, tmp_path: Path) -> None:
    """Terms that cannot be read cannot be filed."""
    gone = tmp_path / "terms.txt"
    answer = ask(bob, SOURCE, "--purpose", "fine-tune", "--pay", "1", "--terms", str(gone))
    said(answer, 2, f"{gone} cannot be read: No such file or directory.")


@pytest.mark.parametrize("step", ["queue", "execute", "settle", "refund", "cancel", "pull"])
def test_step__unknown_request__not_found(bob: Person, step: str) -> None:
    """Nothing is sent for a request that nobody filed."""
    answer = bob.run(step, "4711")
    assert answer.code == 4
    assert "4711" in answer.err


# --- who and where --------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["0x12", "nobody", NOBODY.lower(), NOBODY.replace("9", "8", 1)])
def test_earnings__no_address__refused(alice: Person, text: str) -> None:
    """An address has 20 bytes and a checksum that holds."""
    said(alice.run("earnings", text), 2, f"{text!r} is not a checksummed account address.")


def test_earnings__unknown_address__not_found(alice: Person) -> None:
    """Somebody who never contributed has no statement."""
    answer = alice.run("earnings", NOBODY)
    assert answer.code == 4
    assert NOBODY in answer.err


def test_status__words_without_meaning__refused(alice: Person) -> None:
    """What cannot be looked up is said."""
    said(
        alice.run("status", "everything"), 2, "Say which: a contribution's id, or `request NUMBER`."
    )


def test_any__service_not_answering__says_where(stranger: Person, closed_port: str) -> None:
    """The URL is named, and the command that starts a service."""
    answer = stranger.run("browse", "--service", closed_port)
    assert answer.code == 6
    assert answer.err.startswith(f"The service at {closed_port} does not answer: ")
    assert "`ddao up`" in answer.err


@pytest.mark.parametrize("url", ["localhost", "ftp://here", "http://"])
def test_any__no_url__refused(stranger: Person, url: str) -> None:
    """What is no address of a service is not called."""
    said(
        stranger.run("browse", "--service", url),
        2,
        f"{url!r} is no address of a service: it begins with http:// or https://.",
    )


def test_any__something_else_answers__says_so(stranger: Person, town: Town) -> None:
    """A server that is no service of a DAO, here the node itself, is recognised."""
    answer = stranger.run("browse", "--service", town.rpc_url)
    assert answer.code == 6
    assert answer.err.startswith("The service answered ")


def test_init__chain_not_answering__writes_nothing(
    stranger: Person, town: Town, closed_port: str
) -> None:
    """A service without a chain is not chosen."""
    answer = stranger.run("init", "--service", town.url, "--rpc", closed_port)
    said(answer, 6, f"No answer from {closed_port}: ConnectionError.")
    assert not (stranger.home / ".config" / "ddao" / "config.json").exists()


def test_init__node_of_another_network__refused(stranger: Person, town: Town) -> None:
    """The node's chain must be the DAO's."""
    with start_anvil(AnvilOptions(chain_id=1234, block_time=None)) as other:
        answer = stranger.run("init", "--service", town.url, "--rpc", other.url)
    said(answer, 6, "The node serves chain 1234, this DAO lives on chain 31337.")


def test_any__service_speaks_for_another_dao__refused(stranger: Person, town: Town) -> None:
    """What `ddao init` wrote down is held against what the service says today."""
    chosen = stranger.does("init", "--service", town.url)
    path = Path(chosen["config"])
    path.write_text(json.dumps({**json.loads(path.read_text()), "registry": NOBODY}))
    answer = stranger.run("browse")
    assert answer.code == 6
    assert answer.err.startswith(
        f"{town.url} now serves the DAO at {chosen['registry']} on chain 31337, "
        f"not the one at {NOBODY} on chain 31337"
    )


def test_any__config_damaged__says_what_to_remove(stranger: Person, town: Town) -> None:
    """A configuration that cannot be read is named."""
    path = stranger.home / ".config" / "ddao" / "config.json"
    path.write_text('{"servant": 1}')
    said(stranger.run("browse"), 2, f"{path} is damaged: remove it and run `ddao init` again.")


def test_any__error_with_json__is_one_document(stranger: Person, closed_port: str) -> None:
    """A program gets the error as a document, with the exit code of the process."""
    answer = stranger.run("browse", "--service", closed_port, "--json")
    assert answer.json["error"]["type"] == "ServiceUnavailable"
    assert answer.json["error"]["exitCode"] == answer.code == 6


def test_any__verbose__shows_where_it_came_from(stranger: Person, closed_port: str) -> None:
    """The way to the error is shown only when it is asked for."""
    quiet = stranger.run("browse", "--service", closed_port)
    verbose = stranger.run("browse", "--service", closed_port, "--verbose")
    assert "Traceback" not in quiet.err
    assert "Traceback" in verbose.err
