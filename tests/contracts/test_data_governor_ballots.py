"""DataGovernor, ballots: whose count, how often, and by whose hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dao_backend.core.model import Vote as Support
from dao_backend.core.typed import Ballot
from tests.contracts.dao import Dao, sign
from tests.contracts.refusals import refused
from tests.contracts.votes import State, VoteHelper, only

if TYPE_CHECKING:
    from ape.api import AccountAPI
    from ape.contracts import ContractInstance

ABSTAIN, AGAINST, FOR = Support.ABSTAIN, Support.AGAINST, Support.FOR


@pytest.fixture
def vote(dao: Dao, members: list[AccountAPI], buyer: AccountAPI) -> VoteHelper:
    """The vote of a request; a quorum is 200 of the members' 1,000 units."""
    return dao.request(buyer)


def ballot(dao: Dao, voter: AccountAPI, vote: VoteHelper, support: Support) -> bytes:
    """A signed ballot."""
    message = Ballot(vote.proposal_id, support, voter.address)
    return sign(voter, dao.domain(dao.governor), message)


# --- refusals ---


def test_vote__before_the_snapshot_has_passed__is_refused(
    dao: Dao, vote: VoteHelper, alice: AccountAPI
) -> None:
    """In the snapshot's own second the vote is still pending."""
    dao.go_to(vote.snapshot - 1)
    expected = {"proposalId": vote.proposal_id, "current": 0, "expectedStates": only(1)}
    with refused(dao.governor.GovernorUnexpectedProposalState, **expected):
        vote.cast(alice)


def test_vote__after_the_deadline__is_refused(
    dao: Dao, vote: VoteHelper, alice: AccountAPI
) -> None:
    """A ballot in the second after the deadline does not count."""
    vote.close()
    expected = {"proposalId": vote.proposal_id, "current": 3, "expectedStates": only(1)}
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
