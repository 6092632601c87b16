"""docs/security.md names tests that exist, and begins with the attack model."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs/security.md").read_text()
START, END = "## How attacks are stopped", "## What is not protected"
ATTACKS = [
    line
    for line in PAGE[PAGE.index(START) : PAGE.index(END)].splitlines()
    if re.match(r"\| (?!attack|---)", line)
]


@pytest.fixture(scope="module")
def tests() -> frozenset[str]:
    """Names of all tests."""
    return frozenset(
        node.name
        for path in (ROOT / "tests").rglob("test_*.py")
        for node in ast.parse(path.read_text()).body
        if isinstance(node, ast.FunctionDef)
    )


def test_read_page__from_its_top__begins_with_the_attack_model() -> None:
    """A reader meets the attacker before the defence."""
    assert re.findall(r"(?m)^## (.+)$", PAGE)[0] == "Attack model"


@pytest.mark.parametrize("line", ATTACKS)
def test_read_attack__what_plays_it__is_a_test(line: str, tests: frozenset[str]) -> None:
    """No attack is said to be stopped without a test that plays it."""
    named = re.search(r"\| `(test_\w+)` \|$", line)
    assert named is not None, "the last cell names a test"
    assert named[1] in tests
