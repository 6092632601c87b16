"""`make bench` takes every figure that the documents name, at any size."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from scripts.bench.__main__ import as_json, chosen, measured, missed, table
from scripts.bench.measures import _growth  # the definition of growth is a promise
from scripts.bench.rows import ROWS, named

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "operations.md"
SMALLEST = 1_000


def documented() -> dict[str, str]:
    """Goals by row, as the document has them."""
    section = DOCUMENT.read_text(encoding="utf-8").split("## Measuring")[1].split("\n## ")[0]
    lines = re.findall(r"^\| `(\w+)` \|.*\| ([^|]*) ?\|$", section, re.MULTILINE)
    return {name: goal.strip() for name, goal in lines}


def test_choose__unknown_row__is_refused() -> None:
    """A name that was mistyped measures nothing."""
    with pytest.raises(KeyError, match="release_keys"):
        chosen("combine_keys_per_s,release_keys")


def test_compare__goals_missed__names_each_with_its_goal() -> None:
    """A floor is missed from below, a ceiling from above; what has no goal is never missed."""
    figures = {"release_keys_per_s_per_core": 17_999.0, "release_rss_mib": 128.5,
               "release_keys_per_s": 1.0, "combine_growth": 1.3}  # fmt: skip
    assert missed(figures) == [
        "release_keys_per_s_per_core is 17,999, the goal is ≥ 18,000",
        "release_rss_mib is 128, the goal is ≤ 128",
    ]


def test_show__one_figure__stands_beside_its_goal_and_the_time_for_a_million() -> None:
    """The table says how long a million takes, and marks what misses its goal."""
    (shown,) = table({"release_keys_per_s_per_core": 16_000.0}).splitlines()[1:]
    assert shown.split() == [
        "release_keys_per_s_per_core", "16,000", "!", "≥", "18,000", "62.5", "s",
        *named("release_keys_per_s_per_core").about.split(),
    ]  # fmt: skip


def test_growth__twice_the_time_for_each__is_two() -> None:
    """Growth compares the time of one contribution, not of all."""
    assert _growth(lambda size: 2.0 * size if size == SMALLEST else 1.0 * size, SMALLEST) == 2.0


def test_rows__documented__are_those_that_are_measured() -> None:
    """Every row stands in the document with its goal, and nothing else does."""
    signs = {False: "≥", True: "≤"}
    assert documented() == {
        row.name: "" if row.goal is None else f"{signs[row.at_most]} {row.goal:,g}" for row in ROWS
    }
    assert len({row.name for row in ROWS}) == len(ROWS)


def test_write__figures__says_goal_and_size() -> None:
    """The file is as easily read as that of `make gas`."""
    assert json.loads(as_json({"manifest_growth": 1.23456}, SMALLEST)) == {
        "manifest_growth": {"figure": 1.235, "goal": 1.3, "contributions": SMALLEST}
    }
    assert replace(named("manifest_growth"), goal=None).met(9) is None


def test_measure__smallest_size__gives_every_figure() -> None:
    """Each row is really taken, in processes of its own, over real files."""
    figures = measured(ROWS, SMALLEST)
    assert list(figures) == [row.name for row in ROWS]
    assert all(figure > 0 for figure in figures.values())
