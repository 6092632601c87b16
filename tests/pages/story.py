"""A DAO in which something of everything has happened, served over HTTP.

Two of three keepers release. Requests, in order: delivered, paid and metered; voted down and
refunded; granted but not delivered, with an arbiter; open for votes; filed but not open yet. One
offer stands, one contribution is withdrawn, one edition attested, one not. A member's proposal
and its ballots carry hostile words.
"""

from __future__ import annotations

import inspect
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from dao_backend.api import Backend
from dao_backend.chain.anvil import TimeMachine
from dao_backend.chain.contracts.governor import DataGovernor
from dao_backend.chain.sender import Sender
from dao_backend.chain.signer import LocalSigner
from dao_backend.chain.writer import Writer
from dao_backend.core.bargains import Offer
from dao_backend.core.metering import UNMETERED, Metering
from dao_backend.core.model import NATIVE, Address, Purpose, Terms, Vote
from dao_backend.core.typed import Ballot, Withdrawal, digest
from dao_backend.service.contributing import Wish, seal_contribution, sign
from dao_backend.service.motions import MotionDesk
from dao_backend.service.sources import open_source
from dao_backend.settings import Settings
from dao_backend.wiring.serve import Service
from tests.support.core_actors import seed

HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>&{{7*7}}\u202e"
"""Markup, an attribute's end, a template and a change of direction."""
MODULES = ("textwrap", "calendar", "argparse", "csv", "bisect", "heapq")
HOUR = 3_600
OFFER = Offer(
    0, Purpose.TRAIN_FOUNDATION, NATIVE, 10**14, 30 * 86_400, 250, bytes(32), NATIVE, UNMETERED,
    2**40, 3,
)  # fmt: skip
DELIVERED, REFUSED, GRANTED, OPEN, FILED = 1, 2, 3, 4, 5
"""Numbers of the requests."""


@dataclass(frozen=True, slots=True)
class Told:
    """The service after the story."""

    service: Service
    members: tuple[LocalSigner, ...]
    proposal: int
    """The member's own proposal."""
    withdrawn: bytes

    @property
    def url(self) -> str:
        """Where its pages are."""
        return self.service.url

    @property
    def backend(self) -> Backend:
        """What its pages are made from."""
        server = self.service._server
        assert server is not None
        beside_keepers = inspect.getclosurevars(server._server.config.app).nonlocals
        found = beside_keepers["app"].state.backend
        assert isinstance(found, Backend)
        return found


class Telling:
    """The verbs of the story, over a service that does nothing by itself."""

    def __init__(self, service: Service, files: Path) -> None:
        self.service = service
        self.system = service.system
        self.local = service.chain
        self.time = TimeMachine(self.local.rpc)
        self.members = tuple(LocalSigner(seed("page member", each)) for each in range(3))
        self.files = files

    def follow(self) -> None:
        """Make everything final and known."""
        self.time.finalize()
        self.system.indexer.sync_once()

    def contribute(self, place: int, path: Path, collection: int) -> bytes:
        """One file by the member at that place."""
        system, member = self.system, self.members[place]
        source = open_source(path, 1 << 30)
        wish = Wish(member.address, collection, source.metadata, source.blocks())
        facts, blobs = system.facts, system.blobs
        sealed = seal_contribution(facts, wish, secrets.token_bytes, lambda c: blobs.put(c).cid)
        outcome = system.submissions.submit(sign(facts, sealed, member))
        assert outcome.appraisal is not None, f"{path} scores nothing"
        system.submissions.register(outcome.contribution_id)
        return outcome.contribution_id

    def seal(self, collection: int) -> int:
        """The next edition."""
        self.system.editions.seal(collection)
        self.follow()
        return self.system.chain.newest_edition(collection)

    def request(
        self,
        collection: int,
        purposes: Purpose,
        price: int,
        arbiter: Address = NATIVE,
        metering: Metering = UNMETERED,
    ) -> int:
        """A buyer of its own asks; the request's number."""
        buyer = LocalSigner(secrets.token_bytes(32))
        self.local.fund(buyer.address)
        writer = Writer(self.local.node, self.local.addresses, Sender(self.local.node, buyer))
        key = seed("page release key")
        terms = Terms(collection, purposes, NATIVE, price, 30 * 86_400, 250, bytes(32), key, 1, 100)
        writer.request(replace(terms, arbiter=arbiter, metering=metering))
        self.follow()
        return self.system.index.requests(limit=1).rows[0].request_id

    def vote(self, proposal: int, support: Vote, places: tuple[int, ...] = (0, 1, 2)) -> None:
        """Relayed ballots."""
        domain = self.local.addresses.domain("DataGovernor")
        for place in places:
            member = self.members[place]
            signed = member.sign_digest(digest(domain, Ballot(proposal, support, member.address)))
            self.system.relay.vote_for(proposal, support, member.address, signed)

    def decide(self, request: int, support: Vote) -> None:
        """Open the vote, vote, close it, and carry out what is due."""
        self.time.advance(90)
        self.vote(self.system.chain.request(request).proposal_id, support)
        self.time.advance(600)
        for _ in range(3):
            self.system.requests.advance(request)
            self.time.advance(90)
        self.follow()

    def deliver(self) -> None:
        """Two of three keepers post their receipts; the third sleeps."""
        for keeper in self.system.keepers[:2]:
            keeper.work()
        self.follow()

    def propose(self, place: int, words: str) -> int:
        """A member's own proposal, which does nothing."""
        governor = DataGovernor(self.local.addresses.governor)
        target = self.local.addresses.timelock
        self.send(place, governor._act("propose", [target], [0], [b""], words))
        self.follow()
        return self.system.index.proposals(limit=1).rows[0].proposal_id

    def offer(self, place: int) -> None:
        """A standing offer that a member proposes and the others pass."""
        local, member = self.local, self.members[place]
        local.fund(member.address)
        writer = Writer(local.node, local.addresses, Sender(local.node, member))
        writer.propose_offer(OFFER, "For everybody who trains models.")
        self.follow()
        number = self.system.index.proposals(limit=1).rows[0].proposal_id
        self.time.advance(90)
        self.vote(number, Vote.FOR)
        motions = MotionDesk(self.system.chain, self.system.relay, self.system.index)
        for seconds in (600, 90):
            self.time.advance(seconds)
            motions.advance(number)
        self.follow()

    def vote_with_words(self, place: int, proposal: int, support: Vote, words: str) -> None:
        """A member's own ballot with a reason."""
        governor = DataGovernor(self.local.addresses.governor)
        self.send(place, governor._act("castVoteWithReason", proposal, support, words))

    def send(self, place: int, action: object) -> None:
        """A member's own transaction."""
        self.local.fund(self.members[place].address)
        Sender(self.local.node, self.members[place]).send(action)


@contextmanager
def told(folder: Path) -> Iterator[Told]:
    """Serve the story from `folder`."""
    settings = Settings(data=folder / "service", port=0, keepers=3, threshold=2)
    with Service(settings, with_loops=False, separate=False) as service:
        telling = Telling(service, folder)
        withdrawn = _contribute(telling)
        _sell(telling)
        telling.offer(1)
        _go_on(telling, withdrawn)
        proposal = telling.propose(1, f"{HOSTILE}\nthe second line")
        telling.time.advance(90)
        _ask_more(telling, proposal)
        yield Told(service, telling.members, proposal, withdrawn)


def _contribute(telling: Telling) -> bytes:
    """Python modules in one collection, a table in the other; the last id."""
    library = Path(secrets.__file__).parent
    for place, name in enumerate(MODULES):
        last = telling.contribute(place % 3, library / f"{name}.py", 0)
    table = telling.files / "rivers.csv"
    rows = (
        f"river {n},{n * 37 % 911},{n * 17 % 83 / 10},{'wide' if n % 3 else 'narrow'}"
        for n in range(400)
    )
    table.write_text("\n".join(("name,length,depth,width", *rows)) + "\n")
    telling.contribute(0, table, 1)
    telling.time.advance(5)
    telling.follow()
    return last


def _sell(telling: Telling) -> None:
    """The first edition, and the requests on it that come to an end."""
    edition = telling.seal(0)
    telling.system.editions.attest(edition)
    telling.follow()
    used = Metering(unit_price=10**12, minimum=10**15, bond=10**16, period=7 * 86_400)
    telling.request(0, Purpose.FINE_TUNE | Purpose.EVALUATE, 125 * 10**16, metering=used)
    telling.decide(DELIVERED, Vote.FOR)
    telling.deliver()
    telling.system.requests.advance(DELIVERED)
    paid = sorted(member.address for member in telling.members[:2])
    telling.system.relay.claim_many(edition, NATIVE, paid)
    telling.request(0, Purpose.TRAIN_FOUNDATION, 10**17)
    telling.decide(REFUSED, Vote.AGAINST)
    telling.request(0, Purpose.RESEARCH, 2 * 10**17, arbiter=telling.members[2].address)
    telling.decide(GRANTED, Vote.FOR)


def _go_on(telling: Telling, withdrawn: bytes) -> None:
    """A member takes something back; an edition without it waits for its attestation."""
    owner = telling.members[(len(MODULES) - 1) % 3]
    domain = telling.local.addresses.domain("DataRegistry")
    deadline = telling.system.chain.head().timestamp + HOUR
    signed = owner.sign_digest(digest(domain, Withdrawal(withdrawn, deadline)))
    telling.system.relay.withdraw_for(withdrawn, deadline, signed)
    telling.time.advance(HOUR + 60)
    telling.follow()
    telling.seal(0)


def _ask_more(telling: Telling, proposal: int) -> None:
    """Votes that are open, with hostile reasons, and one that is not open yet."""
    telling.vote_with_words(0, proposal, Vote.ABSTAIN, HOSTILE)
    request = telling.request(1, Purpose.EVALUATE, 10**16)
    telling.time.advance(90)
    voting = telling.system.chain.request(request).proposal_id
    telling.vote(voting, Vote.FOR, (0,))
    telling.request(1, Purpose.RESEARCH, 3 * 10**16)
