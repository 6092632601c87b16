"""Keepers that are killed in the middle of a release or of an intake go on as if they had not."""

from __future__ import annotations

import random
import threading
import time
from pathlib import Path

import pytest

from dao_backend.core.submission import Submission
from dao_backend.errors import ServiceUnavailable
from dao_backend.keeper.release import STEPS
from tests.keepers.releases import NAMES, dies_at, logged, require_whole, sell_without
from tests.keepers.rounds import rounds
from tests.support.committee import Committee
from tests.support.running_dao import ALICE, CAROL, program

MOST_KILLS = 3
HANDED_IN = 40
"""Contributions in a round of intakes."""


@pytest.fixture(scope="module")
def funded(committee: Committee) -> Committee:
    """Every keeper posts its receipts itself."""
    for index in committee.keepers:
        committee.fund(index)
    return committee


def finish(committee: Committee, index: int, licence: int, folder: Path) -> None:
    """Start the keeper for good; everything must be as if it had never been killed."""
    committee.start(index)
    committee.deliver(licence)
    require_whole(committee, index, licence, folder)


@pytest.mark.parametrize("step", STEPS)
def test_release__killed_at_a_step__goes_on_to_one_bundle_and_one_receipt(
    funded: Committee, step: str, tmp_path: Path
) -> None:
    """Whatever a keeper was about to do, it comes back and does it once."""
    licence = sell_without(funded, 1)
    assert dies_at(funded, 1, licence, step)
    finish(funded, 1, licence, tmp_path / "bought")


@pytest.mark.parametrize("seed", rounds(2, 50))
def test_release__killed_again_and_again__goes_on_to_one_bundle_and_one_receipt(
    funded: Committee, seed: int, tmp_path: Path
) -> None:
    """Some kills in a row at any steps of any keeper change nothing."""
    chance = random.Random(seed)
    index, kills = chance.choice((1, 2, 3)), chance.randint(1, MOST_KILLS)
    licence = sell_without(funded, index)
    for step in chance.choices(STEPS, k=kills):
        dies_at(funded, index, licence, step)
    finish(funded, index, licence, tmp_path / "bought")


@pytest.mark.parametrize("seed", rounds(1, 30))
def test_release__killed_at_any_moment__goes_on_to_one_bundle_and_one_receipt(
    funded: Committee, seed: int, tmp_path: Path
) -> None:
    """A kill between two steps, or in the middle of one, is no other than one at a step."""
    chance = random.Random(seed)
    licence = sell_without(funded, 2)
    for _ in range(2):
        before = logged(funded, 2, licence)
        funded.start(2, seated=False)
        time.sleep(chance.uniform(0, 0.3))
        funded.kill(2)
        assert before is None or logged(funded, 2, licence) == before
    finish(funded, 2, licence, tmp_path / "bought")


@pytest.mark.parametrize("seed", rounds(1, 20))
def test_intake__killed_at_any_moment__every_receipt_given_stands(
    committee: Committee, seed: int
) -> None:
    """A receipt says that the share is on disk: it is, also when the keeper dies right after."""
    chance = random.Random(seed)
    made = [committee.submission(CAROL, program(1000 + n, 4)) for n in range(HANDED_IN)]
    keeper, before = committee.keepers[3], committee.status(3).shares
    killing = threading.Timer(chance.uniform(0.05, 0.6), keeper.kill)
    killing.start()
    answered = hand_in_until_silent(committee, made)
    killing.join()
    with keeper.custody() as custody:
        held = {each: custody.get(each).receipt for each in answered}
        count = custody.count()
    assert held == answered
    assert before + len(answered) <= count <= before + len(answered) + 1
    committee.start(3)
    again = {each.record.contribution_id: committee.hand_in(each, 3) for each in made}
    assert {each: again[each] for each in answered} == answered
    assert committee.status(3).shares == before + HANDED_IN


def hand_in_until_silent(committee: Committee, made: list[Submission]) -> dict[bytes, bytes]:
    """The receipts that keeper 3 gave before it answered no more, by contribution id."""
    answered: dict[bytes, bytes] = {}
    for each in made:
        try:
            answered[each.record.contribution_id] = committee.hand_in(each, 3)
        except ServiceUnavailable:
            break
    return answered


def test_release__all_keepers_killed_at_once__the_committee_comes_back(
    funded: Committee, tmp_path: Path
) -> None:
    """Nobody has to be up for another to come up."""
    licence = funded.sell(ALICE).request_id
    funded.settle_down()
    for index in funded.keepers:
        funded.kill(index)
    for index in funded.keepers:
        funded.start(index)
    funded.deliver(licence)
    assert funded.pull(licence, tmp_path / "bought") == NAMES
