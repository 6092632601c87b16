"""A withdrawal that races a seal and a grant, through keepers in processes of their own."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest

from dao_backend.core.events import Contributed
from dao_backend.core.model import Vote
from dao_backend.core.typed import recover_signer
from dao_backend.core.typed_keepers import Cause
from dao_backend.errors import NotFound
from dao_backend.ports.keepers import Tombstone
from tests.support.committee import Committee
from tests.support.keeper_program import eventually
from tests.support.local_dao import RELAY
from tests.support.running_dao import ALICE, BOB, program

ALL = (1, 2, 3)


@contextmanager
def one_block(committee: Committee, transactions: int) -> Iterator[ThreadPoolExecutor]:
    """What is sent in here is mined in one block, in the order in which it was sent."""
    committee.chain.mine_by_hand()
    try:
        with ThreadPoolExecutor() as pool:
            yield pool
            eventually(lambda: pending(committee) == transactions)
            committee.chain.time.mine(1)
    finally:
        committee.chain.mine_at_once()


def pending(committee: Committee) -> int:
    """How many transactions wait for a block."""
    found = committee.chain.rpc.read("txpool_status")
    assert isinstance(found, dict)
    return int(found["pending"], 16)


def in_one_block(committee: Committee, *sends: Callable[[], object]) -> None:
    """Send these one after another, and mine them together."""
    with one_block(committee, len(sends)) as pool:
        sent = []
        for number, send in enumerate(sends, 1):
            sent.append(pool.submit(send))
            eventually(lambda number=number: pending(committee) == number)  # type: ignore[misc]
    for each in sent:
        each.result()


def listed(committee: Committee, edition: int) -> set[bytes]:
    """The contributions in the manifest of an attested edition, as a keeper publishes it."""
    with committee.remote(1) as keeper:
        text = b"".join(keeper.manifest(edition)).decode()
    return {identity for identity in known(committee) if identity.hex() in text}


def known(committee: Committee) -> set[bytes]:
    """Everything that was ever registered."""
    facts = committee.dao.facts()
    return {fact.record.contribution_id for fact in facts if isinstance(fact, Contributed)}


def is_held(committee: Committee, index: int, contribution: bytes) -> bool:
    """Whether a keeper has its share."""
    with committee.keepers[index].custody() as custody:
        try:
            custody.get(contribution)
        except NotFound:
            return False
        return True


def tombstone(committee: Committee, index: int, contribution: bytes) -> Tombstone | None:
    """What a keeper states about its erasure."""
    with committee.remote(index) as keeper:
        try:
            return keeper.tombstone(contribution)
        except NotFound:
            return None


def is_erased(committee: Committee, index: int, contribution: bytes) -> None:
    """Wait for a keeper's signed word, and see that the share is gone."""
    stone = eventually(lambda: tombstone(committee, index, contribution))
    assert stone is not None
    assert (stone.erasure.index, stone.erasure.cause) == (index, Cause.WITHDRAWN)
    domain = committee.dao.addresses.domain("KeeperRegistry")
    signer = recover_signer(domain, stone.erasure, stone.signature)
    assert signer == committee.keepers[index].operator.address
    assert not is_held(committee, index, contribution)


def attested(committee: Committee) -> int:
    """Attest the newest edition; its id. Final."""
    committee.settle_down()
    newest = committee.dao.reader.newest_edition(0)
    committee.editions.attest(newest)
    committee.settle_down()
    return newest


@pytest.mark.parametrize("first", ["withdrawal", "seal"])
def test_seal__withdrawal_in_the_same_block__the_edition_decides_and_keepers_follow(
    committee: Committee, tmp_path: Path, first: str
) -> None:
    """An edition describes an earlier second: it lists what goes in its own, and nothing older."""
    raced = committee.contribute(ALICE, program(21), "raced.py")
    earlier = committee.contribute(ALICE, program(22), "earlier.py")
    committee.withdraw(ALICE, earlier)
    committee.chain.time.advance(3600)
    alice, relay = committee.dao.writer(ALICE), committee.dao.writer(RELAY)
    sends = [partial(alice.withdraw, raced), partial(relay.seal, 0)]
    in_one_block(committee, *(sends if first == "withdrawal" else sends[::-1]))
    edition = attested(committee)

    entries = listed(committee, edition)
    assert earlier not in entries
    assert raced in entries
    licence = committee.sell().request_id
    committee.deliver(licence)
    got = committee.pull(licence, tmp_path)
    assert got.keys() == {"a.py", "b.py", "raced.py"}
    assert all(is_held(committee, index, raced) for index in ALL)

    committee.edition()
    for index in ALL:
        is_erased(committee, index, raced)
        is_erased(committee, index, earlier)


def passed(committee: Committee) -> int:
    """The number of a request that can be executed now."""
    dao = committee.dao
    request = dao.file()
    committee.chain.time.advance(61)
    for voter in (ALICE, BOB):
        dao.writer(voter).vote(request.proposal_id, Vote.FOR)
    committee.chain.time.advance(8 * 60)
    dao.writer(RELAY).queue(request.request_id)
    committee.chain.time.advance(61)
    return request.request_id


def test_grant__withdrawal_in_the_same_block__delivered_then_erased_also_from_a_backup(
    committee: Committee, tmp_path: Path
) -> None:
    """What was granted is delivered; shares go with the last licence that awaits them, for good."""
    raced = committee.contribute(ALICE, program(23), "raced.py")
    committee.edition()
    old = tmp_path / "old"
    committee.stop(3)
    shutil.copytree(committee.keepers[3].data, old)
    committee.start(3)

    one, other = passed(committee), passed(committee)
    alice, relay = committee.dao.writer(ALICE), committee.dao.writer(RELAY)
    in_one_block(
        committee,
        partial(relay.execute, one),
        partial(alice.withdraw, raced),
        partial(relay.execute, other),
    )
    without = committee.edition()
    assert raced not in listed(committee, without)
    assert all(is_held(committee, index, raced) for index in ALL)

    committee.deliver(one)
    assert all(is_held(committee, index, raced) for index in ALL)
    committee.deliver(other)
    for index in ALL:
        is_erased(committee, index, raced)
    for licence in (one, other):
        assert "raced.py" in committee.pull(licence, tmp_path / str(licence))

    committee.kill(3)
    shutil.rmtree(committee.keepers[3].data)
    shutil.copytree(old, committee.keepers[3].data)
    assert is_held(committee, 3, raced)
    committee.start(3)
    is_erased(committee, 3, raced)
    last = committee.sell().request_id
    committee.deliver(last)
    assert committee.pull(last, tmp_path / "last").keys() == {"a.py", "b.py"}
