"""DataStrike: calling, pledging and taking a pledge back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dao_backend.core.model import Address, Domain
from dao_backend.core.typed_members import Pledge
from tests.contracts.dao import DAY, Dao, sign
from tests.contracts.refusals import refused
from tests.contracts.strike_stand import (
    DURATION,
    LEAST,
    MOST,
    PLEDGING,
    REASON,
    call,
    deploy,
    pass_deadline,
    pledge_by_signature,
    sign_pledge,
)

if TYPE_CHECKING:
    from ape.api import AccountAPI
    from ape.contracts import ContractInstance
    from ape.managers import ProjectManager


@pytest.fixture
def workers(
    dao: Dao, alice: AccountAPI, bob: AccountAPI, carol: AccountAPI, buyer: AccountAPI
) -> None:
    """Bob has 23 percent of 1,000 units, carol one, alice 74, and somebody else the rest."""
    for member, units in ((alice, 740), (bob, 230), (carol, 10), (buyer, 20)):
        dao.contribute(member, units)
    dao.wait(1)


# --- refusals ---


@pytest.mark.parametrize(
    "settings",
    [
        (2_499, 60, 60),
        (10_001, 60, 60),
        (2_500, 59, 60),
        (2_500, 30 * DAY + 1, 60),
        (2_500, 60, 59),
        (2_500, 60, 60 * DAY + 1),
    ],
)
def test_create__settings_out_of_bounds__is_refused(
    dao: Dao, project: ProjectManager, deployer: AccountAPI, settings: tuple[int, int, int]
) -> None:
    """A quarter of all units at least, sixty days at most."""
    names = ("thresholdBps", "pledgePeriod", "duration")
    with refused(dao.strike.SettingsOutOfBounds, **dict(zip(names, settings, strict=True))):
        deploy(project, deployer, dao.token, settings)


def test_call__while_one_is_pledging__is_refused(
    dao: Dao, workers: None, bob: AccountAPI, carol: AccountAPI
) -> None:
    """There is one call at a time, to the last second of its pledges."""
    number = call(dao, carol)
    dao.chain.pending_timestamp = dao.strike.strikeOf(number).deadline
    with refused(dao.strike.StrikeUnderWay, strikeId=number):
        call(dao, bob)


def test_call__during_a_strike_or_its_cooldown__is_refused(
    dao: Dao, workers: None, alice: AccountAPI
) -> None:
    """After a strike none begins for as long as it lasted."""
    call(dao, alice)
    until = dao.strike.onUntil()
    for when in (until - 1, until, until + DURATION - 1):
        dao.chain.pending_timestamp = when
        with refused(dao.strike.StrikeTooSoon, earliest=until + DURATION):
            call(dao, alice)
    dao.chain.pending_timestamp = until + DURATION
    assert call(dao, alice) == 2


def test_call__by_nobody_known__is_refused(dao: Dao, workers: None, stranger: AccountAPI) -> None:
    """Only members call, and a refused call leaves no trace."""
    when = dao.now + 10
    dao.chain.pending_timestamp = when
    expected = {"member": stranger, "timepoint": when - 1}
    with refused(dao.strike.NoUnitsAtTimepoint, **expected):
        call(dao, stranger)
    assert dao.strike.strikeCount() == 0


def test_pledge__without_a_call__is_refused(dao: Dao, workers: None, bob: AccountAPI) -> None:
    """Before the first call there is nothing to pledge to or take back."""
    with refused(dao.strike.NotPledging, strikeId=0):
        dao.strike.pledge(sender=bob)
    with refused(dao.strike.NotPledging, strikeId=0):
        pledge_by_signature(dao, bob, bob)
    with refused(dao.strike.NotPledging, strikeId=0):
        dao.strike.unpledge(sender=bob)


def test_pledge__after_the_deadline__is_refused(
    dao: Dao, workers: None, bob: AccountAPI, carol: AccountAPI
) -> None:
    """What was too little in time stays nothing; nobody is bound or freed afterwards."""
    number = call(dao, carol)
    pass_deadline(dao)
    with refused(dao.strike.NotPledging, strikeId=number):
        dao.strike.pledge(sender=bob)
    with refused(dao.strike.NotPledging, strikeId=number):
        pledge_by_signature(dao, bob, bob)
    with refused(dao.strike.NotPledging, strikeId=number):
        dao.strike.unpledge(sender=carol)
    assert (dao.strike.isOn(), dao.strike.onUntil()) == (False, 0)


def test_pledge__once_it_has_begun__is_refused(
    dao: Dao, workers: None, alice: AccountAPI, bob: AccountAPI
) -> None:
    """A strike that is on needs no more pledges, and none is taken back."""
    number = call(dao, alice)
    with refused(dao.strike.NotPledging, strikeId=number):
        dao.strike.pledge(sender=bob)
    with refused(dao.strike.NotPledging, strikeId=number):
        dao.strike.unpledge(sender=alice)


def test_pledge__twice__is_refused(
    dao: Dao, workers: None, bob: AccountAPI, carol: AccountAPI
) -> None:
    """Units count once, in either way and in both."""
    number = call(dao, carol)
    expected = {"strikeId": number, "member": carol}
    with refused(dao.strike.AlreadyPledged, **expected):
        dao.strike.pledge(sender=carol)
    with refused(dao.strike.AlreadyPledged, **expected):
        pledge_by_signature(dao, carol, carol)


def test_pledge__with_votes_but_no_units__is_refused(
    dao: Dao, workers: None, alice: AccountAPI, carol: AccountAPI, stranger: AccountAPI
) -> None:
    """Delegated votes are not units: they add nothing to the delegate, and stay their owner's."""
    dao.token._mutable_methods_["delegate"](stranger, sender=alice)
    dao.wait(1)
    number = call(dao, carol)
    timepoint = dao.strike.strikeOf(number).timepoint
    with refused(dao.strike.NoUnitsAtTimepoint, member=stranger, timepoint=timepoint):
        dao.strike.pledge(sender=stranger)
    dao.strike.pledge(sender=alice)
    assert dao.strike.strikeOf(number).pledged == 750


def test_pledge__by_a_signature_that_is_not_the_members__is_refused(
    dao: Dao, workers: None, bob: AccountAPI, carol: AccountAPI
) -> None:
    """A pledge binds member, strike, contract and chain."""
    number = call(dao, carol)
    here = dao.domain(dao.strike)
    message = Pledge(number, Address(bob.address))
    elsewhere = [
        Domain(here.name, here.chain_id + 1, here.contract),
        Domain(here.name, here.chain_id, Address(dao.token.address)),
        Domain("DataGovernor", here.chain_id, here.contract),
    ]
    forged = [
        sign_pledge(dao, carol, bob),
        sign_pledge(dao, bob, carol),
        sign_pledge(dao, bob, bob, number + 1),
        *(sign(bob, domain, message) for domain in elsewhere),
        b"",
    ]
    for signature in forged:
        with refused(dao.strike.PledgeSignatureInvalid, member=bob):
            dao.strike.pledgeFor(bob, signature, sender=dao.stranger)


def test_pledge__signed_for_the_last_call__is_refused_at_the_next(
    dao: Dao, workers: None, bob: AccountAPI, carol: AccountAPI
) -> None:
    """Who pledged to a call that failed is not pledged to the next."""
    first = call(dao, carol)
    signature = sign_pledge(dao, bob, bob, first)
    dao.strike.pledgeFor(bob, signature, sender=dao.stranger)
    pass_deadline(dao)
    second = call(dao, carol)
    with refused(dao.strike.PledgeSignatureInvalid, member=bob):
        dao.strike.pledgeFor(bob, signature, sender=dao.stranger)
    assert [dao.strike.hasPledged(each, bob) for each in (first, second)] == [True, False]


def test_pledge__signed_before_it_was_taken_back__is_refused(
    dao: Dao, workers: None, bob: AccountAPI, carol: AccountAPI
) -> None:
    """Nobody else brings a pledge back that its member took back; the member itself can."""
    call(dao, carol)
    signature = sign_pledge(dao, bob, bob)
    dao.strike.pledgeFor(bob, signature, sender=dao.stranger)
    dao.strike.unpledge(sender=bob)
    with refused(dao.strike.PledgeTakenBack, strikeId=1, member=bob):
        dao.strike.pledgeFor(bob, signature, sender=dao.stranger)
    dao.strike.pledge(sender=bob)
    assert dao.strike.hasPledged(1, bob)


def test_unpledge__what_was_not_pledged__is_refused(
    dao: Dao, workers: None, bob: AccountAPI, carol: AccountAPI
) -> None:
    """Only a pledge that stands is taken back, once."""
    call(dao, carol)
    with refused(dao.strike.NotPledged, strikeId=1, member=bob):
        dao.strike.unpledge(sender=bob)
    dao.strike.unpledge(sender=carol)
    with refused(dao.strike.NotPledged, strikeId=1, member=carol):
        dao.strike.unpledge(sender=carol)


# --- success ---


@pytest.mark.parametrize("settings", [LEAST, MOST])
def test_create__at_the_bounds__is_possible(
    dao: Dao, project: ProjectManager, deployer: AccountAPI, settings: tuple[int, int, int]
) -> None:
    """The bounds themselves are allowed, and shown."""
    strike = deploy(project, deployer, dao.token, settings)
    assert tuple(strike.settings()) == settings
    assert (strike.strikeCount(), strike.onUntil(), strike.isOn()) == (0, 0, False)


def test_call__by_a_member__is_logged_with_its_pledge(
    dao: Dao, workers: None, carol: AccountAPI
) -> None:
    """A call fixes the timepoint, the deadline and what is needed, and pledges its caller."""
    receipt = dao.strike.call(REASON, sender=carol)
    timepoint, deadline = dao.now - 1, dao.now + PLEDGING
    called = dao.strike.StrikeCalled.from_receipt(receipt)[0]
    assert (called.strikeId, called.member, called.reason) == (1, carol, REASON)
    assert (called.timepoint, called.deadline, called.needed) == (timepoint, deadline, 250)
    pledged = dao.strike.Pledged.from_receipt(receipt)[0]
    assert (pledged.strikeId, pledged.member, pledged.units) == (1, carol, 10)
    assert tuple(dao.strike.strikeOf(1)) == (timepoint, deadline, 0, 10, 250)
    assert dao.strike.hasPledged(1, carol)
    assert not dao.strike.isOn()


def test_pledge__for_a_contract_wallet__counts(
    dao: Dao, workers: None, wallet: ContractInstance, alice: AccountAPI, carol: AccountAPI
) -> None:
    """A contract wallet pledges by what its owner signs (ERC-1271)."""
    dao.contribute_by_wallet(wallet, alice, 90)
    dao.wait(1)
    call(dao, carol)
    receipt = pledge_by_signature(dao, alice, wallet)
    pledged = dao.strike.Pledged.from_receipt(receipt)[0]
    assert (pledged.member, pledged.units) == (wallet, 90)
    assert dao.strike.strikeOf(1).pledged == 100


def test_unpledge__in_time__takes_the_units_back(
    dao: Dao, workers: None, bob: AccountAPI, carol: AccountAPI
) -> None:
    """Until it begins everybody may change their mind, to the last second."""
    call(dao, carol)
    pledge_by_signature(dao, bob, bob)
    dao.chain.pending_timestamp = dao.strike.strikeOf(1).deadline
    receipt = dao.strike.unpledge(sender=bob)
    gone = dao.strike.PledgeWithdrawn.from_receipt(receipt)[0]
    assert (gone.strikeId, gone.member, gone.units) == (1, bob, 230)
    assert (dao.strike.strikeOf(1).pledged, dao.strike.hasPledged(1, bob)) == (10, False)
