"""The desk under a strike: no way to a licence, and every other way open."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.contracts.actors import HOUR
from tests.contracts.dao import DAY, FEE, PRICE, Dao
from tests.contracts.desk_stand import accept, counter, publish, strike
from tests.contracts.refusals import refused

if TYPE_CHECKING:
    from collections.abc import Callable

    from ape.api import AccountAPI, ReceiptAPI

pytestmark = pytest.mark.usefixtures("edition")


# --- refusals ---


def test_strike__on__refuses_grants_offers_and_counter_offers(
    dao: Dao, alice: AccountAPI, buyer: AccountAPI
) -> None:
    """No way leads to a licence until its end, and every way does from then on."""
    publish(dao, alice)
    vote, _ = dao.request(buyer), dao.request(buyer)
    vote.pass_by(alice)
    counter(dao, alice, 2, answerPeriod=DAY)
    until = strike(dao, alice)
    attempts: list[Callable[[], ReceiptAPI]] = [
        vote.execute,
        lambda: accept(dao, buyer),
        lambda: dao.desk.acceptCounter(2, sender=buyer),
    ]
    dao.chain.pending_timestamp = until - 3
    for attempt in attempts:
        with refused(dao.desk.StrikeIsOn, until=until):
            attempt()
    dao.chain.pending_timestamp = until
    for attempt in attempts:
        attempt()
    assert [dao.desk.requestOf(number).status for number in (1, 2, 3)] == [2, 2, 2]


# --- success ---


def test_strike__on__lets_filing_delivery_and_money_go_on(
    dao: Dao, alice: AccountAPI, buyer: AccountAPI
) -> None:
    """A strike touches nothing that was sold, and refuses nobody to ask."""
    delivered, defeated, declined = (dao.request(buyer) for _ in range(3))
    delivered.open().cast(alice)
    delivered.close().queue().wait().execute()
    counter(dao, alice, declined.request_id)
    strike(dao, alice)
    dao.request(buyer)
    dao.deliver(1)
    dao.desk.settle(1, sender=dao.stranger)
    dao.desk.refund(defeated.request_id, sender=dao.stranger)
    dao.desk.decline(declined.request_id, buyer, sender=buyer)
    statuses = [dao.desk.requestOf(number).status for number in (1, 2, 3, 4)]
    assert statuses == [3, 4, 4, 1]
    assert dao.desk.balance == PRICE + 4 * FEE


def test_strike__on__does_not_move_a_deadline(
    dao: Dao, alice: AccountAPI, buyer: AccountAPI
) -> None:
    """A strike outlasts requests: members meant to refuse them, and buyers get their money."""
    vote = dao.request(buyer).pass_by(alice)
    execute_by = dao.desk.requestOf(1).executeBy
    dao.go_to(execute_by - HOUR // 2)
    until = strike(dao, alice)
    assert dao.desk.requestOf(1).executeBy == execute_by < until
    dao.chain.pending_timestamp = until
    expected = {"requestId": 1, "executeBy": execute_by, "timestamp": until}
    with refused(dao.desk.TooLateToExecute, **expected):
        vote.execute()
    dao.desk.refund(1, sender=dao.stranger)
