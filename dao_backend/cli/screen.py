"""What a command shows: lines and tables for people, or one JSON document; errors on stderr.

With `--json` nothing but the document reaches stdout. Bars appear in a terminal only, plain lines
otherwise. Text from elsewhere (names of files, descriptions) cannot steer the terminal.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TextIO

from dao_backend.errors import DaoError

Step = Callable[[int], None]
"""Told how much is done so far, in the unit of the total."""

_WIDE = 200
"""Columns where there is no terminal to ask."""
_QUARTERS = 4


class Screen:
    """One command's output."""

    def __init__(self, *, as_json: bool, out: TextIO, err: TextIO) -> None:
        self.as_json = as_json
        self._out = out
        self._err = err
        self._answered = False

    @property
    def is_terminal(self) -> bool:
        """Whether a person watches."""
        return not self.as_json and self._out.isatty()

    def say(self, text: str = "") -> None:
        """A line for people."""
        if not self.as_json:
            self._line(harmless(text))

    def table(self, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        """Rows under their headings, if there are any; nothing is shortened."""
        if self.as_json or not rows:
            return
        from rich import box
        from rich.console import Console
        from rich.table import Table
        from rich.text import Text

        shown = Table(box=box.SIMPLE_HEAD, pad_edge=False)
        for column in columns:
            shown.add_column(column, overflow="fold")
        for row in rows:
            shown.add_row(*(Text(harmless(cell)) for cell in row))
        width = None if self.is_terminal else _WIDE
        Console(file=self._out, width=width, highlight=False).print(shown)

    def page(self, url: str) -> None:
        """Where the same can be seen in a browser."""
        self.say(f"Page: {url}")

    def document(self, content: Mapping[str, object]) -> None:
        """The answer for programs: one line of JSON. What comes after the first is not shown."""
        if self.as_json and not self._answered:
            self._answered = True
            self._line(json.dumps(content, ensure_ascii=False))

    def error(self, error: DaoError, code: int) -> None:
        """The sentence and what to try."""
        self.complain(sentence(harmless(str(error))))
        self.complain(f"Try: {error.advice}")
        name = type(error).__name__
        told = {"type": name, "sentence": str(error), "advice": error.advice, "exitCode": code}
        self.document({"error": told})

    def complain(self, text: str) -> None:
        """A line on stderr."""
        self._err.write(text + "\n")
        self._err.flush()

    @contextmanager
    def progress(self, what: str, total: int) -> Iterator[Step]:
        """Show how far a long step is, in bytes; yields what to call with the bytes done."""
        if self.as_json:
            yield lambda _done: None
        elif self.is_terminal:
            with self._bar(what, total) as step:
                yield step
        else:
            yield self._lines(what, total)

    @contextmanager
    def _bar(self, what: str, total: int) -> Iterator[Step]:
        from rich.console import Console
        from rich.progress import (
            BarColumn,
            DownloadColumn,
            Progress,
            TextColumn,
            TimeRemainingColumn,
        )

        columns = (
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            DownloadColumn(binary_units=True),
            TimeRemainingColumn(),
        )
        with Progress(*columns, console=Console(file=self._err), transient=True) as bar:
            task = bar.add_task(harmless(what), total=total)
            yield lambda done: bar.update(task, completed=done)

    def _line(self, text: str) -> None:
        self._out.write(text + "\n")
        self._out.flush()

    def _lines(self, what: str, total: int) -> Step:
        """A line at the start, and one for each quarter that was passed."""
        shown = 0
        self.say(f"{what} …")

        def step(done: int) -> None:
            nonlocal shown
            quarter = min(_QUARTERS, _QUARTERS * done // max(total, 1))
            if shown < quarter < _QUARTERS:
                self.say(f"{what} … {100 * quarter // _QUARTERS} %")
            shown = max(shown, quarter)

        return step


def sentence(text: str) -> str:
    """With a capital and one full stop; a name or URL in front stays as it is."""
    first = text.partition(" ")[0]
    begun = text[:1].upper() + text[1:] if first.isalpha() else text
    return begun.removesuffix(".") + "."


def harmless(text: str) -> str:
    """Text with every control character made visible."""
    return "".join(
        each if each == "\n" or each.isprintable() else each.encode("unicode_escape").decode()
        for each in text
    )
