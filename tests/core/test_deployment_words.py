"""The plan as a person reads it: whole, and different for every different plan."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from dao_backend.core.deployment_file import mapping_of, parse
from dao_backend.core.deployment_plan import creation_gas, steps
from dao_backend.core.deployment_words import coin, describe, describe_steps, duration, share
from dao_backend.core.model import Address

LOCAL = Path(__file__).resolve().parents[2] / "deployments" / "local.yaml"
SOMEBODY = Address("0x6AC7EA33F8831EA9dcC53393aAA88B25A785DBF0")
NOBODY_ELSE = Address("0x1CBd3b2770909D4e10f157cABC84C7264073C9Ec")
Content = dict[str, Any]
Place = tuple[str | int, ...]
OTHERS: dict[Place, object] = {
    ("vote", "mode"): "square-root",
    ("collections", 0, "purposes", 0): "evaluate",
    ("collections", 1, "purposes", 0): "retrieve",
    ("collections", 1, "purposes", 1): "retrieve",
    ("requests", "assets", 0, "asset"): NOBODY_ELSE,
    ("finality", "rule"): 12,
}
"""Values that a number more or a letter more does not make."""


def content() -> Content:
    """A file in which every section has something to say."""
    local = yaml.safe_load(LOCAL.read_text(encoding="utf-8"))
    local["vote"] |= {"mode": "per-member", "attestors": [SOMEBODY], "extension": 100}
    local["council"] = {"guardian": SOMEBODY, "mandate": "1 day"}
    local["collections"][0]["purposes"] = ["research"]
    local["requests"]["execution_period"] = "3 hours"
    local["committee"]["keepers"].append(
        {"operator": SOMEBODY, "sealing_key": "0x" + "09" + "00" * 31, "endpoint": "http://two"}
    )
    local["caps"] = {"window": "1 day", "appraiser_bps": 100, "total_bps": 200}
    return mapping_of(parse(local))


def leaves(value: object, place: Place = ()) -> Iterator[tuple[Place, object]]:
    """Every plain value with the place where it stands."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from leaves(item, (*place, key))
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from leaves(item, (*place, number))
    else:
        yield place, value


def another(place: Place, value: object) -> object:
    """A valid value that is not this one."""
    if place in OTHERS:
        return OTHERS[place]
    if isinstance(value, int):
        return value + 1
    assert isinstance(value, str)
    if len(value) == 66:
        return value[:-2] + "31"
    return NOBODY_ELSE if value.startswith("0x") else f"{value}x"[-11:]


# --- success ---


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "no time"), (1, "1 second"), (3600, "1 hour"), (90061, "1 day 1 hour 1 minute 1 second")],
)
def test_duration__seconds__reads_as_people_say(seconds: int, words: str) -> None:
    """No number of seconds is left to be divided in the head."""
    assert duration(seconds) == words


@pytest.mark.parametrize(
    ("basis_points", "words"), [(1, "0.01 %"), (250, "2.5 %"), (10_000, "100 %"), (0, "0 %")]
)
def test_share__basis_points__reads_as_percent(basis_points: int, words: str) -> None:
    """Hundredths of a percent are for contracts."""
    assert share(basis_points) == words


def test_coin__wei__is_told_in_both_units() -> None:
    """Eighteen digits are easily miscounted."""
    assert coin(10**16) == "0.01 of the native coin (10000000000000000 wei)"
    assert coin(3 * 10**18).startswith("3 of the native coin")


def test_describe_steps__local_plan__gives_every_address() -> None:
    """Each contract with its address and the transaction that creates it."""
    plan = steps(parse(content()), SOMEBODY, 7)
    lines = describe_steps(plan)
    assert len(lines) == 13
    assert lines[0] == f"{plan[0].address}  TimelockController (transaction 7)"


# --- properties ---


@pytest.mark.parametrize(("place", "value"), list(leaves(content())), ids=str)
def test_describe__any_value_changed__reads_differently(place: Place, value: object) -> None:
    """Nothing of the file is left out of what a person confirms."""
    changed = copy.deepcopy(content())
    spot: Any = changed
    for key in place[:-1]:
        spot = spot[key]
    spot[place[-1]] = another(place, value)
    assert describe(parse(changed)) != describe(parse(content()))


@given(seconds=st.integers(min_value=1, max_value=10**8))
def test_duration__any__adds_up_to_itself(seconds: int) -> None:
    """The words lose no second."""
    sizes = {"day": 86_400, "hour": 3600, "minute": 60, "second": 1}
    words = duration(seconds).split()
    pairs = zip(words[::2], words[1::2], strict=True)
    assert sum(int(number) * sizes[name.removesuffix("s")] for number, name in pairs) == seconds


@given(arguments=st.binary(max_size=2000), deployed=st.integers(0, 24_576))
def test_creation_gas__longer_arguments_or_code__costs_more(
    arguments: bytes, deployed: int
) -> None:
    """An estimate that grows with what is sent and with what stays."""
    code = bytes(range(256))
    estimate = creation_gas(code, code + arguments, deployed)
    assert estimate > 53_000
    assert creation_gas(code, code + arguments + bytes(32), deployed) > estimate
    assert creation_gas(code, code + arguments, deployed + 1) > estimate
