"""A pause keeps contributions and requests out, and nobody in; an epoch is the keepers' word."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dao_backend.core.typed import Withdrawal
from tests.contracts.actors import COLLECTIONS, FOREVER, HOUR, UNBOUND, deploy_core
from tests.contracts.dao import Dao, sign
from tests.contracts.refusals import refused
from tests.contracts.registry_stand import sign_departure, signed

if TYPE_CHECKING:
    from ape.api import AccountAPI
    from ape.managers import AccountManager, ChainManager, ProjectManager


LOOSE = (HOUR, 10**9, 10**9)


@pytest.fixture(scope="module")
def core(
    chain: ChainManager,
    project: ProjectManager,
    accounts: AccountManager,
    alice: AccountAPI,
    bob: AccountAPI,
    stranger: AccountAPI,
) -> Dao:
    """Real contracts among accounts, one of which plays the council."""
    return deploy_core(chain, project, accounts, ((1, 1), LOOSE))


def pause(dao: Dao, seconds: int = HOUR) -> int:
    """The council pauses; give the first second after it."""
    until = dao.now + seconds
    dao.registry.pause(until, sender=dao.council)
    return until


# --- refusals ---


def test_pause__by_anybody_but_the_council__is_refused(core: Dao, alice: AccountAPI) -> None:
    """Neither members nor the timelock stop registrations; the council has its bounds."""
    for caller in (alice, core.timelock, core.appraiser):
        with refused("UnexpectedCaller", caller=caller, expected=core.council):
            core.registry.pause(FOREVER - 1, sender=caller)
    assert core.registry.pausedUntil() == 0


def test_begin_epoch__by_anybody_but_the_keeper_registry__is_refused(
    core: Dao, alice: AccountAPI
) -> None:
    """Not even a keeper says alone to whom key shares go."""
    for caller in (alice, core.timelock, core.council, core.operators[0]):
        with refused("UnexpectedCaller", caller=caller, expected=core.keepers):
            core.registry.beginEpoch(2, sender=caller)
    assert core.registry.currentEpoch() == 1


def test_contribute__while_paused__is_refused(core: Dao, alice: AccountAPI) -> None:
    """Neither by one's own transaction nor through a relayer, until the very last second."""
    until, item = pause(core), signed(core, alice)
    core.chain.pending_timestamp = until - 2
    with refused("RegistrationPaused", until=until):
        core.registry.contribute(*item.words[:3], sender=alice)
    core.chain.pending_timestamp = until - 1
    with refused("RegistrationPaused", until=until):
        core.registry.contributeFor(*item.words, sender=core.stranger)


def test_open_purposes__while_paused__is_refused(core: Dao, alice: AccountAPI) -> None:
    """Nothing new is sold either."""
    core.contribute(alice)
    until = pause(core)
    with refused("RegistrationPaused", until=until):
        core.registry.openPurposes(0)


# --- success ---


def test_pause__by_the_council__is_told(core: Dao) -> None:
    """What the council says stands in the log and in a view."""
    until = core.now + HOUR
    receipt = core.registry.pause(until, sender=core.council)
    assert list(receipt.events) == [core.registry.PausedUntil(until)]
    assert core.registry.pausedUntil() == until


def test_contribute__in_the_second_that_ends_the_pause__is_accepted(
    core: Dao, alice: AccountAPI
) -> None:
    """A pause ends by itself, and sales with it."""
    item, until = signed(core, alice), pause(core)
    core.chain.pending_timestamp = until
    core.registry.contribute(*item.words[:3], sender=alice)
    assert core.token.balanceOf(alice) == 100
    assert core.registry.openPurposes(0) == COLLECTIONS[0][1]


def test_contribute__after_the_pause_was_taken_back__is_accepted(
    core: Dao, alice: AccountAPI
) -> None:
    """The council may end it early."""
    pause(core)
    pause(core, 0)
    core.contribute(alice)
    assert core.token.balanceOf(alice) == 100


def test_leave__while_paused__works_in_every_way(
    core: Dao, alice: AccountAPI, bob: AccountAPI, carol: AccountAPI
) -> None:
    """A pause locks nobody in, and the edition without the leavers is sealed in it."""
    first, second = core.contribute(alice), core.contribute(alice)
    for member in (alice, bob, carol):
        core.contribute(member, 7)
    domain = core.domain(core.registry)
    pause(core, 10 * HOUR)
    core.registry.withdraw(first, sender=alice)
    consent = sign(alice, domain, Withdrawal(second, FOREVER))
    core.registry.withdrawFor(second, FOREVER, consent, sender=core.stranger)
    core.registry.leaveAll(sender=bob)
    departure = sign_departure(core, carol)
    core.registry.leaveAllFor(carol, FOREVER, departure, sender=core.stranger)
    edition = core.seal()
    assert [core.token.balanceOf(who) for who in (alice, bob, carol)] == [7, 0, 0]
    assert core.registry.editionOf(edition).totalUnits == 7


def test_begin_epoch__by_the_keeper_registry__holds_for_what_comes(
    project: ProjectManager, deployer: AccountAPI
) -> None:
    """The registry states the epoch it was told last."""
    registry = deployer.deploy(
        project.DataRegistry, [deployer] * 13, COLLECTIONS, [], HOUR, *UNBOUND
    )
    assert registry.currentEpoch() == 0
    receipt = registry.beginEpoch(7, sender=deployer)
    assert list(receipt.events) == [registry.EpochBegun(7)]
    assert registry.currentEpoch() == 7
