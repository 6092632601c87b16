"""A whole service over a local DAO: real chain, keepers, appraiser, databases and store.

Nothing runs by itself: `Stand.follow` moves index and keepers on.
"""

from __future__ import annotations

import hashlib
import importlib
import inspect
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

from fastapi.testclient import TestClient
from httpx import Response

from dao_backend.api import Backend, create_app
from dao_backend.api.backend import Limits
from dao_backend.chain.agreement import Agreement
from dao_backend.chain.reader import Reader
from dao_backend.chain.writer import Writer
from dao_backend.core.facts import AppraiserFacts, Facts
from dao_backend.core.message import Metadata
from dao_backend.core.packing import hex_of
from dao_backend.core.scoring.policy import Policy
from dao_backend.core.scoring.sketch import SketchKey
from dao_backend.core.submission import Submission, submission_json
from dao_backend.custody.book import SqliteBook
from dao_backend.custody.sqlite import SqliteCustody
from dao_backend.index.answers import SqliteAnswers
from dao_backend.index.pending import SqlitePending
from dao_backend.index.pool import SqlitePool
from dao_backend.index.sqlite import SqliteIndex
from dao_backend.indexer import Indexer
from dao_backend.keeper.local import LocalKeeper
from dao_backend.keeper.office import Keyring, Office
from dao_backend.ports.blobs import BlobStore
from dao_backend.service.appraising import Appraiser, AppraiserTools
from dao_backend.service.contributing import Wish, seal_contribution, sign
from dao_backend.service.drafts import DraftDesk
from dao_backend.service.editions import EditionDesk
from dao_backend.service.keeper_board import KeeperBoard
from dao_backend.service.keepers import Keepers
from dao_backend.service.releases import ReleaseBoard
from dao_backend.service.requests import RequestDesk
from dao_backend.service.statements import Accounts
from dao_backend.service.submissions import SubmissionDesk
from dao_backend.service.votes import ProposalBoard
from dao_backend.storage.embedded import EmbeddedBlobStore
from tests.support.core_actors import sealing_secret, seed, wallet
from tests.support.local_dao import APPRAISER, KEEPERS, RELAY, LocalDao, local_parameters

MAX_BYTES = 2 * 1024 * 1024
"""Largest content that the tests' service accepts."""


def problem_of(answer: Response, status: int, name: str) -> dict[str, Any]:
    """The document, after checking that it is one of that status and type."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    document: dict[str, Any] = answer.json()
    assert document["type"] == f"/problems/{name}"
    assert document["status"] == status
    assert all(document[member] for member in ("title", "detail", "advice", "instance"))
    return document


def randomness(label: str) -> Callable[[int], bytes]:
    """Bytes that look random and are the same in every run."""
    numbers = count()

    def drawn(size: int) -> bytes:
        return hashlib.shake_256(f"{label} {next(numbers)}".encode()).digest(size)

    return drawn


@dataclass(frozen=True, slots=True)
class Databases:
    """The files of one service."""

    index: SqliteIndex
    pending: SqlitePending
    answers: SqliteAnswers
    pool: SqlitePool
    custodies: tuple[SqliteCustody, ...]
    books: tuple[SqliteBook, ...]

    def close(self) -> None:
        """Give every file back."""
        own = (self.index, self.pending, self.answers, self.pool, *self.custodies, *self.books)
        for each in own:
            each.close()


@contextmanager
def databases(folder: Path) -> Iterator[Databases]:
    """Open all of them in `folder`."""
    opened = Databases(
        SqliteIndex(folder / "index.sqlite"),
        SqlitePending(folder / "pending.sqlite"),
        SqliteAnswers(folder / "answers.sqlite"),
        SqlitePool(folder / "pool.sqlite"),
        tuple(SqliteCustody(folder / f"custody-{index}.sqlite") for index in (1, 2, 3)),
        tuple(SqliteBook(folder / f"book-{index}.sqlite") for index in (1, 2, 3)),
    )
    try:
        yield opened
    finally:
        opened.close()


@dataclass(frozen=True, slots=True)
class Stand:
    """One service and the verbs of the people around it."""

    dao: LocalDao
    backend: Backend
    client: TestClient
    indexer: Indexer
    keepers: tuple[LocalKeeper, ...]

    def follow(self) -> None:
        """Make the head final, let every keeper do what is due, and index it all."""
        for _ in range(2):
            self.dao.chain.time.finalize()
            for keeper in self.keepers:
                keeper.work()
        self.indexer.sync_once()

    def sealed(
        self, member: int, content: bytes, name: str = "notes.py", collection: int = 0
    ) -> Submission:
        """A contribution of that member, encrypted on its own machine and uploaded."""
        metadata = Metadata("text/x-python", name)
        wish = Wish(wallet(member), collection, metadata, (content,))
        drawn = randomness(f"{member} {name} {hashlib.sha256(content).hexdigest()}")
        facts = self.backend.facts()
        sealed = seal_contribution(facts, wish, drawn, self._upload)
        return sign(facts, sealed, self.dao.chain.signer(member))

    def submitted(self, member: int, module: str = "argparse", collection: int = 0) -> Submission:
        """A module of the standard library, contributed and appraised, not registered."""
        source = inspect.getsource(importlib.import_module(module)).encode()
        made = self.sealed(member, source, f"{module}.py", collection)
        answer = self.client.post("/v1/contributions", json=submission_json(made))
        assert answer.status_code == 200, answer.text
        assert answer.json()["appraisal"], answer.text
        return made

    def registered(self, member: int, module: str = "argparse", collection: int = 0) -> bytes:
        """The id of such a contribution, registered and indexed."""
        identity = self.submitted(member, module, collection).record.contribution_id
        self.post(f"/v1/contributions/{hex_of(identity)}/registration")
        self.follow()
        return identity

    def post(self, path: str, body: object = None, status: int = 200) -> Any:
        """POST; the decoded answer, which must have that status."""
        answer = self.client.post(path, json=body)
        assert answer.status_code == status, answer.text
        return answer.json()

    def get(self, path: str, status: int = 200, **query: str | int) -> Any:
        """GET; the decoded answer, which must have that status."""
        answer = self.client.get(path, params=query)
        assert answer.status_code == status, answer.text
        return answer.json()

    def edition(self, collection: int = 0) -> int:
        """The id of a new edition, sealed and attested over the API."""
        self.dao.chain.time.advance(3600)
        sealed = self.post(f"/v1/collections/{collection}/editions", status=201)
        self.follow()
        self.post(f"/v1/editions/{sealed['editionId']}/attestation")
        self.follow()
        return int(sealed["editionId"])

    def _upload(self, chunks: Iterable[bytes]) -> str:
        answer = self.client.post("/v1/envelopes", content=b"".join(chunks))
        assert answer.status_code == 201, answer.text
        return str(answer.json()["cid"])


def facts_of(dao: LocalDao) -> Facts:
    """What clients of the tests' service are told."""
    parameters = local_parameters()
    return Facts(
        name=parameters.name,
        symbol=parameters.symbol,
        addresses=dao.addresses,
        rpc_url=None,
        confirmations=None,
        collections=parameters.collections,
        committee=dao.reader.committee(1),
        appraiser=AppraiserFacts(wallet(APPRAISER), sealing_secret(9, 1).public),
        policy=Policy().digest,
        max_bytes=MAX_BYTES,
    )


def keepers_of(dao: LocalDao, opened: Databases, folder: Path) -> tuple[LocalKeeper, ...]:
    """The three keepers of the committee, each with its own custody and bundles."""
    relay = dao.writer(RELAY)
    keepers: tuple[LocalKeeper, ...] = tuple(
        LocalKeeper(
            Office(
                index=index,
                operator=dao.chain.signer(number),
                keys=Keyring([sealing_secret(1, index)]),
                chain=Agreement([dao.chain.node], dao.addresses),
                relay=relay,
                custody=opened.custodies[index - 1],
                book=opened.books[index - 1],
                bundles=EmbeddedBlobStore(folder / f"bundles-{index}"),
                randomness=randomness(f"keeper {index}"),
                clock=lambda: int(time.time()),
                reach=lambda seat: keepers[seat.index - 1],
                room=lambda: 2**40,
            )
        )
        for index, number in enumerate(KEEPERS, 1)
    )
    return keepers


def backend_of(
    facts: Facts,
    chain: Reader,
    relay: Writer,
    opened: Databases,
    blobs: BlobStore,
    keepers: tuple[LocalKeeper, ...],
    appraiser: Appraiser,
) -> Backend:
    """Join the parts."""
    clock = count(1_700_000_000).__next__
    asked = Keepers(lambda seat: keepers[seat.index - 1])
    desk = SubmissionDesk(
        chain, relay, blobs, asked, appraiser, opened.pending, opened.index, clock
    )
    requests = RequestDesk(chain, relay)
    return Backend(
        facts=lambda: facts,
        parameters=local_parameters(),
        policy=Policy(),
        chain=chain,
        relay=relay,
        index=opened.index,
        blobs=blobs,
        pending=opened.pending,
        answers=opened.answers,
        submissions=desk,
        drafts=DraftDesk(lambda: facts, blobs, opened.pending, desk, randomness("draft"), clock),
        editions=EditionDesk(chain, relay, asked),
        requests=requests,
        proposals=ProposalBoard(chain, opened.index, requests),
        releases=ReleaseBoard(chain, asked),
        keepers=KeeperBoard(opened.index, chain, asked, clock),
        accounts=Accounts(opened.index, chain),
        clock=clock,
        embedded=True,
        limits=Limits(event_pause=0.01, idle_seconds=5.0),
    )


@contextmanager
def standing(dao: LocalDao, folder: Path) -> Iterator[Stand]:
    """A service over `dao` whose files lie in `folder`."""
    with databases(folder) as opened:
        blobs = EmbeddedBlobStore(folder / "blobs")
        keepers = keepers_of(dao, opened, folder)
        appraiser = Appraiser(
            AppraiserTools(
                signer=dao.chain.signer(APPRAISER),
                sealing_secret=sealing_secret(9, 1),
                sketch_key=SketchKey(seed("sketch key")),
                policy=Policy(),
                chain=dao.reader,
                blobs=blobs,
                index=opened.index,
                pool=opened.pool,
            )
        )
        backend = backend_of(
            facts_of(dao), dao.reader, dao.writer(RELAY), opened, blobs, keepers, appraiser
        )
        indexer = Indexer(dao.reader, opened.index)
        indexer.sync_once()
        with TestClient(create_app(backend), raise_server_exceptions=False) as client:
            yield Stand(dao, backend, client, indexer, keepers)
