"""A keeper whose clock is wrong refuses, says so, and goes on once it is right again."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from dao_backend.core.bounds import HOUR, MINUTE
from dao_backend.errors import ChainUnavailable
from tests.keepers.releases import NAMES
from tests.support.anvil import Chain
from tests.support.committee import Committee
from tests.support.committee_founding import founded
from tests.support.keeper_machine import Entry
from tests.support.keeper_program import eventually
from tests.support.local_dao import local_parameters
from tests.support.running_dao import ALICE, BOB, program

WRONG = 3
"""The keeper whose clock goes wrong."""


@pytest.fixture(scope="module")
def clocks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what the keepers' clocks are off this machine's."""
    folder = tmp_path_factory.mktemp("clocks")
    for index in (1, 2, WRONG):
        (folder / str(index)).write_text("0")
    return folder


def set_clocks(committee: Committee, clocks: Path, wrong_by: int = 0) -> None:
    """Let the clocks agree with the chain, whose time the test moves, but for one keeper's."""
    ahead = committee.chain.node.head().timestamp - time.time()
    for index in committee.keepers:
        (clocks / str(index)).write_text(str(ahead + (wrong_by if index == WRONG else 0)))


@pytest.fixture(scope="module")
def committee(
    chain: Chain, clocks: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Committee]:
    """Three keepers that believe no block more than ten minutes off their clock."""
    stated = local_parameters()
    finality = replace(stated.finality, header_max_age=10 * MINUTE, header_max_ahead=10 * MINUTE)
    home = tmp_path_factory.mktemp("clocked")
    with founded(home, chain, parameters=replace(stated, finality=finality)) as made:
        set_clocks(made, clocks)
        for index in made.keepers:
            made.start(index, Entry(clock=clocks / str(index)))
        made.contribute(ALICE, program(1), "a.py")
        made.contribute(BOB, program(2), "b.py")
        sealed = made.dao.seal()
        made.settle_down()
        set_clocks(made, clocks)
        made.editions.attest(sealed)
        made.settle_down()
        yield made


@pytest.mark.parametrize(
    ("wrong_by", "suspected"),
    [(HOUR, "the node stands still"), (-HOUR, "the node is wrong about the time")],
    ids=["ahead", "behind"],
)
def test_release__clock_an_hour_off__refused_until_it_is_right(
    committee: Committee, clocks: Path, tmp_path: Path, wrong_by: int, suspected: str
) -> None:
    """A keeper cannot tell a wrong clock from a wrong node: it names both, and waits."""
    licence = committee.sell().request_id
    set_clocks(committee, clocks, wrong_by)
    committee.deliver(licence, 1, 2)
    alarm = eventually(lambda: committee.status(WRONG).alarm)
    assert f"{suspected}, or this machine's clock is wrong" in alarm
    assert "the newest block is of" in alarm
    with pytest.raises(ChainUnavailable, match=suspected):
        committee.bundle(licence, WRONG)
    assert committee.posted(licence) == {1, 2}
    set_clocks(committee, clocks)
    committee.deliver(licence, WRONG)
    eventually(lambda: committee.status(WRONG).alarm is None)
    assert committee.pull(licence, tmp_path / "bought", 1, WRONG) == NAMES
