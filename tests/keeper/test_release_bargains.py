"""Releases of licences that lapsed, whose key was rotated, or that took no vote of their own."""

from __future__ import annotations

from dataclasses import replace

from dao_backend.chain.artifacts import ContractName, abi_of
from dao_backend.chain.contracts.desk import AccessDesk
from dao_backend.chain.structs import counter_struct, offer_struct
from dao_backend.core.access import Allowed, Reason
from dao_backend.core.bargains import Acceptance, CounterOffer, Offer
from dao_backend.core.metering import UNMETERED
from dao_backend.core.model import NATIVE
from dao_backend.core.packing import keccak256
from tests.keeper.releases import receipts, why, work
from tests.support.core_actors import sealing_secret, seed
from tests.support.local_dao import BUYER, PRICE
from tests.support.running_dao import RunningDao
from tests.support.running_fixtures import SOLD

NEW_KEY = sealing_secret(8, 1).public
KEY_DELAY = 600


def lapse(dao: RunningDao, function: str = "lapse") -> None:
    """What the meter does when the bond is not full."""
    where, data = dao.dao.addresses, abi_of(ContractName.LICENCE).functions[function]
    dao.chain.act_as(where.meter, where.licence, data.encode([SOLD]))


def announce(dao: RunningDao) -> None:
    """Announce a new key and let its delay pass."""
    dao.dao.writer(BUYER).announce_release_key(SOLD, NEW_KEY)
    dao.pass_time(KEY_DELAY + 1)


def released(dao: RunningDao, licence_id: int) -> Allowed:
    """The decision after everything is final and every keeper has worked."""
    for _ in range(2):
        dao.settle_down()
        dao.work()
    dao.settle_down()
    decision = dao.system.keepers[0].release(licence_id)
    assert isinstance(decision, Allowed), decision
    return decision


def test_release__lapsed_after_the_delivery__is_denied_until_restored(sold: RunningDao) -> None:
    """A lapse counts as soon as it is seen, and its end once it is final."""
    released(sold, SOLD)
    over = sold.system.chain.request(SOLD).deliver_by - sold.system.chain.head().timestamp
    sold.pass_time(over + 1)
    lapse(sold)
    assert why(sold.system.keepers[0]) is Reason.LAPSED
    sold.settle_down()
    assert why(sold.system.keepers[0]) is Reason.LAPSED
    lapse(sold, "restore")
    assert why(sold.system.keepers[0]) is Reason.LAPSED
    assert released(sold, SOLD).edition_id == 1


def test_release__lapsed_within_the_time_for_delivery__is_built_and_handed_over(
    sold: RunningDao,
) -> None:
    """A short period between two reports keeps no keeper from delivering what was paid for."""
    sold.settle_down()
    lapse(sold)
    assert released(sold, SOLD).edition_id == 1
    assert len(receipts(sold)) == 1


def test_release__countered__waits_for_the_buyer(sold: RunningDao) -> None:
    """Terms that the buyer has not accepted release nothing."""
    number = countered(sold)
    sold.settle_down()
    assert why(sold.system.keepers[0], number) is Reason.COUNTERED
    work(sold, number)


def test_release__key_rotated_before_the_bundle__is_sealed_to_the_new_one(
    sold: RunningDao,
) -> None:
    """The newest key that is final is the one that receipts name."""
    announce(sold)
    sold.dao.writer(BUYER).apply_release_key(SOLD)
    assert released(sold, SOLD).release_key == NEW_KEY
    assert len(receipts(sold)) == 1


def test_release__key_rotated_after_the_bundle__builds_another(sold: RunningDao) -> None:
    """What was sealed to a key that no receipt can name any more is thrown away."""
    announce(sold)
    sold.settle_down()
    sold.dao.writer(BUYER).apply_release_key(SOLD)
    sold.work()
    old = sold.system.keepers[0].bundle_facts(SOLD)
    assert old is not None
    assert receipts(sold) == []
    assert released(sold, SOLD).release_key == NEW_KEY
    new = sold.system.keepers[0].bundle_facts(SOLD)
    assert new is not None
    assert new.receipt.release_key_hash == keccak256(NEW_KEY) != old.receipt.release_key_hash
    assert [one.bundle_digest for one in receipts(sold)] == [new.receipt.bundle_digest]


def test_release__accepted_counter_offer__is_like_any_other(sold: RunningDao) -> None:
    """The buyer pays what the members' terms cost more, and gets its keys."""
    number = countered(sold)
    sold.dao.writer(BUYER).accept_counter(number)
    assert sold.system.chain.escrow(number) == 2 * PRICE
    assert released(sold, number).edition_id == 1


def test_release__accepted_offer__is_like_any_other(sold: RunningDao) -> None:
    """A licence that was bought without a vote is delivered without one."""
    asked = sold.dao.terms()
    offer = Offer(
        0, asked.purposes, NATIVE, PRICE, asked.duration, 0, seed("offer"), NATIVE, UNMETERED,
        2**40, 3,
    )  # fmt: skip
    sold.dao.by_vote(ContractName.OFFERS, "publish", offer_struct(offer))
    taken = Acceptance(sealing_secret(7, 1).public, 2**100, 0, 0)
    sent = sold.dao.writer(BUYER).accept_offer(1, replace(taken, min_units=1))
    number = SOLD + 1
    assert sold.system.chain.request(number).proposal_id == 0
    assert sent.events
    assert released(sold, number).release_key == taken.release_key


def countered(dao: RunningDao) -> int:
    """A request that the members answered with twice the price."""
    asked, number = dao.dao.terms(), dao.dao.file().request_id
    answer = CounterOffer(
        asked.purposes, 2 * PRICE, asked.duration, 0, seed("other"), NATIVE, UNMETERED, 600
    )
    asking = AccessDesk(dao.dao.addresses.desk).digest_of(number)
    named = dao.chain.node.call(asking)
    dao.dao.by_vote(ContractName.DESK, "counter", number, named, counter_struct(answer))
    return number
