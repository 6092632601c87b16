"""Keepers that side with the buyer: nobody has keys and refund both."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from dao_backend.core.access import Allowed, Reason
from dao_backend.core.model import RequestStatus
from tests.keeper.releases import receipts, why
from tests.support.anvil import running_chain
from tests.support.local_dao import RELAY
from tests.support.running_dao import ALICE, BOB, RunningDao, deploy_dao, program, running
from tests.support.running_fixtures import SOLD

OPERATORS, THRESHOLD = (101, 102, 103, 104), 3


@pytest.fixture
def four(tmp_path: Path) -> Iterator[RunningDao]:
    """A DAO of four keepers, three of whom are needed, with a licence whose grant is final."""
    with running_chain() as chain:
        dao, place = deploy_dao(chain, OPERATORS, THRESHOLD)
        with running(dao, place, tmp_path / "data", OPERATORS) as started:
            started.contribute(ALICE, program(1), "a.py")
            started.contribute(BOB, program(2), "b.py")
            started.edition()
            assert started.sell().request_id == SOLD
            started.settle_down()
            yield started


def test_release__colluding_keepers_post_nothing__leaves_the_buyer_its_refund_alone(
    four: RunningDao,
) -> None:
    """Two honest bundles and a share in private would be enough; none leaves before t receipts."""
    honest = four.system.keepers[:2]
    for keeper in honest:
        keeper.work()
    four.settle_down()
    assert [len(receipts(four, keeper.index)) for keeper in honest] == [1, 1]
    assert {why(keeper) for keeper in honest} == {Reason.NOT_DELIVERED}
    deadline = four.system.chain.request(SOLD).deliver_by
    four.pass_time(deadline - four.system.chain.head().timestamp + 1)
    assert {why(keeper) for keeper in honest} == {Reason.NOT_DELIVERED}
    four.dao.writer(RELAY).refund(SOLD)
    assert four.system.chain.request(SOLD).status is RequestStatus.REFUNDED
    assert {why(keeper) for keeper in honest} == {Reason.REFUNDED}


def test_release__third_receipt__is_handed_over_once_it_is_final(four: RunningDao) -> None:
    """The receipt that completes the delivery counts at finality, like every other."""
    first, second, third, _ = four.system.keepers
    first.work()
    second.work()
    four.settle_down()
    third.work()
    assert why(first) is Reason.NOT_DELIVERED
    assert why(third) is Reason.RECEIPT_NOT_FINAL
    four.settle_down()
    assert all(isinstance(keeper.release(SOLD), Allowed) for keeper in (first, second, third))
    four.dao.writer(RELAY).settle(SOLD)
    assert four.system.chain.request(SOLD).status is RequestStatus.SETTLED
