"""AccessDesk, grants: by the request's own vote, in time, on the newest attested edition."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dao_backend.core.model import LicenceStatus, RequestStatus
from tests.contracts.dao import DAY, FEE, PRICE, RELEASE_KEY, TERMS_HASH, Dao
from tests.contracts.refusals import refused
from tests.contracts.votes import State, VoteHelper

if TYPE_CHECKING:
    from collections.abc import Callable

    from ape.api import AccountAPI

    Grant = Callable[..., VoteHelper]


# --- refusals ---


def test_grant__after_the_deadline__is_refused(
    dao: Dao, edition: int, alice: AccountAPI, buyer: AccountAPI
) -> None:
    """An approval executed a second late grants nothing, and the buyer is refunded."""
    vote = dao.request(buyer).pass_by(alice)
    execute_by = dao.desk.requestOf(1).executeBy
    dao.chain.pending_timestamp = execute_by + 1
    expected = {"requestId": 1, "executeBy": execute_by, "timestamp": execute_by + 1}
    with refused(dao.desk.TooLateToExecute, **expected):
        vote.execute()
    dao.pass_execute_by(1)
    dao.desk.refund(1, sender=dao.stranger)
    assert dao.desk.requestOf(1).status == RequestStatus.REFUNDED


def test_grant__years_later__is_refused(
    dao: Dao, edition: int, alice: AccountAPI, buyer: AccountAPI
) -> None:
    """A queued approval never turns good again."""
    vote = dao.request(buyer).pass_by(alice)
    dao.wait(3650 * DAY)
    assert vote.state == State.QUEUED
    dao.desk.refund(1, sender=dao.stranger)
    refunded = RequestStatus.REFUNDED
    with refused(dao.desk.RequestNotPending, requestId=1, status=refunded):
        vote.execute()


def test_grant__without_an_edition__is_refused(
    dao: Dao, members: list[AccountAPI], alice: AccountAPI, buyer: AccountAPI
) -> None:
    """Where nothing was sealed there is nothing to sell."""
    vote = dao.request(buyer).pass_by(alice)
    with refused(dao.desk.EditionMissing, collection=0):
        vote.execute()


def test_grant__on_an_edition_that_is_not_attested__waits(
    dao: Dao, members: list[AccountAPI], alice: AccountAPI, buyer: AccountAPI
) -> None:
    """The grant waits until t keepers attested the newest edition, then goes through."""
    edition = dao.seal()
    vote = dao.request(buyer).pass_by(alice)
    with refused(dao.keepers.EditionNotAttested, editionId=edition):
        vote.execute()
    dao.attest(edition)
    vote.execute()
    assert dao.licence.licenceOf(1).editionId == edition


def test_grant__after_a_newer_edition_was_sealed__is_never_on_the_older_one(
    dao: Dao, edition: int, alice: AccountAPI, carol: AccountAPI, buyer: AccountAPI
) -> None:
    """Once a withdrawal is sealed, the edition that still held it cannot be granted."""
    vote = dao.request(buyer).pass_by(alice)
    dao.withdraw(carol, dao.contribute(carol, 50))
    newer = dao.seal()
    with refused(dao.keepers.EditionNotAttested, editionId=newer):
        vote.execute()
    dao.attest(newer)
    vote.execute()
    assert dao.licence.licenceOf(1).editionId == newer > edition


def test_grant__edition_older_than_asked_for__is_refused(
    dao: Dao, edition: int, alice: AccountAPI, buyer: AccountAPI
) -> None:
    """The buyer said which edition it wants at least."""
    vote = dao.request(buyer, minEdition=edition + 1).pass_by(alice)
    expected = {"editionId": edition, "minEdition": edition + 1}
    with refused(dao.desk.EditionTooOld, **expected):
        vote.execute()


def test_grant__edition_smaller_than_asked_for__is_refused(
    dao: Dao, edition: int, alice: AccountAPI, buyer: AccountAPI
) -> None:
    """The buyer said how many units it wants at least."""
    vote = dao.request(buyer, minUnits=1001).pass_by(alice)
    expected = {"editionId": edition, "totalUnits": 1000, "minUnits": 1001}
    with refused(dao.desk.EditionTooSmall, **expected):
        vote.execute()


def test_grant__edition_without_units__is_refused(
    dao: Dao, members: list[AccountAPI], alice: AccountAPI, buyer: AccountAPI
) -> None:
    """An empty edition has nobody to pay, so its price could never be settled."""
    identity = dao.contribute(alice, 10, collection=1)
    dao.wait(1)
    dao.withdraw(alice, identity)
    empty = dao.publish(collection=1)
    vote = dao.request(buyer, collection=1, purposes=4).pass_by(alice)
    expected = {"editionId": empty, "totalUnits": 0, "minUnits": 1}
    with refused(dao.desk.EditionTooSmall, **expected):
        vote.execute()


def test_grant__by_a_vote_that_came_before_the_request__is_refused(
    dao: Dao, edition: int, alice: AccountAPI, buyer: AccountAPI
) -> None:
    """A vote on a number nobody has filed yet cannot grant what is filed under it later."""
    call = bytes(dao.desk.approve.encode_input(1))
    early = dao.propose(alice, [(dao.desk, 0, call)], "Routine").pass_by(alice)
    vote = dao.request(buyer, price=PRICE // 100)
    expected = {"requestId": 1, "proposalId": vote.proposal_id}
    with refused(dao.desk.ProposalNotPassed, **expected):
        early.execute()


def test_grant__of_a_request_that_was_voted_down__is_refused_to_any_other_vote(
    dao: Dao, edition: int, alice: AccountAPI, buyer: AccountAPI
) -> None:
    """A request has one vote; a second proposal cannot turn its defeat round."""
    vote = dao.request(buyer).defeat_by(alice)
    call = bytes(dao.desk.approve.encode_input(1))
    second = dao.propose(alice, [(dao.desk, 0, call)], "Again").pass_by(alice)
    expected = {"requestId": 1, "proposalId": vote.proposal_id}
    with refused(dao.desk.ProposalNotPassed, **expected):
        second.execute()


def test_grant__of_a_cancelled_request__is_refused(
    dao: Dao, edition: int, alice: AccountAPI, buyer: AccountAPI
) -> None:
    """What the buyer took back cannot be voted on."""
    vote = dao.request(buyer)
    dao.desk.cancel(1, sender=buyer)
    cancelled = State.CANCELED
    expected = {
        "proposalId": vote.proposal_id,
        "current": cancelled,
        "expectedStates": (1 << State.ACTIVE).to_bytes(32, "big"),
    }
    dao.wait(120)
    with refused(dao.governor.GovernorUnexpectedProposalState, **expected):
        vote.cast(alice)


def test_grant__a_second_time__is_refused(dao: Dao, grant: Grant, alice: AccountAPI) -> None:
    """One licence for each request."""
    grant()
    call = bytes(dao.desk.approve.encode_input(1))
    again = dao.propose(alice, [(dao.desk, 0, call)], "Again").pass_by(alice)
    granted = RequestStatus.GRANTED
    with refused(dao.desk.RequestNotPending, requestId=1, status=granted):
        again.execute()


# --- success ---


def test_grant__by_its_vote__issues_the_licence_and_keeps_the_money(
    dao: Dao, edition: int, alice: AccountAPI, buyer: AccountAPI
) -> None:
    """Execution issues the licence as asked for and opens its delivery; escrow is untouched."""
    vote = dao.request(buyer).pass_by(alice)
    receipt = vote.execute()
    logged = dao.desk.Granted.from_receipt(receipt)[0]
    assert (logged.requestId, logged.editionId) == (1, edition)

    request, now = dao.desk.requestOf(1), dao.now
    licence = dao.licence.licenceOf(1)
    assert tuple(licence) == (
        buyer.address,
        now + 30 * DAY,
        edition,
        LicenceStatus.ACTIVE,
        0,
        0b11,
        now,
        500,
        False,
    )
    issued = dao.licence.LicenceIssued.from_receipt(receipt)[0]
    assert (issued.termsHash, issued.releaseKey) == (TERMS_HASH, RELEASE_KEY)
    delivery = dao.keepers.deliveryOf(1)
    assert (delivery.editionId, delivery.deliverBy) == (edition, request.deliverBy)
    opened = dao.keepers.DeliveryOpened.from_receipt(receipt)[0]
    assert (opened.licenceId, opened.deliverBy) == (1, request.deliverBy)
    assert request.status == RequestStatus.GRANTED
    assert dao.desk.balance == PRICE + FEE


def test_grant__executed_at_the_timelock_itself__counts_as_well(
    dao: Dao, edition: int, alice: AccountAPI, buyer: AccountAPI
) -> None:
    """Anybody may execute without the governor; the request's vote has passed all the same."""
    vote = dao.request(buyer).pass_by(alice)
    vote.execute_at_timelock()
    assert dao.desk.requestOf(1).status == RequestStatus.GRANTED
    assert vote.state == State.EXECUTED


def test_grant__in_the_last_second__is_given(
    dao: Dao, edition: int, alice: AccountAPI, buyer: AccountAPI
) -> None:
    """The deadline itself is still in time."""
    vote = dao.request(buyer).pass_by(alice)
    dao.chain.pending_timestamp = dao.desk.requestOf(1).executeBy
    vote.execute()
    assert dao.desk.requestOf(1).status == RequestStatus.GRANTED
