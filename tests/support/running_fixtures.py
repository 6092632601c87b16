"""Fixtures of a running DAO, imported by the conftest of each folder that works on one.

`young` is a DAO to which nothing has happened. `sold` has three contributions of two members in
one attested edition, and a licence on it whose grant is on chain but not final. In `delivered`
every keeper's receipt for it is final. Each stage has a chain for all tests of a module, as anvil
keeps a bounded number of states; every test begins at the same state, with files of its own.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from dao_backend.wiring.system import Place
from tests.support.anvil import running_chain
from tests.support.local_dao import LocalDao
from tests.support.running_dao import ALICE, BOB, RunningDao, deploy_dao, program, running

SOLD = 1
"""Number of the request and licence of the stage `sold`."""
PROGRAMS = {"a.py": (ALICE, program(1)), "b.py": (BOB, program(2)), "c.py": (ALICE, program(3))}
"""What stands in the edition of the stage `sold`, by file name."""


@dataclass(frozen=True, slots=True)
class Stage:
    """A state of chain and files that tests begin at."""

    dao: LocalDao
    place: Place
    data: Path

    @contextmanager
    def play(self, data: Path) -> Iterator[RunningDao]:
        """Go on from here over a copy of the files; the chain is taken back afterwards."""
        chain = self.dao.chain
        snapshot = chain.snapshot()
        shutil.copytree(self.data, data, dirs_exist_ok=True)
        try:
            with running(self.dao, self.place, data) as dao:
                yield dao
        finally:
            chain.mine_at_once()
            chain.revert(snapshot)


@contextmanager
def _stage(data: Path, prepare: Callable[[RunningDao], None]) -> Iterator[Stage]:
    with running_chain() as chain:
        dao, place = deploy_dao(chain)
        with running(dao, place, data) as started:
            prepare(started)
        yield Stage(dao, place, data)


def _sell(dao: RunningDao) -> None:
    for name, (member, text) in PROGRAMS.items():
        dao.contribute(member, text, name)
    dao.edition()
    assert dao.sell().request_id == SOLD


def _deliver(dao: RunningDao) -> None:
    _sell(dao)
    dao.deliver(SOLD)


@pytest.fixture(scope="module")
def young_stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """Contracts, and nothing else."""
    with _stage(tmp_path_factory.mktemp("young"), RunningDao.follow) as stage:
        yield stage


@pytest.fixture(scope="module")
def sold_stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """An edition, and a licence whose grant is the newest block."""
    with _stage(tmp_path_factory.mktemp("sold"), _sell) as stage:
        yield stage


@pytest.fixture(scope="module")
def delivered_stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """Three bundles that are handed over."""
    with _stage(tmp_path_factory.mktemp("delivered"), _deliver) as stage:
        yield stage


@pytest.fixture
def young(young_stage: Stage, tmp_path: Path) -> Iterator[RunningDao]:
    """A DAO to which nothing has happened."""
    with young_stage.play(tmp_path / "data") as dao:
        yield dao


@pytest.fixture
def sold(sold_stage: Stage, tmp_path: Path) -> Iterator[RunningDao]:
    """A DAO that has just granted its first licence."""
    with sold_stage.play(tmp_path / "data") as dao:
        yield dao


@pytest.fixture
def delivered(delivered_stage: Stage, tmp_path: Path) -> Iterator[RunningDao]:
    """A DAO whose keepers hand their bundles over."""
    with delivered_stage.play(tmp_path / "data") as dao:
        yield dao


@pytest.fixture(scope="module")
def shop(delivered_stage: Stage, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningDao]:
    """The same for all tests of a module: take it where nothing on chain is changed."""
    with delivered_stage.play(tmp_path_factory.mktemp("shop")) as dao:
        yield dao
