"""A keeper that lies, and what its committee and the buyer make of it.

Two of three keepers are needed; the first one's program was changed by its operator.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest

from dao_backend.client.keeper import Patience, RemoteKeeper
from dao_backend.core.access import Allowed, Reason
from dao_backend.core.model import Keeper as Seat
from dao_backend.core.model import RequestStatus
from dao_backend.errors import NotEnoughShares, NotReleased, Refused, ServiceUnavailable
from dao_backend.service.buying import Buyer
from dao_backend.service.fetching import Pace
from tests.support.committee import Committee
from tests.support.keeper_gateway import KeeperGateway
from tests.support.keeper_machine import NOTHING, Entry, Machine
from tests.support.keeper_program import eventually
from tests.support.local_dao import BUYER, ROOT
from tests.support.questions import gives_nothing, reason
from tests.support.running_dao import ALICE, RELEASE_SECRET, program

HASTY = Pace(patience=0.5, silence=2.0)
HONESTLY = ""
EVERYTHING = {"a.py": program(1), "b.py": program(2)}
NOBODY = "http://127.0.0.1:1"


@dataclass(slots=True)
class Liar(Machine):
    """A keeper's folder with a changed program."""

    @property
    def lie(self) -> Path:
        """The file that tells it how to lie."""
        return self.data.with_suffix(".lie")

    def spawn(self, entry: Entry = NOTHING) -> subprocess.Popen[str]:
        """Start the changed program."""
        assert entry == NOTHING
        words = ["-m", "tests.support.lying_keeper_entry", self.data, self.key_file, self.lie]
        with self.log.open("a") as log:
            return subprocess.Popen(
                [sys.executable, *map(str, words)],
                cwd=ROOT,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                start_new_session=True,
            )


@pytest.fixture(scope="module")
def liar(committee: Committee) -> Iterator[Liar]:
    """The first keeper, honest until it is told to lie."""
    honest = committee.keepers[1]
    honest.stop()
    made = Liar(honest.data, honest.operator, honest.port)
    committee.keepers[1] = made
    committee.machines.append(made)
    made.lie.write_text(HONESTLY)
    made.start()
    yield made
    if made.is_running:
        made.stop()


@contextmanager
def lying(liar: Liar, lie: str) -> Iterator[None]:
    """Let it lie until the block ends."""
    liar.lie.write_text(lie)
    try:
        yield
    finally:
        liar.lie.write_text(HONESTLY)


@contextmanager
def asking(committee: Committee, *dead: int) -> Iterator[Callable[[Seat], RemoteKeeper]]:
    """Keepers by their seats; whoever is dead answers to nobody."""
    patience = Patience(connect=1.0, read=5.0, whole=10.0)
    remotes = {
        index: RemoteKeeper(index, NOBODY if index in dead else keeper.url, patience)
        for index, keeper in committee.keepers.items()
    }
    try:
        yield lambda seat: remotes[seat.index]
    finally:
        for remote in remotes.values():
            remote.close()


def buyer(committee: Committee, reach: Callable[[Seat], RemoteKeeper]) -> Buyer:
    """The buyer's program, which does not wait for long."""
    gateway = KeeperGateway(committee.editions, committee.envelopes)
    return Buyer(gateway, committee.dao.reader, RELEASE_SECRET, reach, HASTY)  # type: ignore[arg-type]


LIES = {
    "wrong shares": "keeper 1 gave a bad share of 0x",
    "shares of others": "keeper 1 gave a bad share of 0x",
    "other edition": "keeper 1: ",
    "no bundle": "There is none.",
    "garbage": "not the bundle that its receipt states",
    "breaks off": "keeper 1: ",
    "hangs": "keeper 1: ",
}


@pytest.mark.parametrize(("lie", "told"), LIES.items(), ids=LIES.keys())
def test_purchase__keeper_lies__others_suffice_and_it_is_named(
    committee: Committee, liar: Liar, tmp_path: Path, lie: str, told: str
) -> None:
    """With two honest ones the buyer gets everything; with one, every reason."""
    with lying(liar, lie):
        licence = committee.sell().request_id
        committee.settle_down()
        for index in (1, 2, 3):
            committee.await_receipt(licence, index)
        committee.settle_down()
        for index in (2, 3):
            eventually(partial(committee.hands_over, licence, index))
        with asking(committee) as reach:
            program_of_buyer = buyer(committee, reach)
            found = program_of_buyer.purchase(licence)
            got = program_of_buyer.deliver(found, tmp_path)
            assert {each.path.name: each.path.read_bytes() for each in got} == EVERYTHING
        assert all(problem.startswith("keeper 1: ") for problem in found.problems)
        assert told in found.problems[0]
        with asking(committee, 3) as reach, pytest.raises(NotEnoughShares) as refused:
            buyer(committee, reach).purchase(licence)
    assert told in str(refused.value)
    assert "keeper 3: keeper 3 at 127.0.0.1" in str(refused.value)
    assert "keeper 2" not in str(refused.value)


def test_status__nonsense__tells_nothing_and_holds_up_nothing(
    committee: Committee, liar: Liar
) -> None:
    """What a keeper says of itself is believed where it is well-formed, and rests on nothing."""
    with lying(liar, "nonsense"):
        with pytest.raises(ServiceUnavailable, match="something else than was asked for"):
            committee.status(1)
        licence = committee.sell().request_id
        committee.deliver(licence)
    assert committee.status(1).index == 1


def test_attest__keeper_signs_another_root__the_others_attest(
    committee: Committee, liar: Liar
) -> None:
    """Two that rebuild the same list are enough, and one honest keeper is not."""
    committee.contribute(ALICE, program(3), "c.py")
    with lying(liar, "other root"):
        edition = committee.dao.seal()
        committee.settle_down()
        committee.stop(3)
        with pytest.raises(Refused) as refused:
            committee.editions.attest(edition)
        assert "keeper 1: it attests another root" in str(refused.value)
        assert "keeper 2: it attests another root" in str(refused.value)
        assert "keeper 3: " in str(refused.value)
        assert committee.dao.reader.edition(edition).root is None
        committee.start(3)
        committee.editions.attest(edition)
        committee.settle_down()
    with committee.remote(2) as honest:
        assert committee.dao.reader.edition(edition).root == honest.attestation(edition)[0]


def test_release__fewer_receipts_than_needed__refunded_and_nothing_left(
    committee: Committee, liar: Liar
) -> None:
    """A liar alone opens no escrow: the buyer is paid back, and no honest keeper gave a share."""
    committee.stop(3)
    licence = committee.sell().request_id
    committee.settle_down()
    committee.await_receipt(licence, 2)
    committee.settle_down()
    eventually(lambda: reason(committee, 2, licence) is Reason.NOT_DELIVERED)
    gives_nothing(committee, 2, licence)
    committee.stop(1)
    over = committee.dao.reader.request(licence).deliver_by + 1
    committee.chain.time.advance(over - committee.chain.node.head().timestamp)
    committee.dao.writer(BUYER).refund(licence)
    committee.settle_down()
    committee.start(1)
    committee.start(3)
    assert committee.dao.reader.request(licence).status is RequestStatus.REFUNDED
    assert committee.posted(licence) == {2}
    for index in (1, 2, 3):
        eventually(lambda at=index: reason(committee, at, licence) is Reason.REFUNDED)  # type: ignore[misc]
        with pytest.raises(NotReleased):
            committee.bundle(licence, index)
    with committee.remote(2) as keeper:
        assert not isinstance(keeper.release(licence), Allowed)
