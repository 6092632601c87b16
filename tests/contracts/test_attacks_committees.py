"""Attacks with a change of the committee, each named after what it would take from somebody."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dao_backend.core.packing import keccak256
from dao_backend.core.typed import Attestation
from tests.contracts.committee_stand import (
    change_by_vote,
    confirm,
    epochs,
    install,
    seats_of,
)
from tests.contracts.dao import NATIVE, PRICE, Dao, sign
from tests.contracts.desk_stand import decide, motion
from tests.contracts.refusals import refused

if TYPE_CHECKING:
    from collections.abc import Callable

    from ape.api import AccountAPI
    from ape.managers import AccountManager

    from tests.contracts.votes import VoteHelper

    Grant = Callable[..., VoteHelper]


@pytest.fixture
def strangers(accounts: AccountManager) -> list[AccountAPI]:
    """Three accounts that were never keepers."""
    return [accounts[16], accounts[17], accounts[18]]


# --- a captured vote ---


def test_change__by_a_captured_vote_that_nobody_hands_over_to__leaves_the_old_keepers_serving(
    dao: Dao, grant: Grant, alice: AccountAPI, strangers: list[AccountAPI]
) -> None:
    """Whoever names its own keepers has their names on chain, and no share of anything."""
    grant()
    change_by_vote(dao, alice, strangers)
    assert epochs(dao) == (1, 2)
    dao.deliver(1)
    assert dao.keepers.isDelivered(1)


def test_change__that_hangs__neither_stops_grants_nor_lasts_beyond_the_next_vote(
    dao: Dao,
    edition: int,
    alice: AccountAPI,
    buyer: AccountAPI,
    strangers: list[AccountAPI],
) -> None:
    """A committee that is never ready freezes editions until members form another, no longer."""
    change_by_vote(dao, alice, strangers)
    dao.request(buyer).pass_by(alice).execute()
    assert tuple(dao.keepers.deliveryOf(1))[:3] == (edition, dao.desk.requestOf(1).deliverBy, 1)
    dao.deliver(1)
    dao.contribute(alice)
    with refused("HandoverPending", epoch=2, serving=1):
        dao.seal()
    change_by_vote(dao, alice, dao.operators)
    back = install(dao, dao.operators)
    assert epochs(dao) == (3, 3)
    assert back.publish() == edition + 1


def test_confirm__by_a_committee_that_was_overtaken__takes_nothing_back(
    dao: Dao, edition: int, alice: AccountAPI, strangers: list[AccountAPI]
) -> None:
    """Statements that were held back until members had chosen others count for nothing."""
    change_by_vote(dao, alice, strangers)
    confirm(dao, 2, 1, strangers[0])
    change_by_vote(dao, alice, dao.operators)
    with refused("EpochNotCurrent", epoch=2, current=3):
        confirm(dao, 2, 2, strangers[1])
    install(dao, dao.operators)
    with refused("EpochNotCurrent", epoch=2, current=3):
        confirm(dao, 2, 2, strangers[1])
    assert epochs(dao) == (3, 3)


def test_change__twice_in_one_proposal__gathers_no_seats(
    dao: Dao, edition: int, alice: AccountAPI, strangers: list[AccountAPI]
) -> None:
    """A row of committees in one transaction is held to the same seats as one in a row of votes."""
    first, second, third = strangers
    vote = motion(dao, alice, dao.keepers, "changeCommittee", seats_of(strangers))
    call = vote.calls[0]
    turned = dao.keepers.changeCommittee.encode_input(seats_of([second, first, third]))
    both = [call, (call[0], 0, bytes(turned))]
    twice = dao.propose(alice, both, "A row of committees").pass_by(alice)
    with refused("OperatorSeated", operator=second, index=2):
        twice.execute()
    assert epochs(dao) == (1, 1)


# --- signatures and receipts of those who leave ---


def test_attest__with_signatures_of_the_last_committee__is_refused(
    dao: Dao, members: list[AccountAPI], strangers: list[AccountAPI]
) -> None:
    """Leavers cannot fix a root with what they signed while they served."""
    edition, root = dao.seal(), keccak256(b"a false root")
    message, domain = Attestation(edition, root), dao.domain(dao.keepers)
    held_back = [sign(each, domain, message) for each in dao.operators[:2]]
    change_by_vote(dao, members[0], strangers)
    successors = install(dao, strangers)
    with refused("NotOperator", account=dao.operators[0], operator=strangers[0]):
        dao.keepers.attest(edition, root, [1, 2], held_back, sender=dao.stranger)
    assert bytes(dao.keepers.editionRoot(edition)) == bytes(32)
    assert bytes(dao.keepers.editionRoot(edition)) != successors.attest(edition)


def test_receipt__for_a_delivery_of_another_committee__is_refused(
    dao: Dao,
    grant: Grant,
    alice: AccountAPI,
    buyer: AccountAPI,
    strangers: list[AccountAPI],
) -> None:
    """Each committee answers for what was opened for it: receipts of both never add up."""
    grant()
    change_by_vote(dao, alice, strangers)
    dao.receipt(1, 1)
    successors = install(dao, strangers)
    dao.request(buyer).pass_by(alice).execute()
    for licence, keepers, operators in ((1, successors, dao.operators), (2, dao, strangers)):
        with refused("NotOperator", account=keepers.operators[1], operator=operators[1]):
            keepers.receipt(licence, 2)
    dao.receipt(1, 2)
    successors.deliver(2)
    found = [dao.keepers.deliveryOf(licence) for licence in (1, 2)]
    assert [(each.epoch, each.receipts) for each in found] == [(1, 2), (2, 2)]


def test_grant__of_an_edition_of_the_last_epoch__is_delivered_by_those_who_serve(
    dao: Dao, edition: int, alice: AccountAPI, buyer: AccountAPI, strangers: list[AccountAPI]
) -> None:
    """What was sealed and attested before goes on being sold; the vault pays who sealed it."""
    assert dao.registry.editionOf(edition).epoch == 1
    change_by_vote(dao, alice, strangers)
    successors = install(dao, strangers)
    dao.request(buyer).pass_by(alice).execute()
    successors.deliver(1)
    dao.desk.settle(1, sender=dao.stranger)
    share = PRICE * 200 // 10_000 // 3
    assert dao.vault.keeperDue(1, 1, NATIVE) == share
    assert dao.vault.keeperDue(2, 1, NATIVE) == 0
    before = dao.operators[0].balance
    dao.vault.payKeeper(1, 1, NATIVE, sender=dao.stranger)
    assert dao.operators[0].balance == before + share


def test_resume__of_a_delivery_of_the_last_committee__keeps_its_keepers(
    dao: Dao, grant: Grant, alice: AccountAPI, strangers: list[AccountAPI]
) -> None:
    """Suspending and reinstating across a change moves a delivery to nobody else."""
    grant()
    decide(dao, alice, dao.licence, "suspend", 1)
    change_by_vote(dao, alice, strangers)
    install(dao, strangers)
    decide(dao, alice, dao.licence, "reinstate", 1)
    delivery = dao.keepers.deliveryOf(1)
    assert (delivery.epoch, delivery.halted, delivery.receipts) == (1, False, 0)
