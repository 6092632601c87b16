"""The command line as a person uses it: a home folder, wallets, `ddao up`, and its answers."""

from __future__ import annotations

import json
import logging
import os
import secrets
import subprocess
import sys
import sysconfig
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import structlog
from typer.testing import CliRunner

from dao_backend.chain.anvil import TimeMachine
from dao_backend.chain.rpc import Rpc
from dao_backend.cli.app import app
from dao_backend.wiring.wallets import WalletBook
from tests.support.appraisal import functions

DDAO = Path(sysconfig.get_path("scripts")) / "ddao"
"""The installed command."""
PASSWORD = "correct horse battery staple"
ROUNDS = 2
"""Cost of the tests' keystores: what they protect is worth nothing."""
PATIENCE = 400
"""Looks before a condition counts as never met; each costs a request to a running service."""
SOURCE, LABELLED = "source-code", "labelled-data"


HEEDING = (
    "import ctypes, os, sys\n"
    "if os.geteuid() == 0: ctypes.CDLL(None).prctl(24, 1, 0, 0, 0)\n"
    "os.execv(sys.argv[1], sys.argv[1:])"
)
"""Starts a program without root's power over file permissions (CAP_DAC_OVERRIDE)."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a command left behind."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The one document on stdout."""
        return json.loads(self.out)


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with a home folder and one wallet called `default`."""

    home: Path

    @property
    def book(self) -> WalletBook:
        """Their wallets."""
        folder = self.home / ".config" / "ddao" / "wallets"
        return WalletBook(folder, secrets.token_bytes, ROUNDS)

    @property
    def address(self) -> str:
        """Their account."""
        return self.book.find("default").address

    @property
    def password_file(self) -> Path:
        """Where their password stands."""
        return self.home / "password"

    def run(self, *words: str | Path) -> Answer:
        """Run `ddao` with these words, in this process."""
        runner = CliRunner()
        with _undisturbed(), pytest.MonkeyPatch.context() as patch:
            patch.setenv("HOME", str(self.home))
            result = runner.invoke(app, [str(word) for word in words])
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return Answer(result.exit_code, result.stdout, result.stderr)

    def does(self, *words: str | Path) -> Any:
        """Run a command that must succeed; its JSON document."""
        answer = self.run(*words, "--json")
        assert answer.code == 0, answer.out + answer.err
        return answer.json

    def signs(self, *words: str | Path) -> Any:
        """The same, for a command that needs the password."""
        return self.does(*words, "--password-file", self.password_file)


def settle_in(home: Path) -> Person:
    """A person with a wallet and a password file."""
    person = Person(home)
    person.book.new("default", PASSWORD)
    person.password_file.write_text(PASSWORD + "\n")
    return person


@dataclass(frozen=True, slots=True)
class Town:
    """A running `ddao up`, and control of its clock."""

    url: str
    rpc_url: str
    data: Path
    process: subprocess.Popen[str]
    time: TimeMachine

    def later(self, seconds: int) -> None:
        """Let chain time pass, and make what happened before it final."""
        self.time.advance(seconds)
        self.time.finalize()

    def until(self, met: Callable[[], Any]) -> Any:
        """Mine and look again until something is so; the service works meanwhile."""
        for _ in range(PATIENCE):
            found = met()
            if found:
                return found
            self.time.finalize()
        raise AssertionError("this never came true")


@contextmanager
def running_town(folder: Path, **settings: str) -> Iterator[Town]:
    """`ddao up` on free ports, ended by Ctrl-C."""
    data = folder / "data"
    process = start_up(folder, "--data", data, **settings)
    told = first_document(process)
    rpc = Rpc(told["rpcUrl"])
    try:
        yield Town(told["url"], told["rpcUrl"], data, process, TimeMachine(rpc))
    finally:
        rpc.close()
        end(process)


def start_up(
    home: Path, *words: str | Path, as_json: bool = True, **settings: str
) -> subprocess.Popen[str]:
    """`ddao up` in a process group of its own, held to file permissions like everybody."""
    home.mkdir(parents=True, exist_ok=True)
    environment = {**os.environ, "HOME": str(home), "DDAO_PAUSE": "0.1", **settings}
    command = [sys.executable, "-c", HEEDING, str(DDAO), "up", "--port", "0"]
    command += [str(word) for word in words]
    return subprocess.Popen(
        [*command, "--json"] if as_json else command,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def first_document(process: subprocess.Popen[str]) -> Any:
    """What `ddao up --json` says once it runs."""
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line:
        raise AssertionError(process.communicate()[1])
    return json.loads(line)


def end(process: subprocess.Popen[str], number: int = 2) -> Answer:
    """Send a signal (Ctrl-C) to the process alone, and wait until it has ended."""
    if process.poll() is None:
        process.send_signal(number)
    out, err = process.communicate(timeout=60)
    return Answer(process.returncode, out, err)


def left_over(data: Path) -> list[str]:
    """Command lines of processes that still name this folder."""
    found = []
    for place in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = place.read_bytes().split(b"\0")
        except OSError:
            continue
        if any(os.fsencode(data) in word for word in words):
            found.append(b" ".join(words).decode(errors="replace"))
    return found


def shown(told: dict[str, Any]) -> str:
    """The page that a command names; it must be there."""
    answer = httpx.get(told["page"], trust_env=False)
    assert answer.status_code == 200, told["page"]
    assert "text/html" in answer.headers["content-type"]
    return answer.text


def write_module(path: Path, seed: int, count: int = 30) -> Path:
    """A Python file that is like no other seed's."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(functions(count, seed))
    return path


def run_python(code: str) -> Answer:
    """Run a line of Python in a fresh interpreter."""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    return Answer(done.returncode, done.stdout, done.stderr)


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Give logging back as it was: a command sends it to a stream that ends with it."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    try:
        yield
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)
        structlog.reset_defaults()
