"""Shares that go to another keeper, or for good, while keepers are killed: none is lost or kept."""

from __future__ import annotations

import random
import time
from pathlib import Path

import pytest

from dao_backend.core.typed_keepers import Cause
from dao_backend.wiring.keeper_handover import approve, succession
from tests.keepers.erasures import require_erased, sealed_shares, tombstones
from tests.keepers.rounds import rounds
from tests.support.committee import Committee
from tests.support.keeper_machine import Machine
from tests.support.keeper_program import eventually
from tests.support.local_dao import RELAY
from tests.support.running_dao import ALICE, CAROL, program

MANY = 12
"""Contributions that are withdrawn at once."""
SUCCESSORS = 300
"""The operators of those that follow at an index are accounts from here on."""


@pytest.mark.parametrize("seed", rounds(1, 20))
def test_erasure__killed_at_any_moment__every_share_goes_with_one_statement(
    committee: Committee, seed: int
) -> None:
    """Either a share is there and no statement, or the statement and no trace of the share."""
    chance, keeper = random.Random(seed), committee.keepers[1]
    texts = [program(2000 + 100 * seed + n, 4) for n in range(MANY)]
    gone = [committee.contribute(CAROL, text, f"{n}.py") for n, text in enumerate(texts)]
    was = sealed_shares(keeper, gone)
    assert len(was) == MANY
    for each in gone:
        committee.dao.writer(CAROL).withdraw(each)
    committee.dao.seal()  # nothing older is needed then: the sweep is due
    committee.settle_down()
    for _ in range(2):
        time.sleep(chance.uniform(0, 0.2))
        committee.kill(1)
        with keeper.custody() as custody:
            held = set(custody.get_all(gone))
            stated = {each for each in gone if custody.tombstone(each) is not None}
        assert held | stated == set(gone)
        assert not held & stated
        committee.start(1)
    eventually(lambda: len(tombstones(keeper, gone)) == MANY)
    require_erased(committee, keeper, was, Cause.WITHDRAWN)
    assert committee.status(1).missing == ()


@pytest.mark.parametrize("seed", rounds(1, 12))
def test_handover__both_sides_killed_again_and_again__ends_with_every_share_once(
    committee: Committee, seed: int, tmp_path: Path
) -> None:
    """A successor confirms what it holds, and only then the leaver erases it."""
    chance, leaver = random.Random(seed), committee.keepers[2]
    successor = committee.newcomer(f"successor-{seed}", SUCCESSORS + seed)
    committee.contribute(ALICE, program(3000 + seed, 4), f"late-{seed}.py")
    committee.edition()
    with leaver.custody() as custody:
        dealt = sealed_shares(leaver, custody.ids())
    epoch = committee.dao.reader.current_epoch() + 1
    committee.change({2: successor})
    approve(leaver.data, succession(leaver.data).successor(epoch)[1])
    for _ in range(2):
        successor.start(seated=False)
        time.sleep(chance.uniform(0, 0.5))
        chance.choice((successor, leaver)).kill()
        for each in (successor, leaver):
            if each.is_running:
                each.kill()
        leaver.start()
    successor.start()
    for index in committee.keepers:
        confirm(committee, index, epoch)
    committee.settle_down()
    assert committee.dao.reader.serving_epoch() == epoch
    assert sealed_shares(successor, dealt).keys() == dealt.keys()
    erase_all(committee, leaver, chance, dealt)
    require_erased(committee, leaver, dealt, Cause.HANDED_OVER)
    leaver.stop()
    sold = committee.sell().request_id
    committee.deliver(sold)
    bought = committee.pull(sold, tmp_path / "bought", 2, 3)
    assert bought[f"late-{seed}.py"] == program(3000 + seed, 4)


def confirm(committee: Committee, index: int, epoch: int) -> None:
    """Relay a keeper's confirmation once it has signed it."""

    def signed() -> bytes | None:
        handover = committee.status(index).handover
        return None if handover is None else handover.confirmation

    committee.dao.writer(RELAY).confirm_handover(epoch, index, eventually(signed))


def erase_all(
    committee: Committee, leaver: Machine, chance: random.Random, dealt: dict[bytes, bytes]
) -> None:
    """Let the leaver erase everything, killed in between."""
    time.sleep(chance.uniform(0, 0.3))
    leaver.kill()
    leaver.start()
    eventually(lambda: len(tombstones(leaver, dealt)) == len(dealt))
