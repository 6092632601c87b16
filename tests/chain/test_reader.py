"""Facts of one DAO, as the chain states them at a block."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from dao_backend.chain.reader import Reader
from dao_backend.core.events import Contributed, Requested, Withdrawn
from dao_backend.core.history import next_head
from dao_backend.core.model import (
    NATIVE,
    Edition,
    LicenceStatus,
    ProposalState,
    Purpose,
    RequestStatus,
    Vote,
)
from dao_backend.errors import ContractRefused, NotFound
from dao_backend.ports.chain import Delivery
from tests.support.core_actors import seed, wallet
from tests.support.local_dao import BUYER, PRICE, RELAY, LocalDao

ROOT = seed("root")


@pytest.mark.parametrize(
    "ask",
    [
        lambda reader: reader.edition(7),
        lambda reader: reader.request(7),
        lambda reader: reader.committee(7),
        lambda reader: reader.proposal_state(7),
    ],
)
def test_read__unknown_id__is_not_found(dao: LocalDao, ask: Callable[[Reader], object]) -> None:
    """What was never created is not found, rather than empty."""
    with pytest.raises(NotFound):
        ask(dao.reader)


def test_read__nothing_there_yet__is_none_or_zero(dao: LocalDao) -> None:
    """Before the first edition, licence and delivery there is nothing."""
    assert dao.reader.newest_edition(0) == 0
    assert dao.reader.licence(1) is None
    assert dao.reader.delivery(1) is None
    assert dao.reader.history() == (bytes(32), 0)
    assert dao.reader.minimum_price(wallet(5)) == 0


def test_past_units__in_the_future__are_refused(dao: LocalDao) -> None:
    """Units of a second that is not over could still change."""
    with pytest.raises(ContractRefused, match="not over yet"):
        dao.reader.past_units(wallet(1), 0, dao.reader.head().timestamp + 100)


def test_history__after_changes__is_the_fold_over_the_log(dao: LocalDao) -> None:
    """The head that the contract states is the one that anybody can compute from its events."""
    for number in (1, 2, 3):
        dao.register(number)
    dao.writer(2).withdraw(dao.registration(2).record.contribution_id)
    folded = bytes(32)
    for fact in dao.facts():
        if isinstance(fact, Contributed | Withdrawn):
            folded = next_head(folded, fact)
    assert dao.reader.history() == (folded, 4)


def test_read__at_an_earlier_block__gives_what_was_then(dao: LocalDao) -> None:
    """Every question can be asked at a block, so that nobody has to trust an unfinished one."""
    first = dao.register(1).block
    dao.register(1001)
    dao.writer(1).withdraw(dao.registration(1).record.contribution_id)
    assert dao.reader.units(wallet(1), 0, first) == 1000
    assert dao.reader.units(wallet(1), 0) == 0
    assert dao.reader.history(first)[1] == 1
    assert dao.reader.history()[1] == 3


def test_read__edition__as_sealed_and_as_attested(dao: LocalDao) -> None:
    """An edition states its moment, its units and its place in the history, later its root."""
    reader = dao.reader
    dao.register(1)
    edition = dao.seal()
    sealed = reader.edition(edition)
    assert sealed == Edition(edition, 0, reader.head().timestamp - 1, 1000, 1, 1, None)
    dao.attest(edition, ROOT)
    assert reader.edition(edition).root == ROOT
    assert reader.newest_edition(0) == edition
    assert reader.past_units(wallet(1), 0, sealed.timepoint) == 1000
    assert reader.votes_at(wallet(1), sealed.timepoint) == 1000


@pytest.fixture
def filed(dao: LocalDao) -> Requested:
    """A request for edition 1, whose only member is wallet 1."""
    dao.register(1)
    dao.attest(dao.seal(), ROOT)
    return dao.file()


def test_read__request_and_vote__follow_each_step(dao: LocalDao, filed: Requested) -> None:
    """A request carries its terms, its proposal what the vote made of it."""
    reader = dao.reader
    request = reader.request(filed.request_id)
    assert (request.buyer, request.terms) == (wallet(BUYER), dao.terms())
    assert (request.status, request.proposal_id) == (RequestStatus.PENDING, filed.proposal_id)
    assert (request.execute_by, request.deliver_by) == (filed.execute_by, filed.deliver_by)
    assert reader.proposal_state(filed.proposal_id) is ProposalState.PENDING
    assert reader.proposal_eta(filed.proposal_id) is None
    assert not reader.is_refundable(filed.request_id)

    dao.chain.time.advance(61)
    assert not reader.has_voted(filed.proposal_id, wallet(1))
    dao.writer(1).vote(filed.proposal_id, Vote.FOR)
    assert reader.has_voted(filed.proposal_id, wallet(1))
    assert reader.proposal_quorum(filed.proposal_id) == 200
    dao.chain.time.advance(480)
    dao.writer(RELAY).queue(filed.request_id)
    eta = reader.proposal_eta(filed.proposal_id)
    assert eta == reader.head().timestamp + 60
    assert reader.proposal_state(filed.proposal_id) is ProposalState.QUEUED


def test_read__licence_and_money__follow_each_step(dao: LocalDao, filed: Requested) -> None:
    """A licence carries what was granted, its delivery who answered, the vault what is due."""
    reader = dao.reader
    granted = reader.block(dao.grant(filed, 1).block)
    licence = reader.licence(filed.request_id)
    assert licence is not None
    assert (licence.holder, licence.edition_id) == (wallet(BUYER), 1)
    assert (licence.status, licence.royalty_bps) == (LicenceStatus.ACTIVE, 250)
    assert licence.purposes == Purpose.FINE_TUNE | Purpose.EVALUATE
    assert licence.issued_at == granted.timestamp
    assert licence.expiry == granted.timestamp + dao.terms().duration
    assert (licence.terms_hash, licence.release_key) == (seed("terms"), dao.terms().release_key)
    expected = Delivery(1, filed.deliver_by, 1, frozenset())
    assert reader.delivery(filed.request_id) == expected

    dao.post_receipts(filed, ROOT)
    delivered = reader.delivery(filed.request_id)
    assert delivered is not None
    assert delivered.posted == {1, 2}
    assert delivered.delivered_at == reader.head().timestamp
    dao.writer(RELAY).settle(filed.request_id)
    members = PRICE - PRICE * 700 // 10_000
    assert reader.received(1, NATIVE) == members
    assert reader.due(1, NATIVE, wallet(1)) == members
    assert reader.balance(dao.addresses.vault, NATIVE) == PRICE
    assert reader.request(filed.request_id).status is RequestStatus.SETTLED
