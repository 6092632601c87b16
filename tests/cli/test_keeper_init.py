"""`ddao keeper init` and `rotate`: folders, keys and the seat that others are given."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from dao_backend.core.deployment_file import mapping_of, parse
from dao_backend.custody.keystore import Unlock, UnlockedBy, open_keystore, unlocked_by
from tests.support.cli import PASSWORD, Answer, Person
from tests.support.keeper_program import OwnKeeper, make_keeper
from tests.support.local_dao import local_parameters

ENDPOINT = ("--endpoint", "https://keeper.example.org")


def init(person: Person, *words: str | Path) -> Answer:
    """`ddao keeper init` in the folder `keeper`, with a key file."""
    folder = ("--data", person.home / "keeper", "--key-file", person.home / "key")
    return person.run("keeper", "init", *folder, *words)


@pytest.fixture
def keeper(stranger: Person) -> OwnKeeper:
    """A new keeper with a key file."""
    return make_keeper(stranger, "own", "http://127.0.0.1:1")


def test_init__folder_that_holds_something__refused_and_left_alone(stranger: Person) -> None:
    """Nothing is ever written over."""
    (stranger.home / "keeper").mkdir()
    (stranger.home / "keeper" / "mine").write_text("mine")
    answer = init(stranger, *ENDPOINT)
    assert answer.code == 2
    assert "is not empty: name another folder; nothing was changed." in answer.err
    assert [path.name for path in (stranger.home / "keeper").iterdir()] == ["mine"]
    assert not (stranger.home / "key").exists()


def test_init__keepers_folder__refused_with_where_its_seat_is(keeper: OwnKeeper) -> None:
    """Whoever missed what was printed finds the seat in its file."""
    answer = keeper.run("init", *ENDPOINT, "--key-file", keeper.key_file)
    assert answer.code == 2
    assert "is a keeper's folder already, and its seat is in seat.yaml" in answer.err


def test_init__interrupted_after_its_keys__goes_on_with_them(keeper: OwnKeeper) -> None:
    """It says which keys those are and how to be rid of them, and shows the same seat."""
    (keeper.data / "keeper.yaml").unlink()
    (keeper.data / "seat.yaml").unlink()
    refused = keeper.run("run", "--key-file", keeper.key_file)
    assert "is no keeper's folder: make one with `ddao keeper init`" in refused.err
    words = ("--endpoint", keeper.seat["endpoint"], "--key-file", keeper.key_file)
    asks_for_it = keeper.run("init", *words[:2])
    assert asks_for_it.code == 2
    assert "need their key file: give it with --key-file." in asks_for_it.err
    answer = keeper.run("init", *words)
    assert answer.code == 0, answer.err
    left = f"an interrupted `ddao keeper init` left in {keeper.data / 'keys'}"
    assert f"Going on with the keys that {left}" in answer.out
    assert "To begin anew, remove that folder." in answer.out
    assert yaml.safe_load((keeper.data / "seat.yaml").read_text()) == [keeper.seat]


def test_init__path_of_a_file__refused(stranger: Person) -> None:
    """A keeper's data are a folder."""
    (stranger.home / "keeper").write_text("mine")
    answer = init(stranger, *ENDPOINT)
    assert answer.code == 2
    assert "is no folder: name another one." in answer.err


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--endpoint", "example"), "Endpoint is 'example': write a URL"),
        ((*ENDPOINT, "--listen", "here"), "Listen is 'here': write HOST:PORT"),
        ((*ENDPOINT, "--rpc", "node"), "Rpc is 'node': write a URL"),
        ((*ENDPOINT, "--agree", "2"), "Agree is 2: choose a value from 1 to 1"),
        ((*ENDPOINT, "--dao", "/nowhere"), "/nowhere cannot be read"),
    ],
    ids=str,
)
def test_init__setting_that_makes_no_sense__refused_and_nothing_made(
    stranger: Person, words: tuple[str, ...], sentence: str
) -> None:
    """What is wrong is said before any key is made."""
    answer = init(stranger, *words)
    assert answer.code == 2
    assert answer.err.startswith(sentence)
    assert not (stranger.home / "keeper" / "keys").exists()


def test_init__record_of_something_else__refused(stranger: Person) -> None:
    """A file that is no deployment record is noticed at once."""
    (stranger.home / "dao.json").write_text("{}")
    answer = init(stranger, *ENDPOINT, "--dao", stranger.home / "dao.json")
    assert answer.code == 2
    assert "this is no deployment record" in answer.err.lower()
    assert not (stranger.home / "keeper").exists()


def test_init__short_key_file__refused(stranger: Person) -> None:
    """A key file that could be guessed is no key file."""
    (stranger.home / "key").write_bytes(bytes(31))
    answer = init(stranger, *ENDPOINT)
    assert answer.code == 2
    assert answer.err.startswith("The key file has 31 bytes: give 32 random ones.")


def test_init__without_terminal_and_key_file__asks_for_a_password_file(stranger: Person) -> None:
    """Nobody is there to type a passphrase."""
    answer = stranger.run("keeper", "init", "--data", stranger.home / "keeper", *ENDPOINT)
    assert answer.code == 2
    assert "use --password-file" in answer.err


def test_init__done__seat_fits_a_deployment_file(keeper: OwnKeeper) -> None:
    """What is printed, and what lies in the folder, is an item of `committee.keepers`."""
    content = mapping_of(local_parameters())
    content["committee"] = {"threshold": 1, "keepers": [keeper.seat]}
    assert parse(content).keepers == (keeper.at(1),)
    assert yaml.safe_load((keeper.data / "seat.yaml").read_text()) == [keeper.seat]
    assert (keeper.data / "keeper.yaml").stat().st_mode & 0o777 == 0o600


def test_init__for_people__shows_seat_warning_and_next_step(stranger: Person) -> None:
    """The seat can be copied from the terminal, and a single node is warned about."""
    answer = init(stranger, *ENDPOINT)
    assert answer.code == 0
    told = answer.out
    assert "- operator: '0x" in told
    assert "believes a single node" in told
    assert f"Then: ddao keeper run --data {stranger.home / 'keeper'}" in told


def test_init__three_nodes__two_have_to_agree(stranger: Person) -> None:
    """More than half, where nothing else is said; then there is nothing to warn about."""
    nodes = [each for n in "123" for each in ("--rpc", f"http://node-{n}.example")]
    answer = init(stranger, *ENDPOINT, *nodes, "--json")
    assert answer.json["warning"] is None
    assert "agree: 2" in (stranger.home / "keeper" / "keeper.yaml").read_text()


def test_init__password_file_and_key_file__both_are_needed(stranger: Person) -> None:
    """Two things in two places open the keys."""
    answer = init(stranger, *ENDPOINT, "--password-file", stranger.password_file)
    assert answer.code == 0, answer.err
    keys, key = stranger.home / "keeper" / "keys", (stranger.home / "key").read_bytes()
    assert unlocked_by(keys) is UnlockedBy.BOTH
    assert open_keystore(keys, Unlock(PASSWORD.encode(), key)).sealing


def test_rotate__nothing_named__refused(keeper: OwnKeeper) -> None:
    """One has to say what is to change."""
    answer = keeper.run("rotate", "--key-file", keeper.key_file)
    assert answer.code == 2
    assert answer.err.startswith("Say what to change: --passphrase, --new-key-file, --sealing-key")


def test_rotate__key_file_left_out__asks_for_it(keeper: OwnKeeper) -> None:
    """What opens the keys is known without opening them."""
    answer = keeper.run("rotate", "--sealing-key")
    assert answer.code == 2
    assert "need their key file: give it with --key-file." in answer.err


def test_rotate__no_keepers_folder__says_how_to_make_one(stranger: Person) -> None:
    """A folder without settings is no keeper's."""
    answer = stranger.run("keeper", "rotate", "--data", stranger.home, "--sealing-key")
    assert answer.code == 2
    assert "is no keeper's folder: make one with `ddao keeper init`." in answer.err


def test_rotate__passphrase__needs_both_from_now_on(keeper: OwnKeeper) -> None:
    """A passphrase is added to the key file; the secrets stay what they were."""
    key = keeper.key_file.read_bytes()
    before = open_keystore(keeper.data / "keys", Unlock(key=key))
    password = keeper.person.password_file
    told = keeper.does(
        "rotate", "--key-file", keeper.key_file, "--passphrase", "--new-password-file", password
    )
    assert told["opensWith"] == "passphrase and key file"
    assert open_keystore(keeper.data / "keys", Unlock(PASSWORD.encode(), key)) == before


def test_rotate__key_file__opens_with_the_new_one(keeper: OwnKeeper) -> None:
    """A key file that was seen by somebody is replaced."""
    other = keeper.person.home / "other.key"
    keeper.does("rotate", "--key-file", keeper.key_file, "--new-key-file", other)
    assert open_keystore(keeper.data / "keys", Unlock(key=other.read_bytes()))
    answer = keeper.run("rotate", "--key-file", keeper.key_file, "--sealing-key")
    assert answer.code == 2
    assert answer.err.startswith("The secret does not open with this passphrase.")


def test_rotate__sealing_key__shows_the_seat_for_a_vote(keeper: OwnKeeper) -> None:
    """Operator and endpoint stay, the sealing key is new, and the old one still opens."""
    told = keeper.does("rotate", "--key-file", keeper.key_file, "--sealing-key")
    assert told["seat"]["operator"] == keeper.seat["operator"]
    assert told["seat"]["endpoint"] == keeper.seat["endpoint"]
    keys = open_keystore(keeper.data / "keys", Unlock(key=keeper.key_file.read_bytes()))
    public = ["0x" + key.public.hex() for key in keys.sealing]
    assert public == [keeper.seat["sealing_key"], told["seat"]["sealing_key"]]
    assert yaml.safe_load((keeper.data / "seat.yaml").read_text()) == [told["seat"]]
