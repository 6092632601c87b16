"""The right to mint and burn moves by a vote and thirty days, and in no other way."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.contracts.dao import NATIVE as NOBODY
from tests.contracts.refusals import refused
from tests.contracts.token_stand import TokenStand, deploy_token

if TYPE_CHECKING:
    from ape.api import AccountAPI
    from ape.managers import AccountManager, ChainManager, ProjectManager

DELAY = 30 * 24 * 3600


@pytest.fixture(scope="module")
def stand(project: ProjectManager, chain: ChainManager, accounts: AccountManager) -> TokenStand:
    """A token whose minter is its registry."""
    return deploy_token(project, chain, accounts)


@pytest.fixture
def successor(accounts: AccountManager) -> AccountAPI:
    """Who is to mint instead of the registry."""
    return accounts[13]


def nominate(stand: TokenStand, minter: object) -> int:
    """The timelock nominates; give the first second in which the right can be taken."""
    receipt = stand.token.nominateMinter(minter, sender=stand.timelock)
    return int(receipt.timestamp) + DELAY


def move(stand: TokenStand, chain: ChainManager, minter: AccountAPI) -> None:
    """Nominate, wait and take."""
    chain.pending_timestamp = nominate(stand, minter)
    stand.token.takeMinter(sender=minter)


# --- refusals ---


def test_nominate__by_anybody_but_the_timelock__is_refused(
    stand: TokenStand, alice: AccountAPI
) -> None:
    """Neither a member nor the minter itself names the next one."""
    for caller in (alice, stand.registry):
        with refused("UnexpectedCaller", caller=caller, expected=stand.timelock):
            stand.token.nominateMinter(alice, sender=caller)


def test_take__by_somebody_not_nominated__is_refused(
    stand: TokenStand, chain: ChainManager, alice: AccountAPI, successor: AccountAPI
) -> None:
    """Without a nomination, or with another's, nobody takes the right, however late."""
    with refused("MinterNotNominated"):
        stand.token.takeMinter(sender=alice)
    chain.mine(timestamp=nominate(stand, successor))
    for caller in (alice, stand.registry, stand.timelock):
        with refused("MinterNotNominated"):
            stand.token.takeMinter(sender=caller)


def test_take__a_second_too_early__is_refused(
    stand: TokenStand, chain: ChainManager, successor: AccountAPI
) -> None:
    """Members have the whole delay to leave in."""
    earliest = nominate(stand, successor)
    chain.pending_timestamp = earliest - 1
    with refused("MinterTooEarly", earliest=earliest, timestamp=earliest - 1):
        stand.token.takeMinter(sender=successor)


def test_take__after_a_second_nomination__waits_anew(
    stand: TokenStand, chain: ChainManager, alice: AccountAPI, successor: AccountAPI
) -> None:
    """A nomination takes the place of the last one, and its delay is its own."""
    first = nominate(stand, alice)
    chain.mine(timestamp=first)
    earliest = nominate(stand, successor)
    with refused("MinterNotNominated"):
        stand.token.takeMinter(sender=alice)
    chain.pending_timestamp = earliest - 1
    with refused("MinterTooEarly", earliest=earliest, timestamp=earliest - 1):
        stand.token.takeMinter(sender=successor)


def test_take__after_the_nomination_was_taken_back__is_refused(
    stand: TokenStand, chain: ChainManager, successor: AccountAPI
) -> None:
    """A nomination of nobody ends the one before."""
    earliest = nominate(stand, successor)
    receipt = stand.token.nominateMinter(NOBODY, sender=stand.timelock)
    assert list(receipt.events) == [stand.token.MinterNominated(NOBODY, 0)]
    chain.mine(timestamp=earliest)
    with refused("MinterNotNominated"):
        stand.token.takeMinter(sender=successor)
    assert stand.token.minter() == stand.registry


def test_take__twice__is_refused(
    stand: TokenStand, chain: ChainManager, successor: AccountAPI
) -> None:
    """A nomination is used up."""
    move(stand, chain, successor)
    with refused("MinterNotNominated"):
        stand.token.takeMinter(sender=successor)


def test_mint_or_burn__by_the_former_minter__is_refused(
    stand: TokenStand, chain: ChainManager, alice: AccountAPI, successor: AccountAPI
) -> None:
    """A registry that was replaced can neither mint nor burn."""
    stand.mint(alice, 5)
    move(stand, chain, successor)
    expected = {"caller": stand.registry, "expected": successor}
    with refused("UnexpectedCaller", **expected):
        stand.mint(alice, 1)
    with refused("UnexpectedCaller", **expected):
        stand.burn(alice, 1)
    with refused("UnexpectedCaller", **expected):
        stand.burn_all(alice)


# --- success ---


def test_nominate__by_the_timelock__changes_nothing_yet(
    stand: TokenStand, alice: AccountAPI, successor: AccountAPI
) -> None:
    """Everybody sees who comes and when; until then the registry mints and members leave."""
    receipt = stand.token.nominateMinter(successor, sender=stand.timelock)
    earliest = receipt.timestamp + DELAY
    assert list(receipt.events) == [stand.token.MinterNominated(successor, earliest)]
    assert stand.token.MINTER_DELAY() == DELAY
    assert stand.token.minter() == stand.registry
    stand.mint(alice, 5)
    stand.burn_all(alice)
    with refused("UnexpectedCaller", caller=successor, expected=stand.registry):
        stand.token.mint(alice, 0, 1, sender=successor)


def test_take__in_the_first_possible_second__moves_the_right(
    stand: TokenStand,
    chain: ChainManager,
    alice: AccountAPI,
    bob: AccountAPI,
    successor: AccountAPI,
) -> None:
    """The new minter mints and burns; units, indexes and tenures are those of before."""
    token = stand.token
    stand.mint(alice, 5)
    stand.burn_all(alice)
    before = stand.mint(alice, 3).timestamp
    chain.pending_timestamp = nominate(stand, successor)
    receipt = token.takeMinter(sender=successor)
    assert list(receipt.events) == [token.MinterChanged(successor)]
    assert token.minter() == successor
    assert [token.totalSupply(), token.totalUnits(0), token.memberCount()] == [3, 3, 1]
    token.mint(alice, 0, 4, sender=successor)
    token.burn(alice, 0, 1, 1, sender=successor)
    token.mint(bob, 1, 2, sender=successor)
    assert [stand.votes(alice, bob), stand.indexes(alice, bob)] == [[6, 2], [1, 2]]
    token.burnAll(alice, sender=successor)
    assert [token.totalSupply(), token.tenureOf(alice)] == [2, 2]
    assert [token.pastSupply(before), token.pastBalance(alice, before)] == [3, 3]


def test_take__back_by_the_registry__moves_the_right_again(
    stand: TokenStand, chain: ChainManager, alice: AccountAPI, successor: AccountAPI
) -> None:
    """A vote can undo what a vote did, at the same delay."""
    move(stand, chain, successor)
    move(stand, chain, stand.registry)
    assert stand.token.minter() == stand.registry
    stand.mint(alice, 5)
    with refused("UnexpectedCaller", caller=successor, expected=stand.registry):
        stand.token.mint(alice, 0, 1, sender=successor)
