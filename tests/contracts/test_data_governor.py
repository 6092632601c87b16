"""DataGovernor: who may propose, whose ballots count, when a vote ends, and that it cannot move."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dao_backend.core.model import Vote as Support
from dao_backend.core.typed import Ballot
from tests.contracts.dao import DAY, Dao, sign, words
from tests.contracts.refusals import refused
from tests.contracts.votes import State, VoteHelper

if TYPE_CHECKING:
    from ape.api import AccountAPI
    from ape.contracts import ContractInstance
    from ape.managers import ProjectManager

ABSTAIN, AGAINST, FOR = Support.ABSTAIN, Support.AGAINST, Support.FOR


@pytest.fixture
def vote(dao: Dao, members: list[AccountAPI], buyer: AccountAPI) -> VoteHelper:
    """The vote of a request; a quorum is 200 of the members' 1,000 units."""
    return dao.request(buyer)


def ballot(dao: Dao, voter: AccountAPI, vote: VoteHelper, support: Support) -> bytes:
    """A signed ballot."""
    message = Ballot(vote.proposal_id, support, voter.address)
    return sign(voter, dao.domain(dao.governor), message)


# --- proposing: refusals ---


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


# --- voting: refusals ---


def test_vote__before_the_snapshot_has_passed__is_refused(
    dao: Dao, vote: VoteHelper, alice: AccountAPI
) -> None:
    """In the snapshot's own second the vote is still pending."""
    dao.go_to(vote.snapshot - 1)
    expected = {"proposalId": vote.proposal_id, "current": 0, "expectedStates": _only(1)}
    with refused(dao.governor.GovernorUnexpectedProposalState, **expected):
        vote.cast(alice)


def test_vote__after_the_deadline__is_refused(
    dao: Dao, vote: VoteHelper, alice: AccountAPI
) -> None:
    """A ballot in the second after the deadline does not count."""
    vote.close()
    expected = {"proposalId": vote.proposal_id, "current": 3, "expectedStates": _only(1)}
    with refused(dao.governor.GovernorUnexpectedProposalState, **expected):
        vote.cast(alice)


def test_vote__by_nobody_known__is_refused(
    dao: Dao, vote: VoteHelper, stranger: AccountAPI
) -> None:
    """Without a member index there is no bit to set."""
    vote.open()
    with refused(dao.governor.NotAMember, voter=stranger):
        vote.cast(stranger)


def test_vote__joined_after_the_snapshot__is_refused(
    dao: Dao, vote: VoteHelper, stranger: AccountAPI, accounts: list[AccountAPI]
) -> None:
    """Units that came after the snapshot are no votes in it."""
    vote.open()
    late = accounts[11]
    dao.contribute(late, 1_000_000)
    arguments = {"proposalId": vote.proposal_id, "voter": late}
    with refused(dao.governor.NoVotesAtSnapshot, **arguments):
        vote.cast(late)


def test_vote__twice__is_refused(dao: Dao, vote: VoteHelper, alice: AccountAPI) -> None:
    """A member's bit is set once, whatever the second ballot says."""
    vote.open().cast(alice)
    for support in Support:
        with refused(dao.governor.AlreadyVoted, proposalId=vote.proposal_id, voter=alice):
            vote.cast(alice, support)


def test_vote__unknown_support__is_refused(dao: Dao, vote: VoteHelper, alice: AccountAPI) -> None:
    """There are three kinds of support, and a refused ballot leaves the bit unset."""
    vote.open()
    with refused(dao.governor.GovernorInvalidVoteType):
        dao.governor.castVote(vote.proposal_id, 3, sender=alice)
    assert not dao.governor.hasVoted(vote.proposal_id, alice)


def test_vote__with_parameters__is_refused(dao: Dao, vote: VoteHelper, alice: AccountAPI) -> None:
    """Parameters would be counted by nobody and logged in an event that nobody reads."""
    vote.open()
    arguments = (vote.proposal_id, 1, "", b"x")
    with refused(dao.governor.GovernorInvalidVoteParams):
        dao.governor.castVoteWithReasonAndParams(*arguments, sender=alice)


def test_relayed_vote__replayed__is_refused(
    dao: Dao, vote: VoteHelper, alice: AccountAPI, stranger: AccountAPI
) -> None:
    """The voted bit is the guard: the same signature counts once."""
    vote.open()
    arguments = (vote.proposal_id, FOR, alice, ballot(dao, alice, vote, FOR))
    dao.governor.castVoteBySig(*arguments, sender=stranger)
    with refused(dao.governor.AlreadyVoted, proposalId=vote.proposal_id, voter=alice):
        dao.governor.castVoteBySig(*arguments, sender=stranger)


def test_relayed_vote__changed_on_the_way__is_refused(
    dao: Dao, vote: VoteHelper, alice: AccountAPI, bob: AccountAPI, stranger: AccountAPI
) -> None:
    """A ballot binds proposal, support and voter."""
    vote.open()
    signed = ballot(dao, alice, vote, FOR)
    for support, voter in ((AGAINST, alice), (FOR, bob)):
        arguments = (vote.proposal_id, support, voter, signed)
        with refused(dao.governor.GovernorInvalidSignature, voter=voter):
            dao.governor.castVoteBySig(*arguments, sender=stranger)


def test_relayed_vote__signed_for_another_contract_or_chain__is_refused(
    dao: Dao, vote: VoteHelper, alice: AccountAPI, stranger: AccountAPI
) -> None:
    """A ballot binds the governor and its chain."""
    vote.open()
    message = Ballot(vote.proposal_id, FOR, alice.address)
    here = dao.domain(dao.governor)
    there = type(here)(here.name, here.chain_id + 1, here.contract)
    for domain in (there, dao.domain(dao.registry)):
        arguments = (vote.proposal_id, FOR, alice, sign(alice, domain, message))
        with refused(dao.governor.GovernorInvalidSignature, voter=alice):
            dao.governor.castVoteBySig(*arguments, sender=stranger)


# --- the end of a vote: refusals ---


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
    expected = {"proposalId": vote.proposal_id, "current": 3, "expectedStates": _only(4)}
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


def test_vote__for_a_request__is_counted_and_logged(
    dao: Dao, vote: VoteHelper, alice: AccountAPI, bob: AccountAPI, carol: AccountAPI
) -> None:
    """Each ballot counts the units at the snapshot, once, on its side."""
    vote.open()
    receipt = vote.cast(alice, FOR)
    vote.cast(bob, AGAINST)
    vote.cast(carol, ABSTAIN)
    logged = dao.governor.VoteCast.from_receipt(receipt)[0]
    assert (logged.voter, logged.proposalId, logged.support, logged.weight) == (
        alice,
        vote.proposal_id,
        FOR,
        600,
    )
    assert tuple(dao.governor.proposalVotes(vote.proposal_id)) == (300, 600, 100)
    assert dao.governor.proposalQuorum(vote.proposal_id) == 200
    assert all(dao.governor.hasVoted(vote.proposal_id, who) for who in (alice, bob, carol))
    assert vote.close().state == State.SUCCEEDED


def test_vote__relayed__counts_like_ones_own(
    dao: Dao, vote: VoteHelper, alice: AccountAPI, stranger: AccountAPI
) -> None:
    """Anybody may carry a signed ballot to the chain; no nonce is used up."""
    vote.open()
    signed = ballot(dao, alice, vote, AGAINST)
    dao.governor.castVoteBySig(vote.proposal_id, AGAINST, alice, signed, sender=stranger)
    assert tuple(dao.governor.proposalVotes(vote.proposal_id)) == (600, 0, 0)
    assert dao.governor.nonces(alice) == 0


def test_vote__relayed_for_a_contract_wallet__counts(
    dao: Dao, wallet: ContractInstance, alice: AccountAPI, buyer: AccountAPI, stranger: AccountAPI
) -> None:
    """A contract wallet votes by what its owner signs (ERC-1271)."""
    dao.contribute_by_wallet(wallet, alice, 250)
    vote = dao.request(buyer).open()
    message = Ballot(vote.proposal_id, FOR, wallet.address)
    signed = sign(alice, dao.domain(dao.governor), message)
    dao.governor.castVoteBySig(vote.proposal_id, FOR, wallet, signed, sender=stranger)
    assert tuple(dao.governor.proposalVotes(vote.proposal_id)) == (0, 250, 0)


def test_vote__withdrawn_after_the_snapshot__still_counts(
    dao: Dao, alice: AccountAPI, buyer: AccountAPI
) -> None:
    """Votes are those of the snapshot, whatever came after it."""
    identity = dao.contribute(alice, 400)
    vote = dao.request(buyer).open()
    dao.withdraw(alice, identity)
    vote.cast(alice)
    assert tuple(dao.governor.proposalVotes(vote.proposal_id)) == (0, 400, 0)


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


def test_votes__of_many_members__fill_words_of_bits_without_touching_each_other(
    dao: Dao, accounts: list[AccountAPI], buyer: AccountAPI
) -> None:
    """The sums of all ballots are the units at the snapshot, and only voters' bits are set."""
    voters = [accounts[place] for place in range(10, 18)]
    units = {voter.address: 100 + place for place, voter in enumerate(voters)}
    for voter in voters:
        dao.contribute(voter, units[voter.address])
    vote = dao.request(buyer).open()
    for place, voter in enumerate(voters[:-1]):
        vote.cast(voter, Support(place % 3))
    sums = [
        sum(units[v.address] for i, v in enumerate(voters[:-1]) if i % 3 == side)
        for side in range(3)
    ]
    assert list(dao.governor.proposalVotes(vote.proposal_id)) == sums
    assert not dao.governor.hasVoted(vote.proposal_id, voters[-1])


def test_vote__next_ballot__costs_less_than_the_ceiling(
    dao: Dao, vote: VoteHelper, alice: AccountAPI, bob: AccountAPI
) -> None:
    """The second ballot, with late quorum, stays under 68,000 gas."""
    vote.open().cast(bob)
    dao.wait(10)
    assert vote.cast(alice).gas_used <= 68_000


def test_clock__is_the_chains_time(dao: Dao) -> None:
    """Governor and token read the same clock."""
    dao.wait(DAY)
    assert dao.governor.clock() == dao.token.clock() == dao.now
    assert dao.governor.CLOCK_MODE() == dao.token.CLOCK_MODE()
    assert dao.governor.COUNTING_MODE() == "support=bravo&quorum=for,abstain"
    assert (dao.governor.name(), dao.governor.version()) == ("DataGovernor", "1")


def _only(state: int) -> bytes:
    """OpenZeppelin's bitmap of one expected state."""
    return (1 << state).to_bytes(32, "big")
