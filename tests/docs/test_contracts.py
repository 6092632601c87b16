"""docs/contracts.md names every contract and every function that changes something."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from dao_backend.core.deployment_plan import CONTRACTS

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs/contracts.md").read_text(encoding="utf-8")
CALLS = PAGE[PAGE.index("## Who may call what") : PAGE.index("## What the brakes do")]


def changing(contract: str) -> set[str]:
    """Names of the functions that are not views."""
    shipped = ROOT / f"dao_backend/chain/artifacts/{contract}.json"
    return {
        entry["name"]
        for entry in json.loads(shipped.read_text(encoding="utf-8"))["abi"]
        if entry["type"] == "function" and entry["stateMutability"] in ("nonpayable", "payable")
    }


@pytest.mark.parametrize("contract", CONTRACTS.values())
def test_describe_contract__each_of_the_plan__is_on_the_page(contract: str) -> None:
    """A reader finds what each contract keeps."""
    assert re.search(rf"(?m)^\| `{contract}` \|", PAGE)


@pytest.mark.parametrize("contract", CONTRACTS.values())
def test_describe_calls__each_changing_function__has_its_caller(contract: str) -> None:
    """Nobody has to read the source to know who may call what."""
    named = set(re.findall(r"`(\w+)`", CALLS))
    assert changing(contract) <= named


def test_describe_calls__every_name__is_a_function_of_some_contract() -> None:
    """The page does not promise what is not there."""
    known = set(CONTRACTS.values()) | {
        name for each in CONTRACTS.values() for name in changing(each)
    }
    rows = [line.split("|")[1] for line in CALLS.splitlines() if line.startswith("| `")]
    assert {name for row in rows for name in re.findall(r"`(\w+)`", row)} <= known
