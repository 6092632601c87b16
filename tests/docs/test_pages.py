"""Pages lead somewhere: links resolve, commands and make targets exist, the README stays short."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from dao_backend.cli.app import app

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
TEXTS = {page.relative_to(ROOT).as_posix(): page.read_text() for page in PAGES}
README_LINES = 110

_LINK = re.compile(r"\]\(([^)\s]+)\)")
_CODE = re.compile(r"`([^`\n]+)`|^(?: {4}| {8})(\S.*)$", re.MULTILINE)
_DDAO = re.compile(r"(?:^|\s)ddao((?: +[^\s#|&;`]+)*)")
_MAKE = re.compile(r"(?:^|&& )make ([a-z]+)")


def links() -> Iterator[tuple[str, str]]:
    """Every relative link with its page."""
    for page, text in TEXTS.items():
        for found in _LINK.finditer(text):
            if not re.match(r"[a-z]+:", found[1]):
                yield page, found[1]


def code(text: str) -> Iterator[str]:
    """What stands in back-quotes, and each line of an indented block."""
    for found in _CODE.finditer(text):
        yield found[1] or found[2]


def commands() -> Iterator[tuple[str, tuple[str, ...]]]:
    """Words after `ddao` wherever a page shows a command."""
    for page, text in TEXTS.items():
        for piece in code(text):
            for found in _DDAO.finditer(piece.split(" # ")[0]):
                yield page, tuple(found[1].split())


def told() -> Iterator[tuple[str, tuple[str, ...]]]:
    """Commands that the program itself tells people to type: in advice, messages and docstrings."""
    for path in sorted((ROOT / "dao_backend").rglob("*.py")):
        for found in re.finditer(r"`ddao((?: [a-z][a-z-]*)+)", path.read_text()):
            yield path.relative_to(ROOT).as_posix(), tuple(found[1].split())


def targets() -> Iterator[tuple[str, str]]:
    """Targets after `make` wherever a page shows one."""
    for page, text in TEXTS.items():
        for piece in code(text):
            for found in _MAKE.finditer(piece):
                yield page, found[1]


def anchors(text: str) -> set[str]:
    """Fragments that the headings of a page can be reached by."""
    headings = re.findall(r"(?m)^#+ (.+)$", text)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def resolve(words: tuple[str, ...]) -> tuple[Any, tuple[str, ...]]:
    """The command that the words name, and the words left over; KeyError names the stranger."""
    found: Any = typer.main.get_command(app)  # Typer brings its own kind of click
    while hasattr(found, "commands") and words and not words[0].startswith("-"):
        found, words = found.commands[words[0]], words[1:]
    return found, words


def options(command: Any) -> set[str]:
    """Every option that a command takes, `--help` too."""
    named = {option for each in command.params for option in (*each.opts, *each.secondary_opts)}
    return named | {"--help", "-h"}


@pytest.mark.parametrize(("page", "link"), sorted(set(links())))
def test_follow_link__relative__leads_to_a_file(page: str, link: str) -> None:
    """No link of a page leads nowhere."""
    path, _, fragment = link.partition("#")
    target = (ROOT / page).parent / path if path else ROOT / page
    assert target.exists()
    assert not fragment or fragment in anchors(target.read_text())


@pytest.mark.parametrize(("page", "words"), sorted(set(commands())))
def test_type_command__of_any_page__exists(page: str, words: tuple[str, ...]) -> None:
    """What a page tells people to type is a command, with options that it has."""
    command, rest = resolve(words)
    used = {word.split("=")[0] for word in rest if word.startswith("-")}
    assert used <= options(command)


@pytest.mark.parametrize(("file", "words"), sorted(set(told())))
def test_type_command__that_the_program_advises__exists(file: str, words: tuple[str, ...]) -> None:
    """No advice sends people to a command that is not there."""
    resolve(words)


def test_type_command__first_page__shows_contribution_and_purchase() -> None:
    """The README leads from nothing to a contribution and a purchase."""
    shown = {words[0] for page, words in commands() if page == "README.md" and words}
    assert {"init", "contribute", "request", "vote", "pull", "earnings"} <= shown


@pytest.fixture(scope="module")
def made() -> list[str]:
    """What `make help` says can be made."""
    told = subprocess.run(["make", "help"], cwd=ROOT, check=True, capture_output=True, text=True)
    return re.findall(r"(?m)^ *make ([a-z]+)", told.stdout)


@pytest.mark.parametrize(("page", "target"), sorted(set(targets())))
def test_type_make__of_any_page__is_a_target(page: str, target: str, made: list[str]) -> None:
    """What a page tells people to make can be made."""
    assert target in made


def test_read_first_page__its_length__is_under_two_screens() -> None:
    """Nobody reads a long README."""
    assert len(TEXTS["README.md"].splitlines()) < README_LINES


@pytest.mark.parametrize("page", TEXTS)
def test_read_page__any__stands_on_its_own(page: str) -> None:
    """No page refers to a place outside the project, or promises what is to be done."""
    assert not re.search(r"\.\./shared|/work/|\bTODO\b|\bFIXME\b", TEXTS[page])
