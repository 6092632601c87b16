"""Council: the guardian can pause, unpause and cancel, and otherwise what any stranger can."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dao_backend.core.model import Address, RequestStatus, Vote
from dao_backend.core.typed import Ballot
from tests.contracts.council_stand import brake, found
from tests.contracts.dao import FEE, NATIVE, Dao, sign
from tests.contracts.desk_stand import motion
from tests.contracts.powers import Powers, functions
from tests.contracts.votes import State

if TYPE_CHECKING:
    from ape.api import AccountAPI

OWN = {"council.pause", "council.unpause", "council.cancel"}
ANYBODYS = {
    "token.delegate",
    "governor.execute",
    "governor.castVotesBySig",
    "desk.request",
    "desk.sweepFees",
    "vault.setPayee",
    "vault.deposit",
}
"""Some of what a stranger can do here, so that not everything is refused alike."""


@pytest.fixture
def guardian(
    dao: Dao, alice: AccountAPI, bob: AccountAPI, carol: AccountAPI, accounts: list[AccountAPI]
) -> AccountAPI:
    """The guardian of a DAO of three members."""
    found(dao, (alice, bob, carol), accounts[10])
    return accounts[10]


@pytest.fixture
def powers(dao: Dao, guardian: AccountAPI, alice: AccountAPI, buyer: AccountAPI) -> Powers:
    """A DAO with something to do for everything that can be done."""
    return Powers(dao, alice, buyer)


# --- refusals ---


@pytest.mark.parametrize("paused", [False, True])
def test_guardian__trying_every_function__can_what_a_stranger_can_and_three_things_more(
    dao: Dao, powers: Powers, guardian: AccountAPI, stranger: AccountAPI, paused: bool
) -> None:
    """Of everything that changes anything, nothing but the brake answers to the guardian."""
    if paused:
        brake(dao, guardian)
    own, open_to_all = set(), set()
    for peer, function in functions(dao):
        theirs = powers.attempt(stranger, peer, function)
        mine = powers.attempt(guardian, peer, function)
        place = f"{peer}.{function.name}"
        if mine != theirs:
            own.add(place)
        elif mine[0] == "done":
            open_to_all.add(place)
    assert own == OWN
    assert open_to_all >= (ANYBODYS - {"desk.request"} if paused else ANYBODYS)


@pytest.mark.parametrize("paused", [False, True])
def test_guardian__its_own_functions__are_done_where_there_is_something_to_do(
    dao: Dao, powers: Powers, guardian: AccountAPI, paused: bool
) -> None:
    """The three work as they should, each in its time: the comparison above is no accident."""
    if paused:
        brake(dao, guardian)
    results = {
        function.name: powers.attempt(guardian, "council", function)[0]
        for peer, function in functions(dao)
        if peer == "council"
    }
    assert results == {
        "appoint": "UnexpectedCaller",
        "cancel": "done",
        "pause": "PauseTooSoon" if paused else "done",
        "unpause": "done" if paused else "NotPaused",
    }


# --- what a pause never stops ---


def test_pause__votes_ballots_queue_and_execution__go_on(
    dao: Dao, guardian: AccountAPI, alice: AccountAPI, bob: AccountAPI, stranger: AccountAPI
) -> None:
    """The DAO decides and acts while it is paused, by transactions and by signatures."""
    brake(dao, guardian)
    vote = motion(dao, alice, dao.desk, "setFilingFee", 7).open()
    vote.cast(alice)
    message = Ballot(vote.proposal_id, Vote.FOR, Address(bob.address))
    ballot = (bob.address, 1, sign(bob, dao.domain(dao.governor), message))
    dao.governor.castVotesBySig(vote.proposal_id, [ballot], sender=stranger)
    assert tuple(dao.governor.proposalVotes(vote.proposal_id)) == (0, 600, 0)
    vote.close().queue().wait().execute()
    assert (vote.state, dao.desk.filingFee()) == (State.EXECUTED, 7)


def test_pause__receipts_settlement_and_claims__go_on(
    dao: Dao, guardian: AccountAPI, alice: AccountAPI, buyer: AccountAPI, stranger: AccountAPI
) -> None:
    """What was granted before is delivered, paid for and paid out."""
    vote = dao.request(buyer).pass_by(alice)
    vote.execute()
    number = vote.request_id
    brake(dao, guardian)
    dao.deliver(number)
    dao.desk.settle(number, sender=stranger)
    assert dao.desk.requestOf(number).status == RequestStatus.SETTLED
    before = alice.balance
    edition = dao.licence.licenceOf(number).editionId
    dao.vault.claimMany(edition, NATIVE, [alice], sender=stranger)
    assert alice.balance > before


def test_pause__refunds_withdrawals_and_departures__go_on(
    dao: Dao, guardian: AccountAPI, alice: AccountAPI, bob: AccountAPI, buyer: AccountAPI
) -> None:
    """Nobody's money or data is held back."""
    identity = dao.contribute(alice, 50)
    vote = dao.request(buyer).defeat_by(alice)
    brake(dao, guardian)
    dao.desk.refund(vote.request_id, sender=buyer)
    dao.withdraw(alice, identity)
    dao.registry.leaveAll(sender=bob)
    assert dao.desk.requestOf(vote.request_id).status == RequestStatus.REFUNDED
    assert dao.token.balanceOf(alice) == 300
    assert dao.token.balanceOf(bob) == 0


def test_pause__sealing_and_sweeping__go_on(
    dao: Dao, guardian: AccountAPI, bob: AccountAPI, buyer: AccountAPI, stranger: AccountAPI
) -> None:
    """A departure is sealed into the next edition, and fees reach the DAO."""
    dao.request(buyer)
    brake(dao, guardian)
    dao.registry.leaveAll(sender=bob)
    edition = dao.seal()
    assert dao.registry.editionOf(edition).totalUnits == 600
    dao.desk.sweepFees(sender=stranger)
    assert dao.timelock.balance == FEE
