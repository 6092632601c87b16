"""A keeper is installed alone: the base dependencies of pyproject.toml are all that it needs.

Every other distribution of this environment is made unfindable in a fresh interpreter.
"""

from __future__ import annotations

import json
import tomllib
from importlib.metadata import PackageNotFoundError, packages_distributions, requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.support.cli import Answer, run_python

ROOT = Path(__file__).resolve().parents[2]
OURS = "data-dao-toolkit"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PARTS = (
    ("wiring", "keeper.py"),
    ("wiring", "keeper_*.py"),
    ("keeper", "[a-z]*.py"),
    ("cli", "keeper_*.py"),
)
ENTRY = tuple(
    f"dao_backend.{folder}.{path.stem}"
    for folder, pattern in PARTS
    for path in (ROOT / "dao_backend" / folder).glob(pattern)
)

REFUSING = """
import json, sys
unknown = frozenset(json.loads({unknown!r}))

class Refusing:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in unknown:
            raise ModuleNotFoundError(f"{{name}} is not installed with a keeper", name=name)
        return None

sys.meta_path.insert(0, Refusing())
"""


def with_needs(given: list[str]) -> set[str]:
    """The named distributions, and all that they need here, without any extra but those named."""
    found: set[str] = set()
    waiting = [Requirement(each) for each in given]
    while waiting:
        wanted = waiting.pop()
        name = canonicalize_name(wanted.name)
        if name in found:
            continue
        found.add(name)
        try:
            needs = [Requirement(each) for each in requires(name) or ()]
        except PackageNotFoundError:  # of another system or version of Python
            continue
        extras = wanted.extras or {""}
        waiting += [
            each
            for each in needs
            if each.marker is None
            or any(each.marker.evaluate({"extra": extra}) for extra in extras)
        ]
    return found


def unknown_to_a_keeper() -> list[str]:
    """Top-level modules of this environment that a plain install does not bring."""
    base = with_needs(PROJECT["project"]["dependencies"]) | {OURS}
    return sorted(
        module
        for module, distributions in packages_distributions().items()
        if not any(canonicalize_name(each) in base for each in distributions)
    )


def alone(code: str) -> Answer:
    """Run Python code where nothing but a keeper's dependencies can be imported."""
    return run_python(REFUSING.format(unknown=json.dumps(unknown_to_a_keeper())) + code)


def ddao(*words: str | Path) -> Answer:
    """The program `ddao`, likewise."""
    return alone(
        f"sys.argv = {['ddao', *map(str, words)]!r}\nfrom dao_backend.cli import main\nmain()"
    )


ABSENT = ("fastapi", "ipfshttpclient", "jinja2", "pydantic_settings", "ape")


@pytest.mark.parametrize("module", ABSENT)
def test_import__what_only_a_service_needs__cannot_be_found(module: str) -> None:
    """The environment of these tests is as poor as it claims."""
    answer = alone(f"import {module}")
    assert answer.code == 1
    assert f"{module} is not installed with a keeper" in answer.err


def test_import__everything_of_a_keeper__needs_no_more(tmp_path: Path) -> None:
    """Its code, its wiring and its commands load with the base dependencies alone."""
    answer = alone("".join(f"import {module}\n" for module in ENTRY) + "print('loaded')")
    assert answer.out == "loaded\n", answer.err


def test_program__help_and_init__work(tmp_path: Path) -> None:
    """The installed command explains itself and makes a keeper."""
    assert "rotate" in ddao("keeper", "--help").out
    words = ("--endpoint", "http://keeper.example", "--key-file", tmp_path / "key", "--json")
    made = ddao("keeper", "init", "--data", tmp_path / "data", *words)
    assert made.code == 0, made.err
    assert made.json["seat"]["endpoint"] == "http://keeper.example"
    answer = ddao("keeper", "run", "--data", tmp_path / "data", "--key-file", tmp_path / "key")
    assert answer.code == 2
    assert "deployment.json is missing" in answer.err


def test_program__command_of_a_service__says_what_to_install(tmp_path: Path) -> None:
    """A plain install knows what it lacks."""
    answer = ddao("up", "--data", tmp_path)
    assert answer.code == 7
    assert 'is not installed, run: pip install "data-dao-toolkit[service]".' in answer.err


def test_extras__service_and_keeper__are_offered() -> None:
    """`[service]` adds what the API needs, `[keeper]` nothing, and development has it all."""
    extras = PROJECT["project"]["optional-dependencies"]
    assert extras["keeper"] == []
    assert {Requirement(each).name for each in extras["service"]} >= {"fastapi", "jinja2"}
    assert f"{OURS}[service]" in extras["dev"]


def test_contract__each_module_of_a_keepers_wiring__is_held() -> None:
    """import-linter holds every one of them, also one that was added later."""
    (contract,) = (
        each
        for each in PROJECT["tool"]["importlinter"]["contracts"]
        if each["name"].startswith("A keeper is installed alone")
    )
    wiring = {each for each in ENTRY if each.startswith("dao_backend.wiring.")}
    assert set(contract["source_modules"]) == wiring | {"dao_backend.keeper"}
