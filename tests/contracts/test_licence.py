"""Licence: issued once by the desk, governed by the DAO, lapsed by the meter, ended by time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dao_backend.core.model import LicenceStatus
from tests.contracts.actors import HOUR, THRESHOLD, deploy_core
from tests.contracts.dao import RELEASE_KEY, TERMS_HASH, Dao
from tests.contracts.licence_stand import Grant, grant_to, issue
from tests.contracts.refusals import refused

if TYPE_CHECKING:
    from ape.api import AccountAPI
    from ape.contracts import ContractInstance
    from ape.managers import AccountManager, ChainManager, ProjectManager

ACTIVE, SUSPENDED, REVOKED = (
    LicenceStatus.ACTIVE,
    LicenceStatus.SUSPENDED,
    LicenceStatus.REVOKED,
)


@pytest.fixture(scope="module")
def core(
    chain: ChainManager, project: ProjectManager, accounts: AccountManager, alice: AccountAPI
) -> Dao:
    """Registry, keepers and licences; Ape wants longer-lived fixtures made before."""
    return deploy_core(chain, project, accounts)


@pytest.fixture
def timelock(core: Dao) -> AccountAPI:
    """Plays the timelock."""
    return core.timelock


@pytest.fixture
def desk(core: Dao) -> AccountAPI:
    """Plays the desk."""
    return core.desk


@pytest.fixture
def meter(core: Dao) -> AccountAPI:
    """Plays the usage meter."""
    return core.meter


@pytest.fixture
def licences(core: Dao) -> ContractInstance:
    """The contract between those three."""
    return core.licence


@pytest.fixture
def edition(core: Dao, alice: AccountAPI) -> int:
    """A sealed and attested edition."""
    core.contribute(alice)
    return core.publish()


@pytest.fixture
def issued(core: Dao, edition: int, buyer: AccountAPI) -> Grant:
    """Licence 3, active, and expected to be delivered within the hour."""
    grant = grant_to(buyer, core.now, edition)
    issue(core, 3, grant)
    return grant


# --- refusals ---


@pytest.mark.parametrize("method", ["suspend", "reinstate", "revoke"])
def test_licence__governed_by_anybody_but_the_timelock__is_refused(
    licences: ContractInstance,
    timelock: AccountAPI,
    desk: AccountAPI,
    meter: AccountAPI,
    buyer: AccountAPI,
    method: str,
) -> None:
    """Neither the desk nor the holder may do what a vote does."""
    for caller in (desk, meter, buyer):
        with refused(licences.UnexpectedCaller, caller=caller, expected=timelock):
            getattr(licences, method)(3, sender=caller)


@pytest.mark.parametrize("method", ["lapse", "restore"])
def test_lapse_and_restore__by_anybody_but_the_meter__is_refused(
    core: Dao, issued: Grant, buyer: AccountAPI, method: str
) -> None:
    """Only reports and bonds decide whether a licence lapses, not a vote."""
    for caller in (core.timelock, core.desk, buyer):
        with refused("UnexpectedCaller", caller=caller, expected=core.meter):
            getattr(core.licence, method)(3, sender=caller)


def test_licence__issued_or_annulled_by_anybody_but_the_desk__is_refused(
    core: Dao, issued: Grant, buyer: AccountAPI
) -> None:
    """Not even the DAO issues a licence without a request."""
    for caller in (core.timelock, core.meter, buyer):
        with refused("UnexpectedCaller", caller=caller, expected=core.desk):
            issue(core, 4, issued, caller)
        for licence in (3, 4):
            with refused("UnexpectedCaller", caller=caller, expected=core.desk):
                core.licence.annul(licence, sender=caller)


def test_issue__a_second_time__is_refused(core: Dao, issued: Grant) -> None:
    """One licence for each request, also after it was annulled."""
    with refused("LicenceExists", licenceId=3):
        issue(core, 3, issued)
    core.licence.annul(3, sender=core.desk)
    with refused("LicenceExists", licenceId=3):
        issue(core, 3, issued)


@pytest.mark.parametrize("status", [LicenceStatus.NONE, SUSPENDED, REVOKED])
def test_issue__in_another_state_than_active__is_refused(
    core: Dao, buyer: AccountAPI, status: LicenceStatus
) -> None:
    """A licence begins active."""
    with refused("LicenceNotActive", licenceId=3, status=status):
        issue(core, 3, grant_to(buyer, core.now, 1, status=status))


def test_issue__on_an_edition_without_root__is_refused(
    core: Dao, alice: AccountAPI, buyer: AccountAPI
) -> None:
    """A licence that no keeper could deliver is not issued."""
    core.contribute(alice)
    unattested = core.seal()
    with refused("EditionNotAttested", editionId=unattested):
        issue(core, 3, grant_to(buyer, core.now, unattested))


UNKNOWN = ["suspend", "reinstate", "revoke", "annul", "lapse", "restore", "licenceOf"]


@pytest.mark.parametrize("method", UNKNOWN)
def test_licence__unknown__is_refused(core: Dao, method: str) -> None:
    """Nothing can be done or read about a licence that was never issued."""
    meter = {"sender": core.meter}
    other = {"annul": {"sender": core.desk}, "licenceOf": {}, "lapse": meter, "restore": meter}
    with refused("LicenceUnknown", licenceId=9):
        getattr(core.licence, method)(9, **other.get(method, {"sender": core.timelock}))


def test_licence__moved_along_no_arrow__is_refused(
    licences: ContractInstance, timelock: AccountAPI, issued: Grant
) -> None:
    """Only what the diagram draws can happen; revoked is for ever."""
    with refused(licences.LicenceNotSuspended, licenceId=3, status=ACTIVE):
        licences.reinstate(3, sender=timelock)
    licences.suspend(3, sender=timelock)
    with refused(licences.LicenceNotActive, licenceId=3, status=SUSPENDED):
        licences.suspend(3, sender=timelock)
    licences.revoke(3, sender=timelock)
    with refused(licences.LicenceNotActive, licenceId=3, status=REVOKED):
        licences.suspend(3, sender=timelock)
    with refused(licences.LicenceNotSuspended, licenceId=3, status=REVOKED):
        licences.reinstate(3, sender=timelock)
    with refused(licences.LicenceAlreadyRevoked, licenceId=3):
        licences.revoke(3, sender=timelock)


# --- success ---


def test_issue__by_the_desk__records_and_logs_every_field(
    core: Dao, edition: int, buyer: AccountAPI
) -> None:
    """What was granted can be read back, and its event carries it whole."""
    grant = grant_to(buyer, core.now, edition)
    receipt = issue(core, 3, grant)
    assert tuple(core.licence.licenceOf(3)) == tuple(grant.values())
    logged = core.licence.LicenceIssued.from_receipt(receipt)[0]
    unlogged = {"status", "issuedAt", "lapsed"}
    expected = {key: value for key, value in grant.items() if key not in unlogged}
    assert {key: getattr(logged, key) for key in expected} == expected
    assert (logged.termsHash, logged.releaseKey) == (TERMS_HASH, RELEASE_KEY)
    assert logged.licenceId == 3
    assert core.licence.isInForce(3)


def test_issue__by_the_desk__opens_its_delivery(core: Dao, edition: int, buyer: AccountAPI) -> None:
    """Keepers are asked for receipts for that edition and key, until that deadline."""
    deadline = core.now + HOUR
    receipt = issue(core, 3, grant_to(buyer, core.now, edition), deliver_by=deadline)
    opened = core.keepers.DeliveryOpened(3, edition, deadline, 1)
    assert core.keepers.DeliveryOpened.from_receipt(receipt) == [opened]
    expected = (edition, deadline, 1, THRESHOLD, 0, False, 0, 0)
    assert tuple(core.keepers.deliveryOf(3)) == expected


def test_annul__by_the_desk__revokes(core: Dao, issued: Grant) -> None:
    """A refunded licence is over for ever, also one that was suspended."""
    core.licence.suspend(3, sender=core.timelock)
    receipt = core.licence.annul(3, sender=core.desk)
    assert list(receipt.events) == [core.licence.LicenceRevoked(3)]
    assert core.licence.licenceOf(3).status == REVOKED
    with refused("LicenceNotSuspended", licenceId=3, status=REVOKED):
        core.licence.reinstate(3, sender=core.timelock)


def test_lapse_and_restore__by_the_meter__switch_the_licence_off_and_on(
    core: Dao, issued: Grant
) -> None:
    """A lapsed licence is not in force until it is restored; its status says nothing of it."""
    lapsed = core.licence.lapse(3, sender=core.meter)
    assert list(lapsed.events) == [core.licence.LicenceLapsed(3)]
    assert core.licence.licenceOf(3).lapsed
    assert core.licence.licenceOf(3).status == ACTIVE
    assert not core.licence.isInForce(3)
    back = core.licence.restore(3, sender=core.meter)
    assert list(back.events) == [core.licence.LicenceRestored(3)]
    assert core.licence.isInForce(3)


def test_restore__of_a_suspended_licence__does_not_bring_it_into_force(
    core: Dao, issued: Grant
) -> None:
    """A full bond takes back no vote, and a vote pays no bond."""
    core.licence.suspend(3, sender=core.timelock)
    core.licence.lapse(3, sender=core.meter)
    core.licence.restore(3, sender=core.meter)
    assert not core.licence.isInForce(3)
    core.licence.lapse(3, sender=core.meter)
    core.licence.reinstate(3, sender=core.timelock)
    assert not core.licence.isInForce(3)


def test_suspend_and_reinstate__while_undelivered__halt_and_resume_the_delivery(
    core: Dao, issued: Grant
) -> None:
    """No keeper's receipt counts for a licence that is not to be delivered."""
    core.licence.suspend(3, sender=core.timelock)
    assert core.keepers.deliveryOf(3).halted
    core.licence.reinstate(3, sender=core.timelock)
    assert not core.keepers.deliveryOf(3).halted
    core.licence.revoke(3, sender=core.timelock)
    assert core.keepers.deliveryOf(3).halted


def test_suspend_and_reinstate__by_the_dao__switch_the_licence_off_and_on(
    licences: ContractInstance, timelock: AccountAPI, issued: Grant
) -> None:
    """A suspended licence is not in force until it is reinstated."""
    suspension = licences.suspend(3, sender=timelock)
    assert licences.LicenceSuspended.from_receipt(suspension)[0].licenceId == 3
    assert not licences.isInForce(3)
    back = licences.reinstate(3, sender=timelock)
    assert licences.LicenceReinstated.from_receipt(back)[0].licenceId == 3
    assert licences.isInForce(3)


@pytest.mark.parametrize("suspended", [False, True])
def test_revoke__from_either_state__ends_the_licence(
    licences: ContractInstance, timelock: AccountAPI, issued: Grant, suspended: bool
) -> None:
    """An active or suspended licence is revoked, and its record stays readable."""
    if suspended:
        licences.suspend(3, sender=timelock)
    receipt = licences.revoke(3, sender=timelock)
    assert licences.LicenceRevoked.from_receipt(receipt)[0].licenceId == 3
    assert licences.licenceOf(3).status == REVOKED
    assert not licences.isInForce(3)


def test_annul__after_a_revocation__changes_nothing(
    licences: ContractInstance, timelock: AccountAPI, desk: AccountAPI, issued: Grant
) -> None:
    """A refund annuls; if the DAO revoked before, that does not stop the refund."""
    licences.revoke(3, sender=timelock)
    receipt = licences.annul(3, sender=desk)
    assert not licences.LicenceRevoked.from_receipt(receipt)
    assert licences.licenceOf(3).status == REVOKED


def test_licence__at_its_expiry__ends(dao: Dao, licences: ContractInstance, issued: Grant) -> None:
    """It is in force up to the second of its expiry and not one longer."""
    dao.go_to(issued["expiry"])
    assert licences.isInForce(3)
    dao.wait(1)
    assert not licences.isInForce(3)
    assert licences.licenceOf(3).status == ACTIVE


def test_in_force__unknown_licence__is_false(licences: ContractInstance) -> None:
    """A licence that was never issued is not in force."""
    assert not licences.isInForce(1)
