"""The worker: everything that is due happens by itself, once, whatever goes wrong beside it."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import Any

import pytest
from structlog.testing import capture_logs

from dao_backend.core.model import NATIVE, RequestStatus, Vote
from dao_backend.errors import ChainUnavailable, DatabaseUnavailable
from dao_backend.worker import Worker
from tests.support.core_actors import wallet
from tests.support.local_dao import BUYER, PRICE
from tests.support.running_dao import ALICE, BOB, Meddled, RunningDao, program
from tests.support.running_fixtures import SOLD


def step(dao: RunningDao, worker: Worker | None = None) -> list[str]:
    """One round; which actions it took."""
    dao.follow()
    with capture_logs() as logs:
        (worker or dao.system.worker).run_once()
    dao.follow()
    taken = ("edition.sealed", "edition.attested", "request.advanced")
    return [
        entry.get("action") or entry["event"].removeprefix("edition.")
        for entry in logs
        if entry["event"] in taken
    ]


def meddled(dao: RunningDao, **parts: Any) -> Worker:
    """The worker with some of its duties' parts replaced."""
    return Worker(replace(dao.system.worker._duties, **parts))


def status(dao: RunningDao, number: int) -> RequestStatus:
    """Where a request stands."""
    return dao.system.chain.request(number).status


# --- by itself ------------------------------------------------------------------------------


def test_run_once__nothing_ever_happened__does_nothing(young: RunningDao) -> None:
    """An empty DAO needs no transaction."""
    height = young.chain.height()
    assert step(young) == []
    assert young.chain.height() == height


def test_run_once__again_and_again__takes_a_sale_from_vote_to_payout(young: RunningDao) -> None:
    """Contributions and votes come from people, all the rest happens by itself and once."""
    for member, number in ((ALICE, 1), (BOB, 2)):
        young.contribute(member, program(number))
    assert step(young) == []
    young.pass_time(3600)
    assert step(young) == ["sealed"]
    assert step(young) == []
    young.settle_down()
    assert step(young) == ["attested"]
    assert step(young) == []
    request = young.dao.file()
    young.pass_time(61)
    young.dao.writer(ALICE).vote(request.proposal_id, Vote.FOR)
    assert step(young) == []
    young.pass_time(8 * 60)
    assert step(young) == ["queue"]
    assert step(young) == []
    young.pass_time(61)
    assert step(young) == ["execute"]
    assert step(young) == []
    young.deliver(request.request_id)
    assert step(young) == ["settle"]
    height = young.chain.height()
    assert step(young) == []
    assert young.chain.height() == height
    assert status(young, request.request_id) is RequestStatus.SETTLED
    assert young.system.chain.received(1, NATIVE) > 0


def test_run_once__no_outcome__refunds_every_buyer(sold: RunningDao) -> None:
    """What was voted down, and what nobody delivered, is paid back in one round."""
    request = sold.dao.file()
    before = sold.system.chain.balance(wallet(BUYER), NATIVE)
    sold.pass_time(61)
    sold.dao.writer(ALICE).vote(request.proposal_id, Vote.AGAINST)
    late = sold.system.chain.request(SOLD).deliver_by - sold.system.chain.head().timestamp
    sold.pass_time(late + 1)
    assert step(sold).count("refund") == 2
    assert sold.system.chain.balance(wallet(BUYER), NATIVE) - before == 2 * PRICE
    assert "refund" not in step(sold)


def test_run_once__index_behind__does_nothing_twice(young: RunningDao) -> None:
    """What the index does not show yet is refused by the contracts and costs nothing."""
    young.contribute(ALICE, program(1))
    young.pass_time(3600)
    young.system.worker.run_once()
    height = young.chain.height()
    young.system.worker.run_once()
    assert young.chain.height() == height
    assert young.system.chain.newest_edition(0) == 1


def test_run_once__contributions_keep_coming__still_seals_the_first_edition(
    young: RunningDao,
) -> None:
    """The first edition is dated by the oldest contribution: new ones do not put it off."""
    young.contribute(ALICE, program(1))
    young.pass_time(1800)
    young.contribute(BOB, program(2))
    young.pass_time(1700)
    assert step(young) == []
    young.pass_time(101)
    assert step(young) == ["sealed"]


def test_run_once__many_first_contributions__dates_by_the_oldest_of_all_pages(
    young: RunningDao, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The oldest contribution is found behind any number of newer ones."""
    monkeypatch.setattr("dao_backend.worker.PAGE", 2)
    for number in range(1, 6):
        young.dao.register(number)
    young.pass_time(3600)
    young.dao.register(6)
    assert step(young) == ["sealed"]


def test_run_once__nothing_new_since_the_edition__seals_no_other(sold: RunningDao) -> None:
    """An interval without a change brings no edition."""
    sold.pass_time(2 * 3600)
    assert "sealed" not in step(sold)
    assert sold.system.chain.newest_edition(0) == 1


# --- whatever goes wrong --------------------------------------------------------------------


def test_run_once__one_step_fails__takes_the_others(young: RunningDao) -> None:
    """A refused or broken step is logged, and the round goes on."""
    young.contribute(ALICE, program(1))
    young.edition()
    request = young.dao.file()
    young.pass_time(61)
    young.dao.writer(ALICE).vote(request.proposal_id, Vote.FOR)
    young.contribute(BOB, program(2))
    young.pass_time(3600)

    def seal(_real: Any, _collection: int) -> Any:
        raise ChainUnavailable("the node does not answer")

    broken = meddled(young, editions=Meddled(young.system.editions, seal=seal))
    with capture_logs() as logs:
        broken.run_once()
    assert status(young, request.request_id) is RequestStatus.PENDING
    assert "worker.delayed" in {entry["event"] for entry in logs}
    assert ("request.advanced", "queue") in {(one["event"], one.get("action")) for one in logs}


def test_run_once__one_request_broken__advances_the_others(sold: RunningDao) -> None:
    """One request that cannot be read does not hold the others up."""
    other = sold.dao.file()
    sold.pass_time(61)
    sold.dao.writer(ALICE).vote(other.proposal_id, Vote.FOR)
    sold.pass_time(8 * 60)

    def advance(real: Any, number: int) -> Any:
        if number != SOLD:
            return real.advance(number)
        raise ChainUnavailable("this one does not answer")

    broken = meddled(sold, requests=Meddled(sold.system.requests, advance=advance))
    assert step(sold, broken) == ["queue"]


@pytest.mark.parametrize(
    ("error", "event"),
    [
        (DatabaseUnavailable("locked"), "worker.paused"),
        (ValueError("a defect"), "worker.failed"),
    ],
)
def test_run__a_round_fails__goes_on(young: RunningDao, error: Exception, event: str) -> None:
    """Neither a locked database nor a defect ends the worker."""
    young.contribute(ALICE, program(1))
    young.pass_time(3600)
    stop, failures = threading.Event(), [error]

    def collections(real: Any) -> Any:
        if failures:
            raise failures.pop()
        return real.collections()

    def seal(real: Any, collection: int) -> Any:
        sent = real.seal(collection)
        stop.set()
        return sent

    worker = meddled(
        young,
        index=Meddled(young.system.index, collections=collections),
        editions=Meddled(young.system.editions, seal=seal),
    )
    with capture_logs() as logs:
        loop = threading.Thread(target=worker.run, args=(stop, 0.001))
        loop.start()
        loop.join(20)
    assert not loop.is_alive()
    assert event in {entry["event"] for entry in logs}
    assert young.system.chain.newest_edition(0) == 1
