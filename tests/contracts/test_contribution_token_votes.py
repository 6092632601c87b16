"""Votes follow units by themselves, go where they are sent, and agree with OpenZeppelin's."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest

from tests.contracts.actors import FOREVER
from tests.contracts.dao import NATIVE as NOBODY
from tests.contracts.token_history import History
from tests.contracts.token_stand import Mode, TokenStand, deploy_token

if TYPE_CHECKING:
    from ape.api import AccountAPI
    from ape.managers import AccountManager, ChainManager, ProjectManager

STEPS = 25


@pytest.fixture(scope="module")
def stand(project: ProjectManager, chain: ChainManager, accounts: AccountManager) -> TokenStand:
    """A token that counts units as votes."""
    return deploy_token(project, chain, accounts)


# --- success ---


def test_delegate__to_a_member__moves_votes_but_no_units(
    stand: TokenStand, alice: AccountAPI, bob: AccountAPI
) -> None:
    """A delegate votes with its own units and those it was given; money stays with the giver."""
    stand.mint(alice, 5)
    stand.mint(bob, 2)
    receipt = stand.delegate(alice, bob)
    assert list(receipt.events) == [
        stand.token.DelegateChanged(alice, alice, bob),
        stand.token.DelegateVotesChanged(alice, 5, 0),
        stand.token.DelegateVotesChanged(bob, 2, 7),
    ]
    assert stand.token.delegates(alice) == bob
    assert stand.votes(alice, bob) == [0, 7]
    assert [stand.token.unitsOf(alice, 0), stand.token.unitsOf(bob, 0)] == [5, 2]


def test_delegate__to_a_stranger__gives_it_an_index(
    stand: TokenStand, alice: AccountAPI, carol: AccountAPI
) -> None:
    """Whoever gets votes gets a bit to cast them with."""
    stand.mint(alice, 5)
    receipt = stand.delegate(alice, carol)
    assert stand.token.MemberAdded(carol, 2) in receipt.events
    assert stand.indexes(alice, carol) == [1, 2]
    assert stand.token.memberCount() == 2
    assert stand.votes(alice, carol) == [0, 5]


def test_delegate__without_units__gives_nobody_an_index(
    stand: TokenStand, alice: AccountAPI, carol: AccountAPI
) -> None:
    """Indexes cannot be used up by accounts that hold nothing."""
    receipt = stand.delegate(alice, carol)
    assert list(receipt.events) == [stand.token.DelegateChanged(alice, alice, carol)]
    assert stand.indexes(alice, carol) == [0, 0]
    assert stand.token.memberCount() == 0


def test_mint__to_a_member_that_delegated_before__goes_to_its_delegate(
    stand: TokenStand, alice: AccountAPI, carol: AccountAPI
) -> None:
    """A delegation made without units holds for those that come."""
    stand.delegate(alice, carol)
    receipt = stand.mint(alice, 5)
    assert list(receipt.events) == [
        stand.token.MemberAdded(alice, 1),
        stand.token.Transfer(NOBODY, alice, 5),
        stand.token.MemberAdded(carol, 2),
        stand.token.DelegateVotesChanged(carol, 0, 5),
    ]
    assert stand.votes(alice, carol) == [0, 5]
    assert stand.token.memberCount() == 2


def test_burn__of_a_member_that_delegated__takes_votes_from_its_delegate(
    stand: TokenStand, alice: AccountAPI, bob: AccountAPI
) -> None:
    """Nobody votes with units that are gone."""
    stand.mint(alice, 5)
    stand.mint(bob, 2)
    stand.delegate(alice, bob)
    receipt = stand.burn(alice, 3)
    assert list(receipt.events) == [
        stand.token.Transfer(alice, NOBODY, 3),
        stand.token.DelegateVotesChanged(bob, 7, 4),
    ]
    assert stand.votes(alice, bob) == [0, 4]


@pytest.mark.parametrize("back", ["nobody", "self"])
def test_delegate__to_nobody_or_self__brings_the_votes_back(
    stand: TokenStand, alice: AccountAPI, bob: AccountAPI, back: str
) -> None:
    """Delegating to zero means self, and destroys no vote."""
    stand.mint(alice, 5)
    stand.delegate(alice, bob)
    receipt = stand.delegate(alice, NOBODY if back == "nobody" else alice)
    assert list(receipt.events) == [
        stand.token.DelegateChanged(alice, bob, alice),
        stand.token.DelegateVotesChanged(bob, 5, 0),
        stand.token.DelegateVotesChanged(alice, 0, 5),
    ]
    assert stand.token.delegates(alice) == alice
    assert stand.votes(alice, bob) == [5, 0]


def test_delegate__again_to_the_same__changes_nothing(
    stand: TokenStand, alice: AccountAPI, bob: AccountAPI
) -> None:
    """Votes given twice are given once."""
    stand.mint(alice, 5)
    for _ in range(2):
        receipt = stand.delegate(alice, bob)
    assert list(receipt.events) == [stand.token.DelegateChanged(alice, bob, bob)]
    assert stand.votes(alice, bob) == [0, 5]


def test_delegate__in_a_circle__exchanges_votes(
    stand: TokenStand, alice: AccountAPI, bob: AccountAPI, carol: AccountAPI
) -> None:
    """A delegation passes on own units only, so that circles neither loop nor double."""
    members = (alice, bob, carol)
    for member, units in zip(members, (5, 2, 1), strict=True):
        stand.mint(member, units)
    for giver, taker in ((alice, bob), (bob, carol), (carol, alice)):
        stand.delegate(giver, taker)
    assert stand.votes(*members) == [1, 5, 2]


def test_delegate__between_two_lookups__leaves_the_past_alone(
    stand: TokenStand, chain: ChainManager, alice: AccountAPI, bob: AccountAPI
) -> None:
    """A vote counts as it was at its snapshot, whoever delegated since."""
    before = stand.mint(alice, 5).timestamp
    given = stand.delegate(alice, bob).timestamp
    back = stand.delegate(alice, NOBODY).timestamp
    chain.mine(timestamp=back + 10)
    moments = (before - 1, before, given, back, back + 9)
    assert [stand.past_votes(t, alice, bob) for t in moments] == [
        [0, 0],
        [5, 0],
        [0, 5],
        [5, 0],
        [5, 0],
    ]


def test_delegate_by_signature__valid__counts_for_the_signer(
    stand: TokenStand, alice: AccountAPI, bob: AccountAPI, stranger: AccountAPI
) -> None:
    """Anybody may bring a member's signed delegation, and pays for it."""
    stand.mint(alice, 5)
    v, r, s = stand.sign_delegation(alice, bob.address, 0, FOREVER)
    receipt = stand.token.delegateBySig(bob, 0, FOREVER, v, r, s, sender=stranger)
    assert stand.token.DelegateChanged(alice, alice, bob) in receipt.events
    assert stand.votes(alice, bob, stranger) == [0, 5, 0]
    assert stand.token.nonces(alice) == 1


# --- properties ---


def compare(history: History, moment: int) -> None:
    """Every member's votes, and their total, at `moment` are those of OpenZeppelin's token."""
    token, oracle, members = history.stand.token, history.oracle, history.members
    ours = history.stand.past_votes(moment, *members)
    assert ours == [int(oracle.getPastVotes(member, moment)) for member in members]
    assert token.getPastTotalSupply(moment) == token.pastSupply(moment) == sum(ours)
    assert oracle.getPastTotalSupply(moment) == sum(ours)


@pytest.mark.parametrize("seed", [1, 2])
def test_past_votes__after_any_history__are_those_of_openzeppelin(
    project: ProjectManager, chain: ChainManager, accounts: AccountManager, seed: int
) -> None:
    """Step by step, current and past votes equal ERC20Votes, and none is lost or doubled."""
    dice, history = random.Random(seed), History(project, chain, accounts, Mode.PER_UNIT)
    for _ in range(STEPS):
        history.step(dice)
        now = history.stand.votes(*history.members)
        assert now == [int(history.oracle.getVotes(member)) for member in history.members]
        assert now == history.votes()
        assert sum(now) == history.stand.token.totalSupply() == sum(history.held.values())
    assert any(history.tenures)
    last = history.moments[-1]
    chain.mine(timestamp=last + 10)
    for moment in (history.moments[0] - 1, *history.moments, last + 9):
        compare(history, moment)
