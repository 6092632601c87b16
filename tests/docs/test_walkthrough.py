"""docs/walkthrough.md leads to places that exist: files, functions, events, in twelve steps."""

from __future__ import annotations

import ast
import json
import re
from dataclasses import dataclass
from pathlib import Path

import pytest

from dao_backend.demo.report import STEPS

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs/walkthrough.md").read_text()
ARTIFACTS = ROOT / "dao_backend/chain/artifacts"
_ROW = re.compile(r"(?m)^\| ([^|]+?) \| `([^`]+)` \| `([^`]+)` \| (?:`([^`]+)` )?\|$")
_CELLS = re.compile(r"(?m)^\| (?!step|---)")


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a table: where a part of a step happens, and what it emits."""

    step: str
    file: str
    function: str
    event: str | None

    def __str__(self) -> str:
        return f"{self.step}-{self.function}"


ROWS = [Row(found[1], found[2], found[3], found[4]) for found in _ROW.finditer(PAGE)]


def python_names(path: Path) -> set[str]:
    """Functions and classes of a module, and methods as `Class.method`."""
    names: set[str] = set()
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.add(node.name)
        if isinstance(node, ast.ClassDef):
            functions = (ast.FunctionDef, ast.AsyncFunctionDef)
            names |= {f"{node.name}.{one.name}" for one in node.body if isinstance(one, functions)}
    return names


def abi_names(contract: str, kind: str) -> set[str]:
    """Names of a contract's functions or events, inherited ones too; none without an artifact."""
    path = ARTIFACTS / f"{contract}.json"
    if not path.exists():
        return set()
    return {entry["name"] for entry in json.loads(path.read_text())["abi"] if entry["type"] == kind}


def solidity_names(path: Path, kind: str) -> set[str]:
    """What the contract's ABI has of that kind, or an abstract contract's source declares."""
    found = re.findall(rf"\b{'emit' if kind == 'event' else kind} (\w+)", path.read_text())
    return abi_names(path.stem, kind) | set(found)


def names_in(row: Row) -> set[str]:
    """Every function that the row's file has."""
    path = ROOT / row.file
    return python_names(path) if path.suffix == ".py" else solidity_names(path, "function")


def test_read_page__every_table_line__is_understood() -> None:
    """No line of a table escapes the checks below."""
    assert len(ROWS) == len(_CELLS.findall(PAGE))


def test_read_page__main_table__tells_the_twelve_steps_of_the_demo() -> None:
    """The page, the demo and the journey tests tell the same steps in the same order."""
    told = [step for step in dict.fromkeys(row.step for row in ROWS) if step[0].isdigit()]
    assert told == [f"{number} {name}" for number, (name, _) in enumerate(STEPS, 1)]


def test_read_page__every_step__has_its_section() -> None:
    """Each of the twelve rows is explained below the table."""
    headings = [heading.lower() for heading in re.findall(r"(?m)^## (\d.*)$", PAGE)]
    assert headings == [f"{number} {name}" for number, (name, _) in enumerate(STEPS, 1)]


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_follow_row__its_file__has_the_function(row: Row) -> None:
    """A reader who opens the file finds the function."""
    assert (ROOT / row.file).is_file(), f"{row.file} does not exist"
    assert row.function in names_in(row)


@pytest.mark.parametrize("row", [row for row in ROWS if row.event], ids=str)
def test_follow_row__its_contract__has_the_event(row: Row) -> None:
    """What the row says is emitted is an event of that contract."""
    path = ROOT / row.file
    assert path.suffix == ".sol", "only contracts emit events"
    assert row.event in solidity_names(path, "event")


def test_read_page__state_changing_contract_rows__name_an_event() -> None:
    """Every step on chain leaves something to be seen."""
    assert [row for row in ROWS if row.file.endswith(".sol") and row.event is None] == []
