"""Counter-offers that the buyer accepts: by when, and what it is granted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dao_backend.core.model import RequestStatus
from tests.contracts.actors import HOUR
from tests.contracts.dao import DAY, FEE, PRICE, TOKEN_PRICE, Dao
from tests.contracts.desk_stand import (
    ANSWER_HASH,
    BOND,
    METERING,
    TOKEN_BOND,
    TOKEN_METERING,
    counter,
    decide,
    escrowed,
    hand_dollars,
)
from tests.contracts.refusals import refused

if TYPE_CHECKING:
    from ape.api import AccountAPI

pytestmark = pytest.mark.usefixtures("edition")


# --- refusals ---


def test_accept__by_somebody_else__is_refused(
    dao: Dao, alice: AccountAPI, buyer: AccountAPI
) -> None:
    """Nobody accepts in the buyer's place."""
    dao.request(buyer)
    counter(dao, alice)
    with refused(dao.desk.NotBuyer, caller=alice, buyer=buyer):
        dao.desk.acceptCounter(1, sender=alice)


def test_accept__nothing_was_offered__is_refused(dao: Dao, buyer: AccountAPI) -> None:
    """A pending request is granted by its vote alone."""
    dao.request(buyer)
    pending = RequestStatus.PENDING
    with refused(dao.desk.NotCountered, requestId=1, status=pending):
        dao.desk.acceptCounter(1, sender=buyer)


def test_accept__a_second_too_late__is_refused(
    dao: Dao, alice: AccountAPI, buyer: AccountAPI
) -> None:
    """After acceptBy there is only the money."""
    dao.request(buyer)
    counter(dao, alice)
    late = dao.desk.counterOf(1).acceptBy + 1
    dao.chain.pending_timestamp = late
    expected = {"requestId": 1, "acceptBy": late - 1, "timestamp": late}
    with refused(dao.desk.AnswerTooLate, **expected):
        dao.desk.acceptCounter(1, sender=buyer)


def test_accept__twice__is_refused(dao: Dao, alice: AccountAPI, buyer: AccountAPI) -> None:
    """One licence for each request."""
    dao.request(buyer)
    counter(dao, alice)
    dao.desk.acceptCounter(1, sender=buyer)
    granted = RequestStatus.GRANTED
    with refused(dao.desk.NotCountered, requestId=1, status=granted):
        dao.desk.acceptCounter(1, sender=buyer)


def test_accept__newest_edition_is_not_attested__waits(
    dao: Dao, alice: AccountAPI, buyer: AccountAPI
) -> None:
    """An accepted answer is a grant like any other: on the newest edition, and attested."""
    dao.request(buyer)
    counter(dao, alice, answerPeriod=DAY)
    dao.contribute(alice, 50)
    newer = dao.seal()
    with refused(dao.keepers.EditionNotAttested, editionId=newer):
        dao.desk.acceptCounter(1, sender=buyer)
    dao.attest(newer)
    dao.desk.acceptCounter(1, sender=buyer)
    assert dao.licence.licenceOf(1).editionId == newer


@pytest.mark.parametrize(
    ("changes", "error", "arguments"),
    [
        ({"minEdition": 2}, "EditionTooOld", {"editionId": 1, "minEdition": 2}),
        (
            {"minUnits": 1001},
            "EditionTooSmall",
            {"editionId": 1, "totalUnits": 1000, "minUnits": 1001},
        ),
        ({"collection": 1, "purposes": 4}, "EditionMissing", {"collection": 1}),
    ],
)
def test_accept__edition_less_than_asked_for__is_refused(
    dao: Dao,
    alice: AccountAPI,
    buyer: AccountAPI,
    changes: dict[str, object],
    error: str,
    arguments: dict[str, object],
) -> None:
    """What the buyer asked for at least still holds for the members' terms."""
    dao.request(buyer, **changes)
    counter(dao, alice, purposes=4)
    with refused(error, **arguments):
        dao.desk.acceptCounter(1, sender=buyer)


# --- success ---


def test_accept__everything_changed__keeps_what_is_the_buyers(
    dao: Dao, alice: AccountAPI, buyer: AccountAPI
) -> None:
    """Collection, asset, release key and what was asked for at least stay; the rest is new."""
    dao.request(buyer, asset=dao.dollar.address, price=TOKEN_PRICE, minEdition=1, minUnits=7)
    changes = {"price": 2 * TOKEN_PRICE, "arbiter": alice.address, "metering": TOKEN_METERING}
    counter(dao, alice, **changes)
    hand_dollars(dao, buyer, TOKEN_PRICE + TOKEN_BOND)
    dao.desk.acceptCounter(1, sender=buyer)
    expected = dao.terms(
        asset=dao.dollar.address,
        purposes=0b1,
        duration=60 * DAY,
        royaltyBps=250,
        termsHash=ANSWER_HASH,
        minEdition=1,
        minUnits=7,
        **changes,
    )
    request = dao.desk.requestOf(1)
    assert tuple(request.terms) == tuple(expected.values())
    assert (request.status, request.buyer) == (RequestStatus.GRANTED, buyer)
    assert request.deliverBy == dao.keepers.deliveryOf(1).deliverBy
    assert dao.dollar.balanceOf(dao.desk) == escrowed(dao, dao.dollar.address)


def test_accept__metering_and_arbiter_added__holds_for_the_licence(
    dao: Dao, alice: AccountAPI, buyer: AccountAPI
) -> None:
    """What members added binds: the window is kept, and the meter opens with the bond."""
    dao.request(buyer)
    counter(dao, alice, metering=METERING, arbiter=alice.address)
    dao.desk.acceptCounter(1, value=BOND, sender=buyer)
    dao.deliver(1)
    with refused(dao.desk.ReceiptsDisputable, requestId=1):
        dao.desk.settle(1, sender=dao.stranger)
    dao.wait(HOUR)
    dao.desk.settle(1, sender=dao.stranger)
    assert (dao.meter.balance, dao.vault.balance, dao.desk.balance) == (BOND, PRICE, FEE)


def test_accept__in_an_asset_that_was_delisted_meanwhile__is_granted(
    dao: Dao, alice: AccountAPI, buyer: AccountAPI
) -> None:
    """What both sides agreed on is not undone by what is allowed later."""
    dao.request(buyer, asset=dao.dollar.address, price=TOKEN_PRICE)
    counter(dao, alice, price=TOKEN_PRICE)
    decide(dao, alice, dao.desk, "setAsset", dao.dollar, 0)
    dao.desk.acceptCounter(1, sender=buyer)
    assert dao.desk.requestOf(1).status == RequestStatus.GRANTED
