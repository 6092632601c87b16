"""Block hashes recomputed from headers: mainnet's own of every fork that changed their form."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from dao_backend.chain.headers import header
from dao_backend.core.packing import bytes_of
from dao_backend.errors import ChainUnavailable, NodesDisagree
from tests.support.anvil import Chain

VECTORS: list[dict[str, Any]] = json.loads(
    (Path(__file__).parents[1] / "vectors" / "headers.json").read_text()
)
ERAS = pytest.mark.parametrize("vector", VECTORS, ids=[each["era"] for each in VECTORS])
NEWEST: dict[str, Any] = VECTORS[-1]["header"]


def test_vectors__of_all_forks__are_six() -> None:
    """One mainnet header for each form that a header has had."""
    eras = [vector["era"] for vector in VECTORS]
    assert eras == ["frontier", "london", "paris", "shanghai", "cancun", "prague"]


@ERAS
def test_header__any_field_changed__is_a_false_hash(vector: dict[str, Any]) -> None:
    """No field can be changed without changing the hash, and the sentence names both."""
    fields = vector["header"]
    for name in set(fields) - {"hash"}:
        digits = fields[name]
        forged = {**fields, name: digits[:-1] + ("1" if digits[-1] != "1" else "2")}
        if name == "extraData" and digits == "0x":
            forged[name] = "0x01"
        with pytest.raises(NodesDisagree, match=rf"not {fields['hash']} as stated$"):
            header(forged)


@ERAS
def test_header__last_field_left_out__is_a_false_hash(vector: dict[str, Any]) -> None:
    """A header of an earlier form has another hash, or lacks what every header has."""
    fields = dict(vector["header"])
    fields.popitem()
    with pytest.raises((NodesDisagree, ChainUnavailable)):
        header(fields)


def test_header__earlier_forks_field_left_out__is_no_header() -> None:
    """Fields are added in the order of the forks: none before the last one can be absent."""
    fields = {name: value for name, value in NEWEST.items() if name != "baseFeePerGas"}
    with pytest.raises(ChainUnavailable, match="lacks a field of an earlier fork"):
        header(fields)


def test_header__unknown_further_field__cannot_be_recomputed() -> None:
    """A later fork's header is not believed: its hash is not that of the fields known here."""
    later = {**NEWEST, "hash": "0x" + "ab" * 32, "blockAccessListHash": "0x" + "cd" * 32}
    sentence = r"^the hash of block 24630100 cannot be recomputed: .*: blockAccessListHash$"
    with pytest.raises(ChainUnavailable, match=sentence):
        header(later)


def test_header__unknown_field_outside_the_hash__is_what_it_was() -> None:
    """What a node adds beside a header does not matter where the known fields give the hash."""
    added = {**NEWEST, "l1BlockNumber": "0x1", "totalDifficulty": None, "transactions": []}
    assert header(added) == header(NEWEST)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("stateRoot", "0x00"),
        ("miner", "0x" + "00" * 32),
        ("logsBloom", None),
        ("number", "-0x1"),
        ("number", 5),
        ("timestamp", "yesterday"),
        ("hash", None),
    ],
)
def test_header__malformed_field__is_no_header(name: str, value: object) -> None:
    """A field of another size or kind is no lie about the chain, and no header either."""
    with pytest.raises(ChainUnavailable):
        header({**NEWEST, name: value})


@pytest.mark.parametrize("answer", [None, [], "0x", {}, {"hash": "0x00"}])
def test_header__no_object__is_no_header(answer: object) -> None:
    """What is no header at all is refused as such."""
    with pytest.raises(ChainUnavailable):
        header(answer)


@ERAS
def test_header__of_mainnet__has_the_hash_of_its_fields(vector: dict[str, Any]) -> None:
    """The recomputed hash is the one that the whole network knows the block by."""
    fields = vector["header"]
    found = header(fields)
    assert found.hash == bytes_of(fields["hash"])
    assert found.block.number == int(fields["number"], 16)
    assert found.block.parent_hash == bytes_of(fields["parentHash"])
    assert found.block.timestamp == int(fields["timestamp"], 16)
    assert found.state_root == bytes_of(fields["stateRoot"])


def test_header__of_the_local_chain__is_the_nodes_block(chain: Chain) -> None:
    """The local chain's headers can be recomputed too, at every height."""
    for number in range(chain.height() + 1):
        assert header(chain.node.header(number)).block == chain.node.block(number)
