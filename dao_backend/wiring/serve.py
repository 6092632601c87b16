"""One whole service in this process: local chain, keeper, API and pages, started and stopped.

    folder locked ──► port bound ──► chain and DAO there ──► parts joined ──► loops ──► API answers

`stop` goes the same way back, so that no child process and no lock is left behind; a start that
fails takes back what it had done.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any

from pydantic import ValidationError

from dao_backend.api import Backend, create_app
from dao_backend.core.facts import Facts
from dao_backend.core.scoring.policy import Policy
from dao_backend.errors import ChainUnavailable, InputError, ServiceUnavailable
from dao_backend.index.answers import SqliteAnswers
from dao_backend.service.drafts import DraftDesk
from dao_backend.service.votes import ProposalBoard
from dao_backend.settings import Settings
from dao_backend.wiring.folder import end_orphan, locked, note_child
from dao_backend.wiring.identities import open_identities
from dao_backend.wiring.local import LocalChain, open_local_chain
from dao_backend.wiring.server import ApiServer, bound
from dao_backend.wiring.system import Loops, Place, System, build

BLOCK_TIME = 1
"""Seconds between blocks of the local chain while things happen by themselves."""
START_PATIENCE = 30.0
STOP_PATIENCE = 5
"""Seconds that open requests, event streams among them, get to end."""

Report = Callable[[str], None]
"""Told, in a few words, what is being done."""


def local_settings(
    *, data: Path | None = None, host: str | None = None, port: int | None = None
) -> Settings:
    """The environment's settings with what was given instead; InputError names a bad one."""
    given: dict[str, Any] = {"data": data, "host": host, "port": port}
    try:
        return Settings(**{name: value for name, value in given.items() if value is not None})
    except ValidationError as error:
        first = error.errors()[0]
        name = "_".join(str(part) for part in first["loc"]).upper()
        raise InputError(f"the setting DDAO_{name} cannot be used: {first['msg']}") from error


class Service:
    """A service with its own local chain; `start`, then `stop`, or a `with` block."""

    def __init__(
        self,
        settings: Settings,
        *,
        with_loops: bool = True,
        with_worker: bool = True,
        report: Report | None = None,
    ) -> None:
        """`with_worker=False` leaves sealing, queueing, executing and settling to others.

        `with_loops=False` leaves everything that happens by itself, new blocks too, to the caller,
        who then moves chain, index and keepers step by step.
        """
        self._settings = settings.model_copy(update={"data": settings.data.absolute()})
        self._with_loops = with_loops
        self._with_worker = with_worker
        self._report = report or _silent
        self._stack = ExitStack()
        self._running: tuple[LocalChain, System] | None = None
        self._url = ""
        self._server: ApiServer | None = None

    @property
    def url(self) -> str:
        """Where the API of a started service answers."""
        self._parts()
        return self._url

    @property
    def data(self) -> Path:
        """The folder in which it keeps everything."""
        return self._settings.data

    @property
    def host(self) -> str:
        """The address it listens on."""
        return self._settings.host

    @property
    def chain(self) -> LocalChain:
        """The local chain of a started service."""
        return self._parts()[0]

    @property
    def system(self) -> System:
        """The parts of a started service."""
        return self._parts()[1]

    def start(self) -> str:
        """Start everything and return the URL of the API.

        DatabaseUnavailable where another service uses the folder, InputError where the port is
        taken, and what the parts raise; then nothing is left running.
        """
        try:
            return self._start()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Stop everything that runs; harmless where nothing does."""
        self._running = None
        self._server = None
        self._stack.close()

    def require_alive(self) -> None:
        """Raise ChainUnavailable or ServiceUnavailable once a part has ended by itself."""
        anvil = self.chain.anvil
        if anvil.process.poll() is not None:
            raise ChainUnavailable(f"the local chain has ended: {anvil.complaint()}")
        if self._server is None or not self._server.is_alive():
            raise ServiceUnavailable("the API has ended; the log above says why")

    def __enter__(self) -> Service:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def _start(self) -> str:
        settings, stack = self._settings, self._stack
        stack.enter_context(locked(settings.data))
        end_orphan(settings.data)
        listening = stack.enter_context(bound(settings.host, settings.port))
        url = f"http://{settings.host}:{listening.getsockname()[1]}"
        identities = open_identities(settings.data / "keys", secrets.token_bytes, settings.keepers)
        self._report("starting the local chain")
        chain = open_local_chain(
            settings.data,
            identities,
            url,
            settings.threshold,
            block_time=BLOCK_TIME if self._with_loops else None,
        )
        stack.callback(chain.close)
        note_child(settings.data, chain.anvil.process.pid)
        self._report("opening databases and storage")
        place = Place(chain.node, chain.addresses, chain.record, chain.anvil.url)
        system = build(settings, place, identities)
        stack.callback(system.close)
        answers = SqliteAnswers(settings.data / "answers.sqlite")
        stack.callback(answers.close)
        self._report("reading the chain")
        system.indexer.sync_once()
        if self._with_loops:
            loops = Loops(system, settings.pause, with_worker=self._with_worker)
            loops.start()
            stack.callback(loops.stop)
        self._report("starting the API")
        self._server = ApiServer(create_app(_backend(system, place, answers)), listening)
        self._server.start()
        stack.callback(self._server.stop)
        self._running, self._url = (chain, system), url
        return url

    def _parts(self) -> tuple[LocalChain, System]:
        if self._running is None:
            raise ServiceUnavailable("the service is not started")
        return self._running


def _backend(system: System, place: Place, answers: SqliteAnswers) -> Backend:
    def clock() -> int:
        return int(time.time())

    def facts() -> Facts:
        """The facts of today: a new epoch has another committee."""
        known, epoch = system.facts, system.chain.current_epoch()
        if epoch == known.committee.epoch:
            return known
        return replace(known, committee=system.chain.committee(epoch))

    return Backend(
        facts=facts,
        parameters=place.record.parameters,
        policy=Policy(),
        chain=system.chain,
        relay=system.relay,
        index=system.index,
        blobs=system.blobs,
        pending=system.pending,
        answers=answers,
        submissions=system.submissions,
        drafts=DraftDesk(
            facts, system.blobs, system.pending, system.submissions, secrets.token_bytes, clock
        ),
        editions=system.editions,
        requests=system.requests,
        proposals=ProposalBoard(system.chain, system.index, system.requests),
        releases=system.releases,
        accounts=system.accounts,
        clock=clock,
        embedded=True,
    )


def _silent(_step: str) -> None:
    """Nobody listens."""
