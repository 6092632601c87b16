"""Keepers that run beside a service, each a process of its own with keys of its own.

    folders, keys, ports ──► deployed with these seats ──► started ──► tended ──► stopped

The service never reads their keys: it starts `ddao keeper run` for each, with the key file that
stands in for a passphrase on a machine that starts by itself.
"""

from __future__ import annotations

import secrets
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

import structlog

from dao_backend.client.keeper import Patience, RemoteKeeper
from dao_backend.core.keeper_config import KeeperConfig, Listen, text_of
from dao_backend.core.model import Keeper as Seat
from dao_backend.custody.keystore import Unlock
from dao_backend.custody.secrets import write_new_file
from dao_backend.errors import ServiceUnavailable
from dao_backend.wiring.folder import note_child
from dao_backend.wiring.keeper_files import (
    KeeperFolder,
    SeatFacts,
    make_folder,
    make_key_file,
    read_config,
    read_seat,
)
from dao_backend.wiring.server import bound

log = structlog.get_logger()

RESTARTS = 3
"""How often one that has ended by itself is started again."""
START_PATIENCE = 60.0
STOP_PATIENCE = 15.0
_LOOK = 0.05
_UNKNOWN = "http://127.0.0.1:1"
"""Stands in a keeper's settings until the chain has been started."""


@dataclass(slots=True)
class _Child:
    """One keeper's place, and its process while there is one."""

    index: int
    folder: KeeperFolder
    key: Path
    seat: Seat
    listening: socket.socket | None
    process: subprocess.Popen[bytes] | None = None
    said: BinaryIO | None = None
    restarts: int = 0
    is_wanted: bool = False
    """Whether it should run: not once it was ended on purpose, or given up."""


class KeeperChildren:
    """All keepers beside one service; call `stop` whatever happens."""

    def __init__(self, data: Path, count: int, host: str, pause: float) -> None:
        """Make folders, keys and seats where they are missing, and hold the ports.

        InputError where a port is taken, UnreadablePath.
        """
        self._data = data
        self._host = host
        self._pause = pause
        self._children: list[_Child] = []
        try:
            for index in range(1, count + 1):
                self._children.append(self._prepared(index))
        except BaseException:
            self.stop()
            raise

    @property
    def seats(self) -> tuple[Seat, ...]:
        """What the chain is to say of them."""
        return tuple(child.seat for child in self._children)

    def folder(self, index: int) -> Path:
        """Where a keeper keeps everything."""
        return self._child(index).folder.data

    def key_file(self, index: int) -> Path:
        """What opens a keeper's keys."""
        return self._child(index).key

    def start(self, rpc_url: str) -> None:
        """Start all, and return once each answers from its seat; ServiceUnavailable."""
        for child in self._children:
            config = read_config(child.folder)
            wanted = replace(config, rpc=(rpc_url,), agree=1, pause=self._pause)
            write_new_file(child.folder.config, text_of(wanted).encode())
            self._start(child)
        for child in self._children:
            self.await_seated(child.index)

    def await_seated(self, index: int) -> None:
        """Return once whoever answers at a keeper's endpoint says to sit there."""
        child = self._child(index)
        until = time.monotonic() + START_PATIENCE
        with closing(RemoteKeeper(index, child.seat.endpoint, Patience(1.0, 5.0, 5.0))) as keeper:
            while not _is_seated(keeper):
                ended = child.process is not None and child.process.poll() is not None
                if ended or time.monotonic() > until:
                    raise ServiceUnavailable(f"keeper {index} did not start: {_complaint(child)}")
                time.sleep(_LOOK)

    def tend(self) -> None:
        """Start those again that have ended by themselves, each at most a few times."""
        for child in self._children:
            process = child.process
            if not child.is_wanted or process is None or process.poll() is None:
                continue
            cause = _complaint(child)
            log.error("keeper.ended", keeper=child.index, code=process.returncode, cause=cause)
            if child.restarts == RESTARTS:
                child.is_wanted = False
                log.error("keeper.given_up", keeper=child.index, starts=RESTARTS + 1)
                continue
            child.restarts += 1
            self._start(child)

    def ended(self) -> tuple[int, ...]:
        """Indexes of keepers that do not run now."""
        return tuple(
            child.index
            for child in self._children
            if child.process is None or child.process.poll() is not None
        )

    def pid(self, index: int) -> int:
        """The process of a keeper that was started; ServiceUnavailable."""
        process = self._child(index).process
        if process is None:
            raise ServiceUnavailable(f"keeper {index} is not started")
        return process.pid

    def end(self, index: int) -> None:
        """End one on purpose and wait until it has: it is not started again."""
        child = self._child(index)
        child.is_wanted = False
        _tell(child)
        _await_end(child)
        child.process = None

    def stop(self) -> None:
        """End all; harmless where none runs."""
        for child in self._children:
            child.is_wanted = False
            _tell(child)
        for child in self._children:
            _await_end(child)
            if child.listening is not None:
                child.listening.close()

    def _child(self, index: int) -> _Child:
        return self._children[index - 1]

    def _prepared(self, index: int) -> _Child:
        folder = KeeperFolder(self._data / f"keeper-{index}")
        key = self._data / "keys" / f"keeper-{index}.key"
        if folder.config.exists():
            listen = read_config(folder).listen
            listening = bound(listen.host, listen.port, f"change listen in {folder.config}")
            return _Child(index, folder, key, _seat(index, read_seat(folder)), listening)
        listening = bound(self._host, 0)
        listen = Listen(self._host, listening.getsockname()[1])
        config = KeeperConfig(
            endpoint=f"http://{listen}",
            listen=listen,
            rpc=(_UNKNOWN,),
            dao="../deployment.json",
            pause=self._pause,
            approve_handovers=True,
        )
        unlock = Unlock(key=make_key_file(key, secrets.token_bytes))
        made = make_folder(folder.data, config, unlock, secrets.token_bytes)
        return _Child(index, folder, key, _seat(index, made), listening)

    def _start(self, child: _Child) -> None:
        """A child closes its port just before its process takes it."""
        if child.listening is not None:
            child.listening.close()
            child.listening = None
        if child.said is not None:
            child.said.close()
        child.said = tempfile.TemporaryFile()  # noqa: SIM115  # `_await_end` closes it
        data, key = str(child.folder.data), str(child.key)
        logged = str(child.folder.data / "keeper.log")
        command = [sys.executable, "-m", "dao_backend", "keeper", "run", "--data", data]
        command += ["--key-file", key, "--log", logged]
        child.process = subprocess.Popen(  # noqa: S603  # our own program, arguments made here
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=child.said,
            start_new_session=True,
        )
        child.is_wanted = True
        note_child(self._data, child.folder.data.name, child.process.pid)


def _seat(index: int, facts: SeatFacts) -> Seat:
    return Seat(index, facts.operator, facts.sealing_key, facts.endpoint)


def _is_seated(keeper: RemoteKeeper) -> bool:
    try:
        return keeper.status().index == keeper.index
    except ServiceUnavailable:
        return False


def _complaint(child: _Child) -> str:
    """The last two lines it wrote: why it ended, and what to try."""
    if child.said is None:
        return "it does not answer"
    child.said.seek(0)
    said = child.said.read().decode(errors="replace").strip()
    return (
        " ".join(said.splitlines()[-2:])
        if said
        else f"{child.folder.data / 'keeper.log'} says more"
    )


def _tell(child: _Child) -> None:
    if child.process is not None and child.process.poll() is None:
        child.process.terminate()


def _await_end(child: _Child) -> None:
    if child.process is None:
        return
    try:
        child.process.wait(STOP_PATIENCE)
    except subprocess.TimeoutExpired:
        child.process.kill()
        child.process.wait()
    if child.said is not None:
        child.said.close()
        child.said = None
