"""Council: who is the guardian, until when, and how the DAO is rid of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.contracts.council_stand import BETWEEN, MANDATE, MAX_PAUSE, brake, cancel, found
from tests.contracts.dao import DAY, NATIVE, Dao
from tests.contracts.desk_stand import decide, motion
from tests.contracts.refusals import refused
from tests.contracts.votes import State

if TYPE_CHECKING:
    from ape.api import AccountAPI
    from ape.managers import ProjectManager

TWO_YEARS = 730 * DAY


@pytest.fixture
def guardian(
    dao: Dao, alice: AccountAPI, bob: AccountAPI, carol: AccountAPI, accounts: list[AccountAPI]
) -> AccountAPI:
    """The guardian of a DAO of three members."""
    found(dao, (alice, bob, carol), accounts[10])
    return accounts[10]


@pytest.fixture
def wiring(dao: Dao) -> tuple[str, ...]:
    """Peers for a council that calls none of them."""
    return (dao.timelock.address,) * 13


# --- refusals ---


def test_appoint__by_anybody_but_the_timelock__is_refused(
    dao: Dao, guardian: AccountAPI, alice: AccountAPI
) -> None:
    """The guardian cannot lengthen its own mandate, nor a member take it."""
    for caller in (guardian, alice):
        with refused(dao.council.UnexpectedCaller, caller=caller, expected=dao.timelock):
            dao.council.appoint(caller, dao.now + DAY, sender=caller)


@pytest.mark.parametrize("ahead", [-1, TWO_YEARS + 1])
def test_appoint__mandate_over_or_too_long__is_refused(
    dao: Dao, guardian: AccountAPI, alice: AccountAPI, ahead: int
) -> None:
    """A mandate ends in the future, at most two years ahead of its appointment."""
    when = dao.now + DAY
    vote = motion(dao, alice, dao.council, "appoint", alice, when + ahead).pass_by(alice)
    dao.chain.pending_timestamp = when
    with refused(dao.council.MandateOutOfBounds, mandateUntil=when + ahead):
        vote.execute()
    assert dao.council.guardian() == guardian


def test_appoint__nobody_for_too_long__is_refused(
    dao: Dao, guardian: AccountAPI, alice: AccountAPI
) -> None:
    """The bound of two years holds for nobody as well."""
    far = dao.now + 3 * TWO_YEARS
    vote = motion(dao, alice, dao.council, "appoint", NATIVE, far).pass_by(alice)
    with refused(dao.council.MandateOutOfBounds, mandateUntil=far):
        vote.execute()


def test_create__mandate_too_long__is_refused(
    dao: Dao,
    project: ProjectManager,
    wiring: tuple[str, ...],
    deployer: AccountAPI,
    alice: AccountAPI,
) -> None:
    """The first guardian's mandate has the same bound."""
    dao.wait(DAY)  # the clock of the machine must not overtake the chain's
    when = dao.now + 100
    dao.chain.pending_timestamp = when
    with refused(dao.council.MandateOutOfBounds, mandateUntil=when + TWO_YEARS + 1):
        deployer.deploy(project.Council, wiring, alice, TWO_YEARS + 1)


def test_council__without_a_guardian__obeys_nobody(
    dao: Dao, members: list[AccountAPI], alice: AccountAPI, stranger: AccountAPI
) -> None:
    """Where the DAO appointed nobody, nobody brakes."""
    assert dao.council.guardian() == NATIVE
    vote = motion(dao, alice, dao.desk, "setFilingFee", 7).pass_by(alice)
    for caller in (alice, stranger):
        with refused(dao.council.NotGuardian, caller=caller, guardian=NATIVE):
            dao.council.pause(DAY, sender=caller)
        with refused(dao.council.NotGuardian, caller=caller, guardian=NATIVE):
            cancel(vote, caller)


# --- success ---


def test_create__first_guardian__has_its_mandate(
    dao: Dao,
    project: ProjectManager,
    wiring: tuple[str, ...],
    deployer: AccountAPI,
    alice: AccountAPI,
) -> None:
    """A DAO may have a guardian from its first second."""
    council = deployer.deploy(project.Council, wiring, alice, TWO_YEARS)
    assert (council.guardian(), council.mandateUntil()) == (alice, dao.now + TWO_YEARS)
    assert (tuple(council.lastPause()), council.pausableFrom()) == ((0, 0), 0)


def test_appoint__two_years_ahead__is_logged(
    dao: Dao, guardian: AccountAPI, alice: AccountAPI, accounts: list[AccountAPI]
) -> None:
    """The DAO replaces its guardian for two years at most; the old one can do nothing more."""
    when = dao.now + DAY
    until = when + TWO_YEARS
    vote = motion(dao, alice, dao.council, "appoint", accounts[11], until).pass_by(alice)
    dao.chain.pending_timestamp = when
    logged = dao.council.GuardianAppointed.from_receipt(vote.execute())[0]
    assert (logged.guardian, logged.mandateUntil) == (accounts[11], until)
    assert (dao.council.guardian(), dao.council.mandateUntil()) == (accounts[11], until)
    with refused(dao.council.NotGuardian, caller=guardian, guardian=accounts[11]):
        brake(dao, guardian)
    brake(dao, accounts[11])


def test_appoint__the_same_once_more__renews_the_mandate(
    dao: Dao, guardian: AccountAPI, alice: AccountAPI
) -> None:
    """A mandate that ends is given again by a vote, whose proposal may call the council twice."""
    until = dao.now + MANDATE + DAY
    calls = [
        (dao.council, 0, bytes(dao.council.appoint.encode_input(who, until)))
        for who in (NATIVE, guardian)
    ]
    dao.propose(alice, calls, "Renew").pass_by(alice).execute()
    assert (dao.council.guardian(), dao.council.mandateUntil()) == (guardian, until)


@pytest.mark.parametrize("until", [0, 1], ids=["no time", "long ago"])
def test_appoint__nobody__needs_no_mandate(
    dao: Dao, guardian: AccountAPI, alice: AccountAPI, until: int
) -> None:
    """A dismissal cannot come too late for the date that it names."""
    decide(dao, alice, dao.council, "appoint", NATIVE, until)
    assert dao.council.guardian() == NATIVE
    with refused(dao.council.NotGuardian, caller=guardian, guardian=NATIVE):
        brake(dao, guardian)


# --- properties ---


def test_dismissal__resisted_with_everything_the_guardian_has__comes_on_time(
    dao: Dao, guardian: AccountAPI, alice: AccountAPI
) -> None:
    """Neither a pause nor a cancellation keeps a dismissal back for one second."""
    vote = motion(dao, alice, dao.council, "appoint", NATIVE, 0)
    with refused(dao.governor.ProposalNotQueued, proposalId=vote.proposal_id, state=0):
        cancel(vote, guardian)
    brake(dao, guardian)
    vote.open().cast(alice)
    vote.close().queue()
    with refused(dao.governor.CouncilProtected, proposalId=vote.proposal_id):
        cancel(vote, guardian)
    due = dao.governor.proposalEta(vote.proposal_id)
    dao.chain.pending_timestamp = due
    vote.execute()
    assert (dao.now, vote.state, dao.council.guardian()) == (due, State.EXECUTED, NATIVE)


def test_pause__by_guardians_in_turn__still_waits_37_days(
    dao: Dao, guardian: AccountAPI, alice: AccountAPI, accounts: list[AccountAPI]
) -> None:
    """The next guardian can end the pause of the last, and begins its own no earlier."""
    brake(dao, guardian)
    begun = dao.now
    decide(dao, alice, dao.council, "appoint", accounts[11], dao.now + MANDATE)
    with refused(dao.council.PauseTooSoon, earliest=begun + BETWEEN):
        brake(dao, accounts[11])
    dao.council.unpause(sender=accounts[11])
    assert dao.registry.pausedUntil() == dao.now
    dao.chain.pending_timestamp = begun + BETWEEN
    assert brake(dao, accounts[11]) == begun + BETWEEN + MAX_PAUSE
