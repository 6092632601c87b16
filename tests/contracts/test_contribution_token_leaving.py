"""A member leaves with all it has in one step, and what it held before stays over."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.contracts.actors import call_of
from tests.contracts.dao import NATIVE as NOBODY
from tests.contracts.refusals import refused
from tests.contracts.token_stand import TokenStand, deploy_token

if TYPE_CHECKING:
    from ape.api import AccountAPI
    from ape.managers import AccountManager, ChainManager, ProjectManager

LAST_TENURE = 63


@pytest.fixture(scope="module")
def stand(project: ProjectManager, chain: ChainManager, accounts: AccountManager) -> TokenStand:
    """A token that counts units as votes."""
    return deploy_token(project, chain, accounts)


# --- refusals ---


def test_leave__without_units__is_refused(
    stand: TokenStand, alice: AccountAPI, bob: AccountAPI
) -> None:
    """Who holds nothing, never or no more, has nothing to leave with."""
    stand.mint(bob, 5)
    with refused("NothingHeld", member=alice):
        stand.burn_all(alice)
    stand.burn_all(bob)
    with refused("NothingHeld", member=bob):
        stand.burn_all(bob)
    assert stand.token.tenureOf(bob) == 1


def test_burn__of_another_tenure__is_refused(stand: TokenStand, alice: AccountAPI) -> None:
    """Units of a contribution made before the member left cannot be burnt a second time."""
    stand.mint(alice, 5)
    with refused("TenureOver", member=alice, tenure=1, current=0):
        stand.burn(alice, 5, tenure=1)
    stand.burn_all(alice)
    stand.mint(alice, 5)
    for tenure in (0, 2, 64, 255):
        with refused("TenureOver", member=alice, tenure=tenure, current=1):
            stand.burn(alice, 5, tenure=tenure)
    stand.burn(alice, 5, tenure=1)
    assert stand.token.balanceOf(alice) == 0


def test_leave__after_the_last_tenure__is_refused(
    project: ProjectManager, chain: ChainManager, accounts: AccountManager, alice: AccountAPI
) -> None:
    """Tenures never wrap: the 64th departure goes contribution by contribution."""
    wallet = alice.deploy(project.BatchWallet, alice)
    stand = deploy_token(project, chain, accounts, registry=wallet)
    token = stand.token
    coming, leaving = call_of(token, "mint", alice, 0, 5), call_of(token, "burnAll", alice)
    wallet.execute([coming, leaving] * LAST_TENURE + [coming], sender=alice)
    with refused("TooManyDepartures", member=alice):
        wallet.execute([leaving], sender=alice)
    assert [token.tenureOf(alice), token.balanceOf(alice)] == [LAST_TENURE, 5]
    assert stand.indexes(alice) == [1]
    wallet.execute([call_of(token, "burn", alice, 0, 5, LAST_TENURE)], sender=alice)
    assert [token.tenureOf(alice), token.totalSupply()] == [LAST_TENURE, 0]


# --- success ---


def test_leave__with_units_of_several_collections__burns_all_of_them(
    stand: TokenStand, alice: AccountAPI, bob: AccountAPI
) -> None:
    """One step takes every unit of the member and nobody else's, and keeps its index."""
    token = stand.token
    stand.mint(alice, 7)
    stand.mint(alice, 3, collection=1)
    stand.mint(bob, 2, collection=1)
    units, tenure = token.burnAll.call(alice, sender=stand.registry)
    assert (list(units), tenure) == ([7, 3, 0], 0)
    receipt = stand.burn_all(alice)
    assert list(receipt.events) == [token.Transfer(alice, NOBODY, 10)]
    assert [token.unitsOf(alice, 0), token.unitsOf(alice, 1), token.balanceOf(alice)] == [0, 0, 0]
    assert [token.totalUnits(0), token.totalUnits(1), token.totalSupply()] == [0, 2, 2]
    assert stand.votes(alice, bob) == [0, 2]
    assert stand.indexes(alice, bob) == [1, 2]
    assert [token.tenureOf(alice), token.tenureOf(bob)] == [1, 0]


def test_mint__after_leaving__tells_the_new_tenure(stand: TokenStand, alice: AccountAPI) -> None:
    """Who comes back keeps its index, and its new units are of its next tenure."""
    token, registry = stand.token, stand.registry
    for tenure in (0, 1, 2):
        assert token.mint.call(alice, 0, 7, sender=registry) == tenure == token.tenureOf(alice)
        stand.mint(alice, 7)
        assert token.mint.call(alice, 0, 7, sender=registry) == tenure
        assert token.burnAll.call(alice, sender=registry)[1] == tenure
        stand.burn_all(alice)
    assert [stand.indexes(alice), stand.token.memberCount()] == [[1], 1]


def test_past_units__after_leaving__stay_as_they_were(
    stand: TokenStand, chain: ChainManager, alice: AccountAPI
) -> None:
    """Leaving takes nothing of the past away: what was sold then pays its members then."""
    before = stand.mint(alice, 7).timestamp
    left = stand.burn_all(alice).timestamp
    chain.mine(timestamp=left + 10)
    token = stand.token
    assert [token.pastUnits(alice, 0, t) for t in (before, left, left + 9)] == [7, 0, 0]
    assert [token.pastTotalUnits(0, t) for t in (before, left, left + 9)] == [7, 0, 0]
    assert [token.pastSupply(t) for t in (before, left, left + 9)] == [7, 0, 0]
    assert [stand.past_votes(t, alice) for t in (before, left, left + 9)] == [[7], [0], [0]]


def test_leave__with_a_delegation__takes_the_votes_and_keeps_the_delegation(
    stand: TokenStand, alice: AccountAPI, bob: AccountAPI
) -> None:
    """A delegation of nothing weighs nothing, and holds for units that come later."""
    stand.mint(alice, 5)
    stand.mint(bob, 2)
    stand.delegate(alice, bob)
    receipt = stand.burn_all(alice)
    assert list(receipt.events) == [
        stand.token.Transfer(alice, NOBODY, 5),
        stand.token.DelegateVotesChanged(bob, 7, 2),
    ]
    assert [stand.votes(alice, bob), stand.token.delegates(alice)] == [[0, 2], bob]
    stand.mint(alice, 1)
    assert stand.votes(alice, bob) == [0, 3]


def test_leave__of_a_delegate__leaves_it_the_votes_of_others(
    stand: TokenStand, alice: AccountAPI, bob: AccountAPI
) -> None:
    """A delegate that leaves loses its own votes only."""
    stand.mint(alice, 5)
    stand.mint(bob, 2)
    stand.delegate(alice, bob)
    stand.burn_all(bob)
    assert stand.votes(alice, bob) == [0, 5]
    assert stand.token.getVotes(alice) + stand.token.getVotes(bob) == stand.token.totalSupply()
