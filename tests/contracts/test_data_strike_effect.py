"""DataStrike: when a strike begins, what it refuses and until when, and who cannot misuse it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dao_backend.core.model import RequestStatus
from tests.contracts.actors import call_of
from tests.contracts.dao import NATIVE, Dao, words
from tests.contracts.desk_stand import COUNTERED, accept, counter, publish
from tests.contracts.refusals import refused
from tests.contracts.strike_stand import DURATION, REASON, call, pass_deadline
from tests.contracts.votes import State

if TYPE_CHECKING:
    from ape.api import AccountAPI
    from ape.managers import ProjectManager


# --- what a strike refuses ---


def test_strike__while_it_is_on__refuses_every_way_to_a_licence(
    dao: Dao, edition: int, alice: AccountAPI, buyer: AccountAPI
) -> None:
    """No approval, offer or counter-offer is granted before the second in which it ends."""
    number = publish(dao, alice)
    answered = dao.request(buyer)
    counter(dao, alice, answered.request_id, answerPeriod=2 * DURATION)
    vote = dao.request(buyer).pass_by(alice)
    call(dao, alice)
    until = dao.strike.onUntil()
    dao.go_to(until - 20)
    with refused(dao.desk.StrikeIsOn, until=until):
        accept(dao, buyer, number)
    with refused(dao.desk.StrikeIsOn, until=until):
        dao.desk.acceptCounter(answered.request_id, sender=buyer)
    dao.chain.pending_timestamp = until - 1
    with refused(dao.desk.StrikeIsOn, until=until):
        vote.execute()
    dao.chain.pending_timestamp = until
    vote.execute()
    accept(dao, buyer, number)
    dao.desk.acceptCounter(answered.request_id, sender=buyer)
    statuses = [dao.desk.requestOf(each).status for each in (1, 2, 3)]
    assert statuses == [RequestStatus.GRANTED] * 3


def test_strike__while_it_is_on__stops_nothing_else(
    dao: Dao, edition: int, alice: AccountAPI, bob: AccountAPI, buyer: AccountAPI
) -> None:
    """Old licences stay, are delivered and paid; members vote, answer, join and leave."""
    old = dao.request(buyer).pass_by(alice)
    old.execute()
    call(dao, alice)
    assert dao.strike.isOn()
    assert dao.licence.isInForce(old.request_id)
    vote = dao.request(buyer).open()
    vote.cast(alice)
    dao.deliver(old.request_id)
    dao.desk.settle(old.request_id, sender=dao.stranger)
    dao.vault.claimMany(edition, NATIVE, [alice], sender=dao.stranger)
    assert vote.close().queue().state == State.QUEUED
    answered = dao.request(buyer)
    counter(dao, alice, answered.request_id)
    assert dao.desk.requestOf(answered.request_id).status == COUNTERED
    dao.contribute(bob)
    dao.registry.leaveAll(sender=bob)
    assert dao.strike.isOn()


# --- when it begins ---


def test_strike__exactly_at_the_threshold__begins(
    dao: Dao, alice: AccountAPI, bob: AccountAPI, carol: AccountAPI
) -> None:
    """A quarter, rounded up, is enough, and one unit less is not."""
    for member, units in ((alice, 752), (bob, 250), (carol, 1)):
        dao.contribute(member, units)
    dao.wait(1)
    call(dao, bob)
    assert (dao.strike.strikeOf(1).needed, dao.strike.isOn()) == (251, False)
    receipt = dao.strike.pledge(sender=carol)
    begun = dao.strike.StrikeBegun.from_receipt(receipt)[0]
    assert (begun.strikeId, begun.until) == (1, dao.now + DURATION)
    assert (dao.strike.isOn(), dao.strike.onUntil()) == (True, begun.until)
    assert dao.strike.strikeOf(1).begunAt == dao.now
    dao.go_to(begun.until)
    assert not dao.strike.isOn()


def test_strike__in_the_last_second_of_pledging__begins(
    dao: Dao, members: list[AccountAPI], bob: AccountAPI, carol: AccountAPI
) -> None:
    """The deadline itself is in time."""
    dao.wait(1)
    call(dao, carol)
    dao.chain.pending_timestamp = dao.strike.strikeOf(1).deadline
    dao.strike.pledge(sender=bob)
    assert dao.strike.isOn()


# --- properties ---


def test_strike__by_a_member_with_a_quarter__needs_nobody_else(
    dao: Dao, alice: AccountAPI, bob: AccountAPI
) -> None:
    """Who holds the threshold by itself strikes alone, at once."""
    dao.contribute(alice, 750)
    dao.contribute(bob, 250)
    dao.wait(1)
    call(dao, bob)
    assert (dao.strike.strikeOf(1).pledged, dao.strike.isOn()) == (250, True)


def test_strike__pledged_by_a_member_that_has_left__counts_what_it_held(
    dao: Dao, members: list[AccountAPI], bob: AccountAPI, carol: AccountAPI
) -> None:
    """Who was a member at the timepoint may pledge, whatever it did since."""
    dao.wait(1)
    call(dao, carol)
    dao.registry.leaveAll(sender=bob)
    dao.strike.pledge(sender=bob)
    assert dao.token.balanceOf(bob) == 0
    assert (dao.strike.strikeOf(1).pledged, dao.strike.isOn()) == (400, True)


def test_strike__with_units_of_the_same_transaction__counts_none(
    dao: Dao, members: list[AccountAPI], project: ProjectManager, alice: AccountAPI
) -> None:
    """Contributing, calling and withdrawing at one stroke is refused as by nobody known."""
    wallet = alice.deploy(project.BatchWallet, alice)
    record, nonce = dao.record(wallet.address)
    arguments = (words(record), nonce, dao.appraisal(record, 10_000))
    calls = [
        call_of(dao.registry, "contribute", *arguments),
        call_of(dao.strike, "call", REASON),
        call_of(dao.registry, "withdraw", record.contribution_id),
    ]
    when = dao.now + 10
    dao.chain.pending_timestamp = when
    with refused(dao.strike.NoUnitsAtTimepoint, member=wallet, timepoint=when - 1):
        wallet.execute(calls, sender=alice)


def test_strike__with_units_minted_after_the_call__counts_those_of_before(
    dao: Dao, members: list[AccountAPI], carol: AccountAPI, bob: AccountAPI
) -> None:
    """More units after the timepoint make no pledge heavier and the threshold no higher."""
    dao.wait(1)
    call(dao, carol)
    dao.contribute(carol, 100_000)
    dao.strike.unpledge(sender=carol)
    dao.strike.pledge(sender=carol)
    strike = dao.strike.strikeOf(1)
    assert (strike.pledged, strike.needed, dao.strike.isOn()) == (100, 250, False)
    dao.strike.pledge(sender=bob)
    assert dao.strike.isOn()


def test_strike__called_over_and_over_by_one_member__refuses_nothing(
    dao: Dao, edition: int, alice: AccountAPI, bob: AccountAPI, carol: AccountAPI, buyer: AccountAPI
) -> None:
    """Calls without pledges stop no grant, and whoever means it joins the call that there is."""
    vote = dao.request(buyer).pass_by(alice)
    call(dao, carol)
    vote.execute()
    assert dao.desk.requestOf(vote.request_id).status == RequestStatus.GRANTED
    pass_deadline(dao)
    assert call(dao, carol) == 2
    dao.strike.pledge(sender=bob)
    assert dao.strike.isOn()
    assert dao.strike.strikeOf(1).begunAt == 0
