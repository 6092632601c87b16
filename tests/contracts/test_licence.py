"""Licence: issued once by the desk, governed by the DAO, ended by time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from dao_backend.core.model import LicenceStatus
from dao_backend.core.packing import keccak256
from tests.contracts.actors import HOUR, deploy_core
from tests.contracts.dao import DAY, RELEASE_KEY, TERMS_HASH, Dao
from tests.contracts.refusals import refused

if TYPE_CHECKING:
    from ape.api import AccountAPI
    from ape.contracts import ContractInstance
    from ape.managers import AccountManager, ChainManager, ProjectManager

AGREED = (TERMS_HASH, RELEASE_KEY)
"""What a licence's event repeats of its request."""
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
def licences(core: Dao) -> ContractInstance:
    """The contract between those two."""
    return core.licence


def grant_to(holder: AccountAPI, now: int, **changes: object) -> dict[str, Any]:
    """A grant for a day, with `changes`."""
    grant = {
        "holder": holder.address,
        "expiry": now + DAY,
        "editionId": 7,
        "status": ACTIVE,
        "collection": 1,
        "purposes": 0b101,
        "issuedAt": now,
        "royaltyBps": 250,
    }
    return grant | changes


@pytest.fixture
def issued(core: Dao, alice: AccountAPI, buyer: AccountAPI) -> dict[str, Any]:
    """Licence 3, active, and expected to be delivered within the hour."""
    core.contribute(alice)
    edition = core.publish()
    grant = grant_to(buyer, core.now, editionId=edition)
    core.licence.issue(3, tuple(grant.values()), *AGREED, sender=core.desk)
    key_hash = keccak256(RELEASE_KEY)
    core.keepers.open(3, edition, key_hash, core.now + HOUR, sender=core.desk)
    return grant


# --- refusals ---


@pytest.mark.parametrize("method", ["suspend", "reinstate", "revoke"])
def test_licence__governed_by_anybody_but_the_timelock__is_refused(
    licences: ContractInstance,
    timelock: AccountAPI,
    desk: AccountAPI,
    buyer: AccountAPI,
    method: str,
) -> None:
    """Neither the desk nor the holder may do what a vote does."""
    for caller in (desk, buyer):
        with refused(licences.UnexpectedCaller, caller=caller, expected=timelock):
            getattr(licences, method)(3, sender=caller)


def test_licence__issued_or_annulled_by_anybody_but_the_desk__is_refused(
    dao: Dao, licences: ContractInstance, timelock: AccountAPI, desk: AccountAPI, buyer: AccountAPI
) -> None:
    """Not even the DAO issues a licence without a request."""
    for caller in (timelock, buyer):
        with refused(licences.UnexpectedCaller, caller=caller, expected=desk):
            licences.issue(3, tuple(grant_to(buyer, dao.now).values()), *AGREED, sender=caller)
        with refused(licences.UnexpectedCaller, caller=caller, expected=desk):
            licences.annul(3, sender=caller)


def test_issue__a_second_time__is_refused(
    licences: ContractInstance, desk: AccountAPI, issued: dict[str, Any]
) -> None:
    """One licence for each request, also after it was annulled."""
    with refused(licences.LicenceExists, licenceId=3):
        licences.issue(3, tuple(issued.values()), *AGREED, sender=desk)
    licences.annul(3, sender=desk)
    with refused(licences.LicenceExists, licenceId=3):
        licences.issue(3, tuple(issued.values()), *AGREED, sender=desk)


@pytest.mark.parametrize("status", [LicenceStatus.NONE, SUSPENDED, REVOKED])
def test_issue__in_another_state_than_active__is_refused(
    dao: Dao, licences: ContractInstance, desk: AccountAPI, buyer: AccountAPI, status: LicenceStatus
) -> None:
    """A licence begins active."""
    grant = grant_to(buyer, dao.now, status=status)
    with refused(licences.LicenceNotActive, licenceId=3, status=status):
        licences.issue(3, tuple(grant.values()), *AGREED, sender=desk)


@pytest.mark.parametrize("method", ["suspend", "reinstate", "revoke", "annul", "licenceOf"])
def test_licence__unknown__is_refused(
    licences: ContractInstance, timelock: AccountAPI, desk: AccountAPI, method: str
) -> None:
    """Nothing can be done or read about a licence that was never issued."""
    callers = {"annul": {"sender": desk}, "licenceOf": {}}
    with refused(licences.LicenceUnknown, licenceId=9):
        getattr(licences, method)(9, **callers.get(method, {"sender": timelock}))


def test_licence__moved_along_no_arrow__is_refused(
    licences: ContractInstance, timelock: AccountAPI, issued: dict[str, Any]
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
    dao: Dao, licences: ContractInstance, desk: AccountAPI, buyer: AccountAPI
) -> None:
    """What was granted can be read back, and its event carries it whole."""
    grant = grant_to(buyer, dao.now)
    receipt = licences.issue(3, tuple(grant.values()), *AGREED, sender=desk)
    assert tuple(licences.licenceOf(3)) == tuple(grant.values())
    logged = licences.LicenceIssued.from_receipt(receipt)[0]
    unlogged = {"status", "issuedAt"}
    expected = {key: value for key, value in grant.items() if key not in unlogged}
    assert {key: getattr(logged, key) for key in expected} == expected
    assert (logged.termsHash, logged.releaseKey) == AGREED
    assert logged.licenceId == 3
    assert licences.isInForce(3)


def test_suspend_and_reinstate__by_the_dao__switch_the_licence_off_and_on(
    licences: ContractInstance, timelock: AccountAPI, issued: dict[str, Any]
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
    licences: ContractInstance, timelock: AccountAPI, issued: dict[str, Any], suspended: bool
) -> None:
    """An active or suspended licence is revoked, and its record stays readable."""
    if suspended:
        licences.suspend(3, sender=timelock)
    receipt = licences.revoke(3, sender=timelock)
    assert licences.LicenceRevoked.from_receipt(receipt)[0].licenceId == 3
    assert licences.licenceOf(3).status == REVOKED
    assert not licences.isInForce(3)


def test_annul__after_a_revocation__changes_nothing(
    licences: ContractInstance, timelock: AccountAPI, desk: AccountAPI, issued: dict[str, Any]
) -> None:
    """A refund annuls; if the DAO revoked before, that does not stop the refund."""
    licences.revoke(3, sender=timelock)
    receipt = licences.annul(3, sender=desk)
    assert not licences.LicenceRevoked.from_receipt(receipt)
    assert licences.licenceOf(3).status == REVOKED


def test_licence__at_its_expiry__ends(
    dao: Dao, licences: ContractInstance, issued: dict[str, Any]
) -> None:
    """It is in force up to the second of its expiry and not one longer."""
    dao.go_to(issued["expiry"])
    assert licences.isInForce(3)
    dao.wait(1)
    assert not licences.isInForce(3)
    assert licences.licenceOf(3).status == ACTIVE


def test_in_force__unknown_licence__is_false(licences: ContractInstance) -> None:
    """A licence that was never issued is not in force."""
    assert not licences.isInForce(1)
