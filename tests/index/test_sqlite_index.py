"""The index on SQLite: what it says, in pages, and after the chain took something back."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from dao_backend.core import events as e
from dao_backend.core.model import NATIVE, LicenceStatus, RequestStatus
from dao_backend.errors import DatabaseUnavailable, InputError, NotFound
from dao_backend.index.paging import MAX_LIMIT
from dao_backend.index.sqlite import SqliteIndex
from dao_backend.ports.index import AssetRow
from tests.support.core_actors import wallet
from tests.support.indexed import LAST, STORY, block, everything, pages, told
from tests.support.ordinary import ordinary_user, public_folder
from tests.support.story import BUYER, RECORDS, logged


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[SqliteIndex]:
    """An index that has read nothing."""
    index = SqliteIndex(tmp_path / "index.sqlite")
    yield index
    index.close()


@pytest.fixture
def index(empty: SqliteIndex) -> SqliteIndex:
    """An index that has read the whole story."""
    told(empty, STORY, LAST)
    return empty


# --- refusals -------------------------------------------------------------------------------


@pytest.mark.parametrize("cursor", ["", "x", "1", "1.2.3", "9" * 30 + ".0", "٣.٣", " 1.1"])
def test_page__foreign_cursor__is_refused(index: SqliteIndex, cursor: str) -> None:
    """Only cursors that were given out are taken."""
    for ask in (index.editions, index.contributions, index.deposits):
        with pytest.raises(InputError, match="cursor"):
            ask(after=cursor)
    with pytest.raises(InputError, match="cursor"):
        index.events(cursor)


@pytest.mark.parametrize("cursor", ["", "x", "٣", "9" * 30, "-1"])
def test_members__foreign_cursor__is_refused(index: SqliteIndex, cursor: str) -> None:
    """Members are paged by their index."""
    with pytest.raises(InputError, match="cursor"):
        index.members(after=cursor)


@pytest.mark.parametrize("limit", [0, -1, MAX_LIMIT + 1])
def test_page__limit_out_of_bounds__is_refused(index: SqliteIndex, limit: int) -> None:
    """A page has a bounded size, whichever list it is of."""
    asks: tuple[Callable[..., object], ...] = (
        index.contributions, index.members, index.editions, index.proposals, index.requests,
        index.licences, index.deposits, index.claims, index.events,
    )  # fmt: skip
    for ask in asks:
        with pytest.raises(InputError, match="page"):
            ask(limit=limit)


def test_lookup__unknown__is_not_found(index: SqliteIndex) -> None:
    """What the chain never told is not there."""
    for ask in (index.edition, index.proposal, index.request, index.licence):
        with pytest.raises(NotFound):
            ask(1000)
    with pytest.raises(NotFound):
        index.contribution(bytes(32))
    with pytest.raises(NotFound):
        index.member(wallet(999))
    with pytest.raises(NotFound):
        index.contributions(edition_id=1000)


def test_apply__same_blocks_again__changes_nothing(index: SqliteIndex) -> None:
    """A block is folded in once; what fails is not half applied."""
    before = everything(index)
    again = [event for event in STORY if event.position.block == LAST]
    with pytest.raises(DatabaseUnavailable):
        index.apply(again, block(LAST + 1))
    assert everything(index) == before


def test_open__no_database__says_so(tmp_path: Path) -> None:
    """A file that is something else is named, and left alone."""
    path = tmp_path / "index.sqlite"
    path.write_bytes(b"this is a letter, not a database " * 100)
    with pytest.raises(DatabaseUnavailable, match=r"index\.sqlite"):
        SqliteIndex(path)
    assert path.read_bytes().startswith(b"this is a letter")


def test_open__folder_is_a_file__says_so(tmp_path: Path) -> None:
    """A place that cannot hold a database is named."""
    (tmp_path / "taken").write_text("")
    with pytest.raises(DatabaseUnavailable, match="taken"):
        SqliteIndex(tmp_path / "taken" / "index.sqlite")


def test_open__read_only_file__says_so() -> None:
    """A database that cannot be written is noticed when it is opened, not when it is needed."""
    with public_folder() as folder:
        path = folder / "index.sqlite"
        SqliteIndex(path).close()
        path.chmod(0o444)
        with ordinary_user(), pytest.raises(DatabaseUnavailable, match=r"index\.sqlite"):
            SqliteIndex(path)


def test_apply__locked_by_another_process__says_so_and_loses_nothing(
    empty: SqliteIndex, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While somebody else writes, the error says what to do; afterwards it goes on."""
    empty.close()
    monkeypatch.setattr("dao_backend.database.BUSY_SECONDS", 0.05)
    index = SqliteIndex(tmp_path / "index.sqlite")
    other = sqlite3.connect(tmp_path / "index.sqlite", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(DatabaseUnavailable, match="locked"):
        told(index, STORY, LAST)
    assert index.cursor() is None
    other.execute("ROLLBACK")
    other.close()
    told(index, STORY, LAST)
    assert index.totals().contributions == 5
    index.close()


# --- what it says ---------------------------------------------------------------------------


def test_contribution__withdrawn__keeps_its_place_and_time(index: SqliteIndex) -> None:
    """A withdrawn contribution is still told, with the position of both changes."""
    row = index.contribution(RECORDS[2].contribution_id)
    assert row.contribution.record == RECORDS[2]
    assert (row.contribution.history_count, row.contribution.withdrawn_at) == (3, 6)
    assert row.withdrawn_time is not None
    active = index.contribution(RECORDS[0].contribution_id)
    assert (active.contribution.withdrawn_at, active.withdrawn_time) == (None, None)


def test_contributions__of_an_edition__are_those_that_stood_in_it(index: SqliteIndex) -> None:
    """An edition holds its collection's active contributions, by id."""
    rows = index.contributions(edition_id=1).rows
    found = [row.contribution.record.contribution_id for row in rows]
    assert found == sorted(RECORDS[number].contribution_id for number in (0, 4))
    assert index.edition(1).contributions == len(found)
    one = index.contributions(edition_id=1, limit=1)
    two = index.contributions(edition_id=1, limit=1, after=one.next)
    assert (*one.rows, *two.rows) == rows


def test_proposal__voted_extended_and_executed__adds_up(index: SqliteIndex) -> None:
    """The tally is the sum of the ballots, the end is the extended one."""
    row = index.proposal(99)
    assert (row.votes_against, row.votes_for, row.votes_abstain, row.ballots) == (11, 10, 13, 3)
    assert (row.vote_end, row.eta, row.ended) == (1_700_000_300, 1_700_000_400, "executed")
    assert row.request_id == 7
    ballots = index.ballots(99).rows
    assert [cast.weight for cast in ballots] == [13, 11, 10]


def test_request__settled__says_so_with_its_edition(index: SqliteIndex) -> None:
    """A request's status is its newest fact."""
    row = index.request(7)
    assert (row.status, row.edition_id, row.buyer) == (RequestStatus.SETTLED, 1, BUYER)
    assert index.requests(buyer=wallet(1)).rows == ()


def test_licence__suspended_and_reinstated__is_active(empty: SqliteIndex) -> None:
    """Of suspension and reinstatement the later one counts."""
    suspended = next(one for one in STORY if isinstance(one.fact, e.LicenceSuspended))
    upto = [one for one in STORY if one.position <= suspended.position]
    empty.apply(upto, block(suspended.position.block))
    assert empty.licence(7).licence.status is LicenceStatus.SUSPENDED
    rest = [one for one in STORY if one.position > suspended.position]
    empty.apply(rest, block(LAST + 1))
    row = empty.licence(7)
    assert row.licence.status is LicenceStatus.ACTIVE
    assert [receipt.index for receipt in row.receipts] == [1, 3]
    assert row.delivered
    assert empty.licences(holder=BUYER).rows == (row,)


def test_money__deposits_and_claims__are_net_of_the_cuts(index: SqliteIndex) -> None:
    """Deposits say what the members share, claims what was taken."""
    assert [row.amount for row in index.deposits(edition_id=1).rows] == [185, 925]
    member = RECORDS[0].contributor
    assert [row.amount for row in index.claims(member=member).rows] == [50, 300]
    assert index.earning_editions(member) == ((1, NATIVE),)
    assert index.earning_editions(RECORDS[1].contributor) == ()


def test_totals__whole_story__count_what_is_active(index: SqliteIndex) -> None:
    """Units are those of active contributions, by collection."""
    found = index.totals()
    assert (found.contributions, found.withdrawn, found.units) == (5, 1, (24, 24))
    assert (found.editions, found.licences, found.members) == (1, 1, 1)
    (member,) = index.members().rows
    assert member == index.member(RECORDS[0].contributor)
    assert (member.units, member.contributions) == ((10, 0), 1)


def test_assets__changed_and_removed__the_newest_word_counts(empty: SqliteIndex) -> None:
    """An asset with a price of zero is no longer taken."""
    token = wallet(70)
    changes = [(NATIVE, 100), (token, 5), (NATIVE, 2**100), (token, 0)]
    facts: list[e.Fact] = [e.AssetChanged(asset, price) for asset, price in changes]
    story = logged(facts)
    empty.apply(story, block(story[-1].position.block))
    assert empty.assets() == (AssetRow(NATIVE, 2**100),)


def test_events__in_pages__are_the_log_as_it_was_read(index: SqliteIndex) -> None:
    """The log comes back event by event, with every field, oldest first."""
    assert list(pages(lambda after: index.events(after, 3))) == STORY
    assert index.events(limit=len(STORY)).next is None


def test_events__of_a_committee_change__come_back_whole(empty: SqliteIndex) -> None:
    """Who confirmed in which epoch, and which one serves, is kept like every other fact."""
    facts: list[e.Fact] = [e.EpochServing(1), e.HandoverConfirmed(2, 3), e.EpochServing(2)]
    story = logged(facts)
    empty.apply(story, block(story[-1].position.block))
    assert [event.fact for event in empty.events(limit=9).rows] == facts


@pytest.mark.parametrize("limit", [1, 2, 3, 5])
def test_pages__any_size__give_each_row_once(index: SqliteIndex, limit: int) -> None:
    """Pages of any size join to the whole list."""
    whole = index.contributions().rows
    assert tuple(pages(lambda after: index.contributions(after=after, limit=limit))) == whole
    assert len(whole) == 5
