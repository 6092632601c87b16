"""Council: who may pause and cancel, for how long, and whom it cannot stop."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from dao_backend.core.model import RequestStatus
from tests.contracts.council_stand import BETWEEN, MAX_PAUSE, brake, cancel, found
from tests.contracts.dao import DAY, Dao, words
from tests.contracts.desk_stand import accept, motion, publish
from tests.contracts.refusals import refused
from tests.contracts.votes import State, VoteHelper, only

if TYPE_CHECKING:
    from ape.api import AccountAPI


@pytest.fixture
def guardian(
    dao: Dao, alice: AccountAPI, bob: AccountAPI, carol: AccountAPI, accounts: list[AccountAPI]
) -> AccountAPI:
    """The guardian of a DAO of three members."""
    found(dao, (alice, bob, carol), accounts[10])
    return accounts[10]


# --- refusals ---


def test_council__used_by_somebody_else__is_refused(
    dao: Dao, guardian: AccountAPI, alice: AccountAPI, stranger: AccountAPI, buyer: AccountAPI
) -> None:
    """Neither members nor strangers brake."""
    vote = dao.request(buyer).pass_by(alice)
    for caller in (alice, stranger):
        with refused(dao.council.NotGuardian, caller=caller, guardian=guardian):
            dao.council.pause(DAY, sender=caller)
        with refused(dao.council.NotGuardian, caller=caller, guardian=guardian):
            dao.council.unpause(sender=caller)
        with refused(dao.council.NotGuardian, caller=caller, guardian=guardian):
            cancel(vote, caller)


def test_council__after_the_mandate__is_refused(
    dao: Dao, guardian: AccountAPI, alice: AccountAPI, buyer: AccountAPI
) -> None:
    """The mandate's last second is the last in which the guardian can do anything."""
    vote = dao.request(buyer).pass_by(alice)
    until = dao.council.mandateUntil()
    dao.chain.pending_timestamp = until
    brake(dao, guardian)
    for act in (
        lambda: brake(dao, guardian),
        lambda: dao.council.unpause(sender=guardian),
        lambda: cancel(vote, guardian),
    ):
        when = dao.now + 10
        dao.chain.pending_timestamp = when
        with refused(dao.council.MandateOver, mandateUntil=until, timestamp=when):
            act()


@pytest.mark.parametrize("duration", [0, MAX_PAUSE + 1])
def test_pause__for_nothing_or_too_long__is_refused(
    dao: Dao, guardian: AccountAPI, duration: int
) -> None:
    """A pause lasts a second at least, seven days at most."""
    with refused(dao.council.PauseOutOfBounds, duration=duration):
        dao.council.pause(duration, sender=guardian)


@pytest.mark.parametrize("ended", [False, True], ids=["as planned", "ended early"])
def test_pause__within_37_days_of_the_last__is_refused(
    dao: Dao, guardian: AccountAPI, ended: bool
) -> None:
    """Thirty-seven days lie between two begins, however short the first pause was."""
    brake(dao, guardian, DAY)
    begun = dao.now
    if ended:
        dao.council.unpause(sender=guardian)
    dao.go_to(begun + BETWEEN - 10)
    with refused(dao.council.PauseTooSoon, earliest=begun + BETWEEN):
        brake(dao, guardian)
    dao.chain.pending_timestamp = begun + BETWEEN
    assert brake(dao, guardian) == begun + BETWEEN + MAX_PAUSE


@pytest.mark.parametrize("before", [False, True], ids=["never paused", "just over"])
def test_unpause__without_a_pause__is_refused(dao: Dao, guardian: AccountAPI, before: bool) -> None:
    """In the second in which a pause ends there is nothing left to end."""
    if before:
        dao.chain.pending_timestamp = brake(dao, guardian, DAY)
    with refused(dao.council.NotPaused):
        dao.council.unpause(sender=guardian)


def _pending(vote: VoteHelper, _: AccountAPI) -> State:
    return vote.state


def _active(vote: VoteHelper, _: AccountAPI) -> State:
    return vote.open().state


def _defeated(vote: VoteHelper, _: AccountAPI) -> State:
    return vote.close().state


def _succeeded(vote: VoteHelper, voter: AccountAPI) -> State:
    vote.open().cast(voter)
    return vote.close().state


def _executed(vote: VoteHelper, voter: AccountAPI) -> State:
    vote.pass_by(voter).execute()
    return vote.state


def _cancelled(vote: VoteHelper, voter: AccountAPI) -> State:
    vote.cancel(voter)
    return vote.state


@pytest.mark.parametrize(
    ("reach", "state"),
    [
        (_pending, State.PENDING),
        (_active, State.ACTIVE),
        (_defeated, State.DEFEATED),
        (_succeeded, State.SUCCEEDED),
        (_executed, State.EXECUTED),
        (_cancelled, State.CANCELED),
    ],
)
def test_cancel__what_is_not_queued__is_refused(
    dao: Dao,
    guardian: AccountAPI,
    alice: AccountAPI,
    reach: Callable[[VoteHelper, AccountAPI], State],
    state: State,
) -> None:
    """The guardian cannot keep anything from being voted on, nor undo what was done."""
    vote = motion(dao, alice, dao.desk, "setFilingFee", 7)
    assert reach(vote, alice) == state
    expected = {"proposalId": vote.proposal_id, "state": state}
    with refused(dao.governor.ProposalNotQueued, **expected):
        cancel(vote, guardian)
    assert vote.state == state


def test_cancel__what_was_never_proposed__is_refused(dao: Dao, guardian: AccountAPI) -> None:
    """There is nothing to cancel in a proposal that nobody made."""
    vote = VoteHelper(dao, [(dao.desk, 0, b"")], "Never")
    with refused(dao.governor.GovernorNonexistentProposal, proposalId=vote.proposal_id):
        cancel(vote, guardian)


def test_cancel__around_the_council__is_refused(
    dao: Dao, guardian: AccountAPI, alice: AccountAPI, stranger: AccountAPI
) -> None:
    """The governor hears the council alone, not even its guardian; the timelock the governor."""
    vote = motion(dao, alice, dao.desk, "setFilingFee", 7).pass_by(alice)
    for caller in (guardian, alice, stranger):
        with refused(dao.governor.UnexpectedCaller, caller=caller, expected=dao.council):
            dao.governor.cancelQueued(*vote._arguments(), sender=caller)
        expected = {"account": caller, "neededRole": bytes(dao.timelock.CANCELLER_ROLE())}
        with refused(dao.timelock.AccessControlUnauthorizedAccount, **expected):
            dao.timelock.cancel(bytes(32), sender=caller)


def test_cancel__about_the_council__is_refused(
    dao: Dao, guardian: AccountAPI, alice: AccountAPI
) -> None:
    """Whatever the DAO decides about the council, its guardian cannot touch."""
    vote = motion(dao, alice, dao.council, "appoint", alice, dao.now + DAY).pass_by(alice)
    with refused(dao.governor.CouncilProtected, proposalId=vote.proposal_id):
        cancel(vote, guardian)
    vote.execute()
    assert dao.council.guardian() == alice


@pytest.mark.parametrize("order", [("council", "desk"), ("desk", "desk", "council")])
def test_propose__the_council_with_something_else__is_refused(
    dao: Dao, guardian: AccountAPI, alice: AccountAPI, stranger: AccountAPI, order: tuple[str, ...]
) -> None:
    """Nobody hides a bad call from the guardian behind one about the council."""
    targets = [getattr(dao, name) for name in order]
    vote = VoteHelper(dao, [(target, 0, b"") for target in targets], "Both")
    for proposer in (alice, stranger, guardian):
        with refused(dao.governor.CouncilNotAlone, target=targets[-1]):
            vote.propose(proposer)


def test_propose__nothing_at_all__is_refused(
    dao: Dao, guardian: AccountAPI, alice: AccountAPI
) -> None:
    """An empty proposal is refused as OpenZeppelin refuses it."""
    lengths = {"targets": 0, "calldatas": 0, "values": 0}
    with refused(dao.governor.GovernorInvalidProposalLength, **lengths):
        dao.governor.propose([], [], [], "Nothing", sender=alice)


# --- success ---


def test_pause__by_the_guardian__is_logged_and_told_to_the_registry(
    dao: Dao, guardian: AccountAPI
) -> None:
    """A pause is written where registrations and grants look for it."""
    receipt = dao.council.pause(DAY, sender=guardian)
    until = dao.now + DAY
    assert [log.until for log in dao.council.PauseBegun.from_receipt(receipt)] == [until]
    assert [log.until for log in dao.registry.PausedUntil.from_receipt(receipt)] == [until]
    assert tuple(dao.council.lastPause()) == (dao.now, until)
    assert dao.registry.pausedUntil() == until
    assert dao.council.pausableFrom() == dao.now + BETWEEN


def test_unpause__by_the_guardian__ends_it_at_once(
    dao: Dao, guardian: AccountAPI, buyer: AccountAPI, stranger: AccountAPI
) -> None:
    """What was stopped works in the same second."""
    brake(dao, guardian)
    begun = dao.now
    receipt = dao.council.unpause(sender=guardian)
    assert len(dao.council.PauseEnded.from_receipt(receipt)) == 1
    assert [log.until for log in dao.registry.PausedUntil.from_receipt(receipt)] == [dao.now]
    assert tuple(dao.council.lastPause()) == (begun, dao.now)
    dao.contribute(stranger)
    dao.request(buyer)


def test_pause__while_it_lasts__stops_registering_requesting_accepting_and_granting(
    dao: Dao, guardian: AccountAPI, alice: AccountAPI, buyer: AccountAPI, stranger: AccountAPI
) -> None:
    """To the last second nothing new comes in or is granted; then everything does."""
    number = publish(dao, alice)
    vote = dao.request(buyer).pass_by(alice)
    until = brake(dao, guardian)
    record, nonce = dao.record(stranger.address)
    dao.go_to(until - 20)
    appraisal = dao.appraisal(record, 100)
    arguments = (words(record), nonce, appraisal)
    with refused(dao.registry.RegistrationPaused, until=until):
        dao.registry.contribute(*arguments, sender=stranger)
    with refused(dao.registry.RegistrationPaused, until=until):
        dao.request(buyer)
    with refused(dao.registry.RegistrationPaused, until=until):
        accept(dao, buyer, number)
    dao.chain.pending_timestamp = until - 1
    with refused(dao.desk.GrantingPaused, until=until):
        vote.execute()
    dao.chain.pending_timestamp = until
    vote.execute()
    dao.registry.contribute(*arguments, sender=stranger)
    accept(dao, buyer, number)


@pytest.mark.parametrize("ended", [False, True], ids=["as planned", "ended early"])
def test_pause__over_a_request__extends_the_time_in_which_it_can_be_granted(
    dao: Dao, guardian: AccountAPI, alice: AccountAPI, buyer: AccountAPI, ended: bool
) -> None:
    """A request loses none of its time to a pause, whose length is what it really had."""
    vote = dao.request(buyer).pass_by(alice)
    planned = dao.desk.requestOf(vote.request_id).executeBy
    until = brake(dao, guardian)
    begun = dao.now
    if ended:
        dao.wait(DAY)
        dao.council.unpause(sender=guardian)
        until = dao.now
    last = planned + until - begun
    assert dao.desk.requestOf(vote.request_id).executeBy == last
    dao.chain.pending_timestamp = last
    vote.execute()
    assert dao.desk.requestOf(vote.request_id).status == RequestStatus.GRANTED


def test_cancel__what_is_queued__voids_it_and_its_request(
    dao: Dao, guardian: AccountAPI, alice: AccountAPI, buyer: AccountAPI
) -> None:
    """A cancelled request cannot be granted, not at the timelock either; its buyer is refunded."""
    vote = dao.request(buyer).pass_by(alice)
    receipt = cancel(vote, guardian)
    logged = dao.governor.ProposalCanceled.from_receipt(receipt)
    assert [log.proposalId for log in logged] == [vote.proposal_id]
    assert (vote.state, len(dao.timelock.Cancelled.from_receipt(receipt))) == (State.CANCELED, 1)
    expected = {
        "proposalId": vote.proposal_id,
        "current": State.CANCELED,
        "expectedStates": only(State.QUEUED),
    }
    with refused(dao.governor.GovernorUnexpectedProposalState, **expected):
        vote.execute()
    dao.desk.refund(vote.request_id, sender=buyer)
    assert dao.desk.requestOf(vote.request_id).status == RequestStatus.REFUNDED
