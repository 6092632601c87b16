"""Measure how fast and how large everything is that grows with contributions: `make bench`.

Each measure runs in a fresh process. Prints a table beside the goals and writes build/bench.json.
A goal that is missed is said, and is no failure: machines differ, and others work on them.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

from scripts.bench.rows import ROWS, Row, named

HOME = Path(__file__).resolve().parents[2]
RESULT = HOME / "build" / "bench.json"
SIZE, FULL_SIZE = 100_000, 1_000_000


def chosen(only: str) -> tuple[Row, ...]:
    """The rows named in `only`, divided by commas; all of them for none. KeyError."""
    return tuple(named(name) for name in only.split(",")) if only else ROWS


def measured(rows: Iterable[Row], size: int) -> dict[str, float]:
    """The figures of these rows; CalledProcessError where one cannot be taken."""
    figures: dict[str, float] = {}
    wanted = {row.name: row for row in rows}
    _take("prepare", size)
    for measure in dict.fromkeys(row.measure for row in wanted.values()):
        figures |= _take(measure, size)
    return {name: figures[name] for name in wanted}


def _take(measure: str, size: int) -> dict[str, float]:
    print(f"bench: {measure} …", file=sys.stderr)
    command = [sys.executable, "-m", "scripts.bench.one", measure, str(size)]
    answer = subprocess.run(command, cwd=HOME, stdout=subprocess.PIPE, check=True)
    figures: dict[str, float] = json.loads(answer.stdout)
    return figures


def table(figures: Mapping[str, float]) -> str:
    """Figures beside their goals; `!` marks a goal that is missed."""
    lines = [f"{'':<32}{'figure':>12}  {'goal':>11}  a million"]
    for name, figure in figures.items():
        row = named(name)
        missed = " !" if row.met(figure) is False else "  "
        million = f"{FULL_SIZE / figure:,.1f} s" if row.per_key else ""
        lines.append(
            f"{name:<32}{_shown(figure):>12}{missed}{_goal(row):>11}  {million:<10} {row.about}"
        )
    return "\n".join(lines)


def as_json(figures: Mapping[str, float], size: int) -> str:
    """Figure, goal and the number of contributions, by row."""
    rows = {
        name: {"figure": round(figure, 3), "goal": named(name).goal, "contributions": size}
        for name, figure in figures.items()
    }
    return json.dumps(rows, indent=2) + "\n"


def missed(figures: Mapping[str, float]) -> list[str]:
    """A sentence for each goal that is missed."""
    return [
        f"{name} is {_shown(figure)}, the goal is {_goal(named(name)).strip()}"
        for name, figure in figures.items()
        if named(name).met(figure) is False
    ]


def _shown(figure: float) -> str:
    return f"{figure:,.0f}" if figure >= 10 else f"{figure:.2f}"


def _goal(row: Row) -> str:
    if row.goal is None:
        return ""
    return f"{'≤' if row.at_most else '≥'} {row.goal:,g}"


def main() -> int:
    """Measure, show, write; the exit code."""
    size = FULL_SIZE if os.environ.get("FULL") == "1" else SIZE
    figures = measured(chosen(os.environ.get("ONLY", "")), size)
    print(f"{size:,} contributions, {os.cpu_count()} cores\n{table(figures)}")
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(as_json(figures, size), encoding="utf-8")
    for sentence in missed(figures):
        print(f"bench: {sentence}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
