"""What can be looked at: with a page beside it, as one document, and by `ddao doctor`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.cli import LABELLED, Person, shown


@pytest.mark.parametrize("words", [("browse",), ("browse", LABELLED), ("keepers",)])
def test_look__everything__has_a_page(alice: Person, words: tuple[str, ...]) -> None:
    """What can be looked at in the terminal has a page, and its address is shown."""
    told = alice.does(*words)
    shown(told)
    assert f"Page: {told['page']}" in alice.run(*words).out


@pytest.mark.parametrize(
    "words",
    [("browse",), ("status",), ("proposals",), ("edition", "list"), ("keepers",)],
    ids=" ".join,
)
def test_json__each_look__is_one_line_and_nothing_else(
    alice: Person, words: tuple[str, ...]
) -> None:
    """A program reads exactly one document."""
    answer = alice.run(*words, "--json")
    assert answer.out.count("\n") == 1
    assert isinstance(json.loads(answer.out), dict)
    assert answer.err == ""


def test_doctor__everything_runs__finds_nothing(alice: Person, tmp_path: Path) -> None:
    """Every check passes, finality included."""
    told = alice.does("doctor", "--data", tmp_path)
    assert told["ok"]
    assert {each["name"] for each in told["checks"]} == {
        "python", "local chain", "signatures", "data folder", "service", "chain", "finality",
        "storage",
    }  # fmt: skip
