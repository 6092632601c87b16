"""What the page of the keepers says of one that goes on without shares, or cannot go on."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dao_backend.api.pages.keepers import Keepers, Now, keepers
from dao_backend.api.pages.parts import Foreign, Number, State, Text, Tone, Value
from dao_backend.core.model import Keeper
from dao_backend.ports.committees import CommitteeRow
from dao_backend.ports.keepers import KeeperStatus
from dao_backend.service.keeper_board import KeepersView, Word
from tests.support import shelf_keeper as shelf
from tests.support.core_actors import committee, seed

NOW = Now(1_800_000_000, 1_800_000_000)
COMMITTEE = committee(2, 3)
STATUS = replace(shelf.STATUS, forgone=(), delayed=(), handover=None)


def page_of(status: KeeperStatus, problem: str | None = None) -> Keepers:
    """The page where one keeper says this."""
    seat: Keeper = COMMITTEE.keepers[shelf.INDEX - 1]
    row = CommitteeRow(
        epoch=1,
        threshold=2,
        keepers=COMMITTEE.keepers,
        formed_at=NOW.chain,
        serving_since=NOW.chain,
        confirmed=frozenset(),
        deliveries=0,
        receipts=(0, 0, 0),
    )
    view = KeepersView((row,), 1, (Word(seat, status, problem, None),), NOW.machine)
    return keepers(view, COMMITTEE, NOW, embedded=False)


def said(status: KeeperStatus, problem: str | None = None) -> dict[str, Value]:
    """The keeper's line, by the names of its columns."""
    listing = page_of(status, problem).said
    (line,) = listing.rows
    return dict(zip([column.title for column in listing.columns], line, strict=True))


def test_page__nothing_forgone_or_delayed__keeper_answers() -> None:
    """A keeper in order goes on without nothing."""
    line = said(STATUS)
    assert line["State"] == State("answers", Tone.GOOD)
    assert line["Goes on without"] == Number("0")
    assert line["Remarks"] == Text("nothing to take over")


def test_page__shares_forgone__counts_them() -> None:
    """Buyers see before they pay that a keeper goes on without something."""
    ids = tuple(seed("forgone", at) for at in range(1_000))
    assert said(replace(STATUS, forgone=ids[1:]))["Goes on without"] == Number("999")
    assert said(replace(STATUS, forgone=ids))["Goes on without"] == Number("1,000 or more")


@pytest.mark.parametrize(
    ("delayed", "remark"),
    [
        ((7,), "failed to go on with licence 7"),
        ((7, 9), "failed to go on with licences 7 and 9"),
        (tuple(range(1, 9)), "failed to go on with licences 1, 2, 3, 4, 5 and 3 more"),
    ],
)
def test_page__licences_delayed__names_some(delayed: tuple[int, ...], remark: str) -> None:
    """Trouble with a licence shows before anybody asks for its bundle."""
    line = said(replace(STATUS, delayed=delayed))
    assert line["State"] == State("delayed", Tone.WAITING)
    assert line["Remarks"] == Text(remark)


def test_page__alarm_and_delayed__tells_the_alarm() -> None:
    """What stops everything comes before what stops one licence."""
    line = said(replace(STATUS, delayed=(7,), alarm="no"), "no")
    assert line["State"] == State("alarm", Tone.BAD)
    assert line["Remarks"] == Foreign("no")
