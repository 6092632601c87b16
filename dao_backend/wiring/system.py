"""All parts of one service, joined: adapters, keepers, appraiser, desks, and their loops."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from dao_backend.chain.agreement import Agreement
from dao_backend.chain.node import Node
from dao_backend.chain.reader import Reader
from dao_backend.chain.sender import Sender
from dao_backend.chain.writer import Writer
from dao_backend.core.deployment_record import DeploymentRecord
from dao_backend.core.discretion import Discretion
from dao_backend.core.facts import Addresses, AppraiserFacts, Facts
from dao_backend.core.model import Committee
from dao_backend.core.scoring.policy import Policy
from dao_backend.errors import InputError
from dao_backend.index.pending import SqlitePending
from dao_backend.index.pool import SqlitePool
from dao_backend.index.sqlite import SqliteIndex
from dao_backend.indexer import Indexer
from dao_backend.keeper.local import LocalKeeper
from dao_backend.ports.blobs import BlobStore
from dao_backend.ports.keepers import Keeper
from dao_backend.service.appraising import Appraiser, AppraiserTools
from dao_backend.service.editions import EditionDesk
from dao_backend.service.keeper_board import KeeperBoard
from dao_backend.service.keepers import Keepers
from dao_backend.service.missed import MissedShares
from dao_backend.service.motions import MotionDesk
from dao_backend.service.posting import ReceiptDesk
from dao_backend.service.releases import ReleaseBoard
from dao_backend.service.requests import RequestDesk
from dao_backend.service.statements import Accounts
from dao_backend.service.submissions import SubmissionDesk
from dao_backend.service.usage import UsageDesk
from dao_backend.service.withdrawals import Forgetting
from dao_backend.settings import Settings
from dao_backend.storage.embedded import EmbeddedBlobStore
from dao_backend.storage.kubo import KuboBlobStore
from dao_backend.wiring.identities import Identities
from dao_backend.wiring.keepers import Directory, LocalKeepers, open_local_keepers
from dao_backend.worker import Duties, Worker

Closing = Callable[[], None]


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
    keepers: tuple[Keeper, ...]
    """The committee of the newest epoch at the start, in index order."""
    local: tuple[LocalKeeper, ...]
    """Those of them that work in this process."""
    receipts: ReceiptDesk
    submissions: SubmissionDesk
    editions: EditionDesk
    requests: RequestDesk
    releases: ReleaseBoard
    board: KeeperBoard
    accounts: Accounts
    indexer: Indexer
    worker: Worker
    _closings: tuple[Closing, ...]

    def close(self) -> None:
        """Ask no keeper any more, and close every database."""
        for close in self._closings:
            close()


def build(settings: Settings, place: Place, identities: Identities) -> System:
    """Join everything for the DAO at `place`; DatabaseUnavailable, StorageUnavailable.

    Keepers with an identity work in this process; the others are reached where the chain says.
    InputError where fewer intake receipts are asked for than release a key.
    """
    data = settings.data
    chain = Reader(place.node, place.addresses)
    relay = Writer(place.node, place.addresses, Sender(place.node, identities.relayer))
    blobs = _blobs(settings)
    index = SqliteIndex(data / "index.sqlite")
    pending = SqlitePending(data / "pending.sqlite")
    pool = SqlitePool(data / "pool.sqlite")
    facts = _facts(settings, place, identities, chain)
    _require_enough(settings, facts.committee)
    agreed = Agreement([place.node], place.addresses)
    directory = Directory()
    local = open_local_keepers(data, identities.keepers, agreed, relay, directory)
    keepers = Keepers(directory)
    appraiser = Appraiser(_tools(settings, identities, chain, blobs, index, pool))
    duties = _duties(place, chain, relay, index, pending, keepers)
    desk = SubmissionDesk(
        chain, relay, blobs, keepers, appraiser, pending, index, _clock, settings.receipts
    )
    return System(
        facts=facts,
        chain=chain,
        relay=relay,
        blobs=blobs,
        index=index,
        pending=pending,
        keepers=tuple(directory(seat) for seat in facts.committee.keepers),
        local=local.keepers,
        receipts=duties.receipts,
        submissions=desk,
        editions=duties.editions,
        requests=duties.requests,
        releases=ReleaseBoard(chain, keepers),
        board=KeeperBoard(index, chain, keepers, _clock, discretion_of(settings, place)),
        accounts=Accounts(index, chain),
        indexer=Indexer(chain, index),
        worker=Worker(duties),
        _closings=_closings(keepers, directory, agreed, (index, pending, pool), local),
    )


def discretion_of(settings: Settings, place: Place) -> Discretion:
    """What a service does not say of its machine; its node's URL stands in its facts anyway."""
    named = ((place.rpc_url, "the node"), (settings.kubo, "its address"))
    places = tuple((where, instead) for where, instead in named if where is not None)
    return Discretion(settings.data, places)


def _tools(
    settings: Settings,
    identities: Identities,
    chain: Reader,
    blobs: BlobStore,
    index: SqliteIndex,
    pool: SqlitePool,
) -> AppraiserTools:
    return AppraiserTools(
        signer=identities.appraiser,
        sealing_secret=identities.appraiser_sealing,
        sketch_key=identities.sketch_key,
        policy=Policy(),
        chain=chain,
        blobs=blobs,
        index=index,
        pool=pool,
        receipts=settings.receipts,
    )


def _closings(
    keepers: Keepers,
    directory: Directory,
    agreed: Agreement,
    databases: tuple[SqliteIndex, SqlitePending, SqlitePool],
    local: LocalKeepers,
) -> tuple[Closing, ...]:
    """In this order: who asks is stopped before what is asked."""
    kept = (*databases, *local.databases)
    return (keepers.close, directory.close, agreed.close, *(each.close for each in kept))


def _require_enough(settings: Settings, committee: Committee) -> None:
    least, most = committee.threshold, len(committee.keepers)
    if settings.receipts is not None and not least <= settings.receipts <= most:
        raise InputError(
            f"the setting DDAO_RECEIPTS cannot be used: choose a value from {least} to {most}"
        )


def _duties(
    place: Place,
    chain: Reader,
    relay: Writer,
    index: SqliteIndex,
    pending: SqlitePending,
    keepers: Keepers,
) -> Duties:
    """What the worker works on."""
    return Duties(
        chain=chain,
        index=index,
        editions=EditionDesk(chain, relay, keepers),
        requests=RequestDesk(chain, relay),
        motions=MotionDesk(chain, relay, index),
        usage=UsageDesk(chain, relay, index),
        receipts=ReceiptDesk(chain, relay, index, keepers),
        missed=MissedShares(chain, pending, keepers),
        forgetting=Forgetting(chain, index, pending),
        seal_interval=place.record.parameters.seal_interval,
    )


def _clock() -> int:
    return int(time.time())


def _blobs(settings: Settings) -> BlobStore:
    if settings.kubo is not None:
        return KuboBlobStore(settings.kubo)
    return EmbeddedBlobStore(settings.data / "envelopes")


def _facts(settings: Settings, place: Place, identities: Identities, chain: Reader) -> Facts:
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
        policy=Policy().digest,
        max_bytes=settings.max_bytes,
    )


class Loops:
    """The threads of a system: indexer, keepers, worker."""

    def __init__(self, system: System, pause: float, *, with_worker: bool = True) -> None:
        self._stop = threading.Event()
        runs: list[tuple[str, Callable[[threading.Event, float], None]]] = [
            ("indexer", system.indexer.run),
            *((f"keeper-{keeper.index}", keeper.run) for keeper in system.local),
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
