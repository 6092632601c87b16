"""A contributor may sign a second record under the id of its own registered one; it counts nothing.

Only the contributor can: an id follows from account and nonce. A keeper that does not hold the
registered record's share, as it has just followed another, is where such a record could be left.
"""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from typing import Any

import pytest

from dao_backend.core.crypto import ContentKey
from dao_backend.core.identity import key_id
from dao_backend.core.shares import deal, seal_share, seat_of
from dao_backend.errors import RecordMismatch, ServiceUnavailable
from dao_backend.keeper.local import LocalKeeper
from dao_backend.keeper.takeover import PAUSE
from dao_backend.ports.keepers import Intake
from tests.keeper.committees import NEXT, confirm, follower, replaced
from tests.keeper.intakes import consent
from tests.support.running_dao import ALICE, RunningDao
from tests.support.running_fixtures import SOLD


def second(dao: RunningDao, named: bytes, index: int = 1) -> Intake:
    """Another record of Alice's under an id of hers, soundly dealt to the newest committee."""
    submission = dao.system.pending.get(named).submission
    committee = dao.system.chain.committee(dao.system.chain.current_epoch())
    content_key = ContentKey(b"another content key of the same 32"[:32])
    dealing = deal(content_key, named, committee)
    record = replace(
        submission.record,
        key_id=key_id(named, content_key.raw),
        share_root=dealing.share_root,
        epoch=committee.epoch,
    )
    key, share = committee.keepers[index - 1].sealing_key, dealing.shares[index - 1]
    return Intake(
        record=record,
        nonce=submission.nonce,
        contributor_signature=consent(dao, dao.dao.addresses.domain("DataRegistry"), record),
        index=index,
        commitments=dealing.commitments,
        sealed_share=seal_share(key, seat_of(record, committee, index), share),
    )


def of_alice(dao: RunningDao, keeper: LocalKeeper) -> bytes:
    """The id of a registered contribution of hers."""
    alice = dao.chain.signer(ALICE).address
    keeper._ledger.refresh()
    return next(
        each.record.contribution_id
        for each in keeper._office.book.contributions()
        if each.record.contributor == alice
    )


def test_take_in__another_record_is_registered_under_the_id__is_refused(sold: RunningDao) -> None:
    """What can never be registered takes no place from what is."""
    replaced(sold)
    named = of_alice(sold, sold.system.local[0])
    with follower(sold) as keeper:
        keeper._ledger.refresh()
        with pytest.raises(RecordMismatch, match="another record is registered"):
            keeper.take_in(second(sold, named))
        confirm(sold, keeper)
        assert keeper._office.custody.get(named).record.epoch == 1


@pytest.mark.parametrize("worked", [False, True], ids=["before the log is read", "doubted later"])
def test_take_over__second_record_was_taken_in__is_thrown_away(
    sold: RunningDao, worked: bool
) -> None:
    """It passes for the share that is missing neither in a confirmation nor at a release."""
    sold.deliver(SOLD)
    replaced(sold, 1, 2, 3)
    named = of_alice(sold, sold.system.local[0])
    agreed = threading.Event()

    def reach(seat: Any) -> Any:
        if not agreed.is_set():
            raise ServiceUnavailable("its operator has not agreed yet")
        return sold.system.local[seat.index - 1]

    clock = [int(time.time())]
    parts: dict[str, Any] = {"reach": lambda _: reach, "clock": lambda _: lambda: clock[0]}
    with follower(sold, 1, NEXT, **parts) as first, follower(sold, 2, NEXT + 1) as other:
        if worked:
            first.work()
            first._ledger.distrust()
            clock[0] += PAUSE
        first.take_in(second(sold, named))
        first.work()
        told = first.status()
        assert named in told.missing
        assert told.handover is not None
        assert told.handover.confirmation is None
        agreed.set()
        clock[0] += PAUSE
        confirm(sold, first, other)
        assert first._office.custody.get(named).record.epoch == 1
        licence = sold.sell().request_id
        sold.settle_down()
        first.work()
        assert first.bundle_facts(licence) is not None
