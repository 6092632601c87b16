"""One keeper as a test has it: a folder, settings, and a process that comes and goes."""

from __future__ import annotations

import json
import random
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import yaml

from dao_backend.chain.signer import LocalSigner
from dao_backend.client.keeper import Patience, RemoteKeeper
from dao_backend.core.crypto import Secret
from dao_backend.core.deployment_record import DeploymentRecord
from dao_backend.core.keeper_config import KeeperConfig, Listen, parse, text_of
from dao_backend.core.model import Keeper
from dao_backend.core.packing import bytes_of
from dao_backend.custody.keystore import Unlock
from dao_backend.custody.sqlite import SqliteCustody
from dao_backend.ports.keepers import KeeperStatus
from dao_backend.wiring.keeper_files import KeeperFolder, make_folder, read_seat
from tests.support.cli import HEEDING
from tests.support.core_actors import seed
from tests.support.keeper_program import eventually
from tests.support.local_dao import ROOT

LOOKS = 0.25
"""Seconds between two looks of a test's keeper at the chain."""
PATIENCE = Patience(connect=2.0, read=20.0, whole=40.0)
_END = 30.0
_PORTS = range(18_000, 30_000)
"""Below those that the system gives to others while a keeper is away."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What is unusual about a keeper's process; see `keeper_entry`."""

    kill_at: str = ""
    """A step of `release.STEPS` at which it kills itself …"""
    kill_after: int = 1
    """… when that is reached for the n-th time."""
    clock: Path | None = None
    """A file with the seconds by which its clock is wrong, read again and again."""
    file_size: int | None = None
    """Most bytes of any file that it writes."""

    def words(self) -> list[str]:
        """The same for its command line."""
        given = {"clock": self.clock, "file-size": self.file_size}
        words = [f"--{name}={value}" for name, value in given.items() if value is not None]
        if self.kill_at:
            words += [f"--kill-at={self.kill_at}", f"--kill-after={self.kill_after}"]
        return words


NOTHING = Entry()


@dataclass(slots=True)
class Machine:
    """A keeper's folder and, now and then, its process."""

    data: Path
    operator: LocalSigner
    port: int
    process: subprocess.Popen[str] | None = field(default=None, init=False)

    @property
    def folder(self) -> KeeperFolder:
        """What lies where."""
        return KeeperFolder(self.data)

    @property
    def key_file(self) -> Path:
        """What opens its keys."""
        return self.data.with_suffix(".key")

    @property
    def log(self) -> Path:
        """What all its processes have logged, one after another."""
        return self.data.with_suffix(".log")

    @property
    def url(self) -> str:
        """Where it answers, which its seat on chain says too."""
        return f"http://127.0.0.1:{self.port}"

    def seat(self, index: int) -> Keeper:
        """Its place in a committee, under its newest sealing key."""
        facts = read_seat(self.folder)
        return Keeper(index, facts.operator, facts.sealing_key, facts.endpoint)

    def keep_for(self, record: DeploymentRecord) -> None:
        """Put the deployment's record where it looks for it."""
        (self.data / "deployment.json").write_text(record.to_json())

    def configure(self, **changes: Any) -> None:
        """Write its settings again, changed; `rpc` is a tuple of URLs, `agree` its k."""
        config = parse(yaml.safe_load(self.folder.config.read_text()))
        self.folder.config.write_text(text_of(replace(config, **changes)))

    # --- the process ------------------------------------------------------------------------

    def spawn(self, entry: Entry = NOTHING) -> subprocess.Popen[str]:
        """Start a process on the folder without waiting for anything."""
        words = ["-m", "tests.support.keeper_entry", self.data, self.key_file, *entry.words()]
        with self.log.open("a") as log:
            return subprocess.Popen(
                [sys.executable, "-c", HEEDING, sys.executable, *map(str, words)],
                cwd=ROOT,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                start_new_session=True,
            )

    def begin(self, entry: Entry = NOTHING) -> None:
        """Start its process; it may not come up."""
        assert not self.is_running, f"{self.data.name} runs already"
        self.process = self.spawn(entry)

    def start(self, entry: Entry = NOTHING, *, seated: bool = True) -> None:
        """Start it, and return once it answers; with `seated`, once it works in its seat."""
        self.begin(entry)
        self.await_answer()
        if seated:
            self.await_seat()

    def await_answer(self) -> None:
        """Wait until it listens; AssertionError with its log where it ends instead."""
        assert self.process is not None, f"{self.data.name} was not started"
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            self.ended()
            raise AssertionError(self.log.read_text())
        assert json.loads(line)["url"] == self.url

    def await_seat(self) -> None:
        """Wait until it has found its seat on chain."""
        eventually(lambda: self.status().index)

    @property
    def is_running(self) -> bool:
        """Whether there is a process that has not ended."""
        return self.process is not None and self.process.poll() is None

    def stop(self) -> int:
        """Tell it to end, and wait; its exit code."""
        return self._end(signal.SIGTERM)

    def kill(self) -> int:
        """End it without a word, as a power cut would."""
        return self._end(signal.SIGKILL)

    def ended(self) -> int:
        """Wait until it has ended by itself; its exit code, negative for a signal's number."""
        assert self.process is not None, f"{self.data.name} was not started"
        code = self.process.wait(_END)
        assert self.process.stdout is not None
        self.process.stdout.close()
        self.process = None
        return code

    def _end(self, number: int) -> int:
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(number)
        return self.ended()

    # --- what it says -----------------------------------------------------------------------

    @contextmanager
    def remote(self, index: int = 0, patience: Patience = PATIENCE) -> Iterator[RemoteKeeper]:
        """Its port over HTTP."""
        keeper = RemoteKeeper(index, self.url, patience)
        try:
            yield keeper
        finally:
            keeper.close()

    def status(self) -> KeeperStatus:
        """What it says of itself."""
        with self.remote() as keeper:
            return keeper.status()

    @contextmanager
    def custody(self) -> Iterator[SqliteCustody]:
        """Its custody, read from the side."""
        custody = SqliteCustody(self.folder.custody)
        try:
            yield custody
        finally:
            custody.close()

    def logged(self, event: str) -> list[dict[str, Any]]:
        """The lines of its log with this name."""
        lines = (line for line in self.log.read_text().splitlines() if line.startswith("{"))
        return [found for line in lines if (found := json.loads(line)).get("event") == event]


def make_keeper(home: Path, name: str, operator: int, *nodes: str) -> Machine:
    """A new keeper of the account of that number, with settings and no DAO yet."""
    data, port = home / name, _free_port()
    signer = LocalSigner(seed("account", operator))
    made = Machine(data, signer, port)
    made.key_file.write_bytes(seed(f"key file of {name}"))
    url = made.url
    config = KeeperConfig(
        endpoint=url, rpc=nodes, listen=Listen("127.0.0.1", port), pause=LOOKS, cores=1
    )
    unlock = Unlock(key=made.key_file.read_bytes())
    number = iter(range(1_000))
    make_folder(
        data,
        config,
        unlock,
        lambda length: seed(f"drawn by {name}", next(number))[:length],
        operator=Secret(seed("account", operator)),
    )
    made.log.touch()
    return made


def sealing_key(keeper: Machine) -> bytes:
    """The newest one, as its folder says it."""
    return bytes_of(read_seat(keeper.folder).mapping()["sealing_key"])


def _free_port() -> int:
    while True:
        port = random.SystemRandom().choice(_PORTS)
        with socket.socket() as tried:
            tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                tried.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
