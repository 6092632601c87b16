"""The issuer's seam: a vote moves the right to issue, slowly, and takes nothing already granted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dao_backend.core.model import LicenceStatus
from tests.contracts.actors import deploy_core
from tests.contracts.dao import DAY, NATIVE, PRICE, Dao
from tests.contracts.licence_stand import grant_to, issue
from tests.contracts.refusals import refused

if TYPE_CHECKING:
    from collections.abc import Callable

    from ape.api import AccountAPI, ReceiptAPI
    from ape.managers import AccountManager, ChainManager, ProjectManager

    from tests.contracts.votes import VoteHelper

DELAY = 30 * DAY


@pytest.fixture(scope="module")
def core(
    chain: ChainManager, project: ProjectManager, accounts: AccountManager, alice: AccountAPI
) -> Dao:
    """Registry, keepers and licences; Ape wants longer-lived fixtures made before."""
    return deploy_core(chain, project, accounts)


@pytest.fixture
def nominee(accounts: AccountManager) -> AccountAPI:
    """Who is to issue next."""
    return accounts[16]


@pytest.fixture
def edition_of_core(core: Dao, alice: AccountAPI) -> int:
    """A sealed and attested edition."""
    core.contribute(alice)
    return core.publish()


@pytest.fixture
def moved(core: Dao, nominee: AccountAPI) -> None:
    """The nominee has taken the right to issue."""
    nominate(core, nominee)
    core.wait(DELAY)
    core.licence.takeIssuer(sender=nominee)


def nominate(dao: Dao, account: object) -> ReceiptAPI:
    """The account that plays the timelock nominates."""
    return dao.licence.nominateIssuer(account, sender=dao.timelock)


# --- refusals ---


def test_nominate__by_anybody_but_the_timelock__is_refused(core: Dao, nominee: AccountAPI) -> None:
    """Not even the issuer hands its right on."""
    for caller in (core.desk, core.meter, nominee, core.stranger):
        with refused("UnexpectedCaller", caller=caller, expected=core.timelock):
            core.licence.nominateIssuer(nominee, sender=caller)


def test_take__by_anybody_but_the_nominee__is_refused(core: Dao, nominee: AccountAPI) -> None:
    """Without a nomination nobody is nominee; with one, nobody else is."""
    with refused("IssuerNotNominated", caller=nominee, nominee=NATIVE):
        core.licence.takeIssuer(sender=nominee)
    nominate(core, nominee)
    core.wait(DELAY)
    for caller in (core.timelock, core.desk, core.stranger):
        with refused("IssuerNotNominated", caller=caller, nominee=nominee):
            core.licence.takeIssuer(sender=caller)


def test_take__before_the_delay_is_over__is_refused(core: Dao, nominee: AccountAPI) -> None:
    """Members have thirty days to see it coming."""
    earliest = nominate(core, nominee).timestamp + DELAY
    for timestamp in (earliest - DELAY // 2, earliest - 1):
        core.chain.pending_timestamp = timestamp
        with refused("IssuerTooEarly", earliest=earliest, timestamp=timestamp):
            core.licence.takeIssuer(sender=nominee)


def test_take__after_the_nomination_was_taken_back__is_refused(
    core: Dao, nominee: AccountAPI
) -> None:
    """Another vote stops it at any time before."""
    nominate(core, nominee)
    core.wait(DELAY)
    nominate(core, NATIVE)
    with refused("IssuerNotNominated", caller=nominee, nominee=NATIVE):
        core.licence.takeIssuer(sender=nominee)


def test_take__twice__is_refused(core: Dao, nominee: AccountAPI, moved: None) -> None:
    """A nomination is used up."""
    with refused("IssuerNotNominated", caller=nominee, nominee=NATIVE):
        core.licence.takeIssuer(sender=nominee)


def test_issue__by_the_desk_that_was_replaced__is_refused(
    core: Dao, nominee: AccountAPI, buyer: AccountAPI, edition_of_core: int, moved: None
) -> None:
    """There is one issuer at a time."""
    grant = grant_to(buyer, core.now, edition_of_core)
    with refused("UnexpectedCaller", caller=core.desk, expected=nominee):
        issue(core, 3, grant)
    with refused("UnexpectedCaller", caller=core.timelock, expected=nominee):
        issue(core, 3, grant, core.timelock)


def test_annul__what_another_issued__is_refused(
    core: Dao, nominee: AccountAPI, buyer: AccountAPI, edition_of_core: int
) -> None:
    """A vote cannot end a paid licence through a new issuer, nor the desk what it never granted."""
    issue(core, 3, grant_to(buyer, core.now, edition_of_core, expiry=2**40))
    nominate(core, nominee)
    core.wait(DELAY)
    core.licence.takeIssuer(sender=nominee)
    issue(core, 4, grant_to(buyer, core.now, edition_of_core), nominee)
    with refused("UnexpectedCaller", caller=nominee, expected=core.desk):
        core.licence.annul(3, sender=nominee)
    with refused("UnexpectedCaller", caller=core.desk, expected=nominee):
        core.licence.annul(4, sender=core.desk)
    assert core.licence.isInForce(3)
    assert core.licence.isInForce(4)


# --- success ---


def test_nominate__by_the_timelock__changes_nothing_yet(
    core: Dao, nominee: AccountAPI, buyer: AccountAPI, edition_of_core: int
) -> None:
    """The desk issues until the nominee has taken the right."""
    receipt = nominate(core, nominee)
    earliest = receipt.timestamp + core.licence.ISSUER_DELAY()
    assert core.licence.ISSUER_DELAY() == DELAY
    assert list(receipt.events) == [core.licence.IssuerNominated(nominee, earliest)]
    core.wait(DELAY)
    assert core.licence.issuer() == core.desk
    issue(core, 3, grant_to(buyer, core.now, edition_of_core))


def test_nominate__again__begins_the_delay_anew(
    core: Dao, nominee: AccountAPI, alice: AccountAPI
) -> None:
    """The last nomination holds, from its own time on."""
    nominate(core, nominee)
    core.wait(DELAY)
    second = nominate(core, alice).timestamp
    with refused("IssuerNotNominated", caller=nominee, nominee=alice):
        core.licence.takeIssuer(sender=nominee)
    core.chain.pending_timestamp = second + DELAY - 1
    expected = {"earliest": second + DELAY, "timestamp": second + DELAY - 1}
    with refused("IssuerTooEarly", **expected):
        core.licence.takeIssuer(sender=alice)


def test_take__by_the_nominee_at_the_end_of_the_delay__moves_the_right(
    core: Dao, nominee: AccountAPI, buyer: AccountAPI, edition_of_core: int
) -> None:
    """The new issuer issues and annuls its own."""
    core.chain.pending_timestamp = nominate(core, nominee).timestamp + DELAY
    receipt = core.licence.takeIssuer(sender=nominee)
    assert list(receipt.events) == [core.licence.IssuerChanged(nominee)]
    assert core.licence.issuer() == nominee
    issue(core, 3, grant_to(buyer, core.now, edition_of_core), nominee)
    assert core.keepers.deliveryOf(3).editionId == edition_of_core
    core.licence.annul(3, sender=nominee)
    assert core.licence.licenceOf(3).status == LicenceStatus.REVOKED


def test_annul__by_an_issuer_that_was_replaced__still_works_for_its_own(
    core: Dao, nominee: AccountAPI, buyer: AccountAPI, edition_of_core: int, moved: None
) -> None:
    """Whoever granted may have to refund, whoever grants now."""
    issue(core, 3, grant_to(buyer, core.now, edition_of_core), nominee)
    nominate(core, core.desk)
    core.wait(DELAY)
    core.licence.takeIssuer(sender=core.desk)
    core.licence.annul(3, sender=nominee)
    assert core.licence.licenceOf(3).status == LicenceStatus.REVOKED


# --- properties ---


def test_move_issuer__by_a_vote__leaves_requests_their_refunds(
    dao: Dao,
    grant: Callable[..., VoteHelper],
    nominee: AccountAPI,
    alice: AccountAPI,
    buyer: AccountAPI,
    stranger: AccountAPI,
) -> None:
    """Granted or pending when the desk is replaced: who is not delivered to gets its money back."""
    call = bytes(dao.licence.nominateIssuer.encode_input(nominee))
    dao.propose(alice, [(dao.licence, 0, call)]).pass_by(alice).execute()
    dao.wait(DELAY)
    grant(duration=60 * DAY)
    pending = dao.request(buyer)
    dao.licence.takeIssuer(sender=nominee)
    vote = pending.pass_by(alice)
    with refused("UnexpectedCaller", caller=dao.desk, expected=nominee):
        vote.execute()
    dao.pass_deliver_by(1)
    for request in (1, 2):
        before = buyer.balance
        dao.desk.refund(request, sender=stranger)
        assert buyer.balance - before == PRICE
    assert dao.licence.licenceOf(1).status == LicenceStatus.REVOKED
