"""The sections that protect a DAO from its own parts: what is refused, what is read."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from dao_backend.core.deployment_file import mapping_of, parse
from dao_backend.core.model import NATIVE
from dao_backend.core.safeguards import MintingCaps, VotingMode
from dao_backend.errors import InputError, InvalidAddress

LOCAL = Path(__file__).resolve().parents[2] / "deployments" / "local.yaml"
SOMEBODY = "0x6AC7EA33F8831EA9dcC53393aAA88B25A785DBF0"
DAY = 86_400
Content = dict[str, Any]


@pytest.fixture
def content() -> Content:
    """deployments/local.yaml as YAML gives it."""
    value: Content = yaml.safe_load(LOCAL.read_text(encoding="utf-8"))
    return value


# --- refusals ---


@pytest.mark.parametrize(
    ("section", "key", "value", "advice"),
    [
        ("vote", "mode", "per-head", "vote.mode is 'per-head': choose per-unit, per-member, squ"),
        ("vote", "mode", 1, "vote.mode is 1: write a text"),
        ("vote", "mode", "per-member", "per-member counts persons, and vote.attestors is empty"),
        ("vote", "mode", "square-root", "square-root counts persons, and vote.attestors is empty"),
        ("vote", "attestors", [SOMEBODY, SOMEBODY], f"attestor '{SOMEBODY}' is listed twice"),
        ("vote", "attestors", SOMEBODY, "vote.attestors is '0x6AC7"),
        ("genesis", "members", 0, "genesis.members is 0: choose a value from 1 to 4294967295"),
        ("genesis", "units", 2**48, f"genesis.units is {2**48}: choose a value from 1"),
        ("caps", "window", "59 minutes", "caps.window is 3540: choose a value from 3600"),
        ("caps", "window", "31 days", "caps.window is 2678400: choose a value from 3600 to 259"),
        ("caps", "total_bps", 2**32, "caps.total_bps is 4294967296: choose a value from 1"),
        ("caps", "appraiser_bps", 0, "caps.appraiser_bps is 0: choose a value from 1"),
        ("caps", "appraiser_bps", 4_000_000_001, "choose a value from 1 to 4000000000"),
        ("disputes", "window", 59, "disputes.window is 59: choose a value from 60 to 2592000"),
        ("disputes", "ruling_period", "31 days", "disputes.ruling_period is 2678400: choose"),
        ("disputes", "bond_bps", 0, "disputes.bond_bps is 0: choose a value from 1 to 10000"),
        ("disputes", "bond_bps", 10_001, "disputes.bond_bps is 10001: choose a value from 1"),
        ("strike", "threshold_bps", 2499, "strike.threshold_bps is 2499: choose a value from 25"),
        ("strike", "pledge_period", 59, "strike.pledge_period is 59: choose a value from 60"),
        ("strike", "duration", "61 days", "strike.duration is 5270400: choose a value from 60"),
        ("council", "guardian", SOMEBODY, "council needs a guardian and a mandate, or `none`"),
        ("council", "mandate", "1 day", "council needs a guardian and a mandate, or `none` and 0"),
        ("council", "mandate", "731 days", "council.mandate is 63158400: choose a value from 0"),
        ("council", "until", 1, "council.until is unknown: remove it, or use guardian, mandate"),
    ],
)
def test_parse__safeguard_out_of_bounds__says_what_to_change(
    content: Content, section: str, key: str, value: object, advice: str
) -> None:
    """Every bad value is named by its place, with what would be good."""
    content[section][key] = value
    with pytest.raises(InputError) as caught:
        parse(content)
    assert advice in str(caught.value)


@pytest.mark.parametrize("section", ["genesis", "caps", "disputes", "strike", "council"])
def test_parse__safeguards_left_out__names_the_section(content: Content, section: str) -> None:
    """No safeguard has a default: a DAO without it would be another DAO."""
    del content[section]
    with pytest.raises(InputError, match=f"{section} is missing: add it"):
        parse(content)


def test_parse__guardian_that_is_no_address__is_named(content: Content) -> None:
    """A mistyped checksum is noticed where it stands."""
    content["council"] = {"guardian": SOMEBODY.lower().replace("ea", "EA"), "mandate": "1 day"}
    with pytest.raises(InvalidAddress, match=r"^council\.guardian: "):
        parse(content)


# --- success ---


def test_parse__local_safeguards__are_what_the_file_says(content: Content) -> None:
    """Words arrive as seconds and numbers, nobody as the zero address."""
    parameters = parse(content)
    assert (parameters.genesis.members, parameters.genesis.units) == (1, 1)
    assert parameters.caps == MintingCaps(3600, 4_000_000_000, 4_000_000_000)
    assert (parameters.disputes.window, parameters.disputes.ruling_period) == (600, 3600)
    assert parameters.strike.threshold_bps == 2500
    assert (parameters.council.guardian, parameters.council.mandate) == (NATIVE, 0)


def _with_guardian(content: Content) -> None:
    content["council"] = {"guardian": SOMEBODY, "mandate": "730 days"}


def _with_persons(content: Content) -> None:
    content["vote"] |= {"mode": "square-root", "attestors": [SOMEBODY]}


@pytest.mark.parametrize("change", [_with_guardian, _with_persons])
def test_safeguards__written_and_read__are_the_same(
    content: Content, change: Callable[[Content], None]
) -> None:
    """What a record writes down is what it reads back."""
    change(content)
    parameters = parse(content)
    assert parse(mapping_of(parameters)) == parameters


def test_voting_mode__its_word__reads_back() -> None:
    """Files and screens write modes alike, and the numbers are the token's."""
    assert [VotingMode.parse(mode.word) for mode in VotingMode] == list(VotingMode)
    assert [(mode.word, int(mode)) for mode in VotingMode] == [
        ("per-unit", 0),
        ("per-member", 1),
        ("square-root", 2),
    ]


@pytest.mark.parametrize(
    ("seconds", "windows"), [(1, 2), (3599, 2), (3600, 2), (3601, 3), (7200, 3), (10 * DAY, 241)]
)
def test_windows__within_a_span__count_one_that_began_before(seconds: int, windows: int) -> None:
    """An hour can touch the end of one window of an hour and the begin of the next."""
    assert MintingCaps(3600, 1, 1).windows_within(seconds) == windows
