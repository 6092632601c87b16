"""A keeper's view of the chain: final, whole, and never taken from the service."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from dao_backend.core.events import (
    Contributed,
    DeliveryOpened,
    EditionSealed,
    Granted,
    LicenceIssued,
    LogEvent,
    Withdrawn,
)
from dao_backend.custody.book import SqliteBook
from dao_backend.errors import ChainUnavailable, HistoryMismatch, ManifestMismatch, NodesDisagree
from dao_backend.keeper.ledger import FinalLedger
from dao_backend.ports.chain import ChainReader
from tests.support.core_actors import seed
from tests.support.running_dao import ALICE, Meddled, RunningDao, program

Change = Callable[[list[LogEvent]], list[LogEvent]]


def telling(chain: ChainReader, change: Change) -> Any:
    """A node that tells the log otherwise."""
    return Meddled(chain, logs=lambda real, first, last: change(real.logs(first, last)))


@pytest.fixture
def book(tmp_path: Path) -> Iterator[SqliteBook]:
    """An empty book of the test's own."""
    made = SqliteBook(tmp_path / "own-book.sqlite")
    yield made
    made.close()


def without(kind: type[object]) -> Change:
    """Leave every event of a kind out."""
    return lambda events: [event for event in events if not isinstance(event.fact, kind)]


def with_record(**fields: Any) -> Change:
    """Change fields of every record that was registered."""
    return lambda events: [
        replace(event, fact=replace(event.fact, record=replace(event.fact.record, **fields)))
        if isinstance(event.fact, Contributed)
        else event
        for event in events
    ]


def with_units(events: list[LogEvent]) -> list[LogEvent]:
    """Double the units of every contribution."""
    return [
        replace(event, fact=replace(event.fact, units=2 * event.fact.units))
        if isinstance(event.fact, Contributed)
        else event
        for event in events
    ]


@pytest.mark.parametrize(
    "change",
    [
        without(Contributed),
        with_record(cid_digest=seed("forged")),
        with_record(envelope_commitment=seed("forged")),
        with_record(key_id=seed("forged")),
        with_record(share_root=seed("forged")),
        with_record(length=1),
        with_record(collection=1),
        with_units,
        lambda events: events[::-1],
        lambda events: events[:-1] + events[-1:] * 2,
        without(EditionSealed),
        without(DeliveryOpened),
    ],
    ids=[
        "omits contributions",
        "forges the CID",
        "forges the commitment",
        "forges the key id",
        "forges the share root",
        "forges the length",
        "forges the collection",
        "forges units",
        "reverses the order",
        "repeats an event",
        "omits editions",
        "omits deliveries",
    ],
)
def test_refresh__a_node_that_lies__is_a_mismatch_and_the_view_stays(
    sold: RunningDao, book: SqliteBook, change: Change
) -> None:
    """A log that is not what the contracts state moves no keeper's view."""
    sold.deliver(1)
    ledger = FinalLedger(telling(sold.agreement, change), book)
    with pytest.raises(HistoryMismatch):
        ledger.refresh()
    assert ledger.view.block is None


def test_refresh__final_block_changed__is_an_alarm_that_stays(
    sold: RunningDao, book: SqliteBook
) -> None:
    """A block that was final and has another hash later is refused as long as it does."""
    begun = sold.chain.height()
    sold.contribute(ALICE, program(9))
    ledger = FinalLedger(sold.agreement, book)
    before = ledger.refresh()
    assert before.block.number > begun
    sold.chain.reorganise(sold.chain.height() - begun)
    for _ in range(2):
        with pytest.raises(HistoryMismatch, match="final"):
            ledger.refresh()
    assert ledger.view == before


def test_refresh__node_far_behind__says_so_and_keeps_the_view(
    sold: RunningDao, book: SqliteBook
) -> None:
    """A node that does not have yet what was final is no alarm, but of no use."""
    sold.settle_down()
    ledger = FinalLedger(sold.agreement, book)
    before = ledger.refresh()
    height = before.block.number - 1
    lagging = Meddled(
        sold.system.chain,
        block=lambda real, number: real.block(number if number <= height else number + 10**6),
    )
    behind = FinalLedger(lagging, book)
    behind._view = before
    with pytest.raises(ChainUnavailable, match="behind"):
        behind.refresh()
    assert behind.view == before


def test_refresh__grant_in_the_head__is_not_seen(sold: RunningDao, book: SqliteBook) -> None:
    """What is not final does not exist for a keeper."""
    ledger = FinalLedger(sold.agreement, book)
    assert not ledger.refresh().state.licences
    sold.settle_down()
    assert set(ledger.refresh().state.licences) == {1}


def test_refresh__step_by_step__is_the_same_as_at_once(young: RunningDao, book: SqliteBook) -> None:
    """A view that was folded in pieces is the view of the whole log."""
    ledger = FinalLedger(young.agreement, book)
    for number in (1, 2, 3):
        young.contribute(ALICE, program(number))
        ledger.refresh()
    young.edition()
    piecewise, listed = ledger.refresh(), book.contributions()
    assert piecewise == FinalLedger(young.agreement, book).refresh()
    assert book.contributions() == listed
    assert len(listed) == 3


def test_refresh__after_distrust__reads_what_was_left_out(
    sold: RunningDao, book: SqliteBook
) -> None:
    """A node that once left out what the history head does not cover does no lasting harm."""
    sold.settle_down()
    left_out = (LicenceIssued, DeliveryOpened, Granted)
    lying = [True]
    chain = telling(
        sold.system.chain,
        lambda events: without(left_out)(events) if lying else events,  # type: ignore[arg-type]
    )
    ledger = FinalLedger(chain, book)
    assert not ledger.refresh().state.licences
    lying.clear()
    assert not ledger.refresh().state.licences
    ledger.distrust()
    assert set(ledger.refresh().state.licences) == {1}


@pytest.mark.parametrize(
    "forged", [{"history_count": 2}, {"total_units": 1}, {"collection": 1}, {"root": seed("no")}]
)
def test_attestation__edition_forged_by_the_node__is_refused(
    sold: RunningDao, forged: dict[str, Any]
) -> None:
    """An edition that the log did not seal like that is disproved, and else has no manifest."""
    sold.settle_down()

    def edition(real: Any, *args: Any) -> Any:
        return replace(real.edition(*args), **forged)

    with sold.keeper(1, chain=lambda real: Meddled(real, edition=edition)) as keeper:
        with pytest.raises(NodesDisagree, match="is not what is proven: edition 1's "):
            keeper.attestation(1)
        with pytest.raises(ManifestMismatch):
            keeper.manifest(1)
    unproven = {"edition": edition, "log_contradictions": lambda *_: ()}
    with (
        sold.keeper(1, chain=lambda real: Meddled(real, **unproven)) as keeper,
        pytest.raises(ManifestMismatch),
    ):
        keeper.attestation(1)


# --- the book beside the view ---------------------------------------------------------------


def test_reading__nothing_read_yet_or_doubted__is_refused(
    sold: RunningDao, book: SqliteBook
) -> None:
    """Nothing that cannot be undone rests on a log that is not checked."""
    ledger = FinalLedger(sold.agreement, book)
    for doubt in (lambda: None, ledger.distrust):
        doubt()
        with pytest.raises(HistoryMismatch, match="doubted"), ledger.reading():
            pytest.fail("the log was read")
        ledger.refresh()
        with ledger.reading() as view:
            assert view is ledger.view


def test_reading__another_thread_reads_on__has_the_book_of_its_view(
    sold: RunningDao, book: SqliteBook
) -> None:
    """What a node has just served stands in the book before it is checked: nobody sees it there."""
    lying, seen = [False], []

    def logs(real: Any, first: int, last: int) -> list[LogEvent]:
        events: list[LogEvent] = real.logs(first, last)
        if not lying[0]:
            return events
        reader = threading.Thread(target=look)
        reader.start()
        seen.append(reader)
        forged = Withdrawn(*withdrawal)
        return [*events, *(replace(each, fact=forged) for each in events[-1:])]

    def look() -> None:
        with contextlib.suppress(HistoryMismatch), ledger.reading() as view:
            assert view.state.history_count == len(book.contributions())

    ledger = FinalLedger(Meddled(sold.agreement, logs=logs), book)
    ledger.refresh()
    found = book.contributions()[0]
    withdrawal = (
        found.record.contribution_id,
        found.record.contributor,
        found.record.collection,
        found.units,
    )
    before = ledger.view
    lying[0] = True
    sold.contribute(ALICE, program(9))
    with pytest.raises(HistoryMismatch):
        ledger.refresh()
    for each in seen:
        each.join(10)
        assert not each.is_alive()
    assert ledger.view == before
    with pytest.raises(HistoryMismatch, match="doubted"), ledger.reading():
        pytest.fail("the forged withdrawal was read")


def test_refresh__settled__counts_what_came_before_the_final_second(
    young: RunningDao, book: SqliteBook
) -> None:
    """Changes of the final block's own second may still be missed by an edition sealed in it."""
    ledger = FinalLedger(young.agreement, book)
    outcome = young.contribute(ALICE, program(1))
    young.pass_time(1)
    young.settle_down()
    assert ledger.refresh().settled == ledger.view.state.history_count == 1
    young.dao.writer(ALICE).withdraw(outcome.contribution_id)
    at = young.agreement.head()

    def finalized(real: Any) -> Any:
        return real.block(at.number)

    early = FinalLedger(Meddled(young.agreement, finalized=finalized), book)
    view = early.refresh()
    assert (view.state.history_count, view.settled) == (2, 1)
    young.pass_time(1)
    young.settle_down()
    assert FinalLedger(young.agreement, book).refresh().settled == 2
