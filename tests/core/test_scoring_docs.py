"""docs/appraisal.md says what the code does: every reason, every weight, and its worked example."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from dao_backend.core.scoring import Policy, ReasonCode
from tests.support.appraisal import Appraiser, data_set, file

PAGE = (Path(__file__).parents[2] / "docs/appraisal.md").read_text()
ROWS = {
    match[1]: match[2].strip() for match in re.finditer(r"(?m)^\| `([a-z-]+)` \|.*\|(.*)\|$", PAGE)
}


def test_list_reasons__the_page__names_each_code_once() -> None:
    """A reader finds every code that a score can print, and none that it cannot."""
    assert set(ROWS) == {code.value for code in ReasonCode}


@pytest.mark.parametrize(
    ("code", "field"),
    [
        (ReasonCode.PYTHON, "weight_python"),
        (ReasonCode.TABLE, "weight_table"),
        (ReasonCode.JSON, "weight_json"),
        (ReasonCode.SOURCE, "weight_source"),
        (ReasonCode.PLAIN_TEXT, "weight_text"),
        (ReasonCode.NOT_PARSED, "weight_text"),
        (ReasonCode.MOSTLY_PROSE, "weight_text"),
        (ReasonCode.UNBALANCED, "weight_unbalanced"),
        (ReasonCode.MINIFIED, "weight_minified"),
        (ReasonCode.BINARY, "weight_binary"),
        (ReasonCode.NO_HEADER, "weight_no_header"),
        (ReasonCode.UNLABELLED, "weight_unlabelled"),
    ],
)
def test_list_weights__the_page__has_the_default_policy(code: ReasonCode, field: str) -> None:
    """The weights in the table are those that are used."""
    assert int(ROWS[code.value]) == getattr(Policy(), field)


@pytest.mark.parametrize(
    ("sentence", "field"),
    [
        ("bytes per unit ({})", "bytes_per_unit"),
        ("at least every {} bytes", "min_bytes_of_code"),
        ("nested deeper than {} levels", "max_nesting"),
        ("{:,} tokens", "max_python_tokens"),
        ("above {:,} columns", "max_columns"),
        ("10,000 from {:,} on", "near_duplicate"),
        ("down to a whole {:,}", "share_step"),
    ],
)
def test_state_limits__the_page__has_the_default_policy(sentence: str, field: str) -> None:
    """The limits in the text are those that are used."""
    assert sentence.format(getattr(Policy(), field)) in PAGE


def test_repeat_example__iris__gives_the_printed_figures() -> None:
    """The worked example comes out as printed."""
    score = Appraiser().score(file("iris.csv", data_set("iris.csv")))
    line = score.members[0]
    printed = re.search(r"(\d+) normalised bytes .* = (\d+) paid bytes; .* = (\d+) units", PAGE)
    assert printed is not None
    assert list(map(int, printed.groups())) == [
        line.normalised_bytes,
        line.paid_bytes,
        score.units,
    ]
    for why in line.reasons:
        assert f"| `{why.code.value}` {why.sentence} | {why.weight} |" in PAGE
