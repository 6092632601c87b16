"""Nothing is sold, and nothing is capped, before a DAO has its stated members and units."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from dao_backend.core.deployment_plan import steps
from dao_backend.core.model import Address
from dao_backend.core.safeguards import Genesis
from scripts.deploy import deploy_all
from tests.contracts.actors import COLLECTIONS, HOUR, UNBOUND, call_of, deploy_core
from tests.contracts.dao import Dao
from tests.contracts.refusals import refused

if TYPE_CHECKING:
    from ape.api import AccountAPI
    from ape.managers import AccountManager, ChainManager, ProjectManager

    from dao_backend.core.deployment import DeploymentParameters

MEMBERS, UNITS = 3, 1000
CAPS = (HOUR, 100, 200)
UNCAPPED = 2**56 - 1
NOT_YET = {"members": MEMBERS, "units": UNITS}


@pytest.fixture(scope="module")
def core(
    chain: ChainManager,
    project: ProjectManager,
    accounts: AccountManager,
    alice: AccountAPI,
    bob: AccountAPI,
    stranger: AccountAPI,
) -> Dao:
    """Real contracts among accounts; three members and a thousand units begin the DAO."""
    return deploy_core(chain, project, accounts, ((MEMBERS, UNITS), CAPS))


def found(dao: Dao, members: list[AccountAPI], units: int = UNITS) -> None:
    """Each contributes one unit, the last one all that is missing."""
    for member in members[:-1]:
        dao.contribute(member, 1)
    dao.contribute(members[-1], units - len(members) + 1)


# --- refusals ---


@pytest.mark.parametrize(("members", "units"), [(0, 1), (1, 0), (0, 0)])
def test_deploy__genesis_of_nothing__is_refused(
    project: ProjectManager, deployer: AccountAPI, members: int, units: int
) -> None:
    """A DAO without members or units is never one."""
    terms = ([deployer] * 13, COLLECTIONS, [], HOUR, (members, units), UNBOUND[1])
    with refused("GenesisOutOfBounds", members=members, units=units):
        deployer.deploy(project.DataRegistry, *terms)


def test_open_purposes__of_no_collection__is_refused(core: Dao) -> None:
    """There is nothing to sell of a collection that does not exist."""
    with refused("CollectionUnknown", collection=2):
        core.registry.openPurposes(2)


def test_open_purposes__before_the_genesis__is_refused(
    core: Dao, alice: AccountAPI, bob: AccountAPI, carol: AccountAPI
) -> None:
    """Neither members without units nor units without members are enough."""
    for member, units in ((alice, 1), (bob, UNITS), (bob, 10**9)):
        with refused("BeforeGenesis", **NOT_YET):
            core.registry.openPurposes(0)
        core.contribute(member, units)
    with refused("BeforeGenesis", **NOT_YET):
        core.registry.openPurposes(0)
    core.contribute(carol, 1)
    assert core.registry.openPurposes(0) == COLLECTIONS[0][1]


def test_open_purposes__one_unit_short_of_the_genesis__is_refused(
    core: Dao, members: list[AccountAPI], alice: AccountAPI, bob: AccountAPI, carol: AccountAPI
) -> None:
    """All members are there, one unit is not."""
    found(core, [alice, bob, carol], UNITS - 1)
    with refused("BeforeGenesis", **NOT_YET):
        core.registry.openPurposes(0)


def test_open_purposes__members_who_only_received_votes__is_refused(
    core: Dao, alice: AccountAPI, bob: AccountAPI, carol: AccountAPI
) -> None:
    """One contributor cannot make itself many by delegating to one account after the other."""
    core.contribute(alice, UNITS)
    for delegatee in (bob, carol):
        target, data = call_of(core.token, "delegate", delegatee)
        alice.transfer(target, 0, data=data)
    assert core.token.memberCount() == MEMBERS
    core.contribute(alice)
    with refused("BeforeGenesis", **NOT_YET):
        core.registry.openPurposes(0)


def test_open_purposes__one_who_came_three_times__is_refused(core: Dao, alice: AccountAPI) -> None:
    """Who withdraws or leaves and comes back is still one member."""
    core.withdraw(alice, core.contribute(alice, UNITS))
    core.contribute(alice, UNITS)
    core.registry.leaveAll(sender=alice)
    core.contribute(alice, UNITS)
    with refused("BeforeGenesis", **NOT_YET):
        core.registry.openPurposes(0)


@pytest.fixture
def small(dao: Dao, parameters: DeploymentParameters, deployer: AccountAPI) -> Dao:
    """A whole DAO that begins with one member and a thousand units."""
    young = replace(parameters, genesis=Genesis(members=1, units=UNITS))
    plan = steps(young, Address(deployer.address), deployer.nonce)
    return replace(dao, **deploy_all(plan, deployer))


def test_propose__before_the_genesis__is_refused(
    small: Dao, alice: AccountAPI, bob: AccountAPI
) -> None:
    """The first member, who has every vote, cannot keep the DAO for itself."""
    small.contribute(alice, UNITS - 1)
    small.wait(1)
    proposer = small.timelock.PROPOSER_ROLE()
    coup = bytes(small.timelock.grantRole.encode_input(proposer, alice))
    with refused("ProposedBeforeGenesis"):
        small.propose(alice, [(small.timelock, 0, coup)])
    small.contribute(bob, 1)
    small.wait(1)
    assert small.propose(alice, [(small.timelock, 0, coup)]).proposal_id


def test_request__before_the_genesis__is_refused(
    small: Dao, alice: AccountAPI, buyer: AccountAPI
) -> None:
    """No buyer's money is taken by a DAO that has not begun; then it is."""
    small.contribute(alice, UNITS - 1)
    with refused("BeforeGenesis", members=1, units=UNITS):
        small.request(buyer)
    assert small.desk.balance == 0
    small.contribute(alice, 1)
    small.publish()
    assert small.request(buyer).request_id == 1


# --- success ---


def test_contribute__before_the_genesis__has_no_cap(core: Dao, alice: AccountAPI) -> None:
    """A share of nothing would be nothing: nobody could begin."""
    assert not core.registry.isBegun()
    assert core.registry.mintableBy(core.appraiser) == UNCAPPED
    core.contribute(alice, 10**12)
    core.contribute(alice, 10**12)
    assert core.registry.mintableBy(core.appraiser) == UNCAPPED
    assert core.token.balanceOf(alice) == 2 * 10**12


def test_contribute__members_and_units_complete__begins_the_dao_once(
    core: Dao, alice: AccountAPI, bob: AccountAPI, carol: AccountAPI
) -> None:
    """The contribution that completes them says so, itself without a cap, and no later one does."""
    assert tuple(core.registry.genesis()) == (MEMBERS, UNITS)
    found(core, [alice, bob, carol])
    reached = core.registry.GenesisReached(MEMBERS, UNITS)
    core.contribute(alice, 1)
    assert list(core.registry.GenesisReached) == [reached]
    assert core.registry.isBegun()
    assert core.registry.openPurposes(1) == COLLECTIONS[1][1]
    assert core.registry.mintableBy(core.appraiser) == UNITS * CAPS[1] // 10_000 - 1


def test_leave__after_the_genesis__does_not_end_the_dao(
    core: Dao, alice: AccountAPI, bob: AccountAPI, carol: AccountAPI
) -> None:
    """What has begun has begun, with nobody left too; who comes back is capped by the genesis."""
    found(core, [alice, bob, carol])
    for member in (alice, bob, carol):
        core.registry.leaveAll(sender=member)
    assert core.token.totalSupply() == 0
    assert core.registry.isBegun()
    assert core.registry.openPurposes(0) == COLLECTIONS[0][1]
    core.wait(HOUR)
    assert core.registry.mintableBy(core.appraiser) == UNITS * CAPS[1] // 10_000
