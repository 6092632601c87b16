"""Where the contracts keep their facts: held against what the compiler says."""

from __future__ import annotations

import json
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from dao_backend.chain import slots
from dao_backend.chain.slots import Field

ROOT = Path(__file__).resolve().parents[2]
CONTRACTS = ("KeeperRegistry", "DataRegistry", "Licence", "AccessDesk")


@cache
def _layouts() -> dict[str, Any]:
    """Storage layout of each contract."""
    config = yaml.safe_load((ROOT / "ape-config.yaml").read_text(encoding="utf-8"))["solidity"]
    asked = {
        "language": "Solidity",
        "sources": {
            f"contracts/{name}.sol": {"content": (ROOT / f"contracts/{name}.sol").read_text()}
            for name in CONTRACTS
        },
        "settings": {
            "remappings": config["import_remapping"],
            "evmVersion": config["evm_version"],
            "outputSelection": {"*": {"*": ["storageLayout"]}},
        },
    }
    compiler = ROOT / "build" / "solc" / f"solc-v{config['version']}"
    done = subprocess.run(
        [compiler, "--standard-json", "--base-path", ROOT],
        input=json.dumps(asked),
        capture_output=True,
        text=True,
        check=True,
    )
    found = json.loads(done.stdout)["contracts"]
    return {name: found[f"contracts/{name}.sol"][name]["storageLayout"] for name in CONTRACTS}


def _variable(contract: str, name: str) -> dict[str, Any]:
    (found,) = (each for each in _layouts()[contract]["storage"] if each["label"] == name)
    return dict(found)


def _members(contract: str, variable: str) -> dict[str, Field]:
    """The fields of the struct that a variable is, or that a mapping holds."""
    types = _layouts()[contract]["types"]
    kind = types[_variable(contract, variable)["type"]]
    struct = types[kind["value"]] if "value" in kind else kind
    return {
        member["label"]: Field(
            member["label"],
            int(member["slot"]),
            member["offset"],
            int(types[member["type"]]["numberOfBytes"]),
        )
        for member in struct["members"]
    }


@pytest.mark.parametrize(
    ("contract", "variable", "slot"),
    [
        ("KeeperRegistry", "_epoch", slots.EPOCHS),
        ("KeeperRegistry", "_serving", slots.EPOCHS),
        ("KeeperRegistry", "_committees", slots.COMMITTEES),
        ("KeeperRegistry", "_roots", slots.ROOTS),
        ("KeeperRegistry", "_deliveries", slots.DELIVERIES),
        ("KeeperRegistry", "_expectations", slots.EXPECTATIONS),
        ("DataRegistry", "_head", slots.HISTORY_HEAD),
        ("DataRegistry", "_log", slots.HISTORY_LOG),
        ("DataRegistry", "_editions", slots.EDITIONS),
        ("Licence", "_grants", slots.GRANTS),
        ("AccessDesk", "_filings", slots.FILINGS),
    ],
)
def test_slot__of_a_variable__is_the_compilers(contract: str, variable: str, slot: int) -> None:
    """Each variable that a proof is asked of stands where the compiler puts it."""
    assert int(_variable(contract, variable)["slot"]) == slot


@pytest.mark.parametrize("field", [slots.EPOCH, slots.SERVING], ids=["_epoch", "_serving"])
def test_field__of_the_shared_slot__is_the_compilers(field: Field) -> None:
    """The two epochs share a slot as the compiler packs them."""
    found = _variable("KeeperRegistry", field.name)
    assert (found["offset"], found["type"]) == (field.offset, "t_uint32")
    assert (field.word, field.size) == (0, 4)


@pytest.mark.parametrize(
    ("contract", "variable", "prefix"),
    [
        ("KeeperRegistry", "_committees", "COMMITTEE_"),
        ("KeeperRegistry", "_deliveries", "DELIVERY_"),
        ("DataRegistry", "_log", "LOG_"),
        ("DataRegistry", "_editions", "EDITION_"),
        ("Licence", "_grants", "GRANT_"),
        ("AccessDesk", "_filings", "FILING_"),
    ],
)
def test_field__of_a_struct__is_the_compilers(contract: str, variable: str, prefix: str) -> None:
    """Each field of a struct stands in the word and at the bytes where the compiler puts it."""
    members = _members(contract, variable)
    fields = [value for name, value in vars(slots).items() if name.startswith(prefix)]
    assert fields
    for field in fields:
        assert field == members[field.name]


def test_field__of_a_packed_word__is_cut_out() -> None:
    """A field's bytes are counted from the word's low end."""
    word = int.from_bytes(bytes(range(1, 33)), "big")
    assert Field("last", 0, 0, 1).of(word) == 32
    assert Field("first", 0, 31, 1).of(word) == 1
    assert Field("middle", 0, 2, 2).of(word) == 29 << 8 | 30
    assert slots.WORD.of(word) == word
