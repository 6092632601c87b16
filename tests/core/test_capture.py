"""Whether hostile appraisers could carry a vote before it removes them."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from dao_backend.core.capture import capture_risk, largest_safe_cap, reaches
from dao_backend.core.deployment_file import parse
from dao_backend.core.safeguards import MintingCaps, VotingMode

LOCAL = Path(__file__).resolve().parents[2] / "deployments" / "local.yaml"
HOUR = 3600
SPAN = st.integers(min_value=1, max_value=200)
CAP = st.integers(min_value=1, max_value=2**32 - 1)
QUORUM = st.integers(min_value=1, max_value=100)


def hostile_share(window: int, bps: int, begun_before: int, span: int) -> Fraction:
    """Play it out second by second: mint all that each window allows, as soon as it does."""
    units = Fraction(1)
    begin, supply, minted = -begun_before, Fraction(1), Fraction(0)
    for second in range(span + 1):
        if second >= begin + window:
            begin, supply, minted = second, units, Fraction(0)
        allowed = supply * bps / 10_000 - minted
        units, minted = units + allowed, minted + allowed
    return 1 - 1 / units


# --- refusals ---


def test_capture_risk__windows_compound__is_told() -> None:
    """Three windows of 7 % are 22.5 % more units: 18.4 % of all, not 17.4 %."""
    caps = MintingCaps(HOUR, 700, 700)
    assert reaches(700, 3, 18)
    told = capture_risk(caps, 18, 2 * HOUR)
    assert told is not None
    assert "mint the quorum of 18 % in the 3 windows" in told
    assert "set caps.total_bps to at most 683, or lengthen caps.window" in told


def test_capture_risk__no_cap_is_small_enough__says_what_else_helps() -> None:
    """Where even a basis point for each window is too much, the window is too short."""
    told = capture_risk(MintingCaps(HOUR, 1, 1), 1, 30 * 24 * HOUR)
    assert told is not None
    assert told.endswith("can touch: lengthen caps.window")


def test_capture_risk__local_parameters__is_told() -> None:
    """The local DAO bounds nothing, and says so."""
    risk = parse(yaml.safe_load(LOCAL.read_text(encoding="utf-8"))).capture_risk()
    assert risk is not None
    assert "set caps.total_bps to at most 1180" in risk


# --- success ---


def test_capture_risk__suggested_cap__is_none() -> None:
    """What the sentence advises is accepted, and one basis point more is not."""
    local = parse(yaml.safe_load(LOCAL.read_text(encoding="utf-8")))
    assert replace(local, caps=MintingCaps(HOUR, 1180, 1180)).capture_risk() is None
    assert replace(local, caps=MintingCaps(HOUR, 1181, 1181)).capture_risk() is not None


def test_capture_risk__mode_that_counts_persons__says_nothing_of_caps() -> None:
    """Units do not bound votes there; `deployment_checks.warnings` says who does."""
    local = parse(yaml.safe_load(LOCAL.read_text(encoding="utf-8")))
    attested = replace(
        local.voting, mode=VotingMode.PER_MEMBER, attestors=(local.keepers[0].operator,)
    )
    assert replace(local, voting=attested).capture_risk() is None


# --- properties ---


@given(
    window=st.integers(min_value=1, max_value=40),
    bps=st.integers(1, 20_000),
    span=SPAN,
    data=st.data(),
)
def test_hostile_share__however_windows_fall__stays_below_the_bound(
    window: int, bps: int, span: int, data: st.DataObject
) -> None:
    """No place of the first window lets more be minted than the bound, and one reaches it."""
    windows = -(-span // window) + 1
    bound = 1 - Fraction(10_000, 10_000 + bps) ** windows
    begun = data.draw(st.integers(0, window - 1))
    assert hostile_share(window, bps, begun, span) <= bound
    assert hostile_share(window, bps, window - 1, span) == bound


@given(bps=CAP, windows=st.integers(1, 60), quorum=QUORUM)
def test_reaches__any_cap__compares_with_the_share(bps: int, windows: int, quorum: int) -> None:
    """The integers say what the fractions say."""
    share = 1 - Fraction(10_000, 10_000 + bps) ** windows
    assert reaches(bps, windows, quorum) == (share >= Fraction(quorum, 100))


@given(windows=st.integers(1, 300), quorum=st.integers(1, 99))
def test_largest_safe_cap__any_vote__is_safe_and_no_larger_one_is(
    windows: int, quorum: int
) -> None:
    """The advice is exact."""
    safe = largest_safe_cap(windows, quorum)
    assert not reaches(safe, windows, quorum)
    assert reaches(safe + 1, windows, quorum)


@pytest.mark.parametrize("windows", [1, 1000])
def test_largest_safe_cap__quorum_of_everybody__is_never_reached(windows: int) -> None:
    """Nobody who mints ever holds all."""
    assert largest_safe_cap(windows, 100) == 2**32 - 1
