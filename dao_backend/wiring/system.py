"""All parts of one service, joined: adapters, keepers, appraiser, desks, and their loops."""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from dao_backend.chain.agreement import Agreement
from dao_backend.chain.node import Node
from dao_backend.chain.reader import Reader
from dao_backend.chain.sender import Sender
from dao_backend.chain.writer import Writer
from dao_backend.core.deployment_record import DeploymentRecord
from dao_backend.core.facts import Addresses, AppraiserFacts, Facts
from dao_backend.core.scoring.policy import Policy
from dao_backend.custody.book import SqliteBook
from dao_backend.custody.sqlite import SqliteCustody
from dao_backend.index.pending import SqlitePending
from dao_backend.index.pool import SqlitePool
from dao_backend.index.sqlite import SqliteIndex
from dao_backend.indexer import Indexer
from dao_backend.keeper.local import LocalKeeper
from dao_backend.keeper.office import Keyring, Office
from dao_backend.ports.blobs import BlobStore
from dao_backend.service.appraising import Appraiser, AppraiserTools
from dao_backend.service.editions import EditionDesk
from dao_backend.service.motions import MotionDesk
from dao_backend.service.releases import ReleaseBoard
from dao_backend.service.requests import RequestDesk
from dao_backend.service.statements import Accounts
from dao_backend.service.submissions import SubmissionDesk
from dao_backend.service.usage import UsageDesk
from dao_backend.settings import Settings
from dao_backend.storage.embedded import EmbeddedBlobStore
from dao_backend.storage.kubo import KuboBlobStore
from dao_backend.wiring.identities import Identities
from dao_backend.worker import Duties, Worker

Database = SqliteIndex | SqlitePending | SqlitePool | SqliteCustody | SqliteBook


@dataclass(frozen=True, slots=True)
class Place:
    """Where a DAO is and how it is reached."""

    node: Node
    addresses: Addresses
    record: DeploymentRecord
    rpc_url: str | None


@dataclass(frozen=True, slots=True)
class System:
    """One running service; `close` ends its loops and gives its files back."""

    facts: Facts
    chain: Reader
    relay: Writer
    blobs: BlobStore
    index: SqliteIndex
    pending: SqlitePending
    keepers: tuple[LocalKeeper, ...]
    submissions: SubmissionDesk
    editions: EditionDesk
    requests: RequestDesk
    releases: ReleaseBoard
    accounts: Accounts
    indexer: Indexer
    worker: Worker
    _databases: tuple[Database, ...]

    def close(self) -> None:
        """Close every database."""
        for database in self._databases:
            database.close()


def build(settings: Settings, place: Place, identities: Identities) -> System:
    """Join everything for the DAO at `place`; DatabaseUnavailable, StorageUnavailable."""
    data = settings.data
    chain = Reader(place.node, place.addresses)
    relay = Writer(place.node, place.addresses, Sender(place.node, identities.relayer))
    blobs = _blobs(settings)
    index = SqliteIndex(data / "index.sqlite")
    pending = SqlitePending(data / "pending.sqlite")
    pool = SqlitePool(data / "pool.sqlite")
    policy = Policy()
    keepers, kept = _keepers(data, identities, place, relay)
    tools = AppraiserTools(
        signer=identities.appraiser,
        sealing_secret=identities.appraiser_sealing,
        sketch_key=identities.sketch_key,
        policy=policy,
        chain=chain,
        blobs=blobs,
        index=index,
        pool=pool,
    )
    duties = _duties(place, chain, relay, index, keepers)
    return System(
        facts=_facts(settings, place, identities, chain, policy),
        chain=chain,
        relay=relay,
        blobs=blobs,
        index=index,
        pending=pending,
        keepers=keepers,
        submissions=SubmissionDesk(
            chain, relay, blobs, keepers, Appraiser(tools), pending, index, _clock
        ),
        editions=duties.editions,
        requests=duties.requests,
        releases=ReleaseBoard(keepers),
        accounts=Accounts(index, chain),
        indexer=Indexer(chain, index),
        worker=Worker(duties),
        _databases=(index, pending, pool, *kept),
    )


def _duties(
    place: Place,
    chain: Reader,
    relay: Writer,
    index: SqliteIndex,
    keepers: tuple[LocalKeeper, ...],
) -> Duties:
    """What the worker works on."""
    return Duties(
        chain=chain,
        index=index,
        editions=EditionDesk(chain, relay, keepers),
        requests=RequestDesk(chain, relay),
        motions=MotionDesk(chain, relay, index),
        usage=UsageDesk(chain, relay, index),
        seal_interval=place.record.parameters.seal_interval,
    )


def _clock() -> int:
    return int(time.time())


def _blobs(settings: Settings) -> BlobStore:
    if settings.kubo is not None:
        return KuboBlobStore(settings.kubo)
    return EmbeddedBlobStore(settings.data / "envelopes")


def _keepers(
    data: Path, identities: Identities, place: Place, relay: Writer
) -> tuple[tuple[LocalKeeper, ...], tuple[Database, ...]]:
    """Every keeper with a custody, a book and a bundle store of its own."""
    keepers: list[LocalKeeper] = []
    databases: list[Database] = []
    for index, identity in enumerate(identities.keepers, 1):
        folder = data / f"keeper-{index}"
        custody = SqliteCustody(folder / "custody.sqlite")
        book = SqliteBook(folder / "book.sqlite")
        office = Office(
            index=index,
            operator=identity.operator,
            keys=Keyring([identity.sealing]),
            chain=Agreement([place.node], place.addresses),
            relay=relay,
            custody=custody,
            book=book,
            bundles=EmbeddedBlobStore(folder / "bundles"),
            randomness=secrets.token_bytes,
            clock=_clock,
            reach=lambda seat: keepers[seat.index - 1],
            approves_handover=True,
        )
        keepers.append(LocalKeeper(office))
        databases += [custody, book]
    return tuple(keepers), tuple(databases)


def _facts(
    settings: Settings, place: Place, identities: Identities, chain: Reader, policy: Policy
) -> Facts:
    parameters = place.record.parameters
    return Facts(
        name=parameters.name,
        symbol=parameters.symbol,
        addresses=place.addresses,
        rpc_url=place.rpc_url,
        confirmations=parameters.finality.confirmations,
        collections=parameters.collections,
        committee=chain.committee(chain.current_epoch()),
        appraiser=AppraiserFacts(identities.appraiser.address, identities.appraiser_sealing.public),
        policy=policy.digest,
        max_bytes=settings.max_bytes,
    )


class Loops:
    """The threads of a system: indexer, keepers, worker."""

    def __init__(self, system: System, pause: float, *, with_worker: bool = True) -> None:
        self._stop = threading.Event()
        runs: list[tuple[str, Callable[[threading.Event, float], None]]] = [
            ("indexer", system.indexer.run),
            *((f"keeper-{keeper.index}", keeper.run) for keeper in system.keepers),
        ]
        if with_worker:
            runs.append(("worker", system.worker.run))
        self._threads = [
            threading.Thread(target=run, args=(self._stop, pause), name=name) for name, run in runs
        ]

    def start(self) -> None:
        """Start every thread."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Ask every thread to end, and wait until it has."""
        self._stop.set()
        for thread in self._threads:
            thread.join()
