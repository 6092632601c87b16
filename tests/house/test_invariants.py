"""`make invariants` judges its campaign: long enough, and everything happened in it."""

from __future__ import annotations

from collections import Counter

from scripts.invariants import (
    LEAST_CALLS,
    count_calls,
    named_deeds,
    read_deeds,
    shortcomings,
    table,
)

EVERYTHING = Counter(dict.fromkeys(named_deeds(), 1))


def test_judge__an_action_never_happened__names_it() -> None:
    """Invariants of a system that never settles say nothing about settlement."""
    deeds = EVERYTHING - Counter({"settle": 1})
    assert shortcomings(LEAST_CALLS, deeds) == ["settle never happened"]


def test_judge__too_few_calls__says_how_many() -> None:
    """The campaign is as long as promised."""
    assert shortcomings(LEAST_CALLS - 1, EVERYTHING) == ["249,999 calls are less than 250,000"]


def test_judge__everything_happened__finds_nothing() -> None:
    """A campaign that is long enough and did everything is good."""
    assert shortcomings(LEAST_CALLS, EVERYTHING) == []


def test_read_sources__names_of_both_outcomes__are_found() -> None:
    """A name stands alone, or as one side of a choice."""
    assert {"contribute", "settle", "settleMetered", "uphold", "reject"} <= named_deeds()


def test_count_calls__three_campaigns__adds_them() -> None:
    """Forge prints one line for each campaign."""
    line = "[PASS] invariant_everything_holds() (runs: 2, calls: 1000, reverts: 0)\n"
    assert count_calls(line * 3) == 3000


def test_read_report__two_runs__adds_them() -> None:
    """Every run writes its own counts, and the table shows the sums."""
    deeds = read_deeds("claim 4\nsettle 1\nclaim 1000\n")
    assert deeds == {"claim": 1004, "settle": 1}
    assert table(deeds).split() == ["claim", "1,004", "settle", "1"]
