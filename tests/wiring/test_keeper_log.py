"""A keeper's log file: put aside when full, so that it never fills the disk."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO, cast

import pytest
import structlog

from dao_backend.errors import UnreadablePath
from dao_backend.wiring.keeper_log import Patient, RotatingFile
from dao_backend.wiring.logs import configure_logs

LINE = "a line of twenty by\n"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the log is."""
    return tmp_path / "logs" / "keeper.log"


@pytest.fixture
def undisturbed() -> Iterator[None]:
    """Gives logging back as it was."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


def firsts(path: Path) -> list[str]:
    """The first character of each line."""
    return [line[0] for line in path.read_text().splitlines()]


def test_open__place_that_cannot_be_written__is_refused(tmp_path: Path) -> None:
    """A log nobody could read is no log."""
    (tmp_path / "file").touch()
    with pytest.raises(UnreadablePath, match=r"keeper.log cannot be written: File exists$"):
        RotatingFile(tmp_path / "file" / "keeper.log")


def test_write__disk_full__loses_the_line_and_goes_on() -> None:
    """A keeper does not stop because nobody can read of it."""
    with RotatingFile(Path("/dev/full")) as log:
        assert log.write(LINE) == len(LINE)


def test_write__stream_takes_nothing__loses_the_line_and_goes_on(undisturbed: None) -> None:
    """A keeper whose stderr leads to a full disk logs into nothing, and does not end."""
    with Path("/dev/full").open("w", buffering=1) as full:
        log = cast("TextIO", Patient(full))
        configure_logs(log, as_json=True)
        structlog.get_logger().info("keeper.waiting")
        logging.getLogger("library").warning("something")
        assert not log.isatty()
        with pytest.raises(OSError, match="No space left"):
            full.flush()
        os.dup2(os.open(os.devnull, os.O_WRONLY), full.fileno())  # or its end complains


def test_write__cannot_be_put_aside__goes_on_in_the_same_file(path: Path) -> None:
    """What stands in the way is left alone."""
    with RotatingFile(path, largest=1, kept=1) as log:
        log.write(LINE)
        (path.with_name("keeper.log.1") / "mine").mkdir(parents=True)
        log.write(LINE)
    assert path.read_text() == 2 * LINE


def test_write__file_full__is_put_aside_and_the_oldest_goes(path: Path) -> None:
    """The newest lines are in the file itself, the numbers count into the past."""
    with RotatingFile(path, largest=2 * len(LINE), kept=2) as log:
        for number in range(10):
            log.write(LINE.replace("a", str(number), 1))
    found = {each.name: firsts(each) for each in path.parent.iterdir()}
    assert found == {
        "keeper.log": ["8", "9"],
        "keeper.log.1": ["6", "7"],
        "keeper.log.2": ["4", "5"],
    }


def test_write__after_a_restart__goes_on_behind_what_is_there(path: Path) -> None:
    """A restart neither loses lines nor lets the file grow further."""
    for _ in range(3):
        with RotatingFile(path, largest=2 * len(LINE)) as log:
            log.write(LINE)
    assert path.read_text() == LINE
    assert path.with_name("keeper.log.1").read_text() == 2 * LINE
    assert path.stat().st_mode & 0o777 == 0o600


def test_write__many_threads__no_line_is_lost_or_torn(path: Path) -> None:
    """Whole lines only, whoever writes them."""
    with RotatingFile(path, largest=100 * len(LINE), kept=20) as log:
        writers = [
            threading.Thread(target=lambda: [log.write(LINE) for _ in range(200)]) for _ in range(4)
        ]
        for each in writers:
            each.start()
        for each in writers:
            each.join()
    text = "".join(each.read_text() for each in path.parent.iterdir())
    assert text == LINE * 800


@pytest.mark.usefixtures("undisturbed")
def test_write__events_of_ours_and_of_libraries__are_json_lines(path: Path) -> None:
    """Both ways of logging end in the file, with secrets hidden."""
    with RotatingFile(path) as log:
        configure_logs(cast("TextIO", log), as_json=True)
        structlog.get_logger().info("keeper.seated", keeper=1, secret="hush")
        logging.getLogger("library").warning("complains")
    ours, theirs = path.read_text().splitlines()
    assert '"event": "keeper.seated"' in ours
    assert "hush" not in ours
    assert '"event": "complains"' in theirs
