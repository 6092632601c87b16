"""Output: clean for programs, harmless for terminals, plain where nobody watches."""

from __future__ import annotations

import io
import json

import pytest

from dao_backend.cli.screen import Screen, harmless
from dao_backend.errors import EmptyContent, NotReleased


class Terminal(io.StringIO):
    """A stream that says it is watched."""

    def isatty(self) -> bool:
        """It is."""
        return True


def screens(*, as_json: bool) -> tuple[Screen, io.StringIO, io.StringIO]:
    """A screen and its two streams."""
    out, err = io.StringIO(), io.StringIO()
    return Screen(as_json=as_json, out=out, err=err), out, err


def test_error__for_people__is_sentence_and_advice_on_stderr() -> None:
    """Stdout stays empty; the sentence begins large and ends once."""
    screen, out, err = screens(as_json=False)
    screen.error(EmptyContent("there are no bytes"), 2)
    assert out.getvalue() == ""
    assert err.getvalue() == (
        "There are no bytes.\nTry: Choose a file or folder that holds something.\n"
    )


@pytest.mark.parametrize("name", ["a.txt", "http://127.0.0.1:8000", "labelled-data", "0xab"])
def test_error__begins_with_a_name__leaves_it_as_it_is(name: str) -> None:
    """What can be copied from a sentence is not changed for looks."""
    screen, _, err = screens(as_json=False)
    screen.error(EmptyContent(f"{name} holds no bytes"), 2)
    assert err.getvalue().startswith(f"{name} holds no bytes.\n")


def test_error__sentence_with_full_stop__ends_once() -> None:
    """A keeper's own sentence is not given a second full stop."""
    screen, _, err = screens(as_json=False)
    screen.error(NotReleased("The receipt is not final."), 3)
    assert err.getvalue().startswith("The receipt is not final.\n")


def test_error__for_programs__is_the_one_document() -> None:
    """With --json an error is a document too, with type, advice and exit code."""
    screen, out, _ = screens(as_json=True)
    screen.error(EmptyContent("a.txt holds no bytes"), 2)
    found = json.loads(out.getvalue())["error"]
    assert (found["type"], found["exitCode"]) == ("EmptyContent", 2)


def test_error__after_the_document__is_on_stderr_alone() -> None:
    """A command that answered and failed later, like `ddao up`, still gave one document only."""
    screen, out, err = screens(as_json=True)
    screen.document({"url": "here"})
    screen.error(EmptyContent("there are no bytes"), 2)
    assert out.getvalue() == '{"url": "here"}\n'
    assert err.getvalue().startswith("There are no bytes.\n")


def test_json__lines_tables_and_progress__stay_silent() -> None:
    """Nothing but the document reaches stdout, and nothing at all stderr."""
    screen, out, err = screens(as_json=True)
    screen.say("hello")
    screen.table(("a",), [("b",)])
    with screen.progress("working", 10) as step:
        step(5)
    screen.document({"done": True})
    assert out.getvalue() == '{"done": true}\n'
    assert err.getvalue() == ""


@pytest.mark.parametrize("hostile", ["\x1b[2J", "a\rb", "\x07", "\x9b31m", "\u202e"])
def test_harmless__control_characters__are_shown(hostile: str) -> None:
    """A file's name cannot clear the screen, overwrite a line or turn text around."""
    assert all(each.isprintable() for each in harmless(hostile))


def test_table__text_like_markup__is_shown_as_it_is() -> None:
    """What looks like formatting in somebody's description is only text."""
    screen, out, _ = screens(as_json=False)
    screen.table(("name",), [("[red]alert[/red]",)])
    assert "[red]alert[/red]" in out.getvalue()


def test_progress__nobody_watches__is_a_line_for_each_quarter() -> None:
    """A long step reports at its start and at every quarter, never in bars."""
    screen, out, _ = screens(as_json=False)
    with screen.progress("Uploading", 100) as step:
        for done in range(0, 101, 5):
            step(done)
    expected = ["Uploading …", *(f"Uploading … {share} %" for share in (25, 50, 75))]
    assert out.getvalue().splitlines() == expected


def test_progress__in_a_terminal__is_a_bar_on_stderr() -> None:
    """A watched step draws its bar beside the output, not in it."""
    out, err = Terminal(), Terminal()
    screen = Screen(as_json=False, out=out, err=err)
    with screen.progress("Uploading", 100) as step:
        step(50)
    assert "Uploading" in err.getvalue()
    assert out.getvalue() == ""
