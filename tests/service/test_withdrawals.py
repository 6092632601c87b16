"""What is withdrawn for good is forgotten by the service too."""

from __future__ import annotations

from pathlib import Path

from dao_backend.core.packing import hex_of
from dao_backend.core.submission import Submission
from dao_backend.service.withdrawals import Forgetting
from tests.support.running_dao import ALICE, BOB, RunningDao, program


def forgetting(dao: RunningDao) -> Forgetting:
    """The service's, as after a start."""
    return Forgetting(dao.system.chain, dao.system.index, dao.system.pending)


def secrets_of(submission: Submission) -> list[bytes]:
    """What keepers or the appraiser could open, as it is written down."""
    parts = (*submission.sealed_shares, submission.sealed_content_key)
    return [hex_of(part).encode() for part in parts]


def on_disk(folder: Path) -> bytes:
    """Everything in the service's own database of submissions."""
    return b"".join(path.read_bytes() for path in sorted(folder.glob("pending.sqlite*")))


def hand_in(dao: RunningDao, member: int, number: int) -> Submission:
    """A registered contribution."""
    submission = dao.submission(member, program(number))
    outcome = dao.system.submissions.submit(submission)
    dao.system.submissions.register(outcome.contribution_id)
    dao.settle_down()
    return submission


def test_forget__withdrawal_not_final__keeps_everything(young: RunningDao) -> None:
    """A withdrawal that the chain may still take back costs nobody anything."""
    given = hand_in(young, ALICE, 1)
    young.dao.writer(ALICE).withdraw(given.record.contribution_id)
    young.follow()
    assert forgetting(young).forget() == 0
    assert young.system.pending.get(given.record.contribution_id).submission == given


def test_forget__withdrawal_final__no_byte_is_left(young: RunningDao) -> None:
    """Shares and key are gone from the disk; the answer stays, and other contributions do."""
    given, other = hand_in(young, ALICE, 1), hand_in(young, BOB, 2)
    assert all(each in on_disk(young.data) for each in secrets_of(given))
    young.dao.writer(ALICE).withdraw(given.record.contribution_id)
    young.settle_down()
    follower = forgetting(young)
    assert follower.forget() == 1
    assert not any(each in on_disk(young.data) for each in secrets_of(given))
    assert all(each in on_disk(young.data) for each in secrets_of(other))
    assert young.system.pending.get(given.record.contribution_id).outcome.units > 0
    assert follower.forget() == 0
    assert forgetting(young).forget() == 0, "a new start finds nothing left to forget"


def test_forget__member_left__forgets_all_of_its_contributions(young: RunningDao) -> None:
    """Leaving withdraws everything at once."""
    mine, too = hand_in(young, ALICE, 1), hand_in(young, ALICE, 2)
    other = hand_in(young, BOB, 3)
    young.dao.writer(ALICE).leave_all()
    young.settle_down()
    assert forgetting(young).forget() == 2
    left = on_disk(young.data)
    assert not any(each in left for given in (mine, too) for each in secrets_of(given))
    assert all(each in left for each in secrets_of(other))


def test_run_once__withdrawal_final__the_worker_forgets(young: RunningDao) -> None:
    """Nobody has to ask for it."""
    given = hand_in(young, ALICE, 1)
    young.dao.writer(ALICE).withdraw(given.record.contribution_id)
    young.settle_down()
    young.system.worker.run_once()
    assert not any(each in on_disk(young.data) for each in secrets_of(given))
