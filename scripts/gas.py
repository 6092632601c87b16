"""Measure what every operation costs, beside its ceiling and its peers: `make gas`.

Sends real transactions to a chain that lives for a moment, with the bytecode that ships. Prints a
table, writes build/gas.json and fails where an operation takes more than it may.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path

from scripts.gasmeter.scenarios import STORIES, measure
from scripts.gasmeter.targets import Target, above_ceiling, read_targets, table
from tests.support.anvil import running_chain
from tests.support.local_dao import found_dao

RESULT = Path(__file__).resolve().parents[1] / "build" / "gas.json"


def as_json(targets: tuple[Target, ...], gas: Mapping[str, int]) -> str:
    """Gas and ceiling by operation."""
    named = {target.operation: target for target in targets}
    rows = {name: {"gas": used, "ceiling": named[name].ceiling} for name, used in gas.items()}
    return json.dumps(rows, indent=2) + "\n"


def main() -> int:
    """Measure, show, write; the exit code."""
    targets = read_targets()
    with running_chain() as chain:
        gas = measure(found_dao(chain), STORIES)
    print(table(targets, gas))
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(as_json(targets, gas), encoding="utf-8")
    forgotten = [t.operation for t in targets if t.built and t.operation not in gas]
    problems = above_ceiling(targets, gas) + [f"{name} was not measured" for name in forgotten]
    for problem in problems:
        print(f"gas: {problem}", file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
