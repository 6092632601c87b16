"""Releases: refused until everything is final, and as soon as anything ends."""

from __future__ import annotations

import pytest

from dao_backend.chain.artifacts import ContractName
from dao_backend.core.access import Allowed, Reason
from dao_backend.core.model import Vote
from tests.keeper.releases import why, work
from tests.support.core_actors import seed, wallet
from tests.support.local_dao import BUYER, RELAY
from tests.support.running_dao import ALICE, RELEASE_SECRET, Meddled, RunningDao
from tests.support.running_fixtures import SOLD

# --- too early ------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [2, 2**63, 2**64 - 1])
def test_release__unknown_licence__is_denied(sold: RunningDao, number: int) -> None:
    """A number that nobody was granted is no licence, whatever it is."""
    assert why(sold.system.keepers[0], number) is Reason.UNKNOWN_LICENCE


def test_release__contracts_not_final_yet__is_denied(young: RunningDao) -> None:
    """Asking a keeper of a DAO that has just been created is answered like any other question."""
    young.chain.time.finalize()
    before = young.dao.addresses.first_block - 1
    chain = Meddled(young.system.chain, finalized=lambda real: real.block(before))
    with young.keeper(1, chain=lambda _: chain) as keeper:
        assert why(keeper) is Reason.UNKNOWN_LICENCE
        keeper.work()


def test_release__step_by_step__is_denied_until_the_receipt_is_final(sold: RunningDao) -> None:
    """Asked, voted on, queued, granted, receipted: each time the keeper names what is missing."""
    keeper = sold.system.keepers[0]
    request = sold.dao.file()
    number = request.request_id
    assert why(keeper, number) is Reason.REQUEST_NOT_FINAL
    sold.settle_down()
    assert why(keeper, number) is Reason.VOTE_NOT_PASSED
    sold.pass_time(61)
    sold.dao.writer(ALICE).vote(request.proposal_id, Vote.FOR)
    assert why(keeper, number) is Reason.VOTE_NOT_PASSED
    sold.pass_time(8 * 60)
    sold.settle_down()
    assert why(keeper, number) is Reason.NOT_EXECUTED
    sold.dao.writer(RELAY).queue(number)
    sold.pass_time(61)
    sold.settle_down()
    assert why(keeper, number) is Reason.NOT_EXECUTED
    work(sold, number)
    sold.dao.writer(RELAY).execute(number)
    assert why(keeper, number) is Reason.GRANT_NOT_FINAL
    work(sold, number)
    sold.settle_down()
    assert why(keeper, number) is Reason.RECEIPT_NOT_POSTED
    sold.work()
    assert why(keeper, number) is Reason.RECEIPT_NOT_FINAL
    sold.settle_down()
    assert isinstance(keeper.release(number), Allowed)


def test_release__voted_down__is_denied(sold: RunningDao) -> None:
    """A request that the members refused is told so, and nothing is built."""
    request = sold.dao.file()
    sold.pass_time(61)
    sold.dao.writer(ALICE).vote(request.proposal_id, Vote.AGAINST)
    sold.pass_time(8 * 60)
    sold.settle_down()
    assert why(sold.system.keepers[0], request.request_id) is Reason.VOTE_NOT_PASSED
    work(sold, request.request_id)


def test_release__not_executed_in_time__is_denied(sold: RunningDao) -> None:
    """A vote that passed long ago releases nothing."""
    request = sold.dao.file()
    sold.pass_time(61)
    sold.dao.writer(ALICE).vote(request.proposal_id, Vote.FOR)
    sold.pass_time(3 * 3600)
    sold.settle_down()
    assert why(sold.system.keepers[0], request.request_id) is Reason.NOT_EXECUTED
    work(sold, request.request_id)


# --- no more --------------------------------------------------------------------------------


def end(dao: RunningDao, how: str) -> None:
    """End or interrupt the licence."""
    if how == "refund":
        deadline = dao.system.chain.request(SOLD).deliver_by
        dao.pass_time(deadline - dao.system.chain.head().timestamp + 1)
        dao.dao.writer(RELAY).refund(SOLD)
    else:
        dao.dao.by_vote(ContractName.LICENCE, how, SOLD)


@pytest.mark.parametrize(
    ("how", "expected"),
    [
        ("refund", Reason.REFUNDED),
        ("suspend", Reason.SUSPENDED),
        ("revoke", Reason.REVOKED),
    ],
)
def test_release__ended_before_the_bundle__builds_nothing(
    sold: RunningDao, how: str, expected: Reason
) -> None:
    """A refund, suspension or revocation counts as soon as it is seen, final or not."""
    sold.settle_down()
    end(sold, how)
    assert why(sold.system.keepers[0]) is expected
    work(sold)
    sold.settle_down()
    assert why(sold.system.keepers[0]) is expected
    work(sold)


@pytest.mark.parametrize(
    ("how", "expected"), [("suspend", Reason.SUSPENDED), ("revoke", Reason.REVOKED)]
)
def test_release__ended_after_the_bundle__hands_nothing_over(
    sold: RunningDao, how: str, expected: Reason
) -> None:
    """A bundle that lies ready stays with its keeper from the moment the licence ends."""
    sold.deliver(SOLD)
    assert isinstance(sold.system.keepers[0].release(SOLD), Allowed)
    sold.pass_time(27 * 3600)
    end(sold, how)
    assert why(sold.system.keepers[0]) is expected


def test_release__reinstated__is_allowed_again(sold: RunningDao) -> None:
    """A suspension that was taken back leaves the same bundle as before."""
    sold.deliver(SOLD)
    keeper = sold.system.keepers[0]
    before = keeper.bundle_facts(SOLD)
    sold.pass_time(27 * 3600)
    end(sold, "suspend")
    sold.settle_down()
    assert why(keeper) is Reason.SUSPENDED
    end(sold, "reinstate")
    sold.settle_down()
    assert isinstance(keeper.release(SOLD), Allowed)
    assert keeper.bundle_facts(SOLD) == before


def test_release__expired__is_denied(sold: RunningDao) -> None:
    """After its last second a licence gets no bundle any more."""
    sold.deliver(SOLD)
    sold.pass_time(30 * 24 * 3600)
    assert why(sold.system.keepers[0]) is Reason.EXPIRED


def test_release__time_for_delivery_over__builds_nothing(sold: RunningDao) -> None:
    """A receipt that could not be posted any more is not prepared: the buyer gets its money."""
    deadline = sold.system.chain.request(SOLD).deliver_by
    sold.settle_down()
    sold.pass_time(deadline - sold.system.chain.head().timestamp + 1)
    work(sold)
    assert why(sold.system.keepers[0]) is Reason.RECEIPT_NOT_POSTED


# --- somebody else --------------------------------------------------------------------------


def test_release__another_wallet_or_key__is_denied(sold: RunningDao) -> None:
    """What an asker says of itself can only deny, never name another key."""
    sold.deliver(SOLD)
    keeper, holder = sold.system.keepers[0], wallet(BUYER)
    assert why(keeper, asker=wallet(ALICE)) is Reason.OTHER_WALLET
    assert why(keeper, asked_key=seed("own key")) is Reason.OTHER_KEY
    assert why(keeper, asker=holder, asked_key=seed("own key")) is Reason.OTHER_KEY
    decision = keeper.release(SOLD, holder, RELEASE_SECRET.public)
    assert decision == Allowed(RELEASE_SECRET.public, 1)
