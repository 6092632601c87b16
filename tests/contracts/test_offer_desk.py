"""OfferDesk, the DAO's side: publishing, amending and withdrawing standing offers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.contracts.dao import DAY, PRICE, Dao
from tests.contracts.desk_stand import (
    BOND,
    METERING,
    UNIT_PRICE,
    accept,
    decide,
    fields,
    motion,
    offer,
    publish,
)
from tests.contracts.refusals import refused

if TYPE_CHECKING:
    from ape.api import AccountAPI
    from ape.contracts import ContractInstance
    from ape.managers import AccountManager, ProjectManager


@pytest.fixture
def governed(dao: Dao, accounts: AccountManager, project: ProjectManager) -> ContractInstance:
    """An offer desk beside the same registry, of which account 10 plays the timelock."""
    idle = accounts[12]
    peers = (accounts[10], idle, dao.registry, idle, dao.desk, *[idle] * 8)
    return accounts[0].deploy(project.OfferDesk, peers)


# --- refusals ---


@pytest.mark.usefixtures("edition")
def test_offers__governed_by_anybody_but_the_timelock__is_refused(
    dao: Dao, alice: AccountAPI
) -> None:
    """Terms that anybody may accept are made by votes alone."""
    publish(dao, alice)
    terms = tuple(offer(dao).values())
    for method, arguments in (("publish", (terms,)), ("amend", (1, terms)), ("withdraw", (1,))):
        with refused(dao.offers.UnexpectedCaller, caller=alice, expected=dao.timelock):
            dao.offers._mutable_methods_[method](*arguments, sender=alice)


def test_publish__before_the_genesis__is_refused(
    dao: Dao, governed: ContractInstance, accounts: AccountManager, alice: AccountAPI
) -> None:
    """A DAO without its stated members and units offers nothing; with them it does."""
    terms = tuple(offer(dao).values())
    with refused(governed.OfferedBeforeGenesis):
        governed.publish(terms, sender=accounts[10])
    dao.contribute(alice, 1)
    governed.publish(terms, sender=accounts[10])
    assert governed.offerCount() == 1


@pytest.mark.usefixtures("members")
@pytest.mark.parametrize("changes", [{"unitPrice": 0}, {"maxCount": 0}, {"expiry": 1}])
def test_publish__nothing_that_could_be_accepted__is_refused(
    dao: Dao,
    governed: ContractInstance,
    accounts: AccountManager,
    changes: dict[str, object],
) -> None:
    """An offer has a price, a count, and an end that has not come."""
    with refused(governed.OfferEmpty):
        governed.publish(tuple(offer(dao, **changes).values()), sender=accounts[10])


@pytest.mark.usefixtures("members")
def test_publish__a_second_after_its_expiry__is_refused(
    dao: Dao, governed: ContractInstance, accounts: AccountManager
) -> None:
    """What ended while the vote went on is not published; its last second is early enough."""
    expiry = dao.now + 100
    terms = tuple(offer(dao, expiry=expiry).values())
    dao.chain.pending_timestamp = expiry
    governed.publish(terms, sender=accounts[10])
    dao.chain.pending_timestamp = expiry + 1
    with refused(governed.OfferEmpty):
        governed.publish(terms, sender=accounts[10])


@pytest.mark.usefixtures("members")
def test_amend__with_nothing_that_could_be_accepted__leaves_the_offer_open(
    dao: Dao, governed: ContractInstance, accounts: AccountManager
) -> None:
    """An offer is replaced or it stands; it does not get lost."""
    governed.publish(tuple(offer(dao).values()), sender=accounts[10])
    with refused(governed.OfferEmpty):
        governed.amend(1, tuple(offer(dao, unitPrice=0).values()), sender=accounts[10])
    assert governed.offerOf(1).open


@pytest.mark.usefixtures("edition")
@pytest.mark.parametrize("offer_id", [0, 2, 2**64 - 1])
def test_offers__unknown_number__is_refused(
    dao: Dao, alice: AccountAPI, buyer: AccountAPI, offer_id: int
) -> None:
    """There is nothing under a number that was never given out."""
    publish(dao, alice)
    terms = tuple(offer(dao).values())
    for arguments in (("withdraw", offer_id), ("amend", offer_id, terms)):
        vote = motion(dao, alice, dao.offers, *arguments).pass_by(alice)
        with refused(dao.offers.OfferUnknown, offerId=offer_id):
            vote.execute()
    with refused(dao.offers.OfferUnknown, offerId=offer_id):
        accept(dao, buyer, offer_id)
    for view in (dao.offers.offerOf, dao.offers.quote):
        with refused(dao.offers.OfferUnknown, offerId=offer_id):
            view(offer_id)


@pytest.mark.usefixtures("edition")
def test_offers__closed_already__is_refused(dao: Dao, alice: AccountAPI, buyer: AccountAPI) -> None:
    """What was withdrawn is neither withdrawn again, nor amended, nor accepted."""
    publish(dao, alice)
    decide(dao, alice, dao.offers, "withdraw", 1)
    terms = tuple(offer(dao).values())
    for arguments in (("withdraw", 1), ("amend", 1, terms)):
        vote = motion(dao, alice, dao.offers, *arguments).pass_by(alice)
        with refused(dao.offers.OfferClosed, offerId=1):
            vote.execute()
    with refused(dao.offers.OfferClosed, offerId=1):
        accept(dao, buyer)
    with refused(dao.offers.OfferClosed, offerId=1):
        dao.offers.quote(1)


@pytest.mark.usefixtures("members")
def test_quote__without_an_edition__is_refused(dao: Dao, alice: AccountAPI) -> None:
    """Where nothing was sealed there is no price."""
    dao.wait(1)
    publish(dao, alice)
    with refused(dao.desk.EditionMissing, collection=0):
        dao.offers.quote(1)


# --- success ---


@pytest.mark.usefixtures("edition")
def test_publish__by_vote__stands_open_and_is_logged(dao: Dao, alice: AccountAPI) -> None:
    """Every field is logged and read back, and the number is the next one."""
    terms = offer(dao, arbiter=alice.address, metering=METERING)
    receipt = decide(dao, alice, dao.offers, "publish", tuple(terms.values()))
    logged = dao.offers.OfferPublished.from_receipt(receipt)[0]
    assert (logged.offerId, logged.replaces) == (1, 0)
    assert fields(logged.offer) == tuple(terms.values())
    stored = dao.offers.offerOf(1)
    assert tuple(stored.offer) == tuple(terms.values())
    assert (stored.accepted, stored.open, dao.offers.offerCount()) == (0, True, 1)


@pytest.mark.usefixtures("members")
def test_publish__every_field_at_its_bound__is_read_back_unchanged(
    dao: Dao, governed: ContractInstance, accounts: AccountManager
) -> None:
    """Packing loses nothing: all fields at their widest come back as they were given."""
    widest = 2**128 - 1
    account = "0xFFfFfFffFFfffFFfFFfFFFFFffFFFffffFfFFFfF"
    whole = (2, 2**32 - 1, account, widest, 2**40 - 1, 2**16 - 1, b"\xff" * 32, account)
    terms = (*whole, (widest, widest, widest, 2**40 - 1), 2**48 - 1, 2**32 - 1)
    governed.publish(terms, sender=accounts[10])
    assert tuple(governed.offerOf(1).offer) == terms


@pytest.mark.usefixtures("edition")
def test_quote__of_an_open_offer__tells_what_accepting_costs(dao: Dao, alice: AccountAPI) -> None:
    """Unit price times the newest edition's units; the bond stands beside it."""
    publish(dao, alice, metering=METERING)
    assert tuple(dao.offers.quote(1)) == (1000 * UNIT_PRICE, BOND, 1, 1000)
    dao.contribute(alice, 50)
    dao.seal()
    assert tuple(dao.offers.quote(1)) == (1050 * UNIT_PRICE, BOND, 2, 1050)


@pytest.mark.usefixtures("edition")
def test_withdraw__by_vote__closes_it_and_leaves_licences_alone(
    dao: Dao, alice: AccountAPI, buyer: AccountAPI
) -> None:
    """What was accepted before stays a licence, is delivered and paid for."""
    publish(dao, alice)
    accept(dao, buyer)
    receipt = decide(dao, alice, dao.offers, "withdraw", 1)
    assert dao.offers.OfferWithdrawn.from_receipt(receipt)[0].offerId == 1
    stored = dao.offers.offerOf(1)
    assert (stored.accepted, stored.open) == (1, False)
    assert dao.licence.isInForce(1)
    dao.deliver(1)
    dao.desk.settle(1, sender=dao.stranger)
    assert dao.vault.balance == PRICE


@pytest.mark.usefixtures("edition")
def test_amend__by_vote__is_a_new_offer_with_a_new_number(
    dao: Dao, alice: AccountAPI, buyer: AccountAPI
) -> None:
    """Who accepts the old number accepts nothing, and licences under it keep their terms."""
    publish(dao, alice)
    accept(dao, buyer)
    terms = offer(dao, unitPrice=2 * UNIT_PRICE, royaltyBps=1)
    receipt = decide(dao, alice, dao.offers, "amend", 1, tuple(terms.values()))
    assert dao.offers.OfferWithdrawn.from_receipt(receipt)[0].offerId == 1
    logged = dao.offers.OfferPublished.from_receipt(receipt)[0]
    assert (logged.offerId, logged.replaces) == (2, 1)
    assert fields(logged.offer) == tuple(terms.values())

    with refused(dao.offers.OfferClosed, offerId=1):
        accept(dao, buyer, value=2 * PRICE, maxPrice=2 * PRICE)
    accept(dao, buyer, 2, value=2 * PRICE, maxPrice=2 * PRICE)
    assert [dao.licence.licenceOf(number).royaltyBps for number in (1, 2)] == [500, 1]
    assert [dao.desk.escrowOf(number) for number in (1, 2)] == [PRICE, 2 * PRICE]
    assert [dao.offers.offerOf(number).accepted for number in (1, 2)] == [1, 1]


@pytest.mark.usefixtures("edition")
def test_amend__of_an_expired_offer__opens_it_again(dao: Dao, alice: AccountAPI) -> None:
    """Members prolong an offer by replacing it."""
    publish(dao, alice, expiry=dao.now + DAY)
    dao.wait(2 * DAY)
    assert not dao.offers.offerOf(1).open
    decide(dao, alice, dao.offers, "amend", 1, tuple(offer(dao).values()))
    assert dao.offers.offerOf(2).open
