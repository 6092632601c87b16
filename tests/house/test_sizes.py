"""How long files and functions may be: a reader sees a file in a few screens, a function in one."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("dao_backend", "contracts", "scripts", "tests")
SUFFIXES = (".py", ".sol", ".js", ".go", ".html", ".css")
MADE_BY_TOOLS = ("__pycache__", ".cache")
FILE_LINES = 300
"""A file stays under this."""
FUNCTION_LINES = 45
"""A function stops here."""

_SOLIDITY_FUNCTION = re.compile(r"^    (?:function|constructor|modifier)\b\s*(\w*)", re.MULTILINE)
_NOT_CODE = re.compile(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"', re.DOTALL)


def sources(*suffixes: str) -> Iterator[Path]:
    """Every file of ours with one of these suffixes."""
    for folder in FOLDERS:
        for path in sorted((ROOT / folder).rglob("*")):
            ours = not any(part in MADE_BY_TOOLS for part in path.parts)
            if ours and path.suffix in suffixes and path.is_file():
                yield path


def python_functions(text: str) -> Iterator[tuple[str, int]]:
    """Name and number of lines of every function, from `def` to its last line."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert node.end_lineno is not None
            yield node.name, node.end_lineno - node.lineno + 1


def solidity_functions(text: str) -> Iterator[tuple[str, int]]:
    """Name and number of lines of every function, from its first line to its closing brace."""
    code = _NOT_CODE.sub(_blanked, text)
    for found in _SOLIDITY_FUNCTION.finditer(code):
        yield found[1] or found[0].strip(), _lines(code, found)


def _lines(code: str, found: re.Match[str]) -> int:
    return code.count("\n", found.start(), _end(code, found.end())) + 1


def _blanked(found: re.Match[str]) -> str:
    """Comments and strings without their braces, line for line."""
    return re.sub(r"[^\n]", " ", found[0])


def _end(code: str, start: int) -> int:
    """Where the body that follows `start` is closed; a declaration ends at its semicolon."""
    depth = 0
    for place in range(start, len(code)):
        depth += (code[place] == "{") - (code[place] == "}")
        if not depth and code[place] in "};":
            return place + 1
    raise AssertionError("a body is never closed")


def relative(path: Path) -> str:
    """A path as people write it here."""
    return path.relative_to(ROOT).as_posix()


def too_long(measured: Iterable[tuple[str, int]], limit: int) -> str:
    """One line for each that is longer than `limit`."""
    return "\n".join(f"{name}: {lines} lines" for name, lines in measured if lines > limit)


def test_measure_functions__known_python__counts_from_head_to_end() -> None:
    """A function's lines are its own, inside a class or not."""
    text = (
        "def one():\n    return 1\n\nclass A:\n    def two(self):\n        a = 1\n        return a"
    )
    assert sorted(python_functions(text)) == [("one", 2), ("two", 3)]


def test_measure_functions__known_solidity__counts_from_head_to_brace() -> None:
    """Braces in comments and calls close nothing; a declaration ends at its semicolon."""
    text = """contract A {
    function one() external {
        f({a: 1}); // }
    }

    constructor() {}

    function two() external
        view;
}
"""
    assert list(solidity_functions(text)) == [("one", 3), ("constructor", 1), ("two", 2)]


@pytest.mark.parametrize("folder", FOLDERS)
def test_look_for_sources__each_folder__has_some(folder: str) -> None:
    """The rules below are held against something."""
    assert any(path.is_relative_to(ROOT / folder) for path in sources(*SUFFIXES))


def test_measure_files__all_sources__stay_under_300_lines() -> None:
    """A file has one ability; one that needs 300 lines has two."""
    measured = ((relative(path), len(path.read_text().splitlines())) for path in sources(*SUFFIXES))
    long = too_long(measured, FILE_LINES - 1)
    assert not long, long


@pytest.mark.parametrize(
    ("suffix", "functions"), [(".py", python_functions), (".sol", solidity_functions)]
)
def test_measure_functions__all_sources__stop_at_45_lines(
    suffix: str, functions: Callable[[str], Iterator[tuple[str, int]]]
) -> None:
    """A function is read without scrolling."""
    measured = (
        (f"{relative(path)}::{name}", lines)
        for path in sources(suffix)
        for name, lines in functions(path.read_text())
    )
    long = too_long(measured, FUNCTION_LINES)
    assert not long, long
