"""A keeper over an older backup of its custody knows what it lacks, and does nothing twice."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from dao_backend.core.access import Reason
from dao_backend.core.typed_keepers import Cause
from dao_backend.errors import NotFound, RecordMismatch, Refused
from dao_backend.keeper.local import LocalKeeper
from dao_backend.keeper.takeover import PAUSE
from dao_backend.service.missed import intake_of
from tests.keeper.committees import confirm, follower, form, key_of, listed, replaced
from tests.keeper.releases import others_work, receipts, why
from tests.support.running_dao import ALICE, BOB, RunningDao, program
from tests.support.running_fixtures import SOLD


def back_up(dao: RunningDao, index: int = 1) -> Path:
    """A copy of the keeper's custody as it is now; its bundles are not in it."""
    target = dao.data / "backup" / f"keeper-{index}"
    target.mkdir(parents=True)
    with (
        sqlite3.connect(dao.data / f"keeper-{index}" / "custody.sqlite") as source,
        sqlite3.connect(target / "custody.sqlite") as copy,
    ):
        source.backup(copy)
    source.close()
    copy.close()
    return target.parent


@contextmanager
def restored(dao: RunningDao, backup: Path, index: int = 1, **parts: Any) -> Iterator[LocalKeeper]:
    """The keeper started over that copy."""
    with dao.keeper(index, data=backup, **parts) as keeper:
        yield keeper


def test_status__shares_came_after_the_backup__names_them(sold: RunningDao) -> None:
    """Its operator learns at once what is missing, and what to have given in again."""
    backup = back_up(sold)
    submission = sold.submission(ALICE, program(8))
    named = submission.record.contribution_id
    sold.system.submissions.submit(submission)
    sold.system.submissions.register(named)
    sold.settle_down()
    with restored(sold, backup) as keeper:
        keeper.work()
        assert keeper.status().missing == (named,)
        keeper.take_in(intake_of(submission, 1))
        assert keeper.status().missing == ()


def test_attestation__shares_of_the_edition_missing__is_refused_with_their_number(
    sold: RunningDao,
) -> None:
    """An edition that it could not deliver gets no signature of it, until it holds the shares."""
    backup = back_up(sold)
    outcomes = [sold.contribute(ALICE, program(number)) for number in (8, 9)]
    edition = sold.edition()
    with restored(sold, backup) as keeper:
        for _ in range(2):
            with pytest.raises(Refused, match=f"misses 2 shares of edition {edition}") as refusal:
                keeper.attestation(edition)
        for each in outcomes:
            assert each.contribution_id.hex() in str(refusal.value)
        assert keeper.attestation(1)


def test_work__receipt_is_on_chain_already__builds_no_second_bundle(sold: RunningDao) -> None:
    """What was receipted is the only bundle of that licence, though it is not here any more."""
    backup = back_up(sold)
    sold.settle_down()
    sold.work()
    with restored(sold, backup) as keeper:
        keeper.work()
        assert keeper.bundle_facts(SOLD) is None
        assert why(keeper) is Reason.RECEIPT_NOT_FINAL
    sold.settle_down()
    with restored(sold, backup) as keeper:
        keeper.work()
        assert why(keeper) is Reason.RECEIPT_MISMATCH
        assert keeper.bundle_facts(SOLD) is None
    assert len(receipts(sold)) == 1


def test_work__withdrawn_since_the_backup__is_erased_again(sold: RunningDao) -> None:
    """A backup does not bring back what was erased, with a statement of its own."""
    sold.deliver(SOLD)
    gone = sold.contribute(BOB, program(8)).contribution_id
    backup = back_up(sold)
    sold.dao.writer(BOB).withdraw(gone)
    sold.pass_time(60)
    sold.settle_down()
    with restored(sold, backup) as keeper:
        assert keeper._office.custody.sealed_to([gone])
        keeper.work()
        assert not keeper._office.custody.sealed_to([gone])
        assert keeper.tombstone(gone).erasure.cause is Cause.WITHDRAWN
        assert keeper.status().missing == ()


def test_take_over__confirmed_before_the_backup_was_restored__asks_again(sold: RunningDao) -> None:
    """A confirmation that is final does not keep a keeper from fetching what it lost."""
    replaced(sold)
    with follower(sold) as keeper:
        confirm(sold, keeper)
    with follower(sold, folder="empty") as keeper:
        keeper.work()
        told = keeper.status()
        assert told.shares == 3
        assert told.handover is not None
        assert told.handover.confirmation is None


def test_take_in__registered_under_an_earlier_committee__is_accepted_by_its_keeper_alone(
    sold: RunningDao,
) -> None:
    """A share belongs to the committee it was dealt to, however late it comes."""
    backup = back_up(sold)
    submission = sold.submission(ALICE, program(8))
    named = submission.record.contribution_id
    sold.system.submissions.submit(submission)
    sold.system.submissions.register(named)
    sold.settle_down()
    form(sold, {2: (301, key_of(301))})
    with restored(sold, backup) as keeper:
        keeper.take_in(intake_of(submission, 1))
        assert keeper._office.custody.sealed_to([named])
    with follower(sold, 2, 301) as other:
        with pytest.raises(RecordMismatch, match="keeper 2 of epoch 1 is another operator"):
            other.take_in(intake_of(submission, 2))
        with pytest.raises(NotFound):
            other.commitments(named)


def test_take_in__never_registered_under_an_earlier_committee__is_refused(
    sold: RunningDao,
) -> None:
    """What was not registered in time has to be dealt again to the newest committee."""
    submission = sold.submission(ALICE, program(8))
    replaced(sold)
    for keeper in sold.system.local:
        with pytest.raises(RecordMismatch, match="is for epoch 1, now is 2"):
            keeper.take_in(intake_of(submission, keeper.index))


def test_take_in__registered_with_another_record__is_refused(sold: RunningDao) -> None:
    """Only the record that is on chain is taken in late, whatever its contributor signs."""
    backup = back_up(sold)
    sealed = sold.sealed(ALICE, program(8))
    submission = sold.signed(ALICE, sealed)
    sold.system.submissions.submit(submission)
    sold.system.submissions.register(sealed.record.contribution_id)
    sold.settle_down()
    replaced(sold)
    changed = replace(sealed.record, length=sealed.record.length + 1)
    other = sold.signed(ALICE, replace(sealed, record=changed))
    with restored(sold, backup) as keeper:
        with pytest.raises(RecordMismatch, match="another record is registered"):
            keeper.take_in(intake_of(other, 1))
        assert keeper.take_in(intake_of(submission, 1))


def test_work__a_share_is_missing__delays_the_licence_and_goes_on_once_given(
    sold: RunningDao,
) -> None:
    """A licence that cannot be built is named with what it lacks, and is delivered later."""
    sold.settle_down()
    with sold.keeper(1) as keeper:
        (named, *_rest) = listed(sold, keeper)
        kept = keeper._office.custody.get(named)
    backup = back_up(sold)
    with sqlite3.connect(backup / "keeper-1" / "custody.sqlite") as connection:
        connection.execute("DELETE FROM shares WHERE contribution_id = ?", (named,))
    connection.close()
    clock = [1_800_000_000]
    with restored(sold, backup, clock=lambda _: lambda: clock[0]) as keeper:
        with capture_logs() as logs:
            keeper.work()
        (told,) = (each for each in logs if each["event"] == "keeper.delayed")
        assert named.hex() in told["cause"]
        assert not receipts(sold)
        keeper._office.custody.add(kept)
        clock[0] += PAUSE
        keeper.work()
        others_work(sold)
        sold.settle_down()
        assert b"".join(keeper.bundle(SOLD))
    assert len(receipts(sold)) == 1
