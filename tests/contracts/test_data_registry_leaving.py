"""A contributor leaves when it wants to; the timelock alone says who appraises."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dao_backend.core.events import Contributed, Withdrawn
from dao_backend.core.history import GENESIS, next_head
from dao_backend.core.model import Address
from dao_backend.core.typed import Withdrawal
from tests.contracts.actors import (
    COLLECTIONS,
    FOREVER,
    HOUR,
    UNBOUND,
    deploy_core,
    elsewhere,
    register,
    sealing_key,
    second_form,
)
from tests.contracts.dao import DAY, Dao, sign
from tests.contracts.dao import NATIVE as NOBODY
from tests.contracts.refusals import refused

if TYPE_CHECKING:
    from ape.api import AccountAPI
    from ape.managers import AccountManager, ChainManager, ProjectManager

WITHDRAWN = 2
LOW_ORDER = bytes(32)


@pytest.fixture(scope="module")
def core(
    chain: ChainManager,
    project: ProjectManager,
    accounts: AccountManager,
    alice: AccountAPI,
    bob: AccountAPI,
    stranger: AccountAPI,
) -> Dao:
    """Real contracts among accounts; Ape wants longer-lived fixtures made before."""
    return deploy_core(chain, project, accounts)


# --- refusals: deployment ---


@pytest.mark.parametrize("count", [0, 4])
def test_deploy__collections_out_of_bounds__is_refused(
    project: ProjectManager, deployer: AccountAPI, count: int
) -> None:
    """A DAO has one to three collections."""
    collections = [(f"collection {number}", 1) for number in range(count)]
    with refused("CollectionCountOutOfBounds", count=count):
        deployer.deploy(project.DataRegistry, [deployer] * 13, collections, [], HOUR, *UNBOUND)


@pytest.mark.parametrize("interval", [0, HOUR - 1, DAY + 1])
def test_deploy__seal_interval_out_of_bounds__is_refused(
    project: ProjectManager, deployer: AccountAPI, interval: int
) -> None:
    """Sealing can neither be used to hold grants up nor be kept from a leaver for long."""
    with refused("IntervalOutOfBounds", interval=interval):
        deployer.deploy(project.DataRegistry, [deployer] * 13, COLLECTIONS, [], interval, *UNBOUND)


def test_deploy__appraiser_with_a_key_of_low_order__is_refused(
    project: ProjectManager, deployer: AccountAPI
) -> None:
    """Content keys are never sealed to a key that everybody can open."""
    appraisers = [(deployer, LOW_ORDER, "")]
    with refused("AppraiserKeyLowOrder", sealingKey=LOW_ORDER):
        terms = ([deployer] * 13, COLLECTIONS, appraisers, HOUR, *UNBOUND)
        deployer.deploy(project.DataRegistry, *terms)


# --- refusals: withdrawal ---


def test_withdraw__what_was_never_contributed__is_refused(core: Dao, alice: AccountAPI) -> None:
    """There is nothing to withdraw under an unused id."""
    record, _ = core.record(alice.address)
    with refused("ContributionNotActive", contributionId=record.contribution_id):
        core.withdraw(alice, record.contribution_id)
    with refused("ContributionNotActive", contributionId=bytes(32)):
        core.registry.withdrawFor(bytes(32), FOREVER, b"", sender=alice)


def test_withdraw__twice__is_refused(core: Dao, alice: AccountAPI) -> None:
    """Units are burnt once, also by a signature used again."""
    identity = core.contribute(alice)
    core.contribute(alice)
    signature = sign(alice, core.domain(core.registry), Withdrawal(identity, FOREVER))
    core.registry.withdrawFor(identity, FOREVER, signature, sender=core.stranger)
    with refused("ContributionNotActive", contributionId=identity):
        core.registry.withdrawFor(identity, FOREVER, signature, sender=core.stranger)
    with refused("ContributionNotActive", contributionId=identity):
        core.withdraw(alice, identity)
    assert core.token.balanceOf(alice) == 100


def test_withdraw__anothers_contribution__is_refused(
    core: Dao, alice: AccountAPI, bob: AccountAPI
) -> None:
    """Nobody takes out what another put in."""
    identity = core.contribute(alice)
    core.contribute(bob)
    with refused("NotContributor", caller=bob, contributor=alice):
        core.withdraw(bob, identity)


def test_relayed_withdrawal__after_its_deadline__is_refused(core: Dao, alice: AccountAPI) -> None:
    """A signed withdrawal ends with its deadline."""
    identity = core.contribute(alice)
    deadline = core.now
    signature = sign(alice, core.domain(core.registry), Withdrawal(identity, deadline))
    late = core.chain.pending_timestamp
    with refused("SignatureExpired", deadline=deadline, timestamp=late):
        core.registry.withdrawFor(identity, deadline, signature, sender=core.stranger)


def test_relayed_withdrawal__without_the_contributors_signature__is_refused(
    core: Dao, alice: AccountAPI, bob: AccountAPI
) -> None:
    """Only the contributor's signature over this id and deadline, here, withdraws."""
    identity, other = core.contribute(alice), core.contribute(alice)
    domain, wanted = core.domain(core.registry), Withdrawal(identity, FOREVER)
    signature = sign(alice, domain, wanted)
    worthless = [sign(bob, domain, wanted), second_form(signature), b""]
    worthless += [sign(alice, domain, Withdrawal(other, FOREVER))]
    worthless += [sign(alice, domain, Withdrawal(identity, FOREVER - 1))]
    worthless += [sign(alice, foreign, wanted) for foreign in elsewhere(domain)]
    for bad in worthless:
        with refused("ContributorSignatureInvalid", contributor=alice):
            core.registry.withdrawFor(identity, FOREVER, bad, sender=core.stranger)


# --- refusals: appraisers ---


def test_change_appraisers__by_anybody_but_the_timelock__is_refused(
    core: Dao, alice: AccountAPI
) -> None:
    """Who mints is decided by a vote."""
    refusal = {"caller": alice, "expected": core.timelock}
    with refused("UnexpectedCaller", **refusal):
        core.registry.addAppraiser(alice, sealing_key(5), "", sender=alice)
    with refused("UnexpectedCaller", **refusal):
        core.registry.removeAppraiser(core.appraiser, sender=alice)


def test_add_appraiser__with_a_key_of_low_order__is_refused(core: Dao, alice: AccountAPI) -> None:
    """Content keys are never sealed to a key that everybody can open."""
    with refused("AppraiserKeyLowOrder", sealingKey=LOW_ORDER):
        core.registry.addAppraiser(alice, LOW_ORDER, "", sender=core.timelock)


def test_remove_appraiser__who_is_none__is_refused(core: Dao, alice: AccountAPI) -> None:
    """A vote that removes the wrong account fails where it is seen."""
    with refused("AppraiserUnknown", signer=alice):
        core.registry.removeAppraiser(alice, sender=core.timelock)


# --- success ---


def test_withdraw__own_contribution__burns_its_units_and_no_others(
    core: Dao, alice: AccountAPI, bob: AccountAPI
) -> None:
    """The contribution is out for ever; what else the member and others hold stays."""
    identity = core.contribute(alice, 40, collection=1)
    core.contribute(alice, 2, collection=1)
    core.contribute(bob, 7, collection=1)
    receipt = core.registry.withdraw(identity, sender=alice)
    assert list(receipt.events) == [
        core.registry.Withdrawn(identity, alice, 1, 40),
        core.token.Transfer(alice, NOBODY, 40),
    ]
    assert tuple(core.registry.contributionOf(identity)) == (alice, 1, 40, WITHDRAWN)
    assert [core.token.unitsOf(who, 1) for who in (alice, bob)] == [2, 7]
    assert core.token.totalSupply() == core.token.totalUnits(1) == 9


def test_withdraw__after_contributing__is_chained_too(core: Dao, alice: AccountAPI) -> None:
    """A node that hides a withdrawal cannot arrive at the head."""
    record, nonce = core.record(alice.address)
    register(core, record, nonce, sender=alice)
    core.withdraw(alice, record.contribution_id)
    contributed = Contributed(record, 100, Address(core.appraiser.address))
    withdrawn = Withdrawn(record.contribution_id, Address(alice.address), 0, 100)
    head = next_head(next_head(GENESIS, contributed), withdrawn)
    assert bytes(core.registry.historyHead()) == head
    assert core.registry.historyCount() == 2


def test_withdraw__with_votes_given_away__burns_them_there(
    core: Dao, alice: AccountAPI, bob: AccountAPI
) -> None:
    """Delegating keeps nobody from leaving."""
    identity = core.contribute(alice, 40)
    alice.transfer(core.token, 0, data=core.token._mutable_methods_["delegate"].encode_input(bob))
    core.withdraw(alice, identity)
    assert [core.token.getVotes(who) for who in (alice, bob)] == [0, 0]


def test_relayed_withdrawal__signed__is_the_contributors(core: Dao, alice: AccountAPI) -> None:
    """A member without coin can leave."""
    identity = core.contribute(alice, 40)
    signature = sign(alice, core.domain(core.registry), Withdrawal(identity, FOREVER))
    receipt = core.registry.withdrawFor(identity, FOREVER, signature, sender=core.stranger)
    assert core.registry.Withdrawn(identity, alice, 0, 40) in receipt.events
    assert core.token.balanceOf(alice) == 0


def test_relayed_withdrawal__of_a_contract_wallet__asks_the_wallet(
    core: Dao, project: ProjectManager, alice: AccountAPI
) -> None:
    """A contract leaves through ERC-1271."""
    wallet = alice.deploy(project.BatchWallet, alice)
    identity = core.contribute_by_wallet(wallet, alice)
    signature = sign(alice, core.domain(core.registry), Withdrawal(identity, FOREVER))
    core.registry.withdrawFor(identity, FOREVER, signature, sender=core.stranger)
    assert core.token.balanceOf(wallet) == 0


def test_change_appraisers__by_the_timelock__takes_effect_at_once(
    core: Dao, alice: AccountAPI, bob: AccountAPI
) -> None:
    """A new appraiser mints, a removed one does not, and what it appraised stays."""
    core.contribute(bob)
    added = core.registry.addAppraiser(alice, sealing_key(5), "https://a", sender=core.timelock)
    assert list(added.events) == [core.registry.AppraiserAdded(alice, sealing_key(5), "https://a")]
    removed = core.registry.removeAppraiser(core.appraiser, sender=core.timelock)
    assert list(removed.events) == [core.registry.AppraiserRemoved(core.appraiser)]
    assert [core.registry.isAppraiser(who) for who in (alice, core.appraiser)] == [True, False]
    core.appraiser, before = alice, core.appraiser
    core.contribute(bob)
    core.appraiser = before
    assert core.token.balanceOf(bob) == 200


def test_facts__of_a_new_registry__are_those_it_was_made_with(core: Dao) -> None:
    """Collections, purposes and appraisers stand as the deployment stated them."""
    registry = core.registry
    assert registry.collectionCount() == 2
    assert [tuple(registry.collectionOf(number)) for number in (0, 1)] == COLLECTIONS
    assert [registry.purposesOf(number) for number in (0, 1)] == [each[1] for each in COLLECTIONS]
    assert registry.isAppraiser(core.appraiser)
    assert (bytes(registry.historyHead()), registry.historyCount()) == (GENESIS, 0)
    with refused("CollectionUnknown", collection=2):
        registry.collectionOf(2)
    with refused("CollectionUnknown", collection=2):
        registry.purposesOf(2)
