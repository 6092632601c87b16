"""What can be listed is listed: settings, errors, log events, decisions."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

from dao_backend import errors
from dao_backend.errors import DaoError
from dao_backend.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
OPERATIONS = (ROOT / "docs/operations.md").read_text()


def error_classes() -> dict[str, type[DaoError]]:
    """Every class of the tree by its name."""
    found = inspect.getmembers(errors, inspect.isclass)
    return {name: kind for name, kind in found if issubclass(kind, DaoError)}


def drawn_errors() -> set[str]:
    """Every name in the drawing: capitalised words joined by nothing else."""
    assert errors.__doc__ is not None
    drawing = errors.__doc__[errors.__doc__.index("DaoError") : errors.__doc__.index("Each class")]
    return set(re.findall(r"\b[A-Z][a-z]+(?:[A-Z][a-z]+)*\b", drawing))


def test_list_errors__the_drawing__names_every_class_and_no_other() -> None:
    """The tree at the top of the file is the tree below it."""
    assert drawn_errors() == set(error_classes())


def test_list_errors__every_class__says_what_to_try() -> None:
    """No error leaves its reader alone."""
    assert all(kind.advice.endswith(".") for kind in error_classes().values())


def test_list_settings__operations_page__has_every_variable_and_no_other() -> None:
    """What an operator can set is on one page."""
    listed = set(re.findall(r"(?m)^\| `DDAO_(\w+)` \| (?:`|none|\d)", OPERATIONS))
    assert listed == {name.upper() for name in Settings.model_fields}


def test_name_variables__any_page__are_settings() -> None:
    """No page tells of a variable that does nothing."""
    known = {f"DDAO_{name.upper()}" for name in Settings.model_fields}
    pages = [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]
    named = {name for page in pages for name in re.findall(r"\bDDAO_[A-Z_]+\b", page.read_text())}
    assert named <= known


def test_list_events__operations_page__names_what_is_logged() -> None:
    """Each log event that the page explains is written somewhere."""
    table = OPERATIONS[OPERATIONS.index("## Logs") : OPERATIONS.index("## When something")]
    events = re.findall(r"(?m)^\| `([a-z_.]+)` \|", table)
    code = "".join(path.read_text() for path in (ROOT / "dao_backend").rglob("*.py"))
    assert events
    assert [event for event in events if f'"{event}"' not in code] == []


def test_number_decisions__the_folder__counts_each_once_and_titles_it() -> None:
    """Decision 7 is in file 0007 under the heading 7, and no number is used twice."""
    pages = sorted((ROOT / "docs/decisions").glob("*.md"))
    numbers = [int(page.name[:4]) for page in pages]
    assert numbers == sorted(set(numbers))
    for number, page in zip(numbers, pages, strict=True):
        assert page.read_text().startswith(f"# {number}. "), page.name


def test_explain_decisions__each__has_drawbacks() -> None:
    """A decision without drawbacks was not thought through."""
    pages = (ROOT / "docs/decisions").glob("*.md")
    lacking = [page.name for page in pages if "drawback" not in page.read_text().lower()]
    assert lacking == ["0001-dependencies.md"], "only the list of dependencies has none"
