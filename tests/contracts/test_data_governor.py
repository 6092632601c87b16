"""DataGovernor: who may propose, when a vote ends, and what can never be changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dao_backend.core.model import Vote as Support
from tests.contracts.dao import DAY, Dao, sign, words
from tests.contracts.refusals import refused
from tests.contracts.votes import State, VoteHelper, only

if TYPE_CHECKING:
    from ape.api import AccountAPI
    from ape.managers import ProjectManager

ABSTAIN, AGAINST, FOR = Support.ABSTAIN, Support.AGAINST, Support.FOR


@pytest.fixture
def vote(dao: Dao, members: list[AccountAPI], buyer: AccountAPI) -> VoteHelper:
    """The vote of a request; a quorum is 200 of the members' 1,000 units."""
    return dao.request(buyer)


# --- refusals ---


def test_propose__below_the_threshold__is_refused(
    dao: Dao, members: list[AccountAPI], stranger: AccountAPI
) -> None:
    """Who holds fewer than the threshold's votes cannot propose."""
    dao.wait(1)
    arguments = {"proposer": stranger, "votes": 0, "threshold": 100}
    with refused(dao.governor.GovernorInsufficientProposerVotes, **arguments):
        dao.propose(stranger, [(dao.desk, 0, b"")])


def test_propose__in_the_desks_name__is_refused(
    dao: Dao, members: list[AccountAPI], alice: AccountAPI
) -> None:
    """A description that names the desk as its proposer is the desk's alone to propose."""
    dao.wait(1)
    text = f"Grant access request 1 #proposer={dao.desk.address.lower()}"
    with refused(dao.governor.GovernorRestrictedProposer, proposer=alice):
        dao.propose(alice, [(dao.desk, 0, b"")], text)


def test_propose__in_the_second_of_ones_first_units__is_refused(
    dao: Dao, project: ProjectManager, alice: AccountAPI
) -> None:
    """Votes count one second back, so units minted in this transaction cannot propose in it."""
    wallet = alice.deploy(project.BatchWallet, alice)
    record, nonce = dao.record(wallet.address)
    consent = sign(alice, dao.domain(dao.registry), record)
    arguments = (words(record), nonce, dao.appraisal(record, 500), consent)
    calls = [
        (dao.registry, dao.registry.contributeFor.encode_input(*arguments)),
        (dao.governor, dao.governor.propose.encode_input([dao.desk], [0], [b""], "Now")),
    ]
    expected = {"proposer": wallet, "votes": 0, "threshold": 100}
    with refused(dao.governor.GovernorInsufficientProposerVotes, **expected):
        wallet.execute(calls, sender=alice)


def test_cancel__by_somebody_else__is_refused(
    dao: Dao, vote: VoteHelper, alice: AccountAPI, buyer: AccountAPI
) -> None:
    """Only the desk cancels what the desk proposed, not the buyer and not a member."""
    for account in (alice, buyer):
        arguments = {"proposalId": vote.proposal_id, "account": account}
        with refused(dao.governor.GovernorUnableToCancel, **arguments):
            vote.cancel(account)


@pytest.mark.parametrize(
    ("voters", "support"),
    [((), FOR), (("carol",), FOR), (("alice",), AGAINST), (("alice",), ABSTAIN)],
)
def test_queue__without_quorum_or_majority__is_refused(
    dao: Dao,
    vote: VoteHelper,
    voters: tuple[str, ...],
    support: Support,
    request: pytest.FixtureRequest,
) -> None:
    """Nobody, 10 percent for, a majority against, or only abstentions: each is a defeat."""
    vote.open()
    for name in voters:
        vote.cast(request.getfixturevalue(name), support)
    vote.close()
    assert vote.state == State.DEFEATED
    expected = {"proposalId": vote.proposal_id, "current": 3, "expectedStates": only(4)}
    with refused(dao.governor.GovernorUnexpectedProposalState, **expected):
        vote.queue()


def test_queue__a_tie__is_refused(
    dao: Dao, alice: AccountAPI, bob: AccountAPI, buyer: AccountAPI
) -> None:
    """As many for as against is a defeat."""
    dao.contribute(alice, 100)
    dao.contribute(bob, 100)
    vote = dao.request(buyer).open()
    vote.cast(alice, FOR)
    vote.cast(bob, AGAINST)
    assert vote.close().state == State.DEFEATED


def test_quorum__lowered_after_a_defeat__revives_nothing(
    dao: Dao, members: list[AccountAPI], alice: AccountAPI, carol: AccountAPI, buyer: AccountAPI
) -> None:
    """A vote that missed its quorum stays dead when a later vote lowers the quorum."""
    dead = dao.request(buyer).open()
    dead.cast(carol)
    dead.close()
    call = bytes(dao.governor.updateQuorumNumerator.encode_input(5))
    dao.propose(alice, [(dao.governor, 0, call)]).pass_by(alice).execute()
    assert dao.governor.quorumNumerator() == 5
    assert dead.state == State.DEFEATED
    assert dao.governor.proposalQuorum(dead.proposal_id) == 200


def test_quorum__lowered_after_an_unvoted_end__revives_nothing(
    dao: Dao, members: list[AccountAPI], alice: AccountAPI, buyer: AccountAPI
) -> None:
    """Nor does a vote in which nobody voted, whose quorum was never kept."""
    dead = dao.request(buyer).close()
    call = bytes(dao.governor.updateQuorumNumerator.encode_input(0))
    dao.propose(alice, [(dao.governor, 0, call)]).pass_by(alice).execute()
    assert dead.state == State.DEFEATED
    assert dao.governor.proposalQuorum(dead.proposal_id) == 200


def test_timelock__exchanged_by_a_vote__is_refused(dao: Dao, stranger: AccountAPI) -> None:
    """The other contracts obey this timelock, so no vote can point the governor to another."""
    with refused(dao.governor.TimelockFixed, timelock=dao.timelock):
        dao.governor.updateTimelock(stranger, sender=stranger)


@pytest.mark.parametrize("method", ["setVotingDelay", "setVotingPeriod", "setProposalThreshold"])
def test_settings__set_without_a_vote__is_refused(
    dao: Dao, stranger: AccountAPI, method: str
) -> None:
    """Settings change by an executed vote alone."""
    with refused(dao.governor.GovernorOnlyExecutor, account=stranger):
        dao.governor._mutable_methods_[method](60, sender=stranger)


# --- success ---


def test_propose__by_a_member__changes_what_was_voted(
    dao: Dao, members: list[AccountAPI], alice: AccountAPI
) -> None:
    """A member with the threshold's votes proposes anything; after vote and timelock it happens."""
    dao.wait(1)
    call = bytes(dao.desk.setFilingFee.encode_input(7))
    vote = dao.propose(alice, [(dao.desk, 0, call)]).pass_by(alice)
    assert vote.state == State.QUEUED
    vote.execute()
    assert (vote.state, dao.desk.filingFee()) == (State.EXECUTED, 7)


def test_vote__passing_late__is_extended_once(
    dao: Dao, vote: VoteHelper, alice: AccountAPI, bob: AccountAPI
) -> None:
    """A ballot that makes a proposal pass in the last second gives everybody two minutes more."""
    planned = vote.deadline
    vote.open()
    dao.chain.pending_timestamp = planned
    receipt = vote.cast(alice)
    extended = dao.governor.ProposalExtended.from_receipt(receipt)[0]
    assert extended.extendedDeadline == vote.deadline == planned + 120
    vote.cast(bob, AGAINST)
    assert vote.deadline == planned + 120


def test_vote__quorum_filled_by_early_abstentions__is_still_extended(
    dao: Dao, vote: VoteHelper, alice: AccountAPI, carol: AccountAPI
) -> None:
    """Though abstentions filled the quorum early, the last-second ballot that decides extends."""
    planned = vote.deadline
    vote.open().cast(alice, ABSTAIN)
    assert vote.deadline == planned
    dao.chain.pending_timestamp = planned
    vote.cast(carol, FOR)
    assert vote.deadline == planned + 120


def test_vote__passing_early__is_not_extended(
    dao: Dao, vote: VoteHelper, alice: AccountAPI
) -> None:
    """A proposal that passes early ends when planned."""
    planned = vote.deadline
    vote.open().cast(alice)
    assert vote.deadline == planned


# --- properties ---


def test_clock__is_the_chains_time(dao: Dao) -> None:
    """Governor and token read the same clock."""
    dao.wait(DAY)
    assert dao.governor.clock() == dao.token.clock() == dao.now
    assert dao.governor.CLOCK_MODE() == dao.token.CLOCK_MODE()
    assert dao.governor.COUNTING_MODE() == "support=bravo&quorum=for,abstain"
    assert (dao.governor.name(), dao.governor.version()) == ("DataGovernor", "1")
