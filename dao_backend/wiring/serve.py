"""One whole service: local chain, keepers, API and pages, started and stopped.

    folder locked ──► ports bound ──► chain and DAO there ──► keepers ──► parts joined ──► loops
                                                                                └──► API answers

One keeper works in this process and answers under the API's own address; several are processes of
their own beside it, unless all are wanted here.

`stop` goes the same way back, so that no child process and no lock is left behind; a start that
fails takes back what it had done.
"""

from __future__ import annotations

import secrets
import socket
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from types import TracebackType

from dao_backend.api import Backend, create_app
from dao_backend.core.discretion import Discretion
from dao_backend.core.facts import Facts
from dao_backend.core.model import Keeper as Seat
from dao_backend.core.scoring.policy import Policy
from dao_backend.errors import ChainUnavailable, ServiceUnavailable
from dao_backend.index.answers import SqliteAnswers
from dao_backend.keeper.server import create_app as create_keeper_app
from dao_backend.service.drafts import DraftDesk
from dao_backend.service.votes import ProposalBoard
from dao_backend.settings import Settings
from dao_backend.wiring.children import KeeperChildren
from dao_backend.wiring.folder import CHAIN, end_orphans, locked, note_child
from dao_backend.wiring.identities import Identities, open_identities
from dao_backend.wiring.local import (
    GenesisCommittee,
    LocalChain,
    open_local_chain,
)
from dao_backend.wiring.local_settings import committee_size
from dao_backend.wiring.mounting import below
from dao_backend.wiring.server import ApiServer, bound
from dao_backend.wiring.system import Loops, Place, System, build, discretion_of

BLOCK_TIME = 1
"""Seconds between blocks of the local chain while things happen by themselves."""
START_PATIENCE = 30.0
STOP_PATIENCE = 5
"""Seconds that open requests, event streams among them, get to end."""

Report = Callable[[str], None]
"""Told, in a few words, what is being done."""


class Service:
    """A service with its own local chain; `start`, then `stop`, or a `with` block."""

    def __init__(
        self,
        settings: Settings,
        *,
        with_loops: bool = True,
        with_worker: bool = True,
        separate: bool | None = None,
        report: Report | None = None,
    ) -> None:
        """`separate` keepers are processes of their own; by default where there are several.

        `with_worker=False` leaves sealing, queueing, executing and settling to others.

        `with_loops=False` leaves everything that happens by itself, new blocks too, to the caller,
        who then moves chain, index and this process's keepers step by step.
        """
        self._settings = settings.model_copy(update={"data": settings.data.absolute()})
        self._with_loops = with_loops
        self._with_worker = with_worker
        self._separate = separate
        self._report = report or _silent
        self._stack = ExitStack()
        self._running: tuple[LocalChain, System] | None = None
        self._children: KeeperChildren | None = None
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

    @property
    def children(self) -> KeeperChildren | None:
        """The keepers beside this process; None where all work in it."""
        return self._children

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
        self._running = self._children = self._server = None
        self._stack.close()

    def require_alive(self) -> None:
        """Raise ChainUnavailable or ServiceUnavailable once a part has ended by itself.

        Keepers beside this process are started again instead, a few times.
        """
        anvil = self.chain.anvil
        if anvil.process.poll() is not None:
            raise ChainUnavailable(f"the local chain has ended: {anvil.complaint()}")
        if self._server is None or not self._server.is_alive():
            raise ServiceUnavailable("the API has ended; the log above says why")
        if self._children is not None:
            self._children.tend()

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
        end_orphans(settings.data)
        count, threshold = committee_size(settings)
        listening = stack.enter_context(bound(settings.host, settings.port))
        url = f"http://{settings.host}:{listening.getsockname()[1]}"
        is_separate = count > 1 if self._separate is None else self._separate
        inside = 0 if is_separate else count
        identities = open_identities(settings.data / "keys", secrets.token_bytes, inside)
        if is_separate:
            children = KeeperChildren(settings.data, count, settings.host, settings.pause)
            stack.callback(children.stop)
            self._children = children
        seats = _mounted(identities, url) if self._children is None else self._children.seats
        chain = self._open_chain(identities, url, GenesisCommittee(seats, threshold))
        if self._children is not None:
            self._report("starting the keepers")
            stack.callback(self._children.stop)  # before the chain that they ask
            self._children.start(chain.anvil.url)
        self._report("opening databases and storage")
        place = Place(chain.node, chain.addresses, chain.record, chain.anvil.url)
        system = build(settings, place, identities)
        stack.callback(system.close)
        self._serve(system, place, listening)
        self._running, self._url = (chain, system), url
        return url

    def _open_chain(
        self, identities: Identities, url: str, committee: GenesisCommittee
    ) -> LocalChain:
        settings = self._settings
        self._report("starting the local chain")
        block_time = BLOCK_TIME if self._with_loops else None
        chain = open_local_chain(settings.data, identities, url, committee, block_time)
        self._stack.callback(chain.close)
        note_child(settings.data, CHAIN, chain.anvil.process.pid)
        return chain

    def _serve(self, system: System, place: Place, listening: socket.socket) -> None:
        """Begin to answer, and let happen by itself what shall."""
        settings, stack = self._settings, self._stack
        answers = SqliteAnswers(settings.data / "answers.sqlite")
        stack.callback(answers.close)
        self._report("reading the chain")
        system.indexer.sync_once()
        if self._with_loops:
            loops = Loops(system, settings.pause, with_worker=self._with_worker)
            loops.start()
            stack.callback(loops.stop)
        self._report("starting the API")
        public = discretion_of(settings, place)
        app = create_app(_backend(system, place, answers, public))
        inside = {_path(each.index): create_keeper_app(each, public) for each in system.local}
        self._server = ApiServer(below(app, inside), listening)
        self._server.start()
        stack.callback(self._server.stop)

    def _parts(self) -> tuple[LocalChain, System]:
        if self._running is None:
            raise ServiceUnavailable("the service is not started")
        return self._running


def _path(index: int) -> str:
    """Under which a keeper of this process answers."""
    return f"/keeper/{index}"


def _mounted(identities: Identities, url: str) -> tuple[Seat, ...]:
    """The seats of the keepers of this process."""
    return tuple(
        Seat(index, own.operator.address, own.sealing.public, url + _path(index))
        for index, own in enumerate(identities.keepers, 1)
    )


def _backend(
    system: System, place: Place, answers: SqliteAnswers, discretion: Discretion
) -> Backend:
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
        keepers=system.board,
        accounts=system.accounts,
        clock=clock,
        discretion=discretion,
        embedded=True,
    )


def _silent(_step: str) -> None:
    """Nobody listens."""
