"""What the index says of keys that were announced, and of what each deposit was for."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from dao_backend.core import events as e
from dao_backend.core.model import NATIVE
from dao_backend.index.sqlite import SqliteIndex
from dao_backend.ports.happenings import AnnouncedKey
from tests.support.bargain_story import bargain_story
from tests.support.core_actors import seed, wallet
from tests.support.indexed import told
from tests.support.story import BUYER, logged

LICENCE = 8
EARLIEST = 1_800_000_000
FIRST, SECOND = seed("first key"), seed("second key")
NONE = bytes(32)
Reading = Callable[..., SqliteIndex]


@pytest.fixture
def reading(tmp_path: Path) -> Reading:
    """An index that has read the whole story and these facts after it."""

    def read(*facts: e.Fact) -> SqliteIndex:
        story = bargain_story()
        more = logged(facts, story[-1].position.block + 1)
        index = SqliteIndex(tmp_path / "index.sqlite")
        told(index, [*story, *more], more[-1].position.block)
        return index

    return read


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ([FIRST], AnnouncedKey(FIRST, EARLIEST)),
        ([FIRST, SECOND], AnnouncedKey(SECOND, EARLIEST)),
        ([FIRST, NONE], None),
    ],
)
def test_licence__key_announced__is_the_newest_announcement(
    reading: Reading, keys: list[bytes], expected: AnnouncedKey | None
) -> None:
    """A later announcement takes the place of an earlier one, and zero takes it back."""
    facts = [e.ReleaseKeyAnnounced(LICENCE, key, EARLIEST) for key in keys]
    assert reading(*facts).licence(LICENCE).announced == expected


def test_licence__key_applied__announces_nothing(reading: Reading) -> None:
    """What holds already is not announced any more, until there is another."""
    first = e.ReleaseKeyAnnounced(LICENCE, FIRST, EARLIEST)
    row = reading(first, e.ReleaseKeyRotated(LICENCE, FIRST)).licence(LICENCE)
    assert (row.announced, row.licence.release_key) == (None, FIRST)


def test_deposits__royalty_and_others__are_told_apart(reading: Reading) -> None:
    """A deposit is a royalty where the meter said so just before; its report's hash is no proof."""
    meter, report = wallet(70), seed("its report")
    index = reading(
        e.Deposited(1, NATIVE, BUYER, 100, 0, 0, report),
        e.BondFunded(LICENCE, BUYER, 1, 1),
        e.RoyaltyPaid(LICENCE, 1, BUYER, NATIVE, 100, report),
        e.Deposited(1, NATIVE, meter, 100, 0, 0, report),
    )
    newest = index.deposits(limit=2).rows
    assert [row.royalty_for for row in newest] == [LICENCE, None]
