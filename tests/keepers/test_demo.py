"""The story with keepers as real processes: what the committee can bear, and what is said of it."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from dao_backend.demo.troupe import Cast
from scripts.toolchain.check_demo import faults
from tests.support.cli import DDAO


@pytest.mark.parametrize(
    ("keepers", "threshold", "liar", "deserter", "receipts"),
    [
        (1, 1, None, None, None),
        (2, 2, None, None, None),
        (3, 3, None, None, None),
        (3, 2, 2, None, None),
        (5, 3, 2, 5, 4),
        (7, 4, 2, 7, 6),
    ],
)
def test_cast__any_committee__bears_its_faults(
    keepers: int, threshold: int, liar: int | None, deserter: int | None, receipts: int | None
) -> None:
    """No more keepers misbehave than the others make up for."""
    cast = Cast(keepers, threshold)
    assert (cast.liar, cast.deserter, cast.receipts) == (liar, deserter, receipts)


def test_demo__two_of_three_with_a_liar__passes_and_names_it(tmp_path: Path) -> None:
    """All twelve steps hold, and the buyer says which keeper gave wrong shares."""
    out = tmp_path / "demo.json"
    command = [
        str(DDAO),
        "demo",
        "--keepers",
        "3",
        "--threshold",
        "2",
        "--small",
        "--out",
        str(out),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=400)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "demo: 12 of 12 steps passed" in done.stdout
    told = json.loads(out.read_text())
    assert faults(told, 3, 2) == []
    assert told["steps"][10]["line"].startswith("keeper 2 gave a bad share; ")
    assert any(each.startswith("keeper 2: ") for each in told["steps"][10]["figures"]["problems"])
    assert faults(told, 5, 3) != []
