"""Throw dice at the whole system and hold what must always hold: `make invariants`.

Forge deploys a DAO in each voting mode, calls tests/invariants/Handler.sol at random and checks
after every call; after each run everything is moved out again. Each action that succeeded is
counted, and the long campaign fails where one never did, or where it was shorter than promised:
invariants of a system in which nothing happens say nothing.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path
from time import monotonic

ROOT = Path(__file__).resolve().parents[1]
SOURCES = ROOT / "tests" / "invariants"
FORGE = ROOT / "build" / "bin" / "forge"
REPORT = ROOT / "build" / "invariants" / "deeds"
LEAST_CALLS = 250_000
"""What the long campaign promises."""

_DEED = re.compile(r"_did\(([^;]*)\);")
_NAME = re.compile(r'"(\w+)"')
_CALLS = re.compile(r"\(runs: \d+, calls: (\d+), reverts: \d+\)")


def named_deeds() -> frozenset[str]:
    """Every action that the handler counts, as its sources name them."""
    texts = (path.read_text(encoding="utf-8") for path in SOURCES.rglob("*.sol"))
    return frozenset(
        name for text in texts for call in _DEED.findall(text) for name in _NAME.findall(call)
    )


def count_calls(output: str) -> int:
    """Calls of all campaigns in forge's output."""
    return sum(int(calls) for calls in _CALLS.findall(output))


def read_deeds(report: str) -> Counter[str]:
    """How often each action succeeded; `report` has a line `name times` for each run."""
    deeds: Counter[str] = Counter()
    for line in report.splitlines():
        name, times = line.split()
        deeds[name] += int(times)
    return deeds


def table(deeds: Counter[str]) -> str:
    """Actions and how often they succeeded, four in a line."""
    cells = [f"{name:<20}{times:>8,}" for name, times in sorted(deeds.items())]
    rows = (cells[i : i + 4] for i in range(0, len(cells), 4))
    return "\n".join("   ".join(row) for row in rows)


def shortcomings(calls: int, deeds: Counter[str]) -> list[str]:
    """What a campaign of `calls` left out, a sentence each."""
    problems = [f"{name} never happened" for name in sorted(named_deeds() - set(deeds))]
    if calls < LEAST_CALLS:
        problems.append(f"{calls:,} calls are less than {LEAST_CALLS:,}")
    return problems


def run_forge(profile: str) -> subprocess.CompletedProcess[str]:
    """Forge's test run under one of foundry.toml's profiles, with its output."""
    REPORT.parent.mkdir(parents=True, exist_ok=True)
    REPORT.unlink(missing_ok=True)
    where = REPORT.relative_to(ROOT).as_posix()
    chosen = {**os.environ, "FOUNDRY_PROFILE": profile, "INVARIANTS_REPORT": where}
    return subprocess.run(
        [FORGE, "test"],
        cwd=ROOT,
        env=chosen,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )


def main() -> int:
    """Run, show, judge; the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--short", action="store_true", help="few runs, the same each time")
    short: bool = parser.parse_args().short
    print(f"invariants: the {'short' if short else 'long'} campaign …", flush=True)
    begun = monotonic()
    result = run_forge("short" if short else "default")
    if result.returncode != 0:
        print(result.stdout)
        return result.returncode
    calls, deeds = count_calls(result.stdout), read_deeds(REPORT.read_text(encoding="utf-8"))
    print(table(deeds))
    print(f"invariants: held through {calls:,} calls in {monotonic() - begun:.0f} s")
    problems = [] if short else shortcomings(calls, deeds)
    for problem in problems:
        print(f"invariants: {problem}", file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
