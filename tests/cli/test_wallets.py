"""Wallets: keystore files of their owner alone, and the release keys beside them."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from dao_backend.core.crypto import check_public_key
from dao_backend.core.packing import bytes_of
from dao_backend.errors import InputError, NotFound, Refused, WrongPassword
from dao_backend.wiring.client import open_client
from dao_backend.wiring.wallets import WalletBook
from tests.support.cli import PASSWORD, Person, Town, settle_in


def test_new__name_taken__refused_and_unchanged(stranger: Person) -> None:
    """An account is never overwritten."""
    before = stranger.book.find("default").path.read_bytes()
    answer = stranger.run("wallet", "new", "default", "--password-file", stranger.password_file)
    assert answer.code == 2
    assert answer.err.startswith("There is a wallet default already; nothing was changed.\n")
    assert stranger.book.find("default").path.read_bytes() == before


@pytest.mark.parametrize("name", ["../out", "a/b", "", ".hidden", "a b", "x" * 65])
def test_new__name_that_is_a_path__refused(stranger: Person, name: str) -> None:
    """A wallet's name never leads out of the folder of wallets."""
    with pytest.raises(InputError, match="is no name for a wallet"):
        stranger.book.new(name, PASSWORD)


def test_new__nobody_to_ask__says_how_to_give_the_password(stranger: Person) -> None:
    """Without terminal and password file nothing is made."""
    answer = stranger.run("wallet", "new", "second")
    assert answer.code == 2
    assert answer.err.startswith(
        "There is no terminal to ask for the password: use --password-file.\n"
    )


@pytest.mark.parametrize("content", ["", "\nsecond line"])
def test_new__password_file_empty__refused(stranger: Person, content: str) -> None:
    """An empty password is no password."""
    stranger.password_file.write_text(content)
    answer = stranger.run("wallet", "new", "second", "--password-file", stranger.password_file)
    assert answer.code == 2
    assert "is empty" in answer.err


def test_show__unknown_wallet__names_those_there_are(stranger: Person) -> None:
    """A typing error shows what could have been meant, and the command that makes one."""
    answer = stranger.run("wallet", "show", "defualt")
    assert answer.code == 4
    assert answer.err.startswith(
        "There is no wallet defualt (there is: default); make one with `ddao wallet new defualt`.\n"
    )


@pytest.mark.parametrize("content", ["{}", "[]", "not json", '{"address": "zz", "crypto": {}}'])
def test_import__no_keystore__refused_and_nothing_written(stranger: Person, content: str) -> None:
    """A file that is no keystore is not copied."""
    file = stranger.home / "odd.json"
    file.write_text(content)
    answer = stranger.run("wallet", "import", file, "--password-file", stranger.password_file)
    assert answer.code == 2
    assert [each.name for each in stranger.book.all()] == ["default"]


def test_import__wrong_password__refused_and_nothing_written(
    stranger: Person, tmp_path: Path
) -> None:
    """What cannot be opened is not copied."""
    other = settle_in(tmp_path / "other")
    stranger.password_file.write_text("guess")
    answer = stranger.run(
        "wallet", "import", other.book.find("default").path, "--name", "taken",
        "--password-file", stranger.password_file,
    )  # fmt: skip
    assert answer.code == 2
    assert "does not open with this password" in answer.err
    assert [each.name for each in stranger.book.all()] == ["default"]


def test_fund__another_chain__refused(town: Town, stranger: Person) -> None:
    """Play money is made on the local chain alone."""
    client = open_client(town.url)
    elsewhere = replace(client.facts, addresses=replace(client.facts.addresses, chain_id=1))
    with pytest.raises(Refused, match="on the local chain only, and this is chain 1"):
        replace(client, facts=elsewhere).fund(stranger.book.find("default").address, 1)
    client.close()


def test_release_secret__unknown_key__says_where_it_is(stranger: Person) -> None:
    """A release key lies on the machine where it was made."""
    with pytest.raises(NotFound, match="does not hold the release key 0x0101"):
        stranger.book.release_secret(stranger.book.find("default"), PASSWORD, bytes([1]) * 32)


def test_release_key__wrong_password__makes_none(stranger: Person) -> None:
    """A release key is wrapped under the keystore's own password, never a mistyped one."""
    wallet = stranger.book.find("default")
    with pytest.raises(WrongPassword):
        stranger.book.new_release_key(wallet, "mistyped")
    assert stranger.book.release_keys(wallet) == ()


def test_new__success__is_readable_by_its_owner_alone(stranger: Person) -> None:
    """The file opens with the password, and neither file nor folder is open to others."""
    told = stranger.signs("wallet", "new", "second")
    path = Path(told["file"])
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o077 == 0
    signer = stranger.book.open(stranger.book.find("second"), PASSWORD)
    assert signer.address == told["address"]


def test_list__two_wallets__needs_no_password(stranger: Person) -> None:
    """Addresses can be read without opening anything."""
    second = stranger.book.new("second", PASSWORD)
    told = stranger.does("wallet", "list")["wallets"]
    assert [each["wallet"] for each in told] == ["default", "second"]
    assert told[1]["address"] == second.address


def test_import__keystore_without_address__is_completed(stranger: Person, tmp_path: Path) -> None:
    """Foundry leaves the address out of its keystores; ours say whose they are."""
    other = settle_in(tmp_path / "other")
    keystore = json.loads(other.book.find("default").path.read_bytes())
    del keystore["address"]
    file = tmp_path / "foundry"
    file.write_text(json.dumps(keystore))
    told = stranger.signs("wallet", "import", file, "--name", "taken")
    assert told["address"] == other.address
    assert Path(told["file"]).stat().st_mode & 0o777 == 0o600


def test_release_key__asked_twice__is_the_same_until_a_new_one(stranger: Person) -> None:
    """The key stays until another is asked for; each opens with the wallet's password."""
    first = stranger.signs("wallet", "release-key")["releaseKey"]
    assert stranger.does("wallet", "release-key")["releaseKey"] == first
    second = stranger.signs("wallet", "release-key", "--new")["releaseKey"]
    assert second != first
    wallet = stranger.book.find("default")
    for public in (bytes_of(first), bytes_of(second)):
        check_public_key(public)
        assert stranger.book.release_secret(wallet, PASSWORD, public).public == public
    assert all(
        each.stat().st_mode & 0o777 == 0o600
        for each in wallet.path.with_suffix(".release").iterdir()
    )


def test_fund__local_chain__adds_to_the_balance(newcomer: Callable[[str], Person]) -> None:
    """Play money comes on top of what is there."""
    carol = newcomer("carol")
    carol.does("wallet", "fund", "--amount", "1.5")
    told = carol.does("wallet", "fund", carol.address, "--amount", "5 wei")
    assert told["balance"] == str(15 * 10**17 + 5)
    assert carol.does("wallet", "show")["balance"] == told["balance"]


def test_find__path_of_a_keystore__needs_no_import(stranger: Person, tmp_path: Path) -> None:
    """A keystore anywhere can be used by its path."""
    other = settle_in(tmp_path / "other")
    path = other.book.find("default").path
    assert WalletBook(stranger.home, bytes, 2).find(str(path)).address == other.address
