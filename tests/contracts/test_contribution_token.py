"""The token counts units for the registry alone, moves none, and answers for every past second."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.contracts.actors import CURVE_ORDER, FOREVER
from tests.contracts.dao import NATIVE as NOBODY
from tests.contracts.refusals import refused
from tests.contracts.token_stand import COLLECTIONS, Mode, TokenStand, deploy_token, peers_of

if TYPE_CHECKING:
    from ape.api import AccountAPI
    from ape.managers import AccountManager, ChainManager, ProjectManager

MAX_UNITS = 2**48 - 1
MINTER_METHODS: dict[str, tuple[int, ...]] = {"mint": (0, 1), "burn": (0, 1, 0), "burnAll": ()}


@pytest.fixture(scope="module")
def stand(project: ProjectManager, chain: ChainManager, accounts: AccountManager) -> TokenStand:
    """A token that counts units as votes."""
    return deploy_token(project, chain, accounts)


# --- refusals ---


@pytest.mark.parametrize("collections", [0, 4])
def test_deploy__collections_out_of_bounds__is_refused(
    project: ProjectManager, deployer: AccountAPI, collections: int
) -> None:
    """A token has one to three collections."""
    terms = (peers_of(deployer, deployer), "Units", "UNIT", collections, Mode.PER_UNIT)
    with refused("UnknownCollection", collection=collections):
        deployer.deploy(project.ContributionToken, *terms, [])


@pytest.mark.parametrize("method", MINTER_METHODS)
def test_mint_or_burn__by_anybody_but_the_registry__is_refused(
    stand: TokenStand, alice: AccountAPI, method: str
) -> None:
    """Only the registry mints and burns; the timelock does not."""
    arguments = (alice, *MINTER_METHODS[method])
    for caller in (alice, stand.timelock):
        with refused("UnexpectedCaller", caller=caller, expected=stand.registry):
            getattr(stand.token, method)(*arguments, sender=caller)


@pytest.mark.parametrize("collection", [COLLECTIONS, 3, 255])
def test_mint_or_burn__in_an_unknown_collection__is_refused(
    stand: TokenStand, alice: AccountAPI, collection: int
) -> None:
    """Nobody holds units of a collection that the DAO does not have."""
    with refused("UnknownCollection", collection=collection):
        stand.mint(alice, 1, collection)
    with refused("UnknownCollection", collection=collection):
        stand.burn(alice, 1, collection)


def test_mint__beyond_48_bits__is_refused(
    stand: TokenStand, alice: AccountAPI, bob: AccountAPI
) -> None:
    """The units of everybody in one collection fit 48 bits, so that none spill into the next."""
    with refused("UnitsOutOfBounds", held=0, units=MAX_UNITS + 1):
        stand.mint(alice, MAX_UNITS + 1)
    stand.mint(alice, MAX_UNITS)
    with refused("UnitsOutOfBounds", held=MAX_UNITS, units=1):
        stand.mint(alice, 1)
    with refused("UnitsOutOfBounds", held=MAX_UNITS, units=2):
        stand.mint(bob, 2)
    stand.mint(alice, MAX_UNITS, collection=1)
    assert stand.token.totalSupply() == 2 * MAX_UNITS
    assert stand.indexes(alice) == [1]


def test_burn__more_than_held__is_refused(
    stand: TokenStand, alice: AccountAPI, bob: AccountAPI
) -> None:
    """Nobody loses units that it does not have, even where others have more."""
    stand.mint(alice, 5)
    stand.mint(bob, 50)
    with refused("UnitsOutOfBounds", held=5, units=6):
        stand.burn(alice, 6)
    with refused("UnitsOutOfBounds", held=0, units=1):
        stand.burn(alice, 1, collection=1)
    with refused("UnitsOutOfBounds", held=5, units=2**56 - 1):
        stand.burn(alice, 2**56 - 1)


def test_transfer_or_approve__always__is_refused(
    stand: TokenStand, alice: AccountAPI, bob: AccountAPI
) -> None:
    """Units stay with the member that earned them."""
    stand.mint(alice, 5)
    with refused("NotTransferable"):
        stand.token.transfer(bob, 1, sender=alice)
    with refused("NotTransferable"):
        stand.token.transferFrom(alice, bob, 1, sender=bob)
    with refused("NotTransferable"):
        stand.token.approve(bob, 1, sender=alice)
    assert stand.token.allowance(alice, bob) == 0


@pytest.mark.parametrize("ahead", [0, 1, 2**48, 2**255])
def test_past_lookup__now_or_later__is_refused(
    stand: TokenStand, alice: AccountAPI, ahead: int
) -> None:
    """A second that later transactions may still share is not past."""
    now = stand.mint(alice, 5).timestamp
    refusal = {"timepoint": now + ahead, "clock": now}
    with refused("FutureLookup", **refusal):
        stand.token.getPastVotes(alice, now + ahead)
    with refused("FutureLookup", **refusal):
        stand.token.getPastTotalSupply(now + ahead)
    with refused("FutureLookup", **refusal):
        stand.token.pastUnits(alice, 0, now + ahead)
    with refused("FutureLookup", **refusal):
        stand.token.pastTotalUnits(0, now + ahead)
    with refused("FutureLookup", **refusal):
        stand.token.pastBalance(alice, now + ahead)
    with refused("FutureLookup", **refusal):
        stand.token.pastSupply(now + ahead)


def test_lookup__of_an_unknown_collection__is_refused(stand: TokenStand, alice: AccountAPI) -> None:
    """No view answers for a collection that the DAO does not have."""
    unknown = {"collection": COLLECTIONS}
    with refused("UnknownCollection", **unknown):
        stand.token.unitsOf(alice, COLLECTIONS)
    with refused("UnknownCollection", **unknown):
        stand.token.totalUnits(COLLECTIONS)
    with refused("UnknownCollection", **unknown):
        stand.token.pastUnits(alice, COLLECTIONS, 1)
    with refused("UnknownCollection", **unknown):
        stand.token.pastTotalUnits(COLLECTIONS, 1)


def test_delegate_by_signature__expired__is_refused(
    stand: TokenStand, chain: ChainManager, alice: AccountAPI, bob: AccountAPI
) -> None:
    """A signed delegation ends with its expiry."""
    expiry = chain.blocks.head.timestamp
    v, r, s = stand.sign_delegation(alice, bob.address, 0, expiry)
    with refused("VotesExpiredSignature", expiry=expiry):
        stand.token.delegateBySig(bob, 0, expiry, v, r, s, sender=bob)


def test_delegate_by_signature__used_before__is_refused(
    stand: TokenStand, alice: AccountAPI, bob: AccountAPI
) -> None:
    """A signed delegation counts once."""
    v, r, s = stand.sign_delegation(alice, bob.address, 0, FOREVER)
    stand.token.delegateBySig(bob, 0, FOREVER, v, r, s, sender=bob)
    with refused("InvalidAccountNonce", account=alice, currentNonce=1):
        stand.token.delegateBySig(bob, 0, FOREVER, v, r, s, sender=bob)


def test_delegate_by_signature__in_its_second_form__is_refused(
    stand: TokenStand, alice: AccountAPI, bob: AccountAPI
) -> None:
    """A signature has one form only (EIP-2)."""
    v, r, s = stand.sign_delegation(alice, bob.address, 0, FOREVER)
    other = (CURVE_ORDER - int.from_bytes(s, "big")).to_bytes(32, "big")
    with refused("ECDSAInvalidSignatureS", s=other):
        stand.token.delegateBySig(bob, 0, FOREVER, 55 - v, r, other, sender=bob)


@pytest.mark.parametrize(
    "domain", [{"chainId": 5}, {"verifyingContract": NOBODY}, {"name": "DataRegistry"}]
)
def test_delegate_by_signature__made_for_elsewhere__moves_nothing_of_the_signer(
    stand: TokenStand, alice: AccountAPI, bob: AccountAPI, domain: dict[str, object]
) -> None:
    """A signature for another chain, contract or name is somebody else's here."""
    stand.mint(alice, 5)
    v, r, s = stand.sign_delegation(alice, bob.address, 0, FOREVER, **domain)
    stand.token.delegateBySig(bob, 0, FOREVER, v, r, s, sender=bob)
    assert stand.token.delegates(alice) == alice
    assert stand.votes(alice, bob) == [5, 0]
    assert stand.token.nonces(alice) == 0


# --- success ---


def test_mint__to_a_new_member__gives_units_an_index_and_votes(
    stand: TokenStand, alice: AccountAPI
) -> None:
    """A first contribution makes a member, whose units vote without another transaction."""
    token = stand.token
    receipt = stand.mint(alice, 7, collection=1)
    assert list(receipt.events) == [token.MemberAdded(alice, 1), token.Transfer(NOBODY, alice, 7)]
    assert [token.unitsOf(alice, 0), token.unitsOf(alice, 1), token.balanceOf(alice)] == [0, 7, 7]
    assert [token.totalUnits(0), token.totalUnits(1), token.totalSupply()] == [0, 7, 7]
    assert [token.memberIndex(alice), token.memberCount()] == [1, 1]
    assert stand.votes(alice) == [7]
    assert token.delegates(alice) == alice


def test_mint__again__adds_to_what_is_held(
    stand: TokenStand, alice: AccountAPI, bob: AccountAPI
) -> None:
    """Units add up by collection; the index stays."""
    stand.mint(alice, 7, collection=1)
    stand.mint(bob, 1)
    receipt = stand.mint(alice, 3)
    assert list(receipt.events) == [stand.token.Transfer(NOBODY, alice, 3)]
    assert [stand.token.unitsOf(alice, 0), stand.token.unitsOf(alice, 1)] == [3, 7]
    assert [stand.token.totalUnits(0), stand.token.totalSupply()] == [4, 11]
    assert stand.votes(alice, bob) == [10, 1]
    assert stand.indexes(alice, bob) == [1, 2]


def test_burn__of_everything__keeps_the_index_for_ever(
    stand: TokenStand, alice: AccountAPI, bob: AccountAPI
) -> None:
    """Who leaves keeps its bit, and nobody else ever gets it."""
    stand.mint(alice, 7)
    receipt = stand.burn(alice, 7)
    assert list(receipt.events) == [stand.token.Transfer(alice, NOBODY, 7)]
    assert [stand.token.balanceOf(alice), stand.token.totalSupply()] == [0, 0]
    stand.mint(bob, 1)
    stand.mint(alice, 1)
    assert stand.indexes(alice, bob) == [1, 2]
    assert stand.token.memberCount() == 2


def test_past_units__after_later_changes__stay_as_they_were(
    stand: TokenStand, chain: ChainManager, alice: AccountAPI
) -> None:
    """Money follows what was held then, whatever happened since."""
    first = stand.mint(alice, 7).timestamp
    second = stand.mint(alice, 5, collection=1).timestamp
    third = stand.burn(alice, 7).timestamp
    chain.mine(timestamp=third + 10)
    at = (first - 1, first, second, third, third + 9)
    token = stand.token
    assert [token.pastUnits(alice, 0, t) for t in at] == [0, 7, 7, 0, 0]
    assert [token.pastUnits(alice, 1, t) for t in at] == [0, 0, 5, 5, 5]
    assert [token.pastTotalUnits(0, t) for t in at] == [0, 7, 7, 0, 0]
    assert [token.pastBalance(alice, t) for t in at] == [0, 7, 12, 5, 5]
    assert [token.pastSupply(t) for t in at] == [0, 7, 12, 5, 5]
    assert [token.getPastTotalSupply(t) for t in at] == [0, 7, 12, 5, 5]


def test_facts__of_the_token__are_those_it_was_made_with(
    stand: TokenStand, chain: ChainManager
) -> None:
    """A wallet can show the token, and a governor can read its clock."""
    token = stand.token
    assert [token.name(), token.symbol(), token.decimals()] == ["Units", "UNIT", 0]
    assert token.CLOCK_MODE() == "mode=timestamp"
    assert token.votingMode() == Mode.PER_UNIT
    assert token.clock() == chain.blocks.head.timestamp
    assert token.eip712Domain()[1:5] == ("ContributionToken", "1", chain.chain_id, token.address)
