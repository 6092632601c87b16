"""How the story is told: a line for each step, a closing table, and the same as data."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from dao_backend.demo.acts_delivering import decrypt, receipt_then_release, settle_and_claim
from dao_backend.demo.acts_giving import (
    appraise_and_register,
    contribute,
    encrypt,
    index,
    seal,
    store,
)
from dao_backend.demo.acts_selling import grant, request, vote
from dao_backend.demo.story import Figures, Story, Telling
from dao_backend.errors import DaoError

STEPS: tuple[tuple[str, Callable[[Story], Telling]], ...] = (
    ("contribute", contribute),
    ("encrypt", encrypt),
    ("store", store),
    ("appraise and register", appraise_and_register),
    ("index", index),
    ("seal an edition", seal),
    ("request", request),
    ("vote", vote),
    ("grant", grant),
    ("receipt, then release", receipt_then_release),
    ("decrypt", decrypt),
    ("settle and claim", settle_and_claim),
)


@dataclass(frozen=True, slots=True)
class Told:
    """One step as it went."""

    name: str
    ok: bool
    line: str
    figures: Figures
    seconds: float


def tell(story: Story, console: Console) -> list[Told]:
    """Play the steps in order; one that fails ends the story, for the others stand on it."""
    told: list[Told] = []
    for number, (name, act) in enumerate(STEPS, 1):
        console.print(f"step {number} of {len(STEPS)}: {name} …", highlight=False)
        begun = time.monotonic()
        try:
            telling, ok = act(story), True
        except DaoError as error:
            reason = f"{type(error).__name__}: {error}"
            telling, ok = Telling(reason, {"error": reason, "advice": error.advice}), False
        seconds = round(time.monotonic() - begun, 2)
        told.append(Told(name, ok, telling.line, telling.figures, seconds))
        if not ok:
            return told
    return told


def show(told: list[Told], console: Console) -> None:
    """The closing table: one line for each step, with its figures."""
    table = Table(show_lines=False, expand=False)
    table.add_column("step", overflow="fold")
    table.add_column("")
    table.add_column("what was seen", overflow="fold")
    table.add_column("s", justify="right")
    for number, step in enumerate(told, 1):
        mark = "[green]ok[/green]" if step.ok else "[bold red]FAILED[/bold red]"
        table.add_row(f"{number} {step.name}", mark, escape(step.line), f"{step.seconds:.1f}")
    console.print(table)


def write(told: list[Told], path: Path, committee: Figures) -> None:
    """The same as data, with what the committee was and did."""
    path.parent.mkdir(parents=True, exist_ok=True)
    document = {
        "committee": committee,
        "steps": [asdict(step) for step in told],
        "passed": passed(told),
        "total": len(STEPS),
    }
    path.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n")


def passed(told: list[Told]) -> int:
    """How many steps went well."""
    return sum(step.ok for step in told)
