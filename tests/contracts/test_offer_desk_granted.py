"""OfferDesk, what an acceptance grants, and what becomes of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dao_backend.core.model import RequestStatus
from tests.contracts.dao import DAY, PRICE, RELEASE_KEY, TERMS_HASH, Dao
from tests.contracts.desk_stand import (
    BOND,
    METERING,
    accept,
    fields,
    publish,
)

if TYPE_CHECKING:
    from ape.api import AccountAPI

pytestmark = pytest.mark.usefixtures("edition")

MINIMUM = PRICE // 100


# --- success ---


def test_accept__in_coin__grants_at_once(dao: Dao, alice: AccountAPI, buyer: AccountAPI) -> None:
    """The price is in escrow without a filing fee, and the licence is as offered."""
    publish(dao, alice, arbiter=alice.address)
    before = buyer.balance
    receipt = accept(dao, buyer, minEdition=1, minUnits=1000)
    now, (_, delivery) = dao.now, dao.desk.periods()
    assert before - buyer.balance == PRICE + receipt.total_fees_paid
    assert dao.desk.balance == dao.desk.escrowOf(1) == PRICE
    accepted = dao.offers.OfferAccepted.from_receipt(receipt)[0]
    assert tuple(accepted.event_arguments.values()) == (1, 1, buyer, PRICE)

    terms = dao.terms(arbiter=alice.address, minEdition=1, minUnits=1000)
    logged = dao.desk.Requested.from_receipt(receipt)[0]
    assert (logged.requestId, logged.buyer, logged.proposalId) == (1, buyer, 0)
    assert fields(logged.terms) == tuple(terms.values())
    assert (logged.executeBy, logged.deliverBy) == (now, now + delivery)
    request = dao.desk.requestOf(1)
    assert (request.buyer, request.status) == (buyer, RequestStatus.GRANTED)
    assert tuple(request.terms) == tuple(terms.values())
    assert request.deliverBy == dao.keepers.deliveryOf(1).deliverBy == now + delivery
    assert dao.desk.Granted.from_receipt(receipt)[0].editionId == 1
    licence = dao.licence.licenceOf(1)
    assert (licence.holder, licence.editionId, licence.purposes) == (buyer, 1, 0b11)
    assert (licence.expiry, licence.royaltyBps) == (now + 30 * DAY, 500)
    issued = dao.licence.LicenceIssued.from_receipt(receipt)[0]
    assert (issued.termsHash, issued.releaseKey) == (TERMS_HASH, RELEASE_KEY)


def test_accept__again__is_another_licence(dao: Dao, alice: AccountAPI, buyer: AccountAPI) -> None:
    """Each acceptance has a number of its own, among those of requests."""
    publish(dao, alice)
    dao.request(buyer)
    accept(dao, buyer)
    accept(dao, buyer)
    statuses = [dao.desk.requestOf(number).status for number in (1, 2, 3)]
    assert statuses == [RequestStatus.PENDING, RequestStatus.GRANTED, RequestStatus.GRANTED]
    assert dao.offers.offerOf(1).accepted == 2


def test_accept__undelivered__is_refunded(dao: Dao, alice: AccountAPI, buyer: AccountAPI) -> None:
    """An accepted offer has the same end as a request: no receipts, no price."""
    publish(dao, alice, metering=METERING)
    accept(dao, buyer, value=PRICE + BOND)
    dao.pass_deliver_by(1)
    before = buyer.balance
    dao.desk.refund(1, sender=dao.stranger)
    assert buyer.balance == before + PRICE + BOND
    assert dao.desk.balance == 0


def test_accept__delivered__is_settled_and_metered(
    dao: Dao, alice: AccountAPI, buyer: AccountAPI
) -> None:
    """Or receipts, and the money takes the way of every other."""
    publish(dao, alice, metering=METERING)
    accept(dao, buyer, value=PRICE + BOND)
    dao.deliver(1)
    dao.desk.settle(1, sender=dao.stranger)
    assert (dao.vault.balance, dao.meter.balance, dao.desk.balance) == (PRICE, BOND, 0)


def test_accept__of_an_offer_for_a_second_collection__sells_that_one(
    dao: Dao, alice: AccountAPI, buyer: AccountAPI
) -> None:
    """The units that make the price are those of the offer's own collection."""
    dao.contribute(alice, 40, collection=1)
    edition = dao.publish(collection=1)
    publish(dao, alice, collection=1, purposes=4, unitPrice=PRICE // 40)
    accept(dao, buyer)
    assert dao.licence.licenceOf(1).editionId == edition
