"""Votes follow units by themselves, go where they are sent, and agree with OpenZeppelin's."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import TYPE_CHECKING

import pytest

from tests.contracts.actors import FOREVER, call_of
from tests.contracts.dao import NATIVE as NOBODY
from tests.contracts.token_stand import COLLECTIONS, TokenStand, deploy_token

if TYPE_CHECKING:
    from ape.api import AccountAPI, ReceiptAPI
    from ape.contracts import ContractInstance
    from ape.managers import AccountManager, ChainManager, ProjectManager

STEPS = 25


@pytest.fixture(scope="module")
def stand(
    project: ProjectManager,
    chain: ChainManager,
    accounts: AccountManager,
    deployer: AccountAPI,
    alice: AccountAPI,
    bob: AccountAPI,
    carol: AccountAPI,
    stranger: AccountAPI,
) -> TokenStand:
    """A token whose registry is an account; Ape wants longer-lived fixtures made before."""
    return deploy_token(project, chain, deployer, accounts[10])


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


class Race:
    """One random history, made on the token and on OpenZeppelin's in the same transactions.

    Wallets play the registry and the members, so that several changes share one timestamp.
    """

    def __init__(self, project: ProjectManager, chain: ChainManager, owner: AccountAPI) -> None:
        self.chain, self.owner = chain, owner
        self.wallets = [owner.deploy(project.BatchWallet, owner) for _ in range(5)]
        self.members: Sequence[ContractInstance] = self.wallets[1:]
        self.stand = deploy_token(project, chain, owner, self.wallets[0])
        self.oracle = owner.deploy(project.OracleVotes)
        self.held = dict.fromkeys(((m, c) for m in range(4) for c in range(COLLECTIONS)), 0)

    def step(self, dice: random.Random) -> int:
        """Make one to three changes in one transaction; give its timestamp."""
        if dice.random() < 0.4:
            giver, calls = dice.choice(self.members), []
            for _ in range(dice.randint(1, 2)):
                taker = dice.choice([*self.members, NOBODY])
                calls.append(call_of(self.stand.token, "delegate", taker))
                calls.append(call_of(self.oracle, "delegateAs", giver, taker))
            return self._send(giver, calls)
        calls = [call for _ in range(dice.randint(1, 3)) for call in self._change(dice)]
        return self._send(self.wallets[0], calls)

    def _change(self, dice: random.Random) -> list[tuple[str, bytes]]:
        place = dice.choice(list(self.held))
        member, collection = self.members[place[0]], place[1]
        burns = self.held[place] > 0 and dice.random() < 0.5
        units = dice.randint(1, self.held[place] if burns else 1000)
        self.held[place] += -units if burns else units
        method = "burn" if burns else "mint"
        return [
            call_of(self.stand.token, method, member, collection, units),
            call_of(self.oracle, method, member, units),
        ]

    def _send(self, wallet: ContractInstance, calls: list[tuple[str, bytes]]) -> int:
        receipt: ReceiptAPI = wallet.execute(calls, sender=self.owner)
        return int(receipt.timestamp)

    def compare(self, moments: Sequence[int]) -> None:
        """Every member's votes, and their total, at every moment."""
        for moment in moments:
            ours = self.stand.past_votes(moment, *self.members)
            assert ours == [int(self.oracle.getPastVotes(m, moment)) for m in self.members]
            assert self.stand.token.getPastTotalSupply(moment) == sum(ours)
            assert self.oracle.getPastTotalSupply(moment) == sum(ours)


@pytest.mark.parametrize("seed", [1, 2])
def test_past_votes__after_any_history__are_those_of_openzeppelin(
    project: ProjectManager, chain: ChainManager, deployer: AccountAPI, seed: int
) -> None:
    """Step by step, current and past votes equal ERC20Votes, and none is lost or doubled."""
    dice, race, moments = random.Random(seed), Race(project, chain, deployer), []
    for _ in range(STEPS):
        moments.append(race.step(dice))
        now = race.stand.votes(*race.members)
        assert now == [int(race.oracle.getVotes(member)) for member in race.members]
        assert sum(now) == race.stand.token.totalSupply() == sum(race.held.values())
    chain.mine(timestamp=moments[-1] + 10)
    race.compare([moments[0] - 1, *moments, moments[-1] + 9])
