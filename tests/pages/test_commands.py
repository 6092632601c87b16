"""Every command that a page shows is one that `ddao` takes."""

from __future__ import annotations

import shlex
from typing import Any

import pytest
import typer
from typer.exceptions import TyperException

from dao_backend.cli.app import app
from tests.pages.crawl import Crawl


def take(line: str) -> None:
    """Check a command line as `ddao` would, without carrying it out; TyperException."""
    name, *words = shlex.split(line)
    assert name == "ddao"
    command: Any = typer.main.get_command(app)
    context = command.context_class(command, info_name=name)
    while hasattr(command, "resolve_command"):
        name, command, words = command.resolve_command(context, words)
        parent, context = context, type(context)(command, parent=context, info_name=name)
    command.make_context(name, list(words), parent=parent)


@pytest.mark.parametrize("line", ["ddao sell 1", "ddao vote 1 perhaps", "ddao browse --cheap"])
def test_check__command_that_is_none__is_noticed(line: str) -> None:
    """The check refuses unknown commands, values and options."""
    with pytest.raises(TyperException):
        take(line)


def test_read__every_page__shows_commands_that_exist(everything: Crawl) -> None:
    """Pages and command line name the same things, and every page shows a command."""
    lines = set()
    for answer in everything.pages:
        codes = answer.document.all("code")
        found = {each.words for each in codes if each.attributes.get("class") == "command"}
        assert found, answer.path
        lines |= found
    assert len(lines) > 20
    for line in sorted(lines):
        take(line)
