"""How the story is told: a line for each step, a closing table, and the same as data."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from dao_backend.demo.acts_delivering import decrypt, receipt_then_release, settle_and_claim
from dao_backend.demo.acts_giving import (
    Figures,
    appraise_and_register,
    contribute,
    encrypt,
    index,
    seal,
    store,
)
from dao_backend.demo.acts_selling import grant, request, vote
from dao_backend.demo.story import Story
from dao_backend.errors import DaoError

STEPS: tuple[tuple[str, Callable[[Story], Figures]], ...] = (
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
    figures: Figures
    seconds: float


def tell(story: Story, console: Console) -> list[Told]:
    """Play the steps in order; one that fails ends the story, for the others stand on it."""
    told: list[Told] = []
    for number, (name, act) in enumerate(STEPS, 1):
        console.print(f"step {number} of {len(STEPS)}: {name} …", highlight=False)
        begun = time.monotonic()
        try:
            figures, ok = act(story), True
        except DaoError as error:
            figures, ok = {"error": f"{type(error).__name__}: {error}"}, False
        told.append(Told(name, ok, figures, round(time.monotonic() - begun, 2)))
        if not ok:
            console.print(f"  failed: {figures['error']}", style="bold red", highlight=False)
            return told
    return told


def show(told: list[Told], console: Console) -> None:
    """The closing table: one line for each step, with its figures."""
    table = Table(show_lines=False, expand=False)
    for heading in ("step", "", "figures", "s"):
        table.add_column(heading, justify="right" if heading == "s" else "left", overflow="fold")
    for number, step in enumerate(told, 1):
        mark = "ok" if step.ok else "FAILED"
        table.add_row(f"{number} {step.name}", mark, _line(step.figures), f"{step.seconds:.1f}")
    console.print(table)


def write(told: list[Told], path: Path) -> None:
    """The same as data."""
    path.parent.mkdir(parents=True, exist_ok=True)
    document = {
        "steps": [asdict(step) for step in told],
        "passed": passed(told),
        "total": len(STEPS),
    }
    path.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n")


def passed(told: list[Told]) -> int:
    """How many steps went well."""
    return sum(step.ok for step in told)


def _line(figures: Figures) -> str:
    return ", ".join(f"{name.replace('_', ' ')} {_text(value)}" for name, value in figures.items())


def _text(value: object) -> str:
    if isinstance(value, dict):
        return "(" + _line(value) + ")"
    if isinstance(value, list):
        return " · ".join(str(one) for one in value)
    if isinstance(value, int):
        return f"{value:,}"
    return str(value)
