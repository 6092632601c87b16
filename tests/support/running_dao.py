"""A whole service on the tests' chain, in this process, with verbs for what its people do.

Every part is the real one: contracts on anvil, SQLite files, blob folders, three keepers of whom
two suffice. Only HTTP is left out.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

from dao_backend.chain.agreement import Agreement
from dao_backend.chain.decode import Decoder
from dao_backend.chain.deployment import addresses_of, deploy
from dao_backend.chain.follow import LogReader
from dao_backend.chain.reader import Reader
from dao_backend.chain.sender import Sender
from dao_backend.chain.signer import LocalSigner
from dao_backend.core.crypto import SecretKey
from dao_backend.core.events import Requested
from dao_backend.core.facts import Facts
from dao_backend.core.message import Metadata
from dao_backend.core.model import Address
from dao_backend.core.scoring.sketch import SketchKey
from dao_backend.core.submission import Outcome, Submission
from dao_backend.custody.book import SqliteBook
from dao_backend.custody.sqlite import SqliteCustody
from dao_backend.keeper.local import LocalKeeper
from dao_backend.keeper.office import Keyring, Office
from dao_backend.ports.gateway import BundleFacts
from dao_backend.service.buying import Buyer
from dao_backend.service.contributing import Sealed, Wish, seal_contribution, sign
from dao_backend.settings import Settings
from dao_backend.storage.embedded import EmbeddedBlobStore
from dao_backend.wiring.identities import Identities, KeeperIdentity
from dao_backend.wiring.system import Place, System, build
from tests.support.anvil import Chain
from tests.support.appraisal import functions
from tests.support.core_actors import sealing_secret, seed
from tests.support.local_dao import (
    APPRAISER,
    DEPLOYER,
    KEEPERS,
    RELAY,
    LocalDao,
    local_parameters,
)

ALICE, BOB, CAROL = 1, 2, 3
"""Numbers of the contributors' accounts."""
RELEASE_SECRET = sealing_secret(7, 1)
"""What the buyer of `LocalDao.terms` opens its bundles with."""


class Drawn:
    """Random bytes for tests: never the same twice, the same in every run, all remembered."""

    def __init__(self, label: str) -> None:
        self._numbers = count()
        self._label = label
        self.given: list[bytes] = []

    def __call__(self, length: int) -> bytes:
        """The next `length` bytes, at most 32."""
        drawn = seed(self._label, next(self._numbers))[:length]
        self.given.append(drawn)
        return drawn


class Meddled:
    """A part that does what the real one does, but for the methods given: they get it first."""

    def __init__(self, real: Any, **methods: Any) -> None:
        self._real = real
        self._methods = methods

    def __getattr__(self, name: str) -> Any:
        method = self._methods.get(name)
        if method is None:
            return getattr(self._real, name)
        return lambda *args, **named: method(self._real, *args, **named)


def identities(operators: Sequence[int] = KEEPERS) -> Identities:
    """The service's accounts and keys, which `local_parameters` name."""
    return Identities(
        deployer=LocalSigner(seed("account", DEPLOYER)),
        relayer=LocalSigner(seed("account", RELAY)),
        appraiser=LocalSigner(seed("account", APPRAISER)),
        appraiser_sealing=sealing_secret(9, 1),
        sketch_key=SketchKey(seed("sketch")),
        keepers=tuple(
            KeeperIdentity(LocalSigner(seed("account", number)), sealing_secret(1, index))
            for index, number in enumerate(operators, 1)
        ),
    )


class DeskGateway:
    """The Gateway port without a wire: what the API's routes ask, asked directly."""

    def __init__(self, system: System) -> None:
        self._system = system

    def facts(self) -> Facts:
        return self._system.facts

    def put_envelope(self, chunks: Iterable[bytes]) -> str:
        return self._system.blobs.put(chunks).cid

    def envelope(self, cid: str) -> Iterator[bytes]:
        return self._system.blobs.open(cid)

    def submit(self, submission: Submission) -> Outcome:
        return self._system.submissions.submit(submission)

    def register(self, contribution_id: bytes) -> bytes:
        return self._system.submissions.register(contribution_id)

    def withdraw(self, contribution_id: bytes, deadline: int, signature: bytes) -> bytes:
        return self._system.relay.withdraw_for(contribution_id, deadline, signature).hash

    def vote(self, proposal_id: int, support: int, voter: Address, signature: bytes) -> bytes:
        return self._system.relay.vote_for(proposal_id, support, voter, signature).hash

    def manifest(self, edition_id: int) -> bytes:
        return b"".join(self._system.editions.manifest(edition_id))

    def bundles(
        self, licence_id: int, asker: Address | None = None, asked_key: bytes | None = None
    ) -> tuple[BundleFacts, ...]:
        return self._system.releases.bundles(licence_id, asker, asked_key)

    def bundle(self, licence_id: int, index: int, offset: int = 0) -> Iterator[bytes]:
        return self._system.releases.bundle(licence_id, index, offset)


@dataclass(frozen=True, slots=True)
class RunningDao:
    """One service with its chain and its files."""

    dao: LocalDao
    place: Place
    system: System
    gateway: DeskGateway
    data: Path
    drawn: Drawn

    @property
    def chain(self) -> Chain:
        """The chain that everything is on."""
        return self.dao.chain

    @property
    def agreement(self) -> Agreement:
        """What a keeper asks: the chain's one node."""
        return Agreement([self.place.node], self.place.addresses)

    # --- time -------------------------------------------------------------------------------

    def follow(self) -> None:
        """Bring the index level with the chain."""
        self.system.indexer.sync_once()

    def settle_down(self) -> None:
        """Mine until everything so far is final; the index follows."""
        self.chain.time.finalize()
        self.follow()

    def pass_time(self, seconds: int) -> None:
        """Let chain time pass; the index follows."""
        self.chain.time.advance(seconds)
        self.follow()

    # --- contributing -----------------------------------------------------------------------

    def sealed(
        self, member: int, text: bytes, name: str = "steps.py", facts: Facts | None = None
    ) -> Sealed:
        """Encrypt and upload as `member`, not signed yet."""
        metadata = Metadata("text/x-python", name)
        wish = Wish(self.chain.signer(member).address, 0, metadata, [text])
        stated = facts or self.system.facts
        return seal_contribution(stated, wish, self.drawn, self.gateway.put_envelope)

    def submission(self, member: int, text: bytes, name: str = "steps.py") -> Submission:
        """Encrypt, upload and sign as `member`, not handed in yet."""
        return self.signed(member, self.sealed(member, text, name))

    def signed(self, member: int, sealed: Sealed) -> Submission:
        """The member's consent to what was sealed."""
        return sign(self.system.facts, sealed, self.chain.signer(member))

    def contribute(self, member: int, text: bytes, name: str = "steps.py") -> Outcome:
        """Encrypt, upload, sign, hand in and register; final, and in the index."""
        outcome = self.system.submissions.submit(self.submission(member, text, name))
        self.system.submissions.register(outcome.contribution_id)
        self.settle_down()
        return outcome

    # --- selling ----------------------------------------------------------------------------

    def edition(self) -> int:
        """Let the interval pass, seal, and have the keepers attest; final."""
        self.pass_time(3600)
        self.system.editions.seal(0)
        self.settle_down()
        newest = self.system.chain.newest_edition(0)
        self.system.editions.attest(newest)
        self.settle_down()
        return newest

    def sell(self, *voters: int) -> Requested:
        """File a request as the buyer, pass it, execute it; the grant is not final."""
        request = self.dao.file()
        self.dao.grant(request, *(voters or (ALICE, BOB)))
        self.follow()
        return request

    def work(self) -> None:
        """Let every keeper do what is due."""
        for keeper in self.system.local:
            keeper.work()

    def deliver(self, licence_id: int) -> None:
        """Make the grant final, have every receipt posted, and make those final."""
        self.settle_down()
        self.work()
        self.settle_down()

    def buyer(self, gateway: Any = None, secret: SecretKey = RELEASE_SECRET) -> Buyer:
        """The buyer's own program."""
        return Buyer(gateway or self.gateway, self.system.chain, secret)

    # --- keepers ----------------------------------------------------------------------------

    @contextmanager
    def keeper(self, index: int = 1, data: Path | None = None, **parts: Any) -> Iterator[Any]:
        """Keeper `index` over its files again; each of `parts` maps the real one to another."""
        folder = (data or self.data) / f"keeper-{index}"
        own = identities().keepers[index - 1]
        custody = SqliteCustody(folder / "custody.sqlite")
        book = SqliteBook(folder / f"book-{id(custody)}.sqlite")
        office: dict[str, Any] = {
            "index": index,
            "operator": own.operator,
            "keys": Keyring([own.sealing]),
            "chain": self.agreement,
            "book": book,
            "relay": self.system.relay,
            "custody": custody,
            "bundles": EmbeddedBlobStore(folder / "bundles"),
            "randomness": Drawn(f"keeper {index} of {id(custody)}"),
            "clock": lambda: int(time.time()),
            "reach": lambda seat: self.system.local[seat.index - 1],
            "room": lambda: 2**40,
        }
        replaced = {name: part(office.get(name)) for name, part in parts.items()}
        try:
            yield LocalKeeper(Office(**(office | replaced)))
        finally:
            custody.close()
            book.close()


def program(number: int, functions_in_it: int = 60) -> bytes:
    """Python source that is like no other number's."""
    return functions(functions_in_it, seed=number * 1009).encode()


def deploy_dao(
    chain: Chain, operators: Sequence[int] = KEEPERS, threshold: int = 2
) -> tuple[LocalDao, Place]:
    """A DAO on `chain`, and where it is."""
    sender = Sender(chain.node, chain.signer(DEPLOYER))
    record = deploy(chain.node, sender, local_parameters(operators, threshold))
    addresses = addresses_of(record)
    logs = LogReader(chain.node, Decoder(addresses))
    dao = LocalDao(chain, addresses, Reader(chain.node, addresses, logs), logs)
    return dao, Place(chain.node, addresses, record, chain.url)


@contextmanager
def running(
    dao: LocalDao, place: Place, data: Path, operators: Sequence[int] = KEEPERS
) -> Iterator[RunningDao]:
    """Start a service over `data`, and give its files back at the end."""
    dao.chain.fund(identities().relayer.address)
    system = build(Settings(data=data, max_bytes=2**20), place, identities(operators))
    try:
        yield RunningDao(dao, place, system, DeskGateway(system), data, Drawn(data.name))
    finally:
        system.close()
