"""What the index says of offers, counter-offers, disputes, meters, strikes, pauses, departures."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from dao_backend.core.bargains import Verdict, under
from dao_backend.core.model import RequestStatus
from dao_backend.errors import InputError, NotFound
from dao_backend.index.sqlite import SqliteIndex
from dao_backend.ports.index import Page
from tests.support.bargain_story import (
    ARBITER,
    COUNTER,
    GUARDIAN,
    MEMBER,
    METERING,
    NEW_KEY,
    OFFER,
    WIDE,
    bargain_story,
)
from tests.support.core_actors import seed, wallet
from tests.support.indexed import block, pages, told
from tests.support.story import BUYER, RECORDS, TERMS

STORY = bargain_story()
LAST = STORY[-1].position.block


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SqliteIndex]:
    """An index that has read the whole story, block after block."""
    index = SqliteIndex(tmp_path_factory.mktemp("happened") / "index.sqlite")
    told(index, STORY, LAST, step=3)
    yield index
    index.close()


def lists(index: SqliteIndex) -> tuple[Callable[..., Page[object]], ...]:
    """Every list of this part of the port."""
    return (
        index.offers, index.disputes, index.meters, index.royalties, index.strikes,
        lambda **how: index.pledges(1, **how), index.pauses, index.guardians, index.departures,
    )  # fmt: skip


# --- refusals -------------------------------------------------------------------------------


def test_page__limit_or_cursor_out_of_bounds__is_refused(index: SqliteIndex) -> None:
    """Every list has bounded pages and takes only cursors that it gave out."""
    for ask in lists(index):
        with pytest.raises(InputError, match="page"):
            ask(limit=0)
        with pytest.raises(InputError, match="cursor"):
            ask(after="x")


def test_lookup__unknown__is_not_found(index: SqliteIndex) -> None:
    """What the chain never told is not there."""
    for ask in (index.offer, index.dispute, index.meter, index.strike):
        with pytest.raises(NotFound):
            ask(1000)


# --- what it says ---------------------------------------------------------------------------


def test_pages__one_row_each__are_the_whole_list(index: SqliteIndex) -> None:
    """Reading row by row gives what one page gives, newest first."""
    for ask in lists(index):
        step_by_step = list(pages(lambda after, ask=ask: ask(after=after, limit=1)))
        assert step_by_step == list(ask().rows) != []


def test_request__countered_and_accepted__has_the_members_terms(index: SqliteIndex) -> None:
    """The terms are those that were agreed on in the end, and so is the deadline."""
    row = index.request(8)
    assert row.terms == under(COUNTER, TERMS)
    assert (row.status, row.deliver_by) == (RequestStatus.GRANTED, 1_700_003_000)
    assert row.counter is not None
    assert (row.counter.terms, row.counter.accept_by) == (COUNTER, 1_700_000_900)
    assert row.counter.accepted_at is not None


def test_request__countered_only__keeps_the_buyers_terms(tmp_path: Path) -> None:
    """Until the buyer accepts, nothing of its request has changed."""
    index = SqliteIndex(tmp_path / "index.sqlite")
    answered = next(n for n, one in enumerate(STORY) if type(one.fact).__name__ == "CounterOffered")
    index.apply(STORY[: answered + 1], block(STORY[answered].position.block))
    row = index.request(8)
    assert (row.status, row.terms) == (RequestStatus.COUNTERED, TERMS)
    index.close()


def test_offer__accepted_and_replaced__says_so(index: SqliteIndex) -> None:
    """An offer tells how often it was taken and which one stands in its place."""
    old, new = index.offer(1), index.offer(2)
    assert (old.offer, old.accepted, old.withdrawn, old.replaced_by) == (OFFER, 1, True, 2)
    assert (new.replaces, new.accepted, new.withdrawn, new.replaced_by) == (1, 0, False, None)
    assert [old.is_open(0), new.is_open(OFFER.expiry), new.is_open(OFFER.expiry + 1)] == [
        False,
        True,
        False,
    ]
    taken = index.request(9)
    assert (taken.offer_id, taken.proposal_id, taken.status) == (1, 0, RequestStatus.GRANTED)


def test_offers__of_another_collection__are_none(index: SqliteIndex) -> None:
    """Offers are listed by collection."""
    assert [row.offer_id for row in index.offers(collection=0).rows] == [2, 1]
    assert index.offers(collection=1).rows == ()


def test_dispute__ruled_and_open__are_told_apart(index: SqliteIndex) -> None:
    """A ruling shows its reason, an open dispute the time by which it must be ruled."""
    ruled, pending = index.dispute(8), index.dispute(7)
    assert (ruled.verdict, ruled.reason_hash) == (Verdict.UPHELD, seed("reason"))
    assert (ruled.bond, ruled.bond_paid, ruled.arbiter) == (WIDE, True, ARBITER)
    assert (pending.verdict, pending.ruled_at, pending.bond_paid) == (Verdict.OPEN, None, False)


def test_meter__its_whole_life__adds_up(index: SqliteIndex) -> None:
    """What was paid and what is left are exact, beyond 64 bits."""
    row = index.meter(8)
    assert row.metering == METERING
    assert row.paid == 30 + WIDE // 10
    assert row.balance == WIDE + WIDE // 5 - row.paid
    assert (row.used, row.reported_at, row.closes_at) == (10, 1_700_000_500, 1_700_004_000)
    assert (row.lapsed, row.emptied) == (True, False)
    assert [one.amount for one in index.royalties(licence_id=8).rows] == [WIDE]
    assert index.royalties(licence_id=7).rows == ()


def test_licence__rotated_and_lapsed__shows_both(index: SqliteIndex) -> None:
    """A licence shows the key that bundles are sealed to now, and whether it has lapsed."""
    licence = index.licence(8).licence
    assert (licence.release_key, licence.lapsed) == (NEW_KEY, True)
    other = index.licence(7).licence
    assert (other.release_key, other.lapsed) == (TERMS.release_key, False)


def test_strike__pledged_and_begun__counts_what_stands(index: SqliteIndex) -> None:
    """A pledge that was taken back and given again counts once."""
    row = index.strike(1)
    assert (row.member, row.reason, row.pledged, row.pledges) == (MEMBER, "prices", 23, 2)
    assert (row.needed, row.until) == (25, 1_700_090_000)
    assert row.begun_at is not None
    assert [one.member for one in index.pledges(1).rows] == [MEMBER, wallet(0)]


def test_pause__ended_early__says_when(index: SqliteIndex) -> None:
    """A pause has its planned end and the one it had."""
    (pause,) = index.pauses().rows
    assert pause.until == 1_700_000_500
    assert pause.ended_at is not None
    assert pause.begun_at <= pause.ended_at <= pause.until
    assert [row.guardian for row in index.guardians().rows] == [GUARDIAN]


def test_departure__ends_every_contribution_of_the_member(index: SqliteIndex) -> None:
    """A member that left has no units and no active contribution; its past stays."""
    (row,) = index.departures(member=MEMBER).rows
    assert (row.tenure, row.units) == (0, (0, 13, 0))
    assert index.departures(member=BUYER).rows == ()
    gone = index.contribution(RECORDS[3].contribution_id)
    assert gone.contribution.withdrawn_at == 7
    assert gone.withdrawn_time == row.timestamp
    totals = index.totals()
    assert (totals.contributions, totals.withdrawn, totals.units) == (5, 2, (24, 11))


def test_roll_back__of_everything_that_happened__is_as_if_never_read(tmp_path: Path) -> None:
    """These facts are taken back like all others."""
    index = SqliteIndex(tmp_path / "index.sqlite")
    told(index, STORY, LAST, step=1)
    index.roll_back(STORY[0].position.block)
    assert [ask().rows for ask in lists(index)] == [()] * 9
    told(index, STORY, LAST)
    assert index.strike(1).pledged == 23
    index.close()
