"""One keeper as a process of its own: keys, chain, custody, server and loop, started and stopped.

    folder locked ──► keys opened ──► port bound ──► nodes ──► custody, book ──► server ──► loop

It knows nothing of the service: neither API, index nor appraiser is imported from here.
"""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from functools import partial
from pathlib import Path
from types import TracebackType

from dao_backend.chain.agreement import Agreement
from dao_backend.chain.deployment import addresses_of
from dao_backend.chain.node import Node
from dao_backend.chain.rpc import Rpc
from dao_backend.chain.sender import Sender
from dao_backend.chain.signer import LocalSigner
from dao_backend.chain.writer import Writer
from dao_backend.client.keeper import Patience
from dao_backend.core.deployment_record import DeploymentRecord
from dao_backend.core.discretion import Discretion
from dao_backend.core.keeper_config import KeeperConfig, Listen
from dao_backend.custody.book import SqliteBook
from dao_backend.custody.keystore import Keystore, Unlock, open_keystore
from dao_backend.custody.secrets import write_new_file
from dao_backend.custody.sqlite import SqliteCustody
from dao_backend.errors import ServiceUnavailable
from dao_backend.keeper.local import LocalKeeper
from dao_backend.keeper.office import Keyring, Office
from dao_backend.keeper.server import create_app
from dao_backend.storage.embedded import EmbeddedBlobStore
from dao_backend.wiring.folder import free_bytes, locked
from dao_backend.wiring.hygiene import hide_memory
from dao_backend.wiring.keeper_files import KeeperFolder, read_config, read_record, write_seat
from dao_backend.wiring.keeper_seat import SeatedLater
from dao_backend.wiring.orphans import drop_orphans
from dao_backend.wiring.reaching import Reaching
from dao_backend.wiring.server import ApiServer, bound

STOP_PATIENCE = 4.0
"""Seconds that requests and the loop get to end, together."""

At = Callable[[str], None]
Clock = Callable[[], float]
"""Unix time of this machine."""


def _unwatched(_step: str) -> None:
    """Nobody watches."""


def open_keeper(
    data: Path, unlock: Unlock, at: At = _unwatched, clock: Clock = time.time
) -> KeeperProcess:
    """The keeper in this folder, not started yet; InputError, UnreadablePath.

    `at` is told each step of a release as it is reached.
    """
    folder = KeeperFolder(data.absolute())
    return KeeperProcess(folder, read_config(folder), unlock, at, clock)


def open_chain(
    config: KeeperConfig, record: DeploymentRecord, clock: Clock = time.time
) -> tuple[Agreement, list[Node]]:
    """What the keeper's nodes agree on, and the nodes themselves."""
    finality = record.parameters.finality
    nodes = [Node(Rpc(url), record.chain_id, finality.confirmations) for url in config.rpc]
    return Agreement(nodes, addresses_of(record), config.agree, finality, clock), nodes


class KeeperProcess:
    """A keeper with its server and its loop; `start`, then `stop`, or a `with` block."""

    def __init__(
        self, folder: KeeperFolder, config: KeeperConfig, unlock: Unlock, at: At, clock: Clock
    ) -> None:
        self._folder = folder
        self._config = config
        self._unlock = unlock
        self._at = at
        self._clock = clock
        self._stack = ExitStack()
        self._stopping = threading.Event()
        self._server: ApiServer | None = None
        self._loop: threading.Thread | None = None
        self._keeper: SeatedLater | None = None
        self._url = ""

    @property
    def url(self) -> str:
        """Where a started keeper answers on this machine."""
        return self._url

    @property
    def keeper(self) -> SeatedLater:
        """The port of a started keeper; ServiceUnavailable before."""
        if self._keeper is None:
            raise ServiceUnavailable("the keeper is not started")
        return self._keeper

    def start(self) -> str:
        """Start everything and return the URL.

        DatabaseUnavailable where another process keeps this folder, WrongPassword, UnreadablePath
        without the deployment's record, InputError where the port is taken, and what the parts
        raise; then nothing is left running.
        """
        try:
            return self._start()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> bool:
        """Stop everything that runs; harmless where nothing does.

        False where a request or the loop hangs in a question to somebody else: that goes on until
        the process ends, which nothing on disk minds.
        """
        until = time.monotonic() + STOP_PATIENCE
        self._stopping.set()
        if self._server is not None:
            self._server.stop(STOP_PATIENCE)
        if self._loop is not None:
            self._loop.join(max(0.0, until - time.monotonic()))
        ended = not self.is_alive(any_part=True)
        if ended:
            self._server = self._loop = self._keeper = None
            self._stack.close()
        return ended

    def is_alive(self, *, any_part: bool = False) -> bool:
        """Whether server and loop both run, or whether any part of them does."""
        server = self._server is not None and self._server.is_alive()
        loop = self._loop is not None and self._loop.is_alive()
        return server or loop if any_part else server and loop

    def __enter__(self) -> KeeperProcess:
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
        folder, config, stack = self._folder, self._config, self._stack
        record = read_record(folder, config)
        stack.enter_context(locked(folder.data))
        keys = open_keystore(folder.keys, self._unlock)
        write_seat(folder, config, keys)
        where = config.listen
        listening = stack.enter_context(bound(where.host, where.port, "change listen"))
        chain, nodes = open_chain(config, record, self._clock)
        for node in nodes:
            stack.callback(node.close)
        stack.callback(chain.close)
        self._keeper = self._waiting(keys, chain, nodes[0])
        discretion = Discretion.of_keeper(folder.data, config.rpc)
        self._server = ApiServer(create_app(self._keeper, discretion), listening)
        self._server.start()
        self._loop = threading.Thread(
            target=self._keeper.run,
            args=(self._stopping, config.pause),
            name="keeper",
            daemon=True,
        )
        self._loop.start()
        self._url = f"http://{Listen(where.host, listening.getsockname()[1])}"
        write_new_file(folder.url, self._url.encode())
        stack.callback(_forget, folder.url)
        return self._url

    def _waiting(self, keys: Keystore, chain: Agreement, node: Node) -> SeatedLater:
        folder, config, stack = self._folder, self._config, self._stack
        operator = LocalSigner(keys.operator.raw)
        custody = SqliteCustody(folder.custody)
        stack.callback(custody.close)
        book = SqliteBook(folder.book)
        stack.callback(book.close)
        bundles = EmbeddedBlobStore(folder.bundles)
        drop_orphans(custody, bundles)
        writer = Writer(node, chain.addresses, Sender(node, operator))
        reach = Reaching(Patience())
        stack.callback(reach.close)

        def clock() -> int:
            return int(self._clock())

        def open_office(index: int) -> LocalKeeper:
            office = Office(
                index=index,
                operator=operator,
                keys=Keyring(keys.sealing),
                chain=chain,
                relay=writer if config.post_receipts else None,
                custody=custody,
                book=book,
                bundles=bundles,
                randomness=secrets.token_bytes,
                clock=clock,
                reach=reach,
                room=partial(free_bytes, folder.data),
                cores=config.cores,
                harden=hide_memory,
                approves_handover=config.approve_handovers,
                at=self._at,
            )
            return LocalKeeper(office)

        return SeatedLater(operator.address, chain, open_office, clock)


def _forget(path: Path) -> None:
    with suppress(OSError):
        path.unlink()
