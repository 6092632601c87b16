"""A keeper without room on its disk gives nothing half, says why, and goes on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from dao_backend.core.submission import Submission
from dao_backend.errors import DatabaseUnavailable, NotFound, NotReleased
from tests.keepers.releases import NAMES, require_tidy
from tests.support.anvil import Chain
from tests.support.committee import Committee
from tests.support.committee_founding import founded
from tests.support.keeper_machine import Entry, Machine
from tests.support.keeper_program import eventually
from tests.support.running_dao import ALICE, BOB, CAROL, program
from tests.support.scarce_disk import Disk, LimitedFiles, SmallDisk, small_disk

SCARCE = 3
"""The keeper whose disk is full; the other two suffice."""
ROOMY = Entry(file_size=2**30)


@pytest.fixture(scope="module", params=["small disk", "limited files"])
def scarce(
    request: pytest.FixtureRequest, chain: Chain, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Committee, Disk]]:
    """A committee one of whom can run out of room."""
    home = tmp_path_factory.mktemp("scarce")
    with small_disk(home / f"keeper-{SCARCE}") as disk, founded(home, chain) as committee:
        for index in committee.keepers:
            committee.start(index, ROOMY)
        if request.param == "small disk" and disk is None:
            pytest.skip("this machine mounts no file system for tests")
        is_small = request.param == "small disk" and disk is not None
        for member, number, name in ((ALICE, 1, "a.py"), (BOB, 2, "b.py")):
            committee.hand_in(registered(committee, member, program(number), name), SCARCE)
        committee.edition()
        yield committee, disk if is_small else LimitedFiles(committee.keepers[SCARCE])


@pytest.fixture
def committee(scarce: tuple[Committee, Disk]) -> Committee:
    """Three keepers; there is room."""
    return scarce[0]


@pytest.fixture
def full(scarce: tuple[Committee, Disk]) -> Iterator[Disk]:
    """The disk of the third one, from now on full."""
    disk = scarce[1]
    disk.fill()
    yield disk
    disk.free()


@pytest.fixture
def keeper(committee: Committee) -> Machine:
    """The one with the scarce disk."""
    return committee.keepers[SCARCE]


def test_intake__disk_full__no_receipt_and_one_once_there_is_room(
    committee: Committee, keeper: Machine, full: Disk
) -> None:
    """A receipt is never given for what is not on disk."""
    full.free()
    made = registered(committee, CAROL, program(3), "c.py")
    full.fill()
    with pytest.raises(DatabaseUnavailable):
        committee.hand_in(made, SCARCE)
    full.free()
    receipt = committee.hand_in(made, SCARCE)
    with keeper.custody() as custody:
        assert custody.get(made.record.contribution_id).receipt == receipt
    committee.withdraw(CAROL, made.record.contribution_id)


def test_release__disk_full__says_why_and_goes_on_once_there_is_room(
    committee: Committee, keeper: Machine, full: Disk, tmp_path: Path
) -> None:
    """No receipt is posted meanwhile, and nothing half-written is served or stays."""
    licence = committee.sell().request_id
    committee.deliver(licence, 1, 2)
    if isinstance(full, SmallDisk):  # the other one writes no log either
        eventually(lambda: str(keeper.data) in last_cause(keeper))
    assert keeper.is_running
    assert committee.posted(licence) == {1, 2}
    with pytest.raises((NotReleased, DatabaseUnavailable)):
        committee.bundle(licence, SCARCE)
    full.free()
    committee.deliver(licence, SCARCE)
    eventually(lambda: committee.status(SCARCE).alarm is None)
    require_tidy(committee, SCARCE)
    assert committee.pull(licence, tmp_path / "bought", 1, SCARCE) == NAMES


def test_erasure__disk_full__share_stays_until_there_is_room(
    committee: Committee, keeper: Machine, full: Disk
) -> None:
    """An erasure is stated only once it has happened."""
    full.free()
    made = registered(committee, CAROL, program(4), "d.py")
    committee.hand_in(made, SCARCE)
    named = made.record.contribution_id
    full.fill()
    committee.withdraw(CAROL, named)
    alarm = eventually(lambda: committee.status(SCARCE).alarm)
    assert "sqlite cannot be used" in alarm
    assert str(keeper.data) not in alarm
    assert not is_erased(keeper, named)
    full.free()
    committee.edition()  # which lets it look for what is not needed any more
    eventually(lambda: is_erased(keeper, named))


def registered(committee: Committee, member: int, text: bytes, name: str) -> Submission:
    """A contribution that the keeper has yet to be given: it is too small for any other."""
    made = committee.submission(member, text, name)
    committee.hand_in(made, 1)
    committee.hand_in(made, 2)
    committee.register(made)
    final = committee.chain.node.finalized().number
    eventually(lambda: committee.status(SCARCE).final_block >= final)
    return made


def is_erased(keeper: Machine, named: bytes) -> bool:
    """Whether the keeper states it, and holds nothing."""
    with keeper.remote() as port:
        try:
            return port.tombstone(named).erasure.contribution_id == named
        except NotFound:
            return False


def last_cause(keeper: Machine) -> str:
    """Why it could not go on, as it logged last."""
    lines = [*keeper.logged("keeper.delayed"), *keeper.logged("keeper.paused")]
    return max(lines, key=lambda line: line["timestamp"])["cause"] if lines else ""
