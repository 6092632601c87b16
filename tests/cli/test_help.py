"""What `ddao --help` promises: quick, complete, the same for every command."""

from __future__ import annotations

import inspect
import shlex
import subprocess
from collections.abc import Iterator

import pytest
import typer
from typer.main import get_command

from dao_backend import errors
from dao_backend.api.pages import commands
from dao_backend.cli.app import app
from dao_backend.cli.exits import CODES, exit_code
from dao_backend.core.model import NATIVE, Purpose
from dao_backend.errors import DaoError
from tests.support.cli import DDAO, Person, run_python

HEAVY = (
    "aiohttp eth_account eth_utils fastapi httpx nacl numpy pyarrow pydantic requests sqlalchemy "
    "structlog uvicorn web3"
).split()


def leaves(group: typer.core.TyperGroup, *above: str) -> Iterator[tuple[str, ...]]:
    """The words of every command."""
    for name, each in group.commands.items():
        if isinstance(each, typer.core.TyperGroup):
            yield from leaves(each, *above, name)
        else:
            yield (*above, name)


def all_commands() -> list[tuple[str, ...]]:
    """The words of every command of the program."""
    group = get_command(app)
    assert isinstance(group, typer.core.TyperGroup)
    return list(leaves(group))


def error_classes() -> list[type[DaoError]]:
    """The whole tree."""
    found = [each for _, each in inspect.getmembers(errors, inspect.isclass)]
    return [each for each in found if issubclass(each, DaoError)]


def test_help__whole_program__imports_nothing_heavy() -> None:
    """`ddao --help` answers before anything slow is loaded."""
    code = (
        "import sys\nfrom dao_backend.cli.app import app\n"
        "try: app(['--help'])\nexcept SystemExit: pass\n"
        f"print(sorted(set({HEAVY!r}) & set(sys.modules)))"
    )
    answer = run_python(code)
    assert answer.out.splitlines()[-1] == "[]", answer.err


def test_help__installed_program__answers_with_its_exit_codes() -> None:
    """The installed command runs, and its help lists what each exit code means."""
    done = subprocess.run([DDAO, "--help"], capture_output=True, text=True, check=True)
    told = " ".join(done.stdout.split())
    assert all(f"{code} {meaning}" in told for _, code, meaning in CODES)


@pytest.mark.parametrize("words", all_commands(), ids=" ".join)
def test_help__each_command__has_json_and_says_what_it_does(
    words: tuple[str, ...], stranger: Person
) -> None:
    """Every command explains itself and can answer programs."""
    answer = stranger.run(*words, "--help")
    assert answer.code == 0
    assert "--json" in answer.out
    assert "--verbose" in answer.out


@pytest.mark.parametrize(
    "shown",
    [
        commands.browse(),
        commands.contribute(0),
        commands.request(0, Purpose.FINE_TUNE, 10**16),
        commands.status(1),
        commands.proposals(),
        commands.vote(2**255),
        commands.pull(1),
        commands.usage(1),
        commands.royalty(1),
        commands.verify(1),
        commands.editions(),
        commands.withdraw("0x" + "00" * 32),
        commands.earnings(NATIVE),
        commands.keepers(),
        commands.doctor(),
        commands.strike(),
        commands.call_strike(),
        commands.pledge(),
        commands.leave(),
    ],
    ids=lambda shown: shown.line,
)
def test_run__command_shown_by_a_page__is_one_of_ours(
    shown: commands.Command, stranger: Person
) -> None:
    """What the pages tell people to type is understood: only the service is missing."""
    words = shlex.split(shown.line)[1:]
    answer = stranger.run(*words, "--service", "http://127.0.0.1:1")
    assert answer.code == 6, answer.err
    assert "No such" not in answer.err


@pytest.mark.parametrize("kind", error_classes(), ids=lambda kind: kind.__name__)
def test_exit_code__each_error__is_that_of_its_branch(kind: type[DaoError]) -> None:
    """Every class of the tree has the exit code of the branch it stands on."""
    error = kind.__new__(kind)
    branch = next(each for each, _, _ in CODES if issubclass(kind, each))
    assert exit_code(error) == next(code for each, code, _ in CODES if each is branch)


def test_exit_codes__all_branches__differ() -> None:
    """Two branches never share a code, and none says success."""
    codes = [code for _, code, _ in CODES]
    assert len(set(codes)) == len(codes)
    assert 0 not in codes
