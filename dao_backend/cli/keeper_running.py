"""`ddao keeper run`: a keeper until it is told to stop."""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TextIO, cast

import typer

from dao_backend.cli.keeper_unlock import Data, KeyFile, known_unlock
from dao_backend.cli.session import Session
from dao_backend.errors import ServiceUnavailable

if TYPE_CHECKING:
    from dao_backend.wiring.keeper import KeeperProcess

_ENDINGS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_LOOK = 0.5
"""Seconds between two looks at whether everything still runs."""

Log = Annotated[
    Path | None,
    typer.Option(help="Log into this file, which is put aside when full; else to stderr."),
]


def run(session: Session, data: Data, key_file: KeyFile = None, log: Log = None) -> None:
    """Run a keeper until Ctrl-C or SIGTERM.

    It waits while the chain gives its operator no seat. Everything is kept in its folder.
    """
    from dao_backend.wiring.hygiene import hide_texts
    from dao_backend.wiring.keeper import open_keeper
    from dao_backend.wiring.keeper_files import KeeperFolder, read_config

    hide_texts()
    folder = KeeperFolder(data)
    read_config(folder)
    unlock = known_unlock(session, folder.keys, key_file)
    with _logging_to(log), _told_to_end() as ended:
        keeper = open_keeper(data, unlock)
        _work(session, keeper, ended)


@contextlib.contextmanager
def _logging_to(path: Path | None) -> Iterator[None]:
    """JSON lines to stderr, or to a file and its predecessors; afterwards to stderr again."""
    from dao_backend.wiring.keeper_log import Patient, RotatingFile
    from dao_backend.wiring.logs import configure_logs

    if path is None:
        stderr = cast("TextIO", Patient(sys.stderr))
        configure_logs(stderr, as_json=True, level=logging.INFO)
        yield
        return
    with RotatingFile(path) as file:
        configure_logs(cast("TextIO", file), as_json=True, level=logging.INFO)
        try:
            yield
        finally:
            configure_logs(sys.stderr, as_json=True, level=logging.WARNING)


@contextlib.contextmanager
def _told_to_end() -> Iterator[threading.Event]:
    """Set once Ctrl-C, a service manager or a closed terminal wants an end."""
    ended = threading.Event()
    before = {number: signal.signal(number, lambda *_: ended.set()) for number in _ENDINGS}
    try:
        yield ended
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _work(session: Session, keeper: KeeperProcess, ended: threading.Event) -> None:
    url = keeper.start()
    try:
        session.screen.say(f"The keeper answers at {url}; Ctrl-C stops it.")
        session.screen.document({"url": url, "process": os.getpid()})
        while not ended.wait(_LOOK):
            if not keeper.is_alive():
                raise ServiceUnavailable("a part of the keeper has ended; the log says why")
    finally:
        is_clean = keeper.stop()
    session.screen.say("Stopped.")
    if not is_clean:
        # A thread waits for a node that does not answer; the interpreter would wait for it too.
        os._exit(0)
