"""Attacks on votes and their execution, each named after the loss that it was somewhere else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dao_backend.core.model import Address, RequestStatus, Vote
from dao_backend.core.typed import Ballot
from tests.contracts.actors import call_of
from tests.contracts.dao import NATIVE, Dao, sign, words
from tests.contracts.refusals import decoded, refused
from tests.contracts.votes import State, VoteHelper, only

if TYPE_CHECKING:
    from ape.api import AccountAPI
    from ape.contracts import ContractInstance
    from ape.managers import ProjectManager


@pytest.fixture
def vote(dao: Dao, edition: int, buyer: AccountAPI) -> VoteHelper:
    """The vote on a request, open."""
    return dao.request(buyer).open()


# --- votes that were never there ---


def test_vote__with_units_of_the_same_transaction__is_refused(
    dao: Dao, vote: VoteHelper, project: ProjectManager, alice: AccountAPI
) -> None:
    """Beanstalk lost 182 million in one transaction to votes it had borrowed (April 2022)."""
    wallet = alice.deploy(project.BatchWallet, alice)
    record, nonce = dao.record(wallet.address)
    arguments = (words(record), nonce, dao.appraisal(record, 10_000))
    calls = [
        call_of(dao.registry, "contribute", *arguments),
        call_of(dao.governor, "castVote", vote.proposal_id, Vote.FOR),
        call_of(dao.registry, "withdraw", record.contribution_id),
    ]
    expected = {"proposalId": vote.proposal_id, "voter": wallet}
    with refused(dao.governor.NoVotesAtSnapshot, **expected):
        wallet.execute(calls, sender=alice)


def test_vote__delegated_on_after_it_was_cast__counts_once(
    dao: Dao, vote: VoteHelper, alice: AccountAPI, bob: AccountAPI, stranger: AccountAPI
) -> None:
    """Votes count where they were at the snapshot, wherever they go afterwards."""
    vote.cast(alice)
    delegate = dao.token._mutable_methods_["delegate"]
    delegate(bob, sender=alice)
    vote.cast(bob)
    delegate(stranger, sender=alice)
    expected = {"proposalId": vote.proposal_id, "voter": stranger}
    with refused(dao.governor.NoVotesAtSnapshot, **expected):
        vote.cast(stranger)
    assert tuple(dao.governor.proposalVotes(vote.proposal_id)) == (0, 900, 0)


def test_vote__of_who_delegated_before_the_snapshot__is_its_delegates_alone(
    dao: Dao, edition: int, alice: AccountAPI, bob: AccountAPI, buyer: AccountAPI
) -> None:
    """Nobody votes with units that somebody else votes with, not even after taking them back."""
    delegate = dao.token._mutable_methods_["delegate"]
    delegate(bob, sender=alice)
    vote = dao.request(buyer).open()
    delegate(NATIVE, sender=alice)
    expected = {"proposalId": vote.proposal_id, "voter": alice}
    with refused(dao.governor.NoVotesAtSnapshot, **expected):
        vote.cast(alice)
    vote.cast(bob)
    assert tuple(dao.governor.proposalVotes(vote.proposal_id)) == (0, 900, 0)


def test_ballot__of_another_proposal__is_refused(
    dao: Dao, vote: VoteHelper, alice: AccountAPI, buyer: AccountAPI, stranger: AccountAPI
) -> None:
    """Replay across proposals: a ballot is for one of them, however alike the next one is."""
    other = dao.request(buyer).open()
    ballot = Ballot(vote.proposal_id, Vote.FOR, Address(alice.address))
    signed = sign(alice, dao.domain(dao.governor), ballot)
    arguments = (other.proposal_id, Vote.FOR, alice, signed)
    with refused(dao.governor.GovernorInvalidSignature, voter=alice):
        dao.governor.castVoteBySig(*arguments, sender=stranger)
    dao.governor.castVoteBySig(vote.proposal_id, *arguments[1:], sender=stranger)


def test_quorum__units_minted_or_burnt_after_the_snapshot__does_not_move(
    dao: Dao, edition: int, alice: AccountAPI, carol: AccountAPI, buyer: AccountAPI
) -> None:
    """A flood of new units before the first vote neither kills nor helps a proposal."""
    vote = dao.request(buyer).open()
    identity = dao.contribute(alice, 100_000)
    vote.cast(carol)
    dao.withdraw(alice, identity)
    assert dao.governor.proposalQuorum(vote.proposal_id) == 1_000 * 20 // 100


# --- around the governor ---


def test_timelock__used_without_a_vote__is_refused(
    dao: Dao, edition: int, alice: AccountAPI, buyer: AccountAPI, stranger: AccountAPI
) -> None:
    """Anybody may execute, but nobody can schedule, and nothing unscheduled runs."""
    dao.request(buyer)
    call = bytes(dao.desk.approve.encode_input(1))
    operation = (dao.desk, 0, call, bytes(32), bytes(32))
    for caller in (alice, stranger):
        role = bytes(dao.timelock.PROPOSER_ROLE())
        expected = {"account": caller, "neededRole": role}
        with refused(dao.timelock.AccessControlUnauthorizedAccount, **expected):
            dao.timelock.schedule(*operation, 3600, sender=caller)
    identity = bytes(dao.timelock.hashOperation(*operation))
    expected = {"operationId": identity, "expectedStates": only(2)}
    with refused(dao.timelock.TimelockUnexpectedOperationState, **expected):
        dao.timelock.execute(*operation, sender=stranger)


def test_batch__approving_a_second_request_too__is_refused_whole(
    dao: Dao, edition: int, alice: AccountAPI, buyer: AccountAPI
) -> None:
    """One vote cannot carry another request along, not even one that it names."""
    passed = dao.request(buyer).open()
    other = dao.request(buyer)
    calls = [(dao.desk, 0, bytes(dao.desk.approve.encode_input(n))) for n in (1, 2)]
    both = dao.propose(alice, calls, "Both")
    passed.cast(alice)
    both.open().cast(alice)
    passed.close().queue().wait()
    both.close().queue().wait()
    with refused(dao.desk.ProposalNotPassed, requestId=2, proposalId=other.proposal_id):
        both.execute()
    assert dao.desk.requestOf(1).status == RequestStatus.PENDING


def test_execute__inside_another_proposal__grants_once(
    dao: Dao, edition: int, alice: AccountAPI, buyer: AccountAPI
) -> None:
    """A proposal that executes the request's own one can do it once, like anybody."""
    vote = dao.request(buyer).open()
    call = bytes(dao.governor.execute.encode_input(*vote._arguments()))
    outer = [dao.propose(alice, [(dao.governor, 0, call)], text) for text in ("One", "Two")]
    vote.cast(alice)
    for each in outer:
        each.open().cast(alice)
    vote.close().queue()
    for each in outer:
        each.close().queue().wait()
    outer[0].execute()
    assert (vote.state, dao.desk.requestOf(1).status) == (State.EXECUTED, RequestStatus.GRANTED)
    expected = {
        "proposalId": vote.proposal_id,
        "current": State.EXECUTED,
        "expectedStates": only(State.QUEUED),
    }
    with refused(dao.governor.GovernorUnexpectedProposalState, **expected):
        outer[1].execute()


def test_execute__reentered_by_who_it_pays__pays_once(
    dao: Dao, members: list[AccountAPI], wallet: ContractInstance, alice: AccountAPI
) -> None:
    """The DAO (2016) paid again while it paid: here a proposal is executed before its calls."""
    alice.transfer(dao.timelock, 100)
    vote = dao.propose(alice, [(wallet, 40, b"")], "Pay").pass_by(alice)
    again = bytes(dao.governor.execute.encode_input(*vote._arguments()))
    wallet.setManner(3, sender=alice)
    wallet.setReentry(dao.governor, again, sender=alice)
    vote.execute()
    assert (wallet.balance, dao.timelock.balance) == (40, 60)
    assert decoded(bytes(wallet.answer()))[0] == "GovernorUnexpectedProposalState"
