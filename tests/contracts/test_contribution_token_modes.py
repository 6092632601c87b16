"""Votes per member and by the square root: what they count, whom they refuse, where they go."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest

from tests.contracts.dao import NATIVE as NOBODY
from tests.contracts.refusals import refused
from tests.contracts.token_history import History, weight
from tests.contracts.token_stand import Mode, TokenStand, deploy_token

if TYPE_CHECKING:
    from ape.api import AccountAPI
    from ape.managers import AccountManager, ChainManager, ProjectManager

STEPS = 25
BY_PERSON = [Mode.PER_MEMBER, Mode.SQUARE_ROOT]
LARGEST = 2**48 - 1


@pytest.fixture(scope="module")
def stands(
    project: ProjectManager,
    chain: ChainManager,
    accounts: AccountManager,
    alice: AccountAPI,
    bob: AccountAPI,
) -> dict[Mode, TokenStand]:
    """A token of each mode; alice and bob are attested."""
    tokens = {mode: deploy_token(project, chain, accounts, mode) for mode in Mode}
    for token in tokens.values():
        token.attest(alice, bob)
    return tokens


@pytest.fixture
def stand(stands: dict[Mode, TokenStand], mode: Mode) -> TokenStand:
    """The token of the mode asked for."""
    return stands[mode]


# --- refusals ---


@pytest.mark.parametrize("mode", BY_PERSON)
def test_mint__to_somebody_not_attested__is_refused(
    stand: TokenStand, carol: AccountAPI, mode: Mode
) -> None:
    """Where persons are counted, nobody holds units that was not attested to be one."""
    with refused("UniquenessMissing", member=carol):
        stand.mint(carol, 5)
    stand.attest(carol)
    stand.mint(carol, 5)
    assert stand.votes(carol) == [weight(mode, 5)]


# --- success ---


def test_mint__where_units_are_counted__needs_no_attestation(
    stands: dict[Mode, TokenStand], carol: AccountAPI
) -> None:
    """One person with a hundred wallets has no more units for it."""
    stand = stands[Mode.PER_UNIT]
    stand.mint(carol, 5)
    assert not stand.token.isAttested(carol)
    assert stand.votes(carol) == [5]


@pytest.mark.parametrize("mode", Mode)
def test_voting_mode__of_a_token__is_the_one_it_was_made_with(
    stand: TokenStand, mode: Mode
) -> None:
    """A governor and a page can read how votes are counted."""
    assert stand.token.votingMode() == mode


@pytest.mark.parametrize("mode", BY_PERSON)
@pytest.mark.parametrize("units", [1, 2, 3, 4, 8, 9, 99, 100, LARGEST])
def test_mint__of_units__weighs_what_the_mode_says(
    stand: TokenStand, chain: ChainManager, alice: AccountAPI, mode: Mode, units: int
) -> None:
    """One member has one vote, or the root of its units; its units stay what they are."""
    at = stand.mint(alice, units).timestamp
    chain.mine(timestamp=at + 1)
    assert stand.votes(alice) == stand.past_votes(at, alice) == [weight(mode, units)]
    assert stand.token.getPastTotalSupply(at) == weight(mode, units)
    assert stand.token.balanceOf(alice) == stand.token.pastBalance(alice, at) == units
    assert stand.token.totalSupply() == stand.token.pastSupply(at) == units


@pytest.mark.parametrize(("mode", "votes"), [(Mode.PER_MEMBER, 1), (Mode.SQUARE_ROOT, 5)])
def test_mint__in_two_collections__weighs_the_sum(
    stand: TokenStand, alice: AccountAPI, votes: int
) -> None:
    """Collections are added up before they are weighed: sixteen and nine weigh five, not seven."""
    stand.mint(alice, 16)
    stand.mint(alice, 9, collection=1)
    assert stand.votes(alice) == [votes]


@pytest.mark.parametrize("mode", BY_PERSON)
def test_burn__down_to_nothing__takes_the_votes_with_it(
    stand: TokenStand, chain: ChainManager, alice: AccountAPI, bob: AccountAPI, mode: Mode
) -> None:
    """Votes fall with the units, by burning some or all, and come back with new ones."""
    stand.mint(bob, 4)
    held, moments = [], []
    for change in (stand.mint, stand.burn):
        for units in (9, 16):
            moments.append(change(alice, units).timestamp)
            held.append(int(stand.token.balanceOf(alice)))
            assert stand.votes(alice) == [weight(mode, held[-1])]
    moments += [stand.mint(alice, 9).timestamp, stand.burn_all(alice).timestamp]
    held += [9, 0]
    chain.mine(timestamp=moments[-1] + 1)
    assert held == [9, 25, 16, 0, 9, 0]
    totals = [stand.token.getPastTotalSupply(moment) for moment in moments]
    assert totals == [weight(mode, units) + weight(mode, 4) for units in held]


@pytest.mark.parametrize("mode", BY_PERSON)
def test_delegate__to_a_member__moves_the_weight(
    stand: TokenStand, alice: AccountAPI, bob: AccountAPI, mode: Mode
) -> None:
    """A delegate has its own weight and those it was given, never the weight of the sum."""
    stand.mint(alice, 16)
    stand.mint(bob, 9)
    own, given = weight(mode, 9), weight(mode, 16)
    receipt = stand.delegate(alice, bob)
    assert list(receipt.events) == [
        stand.token.DelegateChanged(alice, alice, bob),
        stand.token.DelegateVotesChanged(alice, given, 0),
        stand.token.DelegateVotesChanged(bob, own, own + given),
    ]
    assert stand.votes(alice, bob) == [0, own + given]
    stand.delegate(alice, NOBODY)
    assert stand.votes(alice, bob) == [given, own]


@pytest.mark.parametrize("mode", BY_PERSON)
def test_delegate__to_somebody_not_attested__lets_it_vote(
    stand: TokenStand, alice: AccountAPI, carol: AccountAPI, mode: Mode
) -> None:
    """A person may have its vote cast by anybody: there is still one vote for each person."""
    stand.mint(alice, 16)
    stand.delegate(alice, carol)
    assert stand.votes(alice, carol) == [0, weight(mode, 16)]
    assert stand.indexes(alice, carol) == [1, 2]


@pytest.mark.parametrize(
    ("mode", "weights"), [(Mode.PER_MEMBER, [0, 1, 1, 1, 0]), (Mode.SQUARE_ROOT, [0, 3, 3, 4, 0])]
)
def test_mint_or_burn__through_a_delegation__moves_the_difference(
    stand: TokenStand, alice: AccountAPI, bob: AccountAPI, weights: list[int]
) -> None:
    """A delegate's votes change by what the member's weight changes, and only then say so."""
    stand.mint(bob, 1)
    stand.delegate(alice, bob)
    changes = [stand.mint(alice, 9), stand.mint(alice, 6), stand.mint(alice, 1)]
    changes.append(stand.burn_all(alice))
    for receipt, before, after in zip(changes, weights[:-1], weights[1:], strict=True):
        moved = [event for event in receipt.events if event.event_name == "DelegateVotesChanged"]
        event = stand.token.DelegateVotesChanged(bob, 1 + before, 1 + after)
        assert moved == ([] if before == after else [event])
    assert stand.votes(alice, bob) == [0, 1]
    assert stand.token.delegates(alice) == bob


# --- properties ---


@pytest.mark.parametrize("mode", BY_PERSON)
def test_past_votes__after_any_history__are_those_of_the_model(
    project: ProjectManager, chain: ChainManager, accounts: AccountManager, mode: Mode
) -> None:
    """At every second, votes are the weights of those who vote so, and their total is the sum."""
    dice, history = random.Random(int(mode)), History(project, chain, accounts, mode)
    history.stand.attest(*history.members)
    token, expected = history.stand.token, {}
    for _ in range(STEPS):
        history.step(dice)
        expected[history.moments[-1]] = history.votes()
        assert history.stand.votes(*history.members) == history.votes()
    assert any(history.tenures)
    first, last = history.moments[0], history.moments[-1]
    chain.mine(timestamp=last + 10)
    votes = [0] * 4
    for moment in range(first - 1, last + 3):
        votes = expected.get(moment, votes)
        assert history.stand.past_votes(moment, *history.members) == votes
        assert token.getPastTotalSupply(moment) == sum(votes)
