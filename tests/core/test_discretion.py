"""What strangers read of an operator's texts: neither paths of the machine nor its nodes."""

from __future__ import annotations

from pathlib import PurePosixPath

import pytest

from dao_backend.core.discretion import NOTHING, Discretion

FOLDER = PurePosixPath("/home/op/keeper")
KEEPER = Discretion.of_keeper(
    FOLDER,
    (
        "http://127.0.0.1:8545",
        "https://user:pass@rpc.provider.io/v3/FIRST-KEY",
        "https://rpc.provider.io/v3/OTHER-KEY",
        "http://anvil:8545",
        "http://[::1]:8546",
        "https://solo.example/key",
        "http://10.0.0.7:8545",
    ),
)


@pytest.mark.parametrize(
    ("text", "public"),
    [
        ("no answer from http://127.0.0.1:8545: Timeout", "no answer from node 1: Timeout"),
        (
            "at 3: https://rpc.provider.io, http://anvil:8545",
            "at 3: node 2 or node 3, node 4",
        ),
        ("http://::1:8546 is not a JSON-RPC node", "node 5 is not a JSON-RPC node"),
        ("see https://solo.example/key?at=1; or wait", "see node 6; or wait"),
        ("the node refuses: SOLO.example:99 is gone", "the node refuses: node 6 is gone"),
        ("(http://10.0.0.7:8545) and 10.0.0.7", "(node 7) and node 7"),
        ("the database /home/op/keeper/a.sqlite is full", "the database a.sqlite is full"),
        ("[Errno 13] denied: '/home/op/keeper'", "[Errno 13] denied: 'the data folder'"),
    ],
)
def test_public__operators_names__are_replaced(text: str, public: str) -> None:
    """A node has its number in the settings, and a path begins in the data folder."""
    assert KEEPER.public(text) == public


@pytest.mark.parametrize(
    "text",
    [
        "keeper 2 at http://127.0.0.1:8801 does not answer",
        "anvil and localhost are words, and 127.0.0.1 is every machine",
        "notsolo.example, solo.example.org and 110.0.0.7 are others",
        "http://127.0.0.1:85450 is another place",
        "",
    ],
)
def test_public__other_places__stay(text: str) -> None:
    """What is not the operator's is left as it was: keepers' endpoints are on chain."""
    assert KEEPER.public(text) == text


def test_public__nothing_to_keep_back__is_the_text() -> None:
    """Where nothing is named, nothing changes; the root folder is in every path."""
    text = "the database /home/op/keeper/a.sqlite and http://127.0.0.1:8545"
    assert NOTHING.public(text) == text
    assert Discretion(PurePosixPath("/")).public(text) == text


def test_public__address_that_is_no_url__is_replaced_as_it_stands() -> None:
    """An IPFS node is named by its multiaddr."""
    discretion = Discretion(None, (("/dns/ipfs.inside/tcp/5001/http", "its address"),))
    text = "the IPFS node at /dns/ipfs.inside/tcp/5001/http is full"
    assert discretion.public(text) == "the IPFS node at its address is full"


def test_public__text_made_to_be_slow_or_to_be_cut_in_a_name__is_neither() -> None:
    """What a node says may be anything, and is cut between words before it is looked at."""
    assert KEEPER.public("a+" * 100_000) == " …"
    for count in range(785, 801):  # the name is before the cut, in it, and behind it
        text = f"{'word ' * count}https://solo.example/key and more {'word ' * 100}"
        public = KEEPER.public(text)
        assert "solo" not in public
        assert public.startswith("word " * 780)
        assert public.endswith(" …")
