"""What members propose themselves happens by itself too, and their answers are not forestalled."""

from __future__ import annotations

from structlog.testing import capture_logs

from dao_backend.core.bargains import CounterOffer, Offer
from dao_backend.core.events import ProposalCreated
from dao_backend.core.metering import UNMETERED
from dao_backend.core.model import NATIVE, Purpose, RequestStatus, Vote
from dao_backend.ports.chain import Sent
from dao_backend.service.motions import LEFT_ALONE
from tests.support.core_actors import seed
from tests.support.local_dao import PRICE
from tests.support.running_dao import ALICE, RunningDao

OFFER = Offer(
    0, Purpose.EVALUATE, NATIVE, 10**14, 86_400, 0, seed("offer"), NATIVE, UNMETERED, 2**40, 2
)
ANSWER = CounterOffer(
    Purpose.EVALUATE, 2 * PRICE, 172_800, 250, seed("other"), NATIVE, UNMETERED, 600
)


def number_of(sent: Sent) -> int:
    """The proposal that was filed."""
    return next(e.fact.proposal_id for e in sent.events if isinstance(e.fact, ProposalCreated))


def step(dao: RunningDao) -> list[str]:
    """One round of the worker; what it did about requests and motions."""
    dao.follow()
    with capture_logs() as logs:
        dao.system.worker.run_once()
    dao.follow()
    return [
        f"{entry['event']} {entry['action']}"
        for entry in logs
        if entry["event"] in ("request.advanced", "motion.advanced")
    ]


def test_run_once__proposal_lost__leaves_it(sold: RunningDao) -> None:
    """What did not pass is not carried out, and costs nothing."""
    number = number_of(sold.dao.writer(ALICE).propose_offer(OFFER, "an offer"))
    sold.pass_time(61)
    sold.dao.writer(ALICE).vote(number, Vote.AGAINST)
    sold.pass_time(8 * 60)
    assert "motion" not in " ".join(step(sold))


def test_run_once__proposal_passed__is_queued_and_carried_out_once(sold: RunningDao) -> None:
    """Nobody needs to send the two transactions."""
    number = number_of(sold.dao.writer(ALICE).propose_offer(OFFER, "an offer"))
    sold.pass_time(61)
    sold.dao.writer(ALICE).vote(number, Vote.FOR)
    sold.pass_time(8 * 60)
    assert step(sold) == ["motion.advanced queue"]
    assert step(sold) == []
    sold.pass_time(61)
    assert step(sold) == ["motion.advanced execute"]
    assert step(sold) == []
    assert sold.system.index.offer(1).offer == OFFER


def test_run_once__passed_long_ago__is_left_to_others(sold: RunningDao) -> None:
    """The service does not look at old proposals for ever."""
    number = number_of(sold.dao.writer(ALICE).propose_offer(OFFER, "an offer"))
    sold.pass_time(61)
    sold.dao.writer(ALICE).vote(number, Vote.FOR)
    sold.pass_time(LEFT_ALONE + 8 * 60)
    assert "motion.advanced queue" not in step(sold)


def test_run_once__request_lost_and_answer_under_way__leaves_the_refund(sold: RunningDao) -> None:
    """A refund would take the members' answer from the buyer; others may still send it."""
    request = sold.dao.file()
    writer = sold.dao.writer(ALICE)
    number = number_of(writer.propose_counter(request.request_id, ANSWER, "other terms"))
    sold.pass_time(61)
    writer.vote(number, Vote.FOR)
    sold.pass_time(8 * 60)
    assert sold.system.chain.is_refundable(request.request_id)
    assert step(sold) == ["motion.advanced queue"]
    sold.pass_time(61)
    assert step(sold) == ["motion.advanced execute"]
    found = sold.system.index.request(request.request_id)
    assert found.status is RequestStatus.COUNTERED
    sold.pass_time(601)
    assert step(sold) == ["request.advanced refund"]


def test_run_once__answer_lost_too__refunds(sold: RunningDao) -> None:
    """Once nobody can answer any more, the price goes back."""
    request = sold.dao.file()
    sold.dao.writer(ALICE).propose_counter(request.request_id, ANSWER, "other terms")
    sold.pass_time(61 + 8 * 60)
    assert step(sold) == ["request.advanced refund"]


def test_run_once__answer_too_late__refunds(sold: RunningDao) -> None:
    """After the last moment of a grant no answer can come, whatever is voted."""
    request = sold.dao.file()
    late = request.execute_by - sold.system.chain.head().timestamp - 5
    sold.pass_time(late)
    writer = sold.dao.writer(ALICE)
    writer.propose_counter(request.request_id, ANSWER, "other terms")
    sold.pass_time(6)
    assert "request.advanced refund" in step(sold)
