"""A committee of keepers, each a process of its own, around a DAO on a real anvil.

No service runs: contributions go straight to the keepers over HTTP, and what anybody may relay, the
test relays. Keepers are named by their index.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeVar

from dao_backend.chain.artifacts import ContractName
from dao_backend.client.keeper import RemoteKeeper
from dao_backend.core.access import Allowed
from dao_backend.core.deployment_record import DeploymentRecord
from dao_backend.core.events import Requested
from dao_backend.core.facts import AppraiserFacts, Facts
from dao_backend.core.message import Metadata
from dao_backend.core.model import Appraisal, Keeper
from dao_backend.core.submission import Submission
from dao_backend.core.typed import digest, record_hash
from dao_backend.errors import DaoError, ServiceUnavailable
from dao_backend.ports.chain import Sent
from dao_backend.ports.keepers import Intake, KeeperStatus
from dao_backend.service.buying import Buyer
from dao_backend.service.contributing import Wish, seal_contribution, sign
from dao_backend.service.editions import EditionDesk
from dao_backend.service.keepers import Keepers
from dao_backend.storage.embedded import EmbeddedBlobStore
from dao_backend.wiring.reaching import Reaching
from tests.support.anvil import Chain
from tests.support.core_actors import account, sealing_secret, wallet
from tests.support.keeper_gateway import KeeperGateway
from tests.support.keeper_machine import NOTHING, PATIENCE, Entry, Machine, make_keeper
from tests.support.keeper_program import eventually
from tests.support.local_dao import (
    APPRAISER,
    FAR,
    RELAY,
    LocalDao,
)
from tests.support.running_dao import ALICE, BOB, RELEASE_SECRET, Drawn

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Committee:
    """A DAO and its keepers; every verb returns once what it says is so."""

    dao: LocalDao
    record: DeploymentRecord
    home: Path
    keepers: dict[int, Machine]
    """By index: who sits there, and answers to the verbs."""
    machines: list[Machine]
    """Everybody who ever was one: they are ended with the committee."""
    envelopes: EmbeddedBlobStore
    drawn: Drawn
    reach: Reaching
    asking: Keepers

    @property
    def chain(self) -> Chain:
        """The chain that everything is on."""
        return self.dao.chain

    # --- keepers ----------------------------------------------------------------------------

    def start(self, index: int, entry: Entry = NOTHING, *, seated: bool = True) -> None:
        """Start keeper `index`; with `seated` it works when this returns."""
        self.keepers[index].start(entry, seated=seated)

    def stop(self, index: int) -> int:
        """End it in good order; its exit code."""
        return self.keepers[index].stop()

    def kill(self, index: int) -> int:
        """End it by SIGKILL."""
        return self.keepers[index].kill()

    def running(self) -> tuple[int, ...]:
        """Who runs now."""
        return tuple(index for index, keeper in self.keepers.items() if keeper.is_running)

    def status(self, index: int) -> KeeperStatus:
        """What keeper `index` says of itself."""
        return self.keepers[index].status()

    @contextmanager
    def remote(self, index: int) -> Iterator[RemoteKeeper]:
        """The port of keeper `index` over HTTP."""
        with self.keepers[index].remote(index, PATIENCE) as keeper:
            yield keeper

    def fund(self, index: int) -> None:
        """Give its operator coin: it posts its receipts itself from now on."""
        self.chain.fund(self.keepers[index].operator.address)

    def newcomer(self, name: str, operator: int) -> Machine:
        """A keeper that no committee has named yet, with the DAO's record."""
        made = make_keeper(self.home, name, operator, self.chain.url)
        made.keep_for(self.record)
        self.machines.append(made)
        return made

    def change(self, changed: dict[int, Machine]) -> None:
        """Form the next epoch, with other keepers or other sealing keys at some indexes; final.

        The verbs speak of the new ones from now on; who is left to the caller runs on.
        """
        self.keepers.update(changed)
        seats = [keeper.seat(index) for index, keeper in sorted(self.keepers.items())]
        listed = [(each.operator, each.sealing_key, each.endpoint) for each in seats]
        self.dao.by_vote(ContractName.KEEPERS, "changeCommittee", listed)
        self.settle_down()

    # --- contributing -----------------------------------------------------------------------

    def settle_down(self) -> None:
        """Mine until everything so far is final."""
        self.chain.time.finalize()

    def facts(self) -> Facts:
        """What contributors seal by: the newest committee."""
        parameters, reader = self.record.parameters, self.dao.reader
        return Facts(
            name=parameters.name,
            symbol=parameters.symbol,
            addresses=self.dao.addresses,
            rpc_url=self.chain.url,
            confirmations=parameters.finality.confirmations,
            collections=parameters.collections,
            committee=reader.committee(reader.current_epoch()),
            appraiser=AppraiserFacts(wallet(APPRAISER), sealing_secret(9, 1).public),
            policy=bytes(32),
            max_bytes=2**20,
        )

    def submission(self, member: int, text: bytes, name: str = "steps.py") -> Submission:
        """Encrypt, keep the envelope and sign as `member`; no keeper has heard of it."""
        facts, signer = self.facts(), self.chain.signer(member)
        wish = Wish(signer.address, 0, Metadata("text/x-python", name), [text])
        sealed = seal_contribution(
            facts, wish, self.drawn, lambda chunks: self.envelopes.put(chunks).cid
        )
        return sign(facts, sealed, signer)

    def hand_in(self, made: Submission, index: int) -> bytes:
        """Give keeper `index` its share; the receipt."""
        with self.remote(index) as keeper:
            return keeper.take_in(intake_of(made, index))

    def register(self, made: Submission, units: int = 1000) -> Sent:
        """Have it appraised and registered; final."""
        appraisal = Appraisal(record_hash(made.record), units, FAR)
        message = digest(self.dao.addresses.domain("DataRegistry"), appraisal)
        signature = bytes(account(APPRAISER).unsafe_sign_hash(message).signature)
        sent = self.dao.writer(RELAY).contribute_for(
            made.record, made.nonce, appraisal, signature, made.contributor_signature
        )
        self.settle_down()
        return sent

    def contribute(self, member: int, text: bytes, name: str = "steps.py") -> bytes:
        """All of that with every keeper that runs; the contribution's id."""
        made = self.submission(member, text, name)
        for index in self.running():
            self.hand_in(made, index)
        self.register(made)
        return made.record.contribution_id

    def withdraw(self, member: int, contribution_id: bytes) -> None:
        """Withdraw as `member`; final."""
        self.dao.writer(member).withdraw(contribution_id)
        self.settle_down()

    # --- selling ----------------------------------------------------------------------------

    @property
    def editions(self) -> EditionDesk:
        """Gathers attestations and manifests from the keepers over HTTP."""
        return EditionDesk(self.dao.reader, self.dao.writer(RELAY), self.asking)

    def edition(self) -> int:
        """Let the interval pass, seal, and have the keepers attest; final."""
        sealed = self.dao.seal()
        self.settle_down()
        self.editions.attest(sealed)
        self.settle_down()
        return sealed

    def sell(self, *voters: int) -> Requested:
        """File a request as the buyer, pass it, execute it; the grant is not final."""
        request = self.dao.file()
        self.dao.grant(request, *(voters or (ALICE, BOB)))
        return request

    def deliver(self, licence_id: int, *indexes: int) -> None:
        """Have these keepers, or all that run, build, receipt and hand over."""
        wanted = indexes or self.running()
        self.settle_down()
        for index in wanted:
            self.await_receipt(licence_id, index)
        self.settle_down()
        for index in wanted:
            eventually(partial(self.hands_over, licence_id, index))

    def await_receipt(self, licence_id: int, index: int) -> None:
        """Wait for its bundle, and for its receipt on chain, relayed where it has no coin."""
        with self.remote(index) as keeper:
            bundle = eventually(lambda: unless_silent(lambda: keeper.bundle_facts(licence_id)))
        if index in self.posted(licence_id):
            return
        if self.chain.node.balance(self.keepers[index].operator.address):
            eventually(lambda: index in self.posted(licence_id))
        else:
            self.dao.writer(RELAY).post_receipt_for(bundle.receipt, bundle.signature)

    def posted(self, licence_id: int) -> frozenset[int]:
        """Whose receipts stand on chain."""
        delivery = self.dao.reader.delivery(licence_id)
        return frozenset() if delivery is None else delivery.posted

    def hands_over(self, licence_id: int, index: int) -> bool:
        """Whether keeper `index` would hand its bundle over now."""
        with self.remote(index) as keeper:
            return isinstance(unless_silent(lambda: keeper.release(licence_id)), Allowed)

    def bundle(self, licence_id: int, index: int) -> bytes:
        """The whole bundle from keeper `index`; NotReleased."""
        with self.remote(index) as keeper:
            return b"".join(keeper.bundle(licence_id))

    def buyer(self, *indexes: int) -> Buyer:
        """The buyer's own program, which asks these keepers itself, or all."""
        gateway = KeeperGateway(self.editions, self.envelopes)

        def reach(seat: Keeper) -> RemoteKeeper:
            if indexes and seat.index not in indexes:
                raise ServiceUnavailable(f"keeper {seat.index} is not asked")
            return self.reach(seat)

        return Buyer(gateway, self.dao.reader, RELEASE_SECRET, reach)  # type: ignore[arg-type]

    def pull(self, licence_id: int, folder: Path, *indexes: int) -> dict[str, bytes]:
        """Everything that the licence entitles to, by file name, in the clear."""
        buyer = self.buyer(*indexes)
        got = buyer.deliver(buyer.purchase(licence_id), folder)
        return {each.path.name: each.path.read_bytes() for each in got}


def intake_of(made: Submission, index: int) -> Intake:
    """What keeper `index` is given of a submission."""
    return Intake(
        record=made.record,
        nonce=made.nonce,
        contributor_signature=made.contributor_signature,
        index=index,
        commitments=made.commitments,
        sealed_share=made.sealed_shares[index - 1],
    )


def unless_silent(ask: Callable[[], Value]) -> Value | None:
    """The answer, or None where the keeper gives none now."""
    try:
        return ask()
    except DaoError:
        return None
