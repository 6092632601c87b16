"""Requests moved on by anybody: queue, execute, settle, refund, each when it is due."""

from __future__ import annotations

import pytest

from dao_backend.core.events import Requested
from dao_backend.core.lifecycle import Action
from dao_backend.core.model import NATIVE, ProposalState, RequestStatus, Vote
from dao_backend.errors import ContractRefused, NotFound
from dao_backend.service.requests import RequestDesk
from tests.support.core_actors import wallet
from tests.support.local_dao import BUYER, PRICE
from tests.support.running_dao import ALICE, RunningDao, program
from tests.support.running_fixtures import SOLD


@pytest.fixture
def desk(sold: RunningDao) -> RequestDesk:
    """The service's desk."""
    return sold.system.requests


@pytest.fixture
def filed(sold: RunningDao) -> Requested:
    """A request beside the one that was granted."""
    return sold.dao.file()


def pass_vote(dao: RunningDao, request: Requested, choice: Vote = Vote.FOR) -> None:
    """Vote, and let the vote end."""
    dao.pass_time(61)
    dao.dao.writer(ALICE).vote(request.proposal_id, choice)
    dao.pass_time(8 * 60)


def pass_until(dao: RunningDao, moment: int) -> None:
    """Let chain time pass beyond a moment."""
    dao.pass_time(moment - dao.system.chain.head().timestamp + 1)


def test_situation__unknown_request__is_not_found(desk: RequestDesk) -> None:
    """There is nothing to move on."""
    for ask in (desk.situation, desk.advance):
        with pytest.raises(NotFound):
            ask(99)


def test_act__nothing_of_it_due__is_refused_by_the_contracts(
    sold: RunningDao, desk: RequestDesk, filed: Requested
) -> None:
    """A step too early is refused with its reason and costs nothing."""
    height = sold.chain.height()
    for action in Action:
        with pytest.raises(ContractRefused):
            desk.act(filed.request_id, action)
    assert desk.advance(filed.request_id) is None
    assert sold.chain.height() == height


def test_advance__passed_vote__is_queued_then_executed(
    sold: RunningDao, desk: RequestDesk, filed: Requested
) -> None:
    """One step at a time, none before its time, none twice."""
    number = filed.request_id
    assert desk.advance(number) is None
    pass_vote(sold, filed)
    assert desk.situation(number).proposal is ProposalState.SUCCEEDED
    assert desk.advance(number) is Action.QUEUE
    assert desk.advance(number) is None
    pass_until(sold, desk.situation(number).eta or 0)
    assert desk.advance(number) is Action.EXECUTE
    assert desk.situation(number).status is RequestStatus.GRANTED
    assert desk.advance(number) is None


def test_advance__edition_not_attested__waits(
    sold: RunningDao, desk: RequestDesk, filed: Requested
) -> None:
    """An execution that the desk refuses is tried again once the newest edition is attested."""
    sold.contribute(ALICE, program(9))
    pass_vote(sold, filed)
    desk.advance(filed.request_id)
    sold.pass_time(3600)
    sold.system.editions.seal(0)
    with pytest.raises(ContractRefused, match=r"attest"):
        desk.advance(filed.request_id)
    sold.settle_down()
    sold.system.editions.attest(2)
    assert desk.advance(filed.request_id) is Action.EXECUTE


def test_advance__delivered__is_settled(sold: RunningDao, desk: RequestDesk) -> None:
    """With the threshold's receipts on chain the price goes to the edition, once."""
    assert desk.advance(SOLD) is None
    sold.settle_down()
    sold.system.keepers[0].work()
    assert desk.advance(SOLD) is None
    sold.system.keepers[2].work()
    assert desk.situation(SOLD).delivered
    assert desk.advance(SOLD) is Action.SETTLE
    assert desk.situation(SOLD).status is RequestStatus.SETTLED
    assert sold.system.chain.received(1, NATIVE) > 0
    assert desk.advance(SOLD) is None


@pytest.mark.parametrize("why", ["voted down", "not executed in time", "not delivered in time"])
def test_advance__no_outcome__is_refunded(
    sold: RunningDao, desk: RequestDesk, filed: Requested, why: str
) -> None:
    """Silence always ends with the whole price back at the buyer."""
    number = SOLD if why == "not delivered in time" else filed.request_id
    request = sold.system.chain.request(number)
    before = sold.system.chain.balance(wallet(BUYER), NATIVE)
    if why == "voted down":
        pass_vote(sold, filed, Vote.AGAINST)
    elif why == "not executed in time":
        pass_vote(sold, filed)
        desk.advance(number)
        pass_until(sold, request.execute_by)
    else:
        pass_until(sold, request.deliver_by)
    assert desk.advance(number) is Action.REFUND
    assert sold.system.chain.balance(wallet(BUYER), NATIVE) - before == PRICE
    assert desk.situation(number).status is RequestStatus.REFUNDED
    assert desk.advance(number) is None


def test_advance__cancelled__is_left_alone(
    sold: RunningDao, desk: RequestDesk, filed: Requested
) -> None:
    """What the buyer took back needs nothing more."""
    sold.dao.writer(BUYER).cancel(filed.request_id)
    assert desk.situation(filed.request_id).status is RequestStatus.CANCELLED
    assert desk.advance(filed.request_id) is None
