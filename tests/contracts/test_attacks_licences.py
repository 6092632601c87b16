"""Attacks around licences, offers and brakes, each named after what it would take from somebody."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dao_backend.core.model import Address, RequestStatus
from dao_backend.core.packing import keccak256
from dao_backend.core.typed import Pledge
from tests.contracts.actors import HOUR
from tests.contracts.dao import DAY, PRICE, Dao, sign
from tests.contracts.desk_stand import (
    UNIT_PRICE,
    acceptance,
    appoint,
    decide,
    dispute,
    offer,
    pass_window,
    publish,
)
from tests.contracts.hostile_stand import BOND, METERING, MINIMUM
from tests.contracts.meter_stand import Meter
from tests.contracts.refusals import refused

if TYPE_CHECKING:
    from collections.abc import Callable

    from ape.api import AccountAPI

    from tests.contracts.votes import VoteHelper

    Grant = Callable[..., VoteHelper]

CLAIM = keccak256(b"a claim")


# --- licences that are over, or were delivered ---


def test_licence__expired__earns_and_releases_no_more(
    dao: Dao, grant: Grant, buyer: AccountAPI, stranger: AccountAPI
) -> None:
    """Time that is over is neither charged for nor a way to another key."""
    grant(duration=DAY, metering=METERING)
    dao.deliver(1)
    dao.desk.settle(1, sender=stranger)
    opened, expiry = dao.now, int(dao.licence.licenceOf(1).expiry)
    dao.go_to(expiry + 30 * DAY)
    assert not dao.licence.isInForce(1)
    with refused(dao.licence.LicenceNotInForce, licenceId=1):
        dao.licence.announceReleaseKey(1, keccak256(b"key"), sender=buyer)
    meter = Meter(dao, 1, buyer, "0x" + "00" * 20)
    with refused(dao.meter.VoucherAhead, until=expiry + 1, latest=expiry):
        meter.bring(meter.voucher(1, expiry + 1))
    taken = min((expiry - opened) // HOUR * MINIMUM, BOND)
    dao.meter.takeMinimum(1, sender=stranger)
    assert dao.meter.accountOf(1).balance == BOND - taken
    due = opened + (expiry - opened) // HOUR * HOUR + HOUR
    with refused(dao.meter.NothingSilent, licenceId=1, dueAt=due):
        dao.meter.takeMinimum(1, sender=stranger)


def test_rotate_key__once_a_keeper_has_sealed_to_the_old_one__is_refused(
    dao: Dao, grant: Grant, buyer: AccountAPI, stranger: AccountAPI
) -> None:
    """A buyer cannot have the same data sealed to a friend's key after its own delivery began."""
    grant()
    dao.licence.announceReleaseKey(1, keccak256(b"a friend's key"), sender=buyer)
    dao.receipt(1, 1)
    dao.wait(10 * 60)
    for receipts in (1, 2):
        with refused(dao.keepers.ReceiptsPosted, licenceId=1, receipts=receipts):
            dao.licence.applyReleaseKey(1, sender=stranger)
        if receipts == 1:
            dao.receipt(1, 2)
    assert dao.keepers.isDelivered(1)


# --- offers that change under the buyer's feet ---


def test_accept__offer_that_was_amended_meanwhile__is_refused_and_costs_nothing(
    dao: Dao, edition: int, alice: AccountAPI, buyer: AccountAPI
) -> None:
    """Nobody pays a price, or takes terms, that stand there since a moment before."""
    publish(dao, alice)
    dearer = offer(dao, unitPrice=2 * UNIT_PRICE, purposes=0b1)
    decide(dao, alice, dao.offers, "amend", 1, tuple(dearer.values()))
    with refused(dao.offers.OfferClosed, offerId=1):
        dao.offers.accept(1, acceptance(), value=2 * PRICE, sender=buyer)
    with refused(dao.offers.PriceAboveMaximum, price=2 * PRICE, maxPrice=PRICE):
        dao.offers.accept(2, acceptance(), value=2 * PRICE, sender=buyer)
    assert (dao.desk.requestCount(), dao.desk.balance) == (0, 0)


# --- brakes that are pulled for another end ---


def test_pause__after_a_request_is_overdue__revives_no_vote_on_it(
    dao: Dao, edition: int, alice: AccountAPI, bob: AccountAPI, buyer: AccountAPI
) -> None:
    """A guardian cannot hold a buyer's money for a vote that came too late."""
    appoint(dao, alice, bob)
    late = dao.request(buyer)
    late.pass_by(alice)
    dao.pass_execute_by(1)
    due = dao.desk.requestOf(1).executeBy
    dao.council.pause(7 * DAY, sender=bob)
    assert dao.desk.requestOf(1).executeBy == due
    before = buyer.balance
    dao.desk.refund(1, sender=dao.stranger)
    assert buyer.balance == before + PRICE
    dao.go_to(dao.council.lastPause().until)
    status = RequestStatus.REFUNDED
    with refused(dao.desk.RequestNotPending, requestId=1, status=status):
        late.execute()


def test_strike__with_units_borrowed_delegated_or_later__counts_own_ones_of_before(
    dao: Dao, edition: int, bob: AccountAPI, carol: AccountAPI, stranger: AccountAPI
) -> None:
    """Beanstalk fell to votes that were borrowed for one transaction; a strike would too."""
    dao.token._mutable_methods_["delegate"](carol, sender=bob)
    dao.strike.call("With borrowed weight", sender=carol)
    timepoint = dao.strike.strikeOf(1).timepoint
    dao.contribute(carol, 10_000)
    with refused(dao.strike.AlreadyPledged, strikeId=1, member=carol):
        dao.strike.pledge(sender=carol)
    dao.contribute(stranger, 10_000)
    with refused(dao.strike.NoUnitsAtTimepoint, member=stranger, timepoint=timepoint):
        dao.strike.pledge(sender=stranger)
    strike = dao.strike.strikeOf(1)
    assert (strike.pledged, strike.needed, dao.strike.isOn()) == (100, 250, False)
    dao.strike.pledge(sender=bob)
    assert dao.strike.isOn()


def test_strike__with_a_pledge_signed_for_an_earlier_one__is_refused(
    dao: Dao, edition: int, bob: AccountAPI, carol: AccountAPI, stranger: AccountAPI
) -> None:
    """Who wanted to strike once has not agreed to the next."""
    dao.strike.call("The first", sender=carol)
    signed = sign(bob, dao.domain(dao.strike), Pledge(1, Address(bob.address)))
    dao.go_to(dao.strike.strikeOf(1).deadline + 1)
    dao.strike.call("The second", sender=carol)
    with refused(dao.strike.PledgeSignatureInvalid, member=bob):
        dao.strike.pledgeFor(bob, signed, sender=stranger)


# --- disputes about somebody else's money ---


def test_dispute__about_anothers_escrow__is_refused_and_freezes_only_its_own(
    dao: Dao, grant: Grant, alice: AccountAPI, bob: AccountAPI, buyer: AccountAPI
) -> None:
    """A rival can neither hold up what somebody else bought nor be paid from it."""
    arbiter = dao.stranger
    grant(arbiter=arbiter.address)
    dao.request(bob, arbiter=arbiter.address).pass_by(alice).execute()
    for licence in (1, 2):
        dao.deliver(licence)
    bond = dao.disputes.bondOf(1)
    with refused(dao.disputes.NotBuyer, caller=bob, buyer=buyer):
        dao.disputes.open(1, CLAIM, value=bond, sender=bob)
    dispute(dao, bob, 2)
    dao.disputes.rule(2, True, CLAIM, sender=arbiter)
    with refused(dao.desk.NotRefundable, requestId=1, status=RequestStatus.GRANTED):
        dao.desk.refund(1, sender=arbiter)
    dao.desk.refund(2, sender=arbiter)
    assert dao.desk.escrowOf(1) == PRICE
    pass_window(dao, 1)
    dao.desk.settle(1, sender=arbiter)
    assert dao.vault.balance == PRICE
