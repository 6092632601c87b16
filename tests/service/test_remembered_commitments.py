"""What strangers' wishes for a file with gaps cost the keepers."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest

from dao_backend.service import commitments
from dao_backend.service.commitments import AGAIN, Completion, Remembered
from dao_backend.service.keepers import Keepers
from tests.keeper.forgoing import Clock
from tests.service.gappy import Gappy, gappy
from tests.support.running_dao import Meddled
from tests.support.running_fixtures import Stage


@pytest.fixture(scope="module")
def sale(young_stage: Stage, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gappy]:
    """An edition of which one contribution is known to nobody."""
    with gappy(young_stage, tmp_path_factory.mktemp("gappy")) as found:
        yield found


class Asked:
    """Completes the first keeper's file, and counts what keepers are asked."""

    def __init__(self, sale: Gappy, hold: threading.Event | None = None) -> None:
        self.sale, self.count, self.clock = sale, 0, Clock()
        self.begun, self._hold = threading.Event(), hold
        self._remembered = Remembered(self.clock)
        keepers = Keepers(lambda seat: Meddled(sale.reach(seat), commitments=self._answer))
        self._completion = Completion(sale.dao.system.chain, keepers, 60)

    def unknown(self, index: int = 1) -> set[int]:
        """What is lacking in that keeper's file after all."""
        edition, published = self.sale.dao.system.chain.edition(1), self.sale.published(index)
        found = self._remembered.completed(self._completion, published, edition, 1)
        return self.sale.unknown(found)

    def _answer(self, real: Any, named: bytes) -> Any:
        self.count += 1
        self.begun.set()
        if self._hold is not None:
            assert self._hold.wait(30)
        return real.commitments(named)


def test_completed__asked_for_again__asks_keepers_no_more_for_some_minutes(sale: Gappy) -> None:
    """What nobody knows is lacking for ever, and must not be asked for with every wish."""
    asked = Asked(sale)
    assert asked.unknown() == {5}
    first = asked.count
    assert first > 0
    for _ in range(3):
        assert asked.unknown() == {5}
    assert asked.count == first
    asked.clock.now += int(AGAIN)
    assert asked.unknown() == {5}
    assert asked.count == 2 * first


def test_completed__another_keepers_file_lacks_others__asks_about_those(sale: Gappy) -> None:
    """Whose file comes first changes, and what was found for one file is not all for another."""
    asked = Asked(sale)
    assert asked.unknown(1) == {5}
    first = asked.count
    assert asked.unknown(2) == {5}
    assert asked.count > first


def test_completed__while_another_is_asking__does_not_wait(sale: Gappy) -> None:
    """Slow keepers hold up one wish, and the others get the file as it is."""
    hold = threading.Event()
    asked, found = Asked(sale, hold), list[set[int]]()
    slow = threading.Thread(target=lambda: found.append(asked.unknown()))
    slow.start()
    try:
        assert asked.begun.wait(30)
        assert asked.unknown() == {2, 4, 5}
        assert asked.count == 1
    finally:
        hold.set()
        slow.join()
    assert found == [{5}]
    assert asked.unknown() == {5}


def test_completed__very_many_editions__remembers_a_bounded_number(
    sale: Gappy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The oldest goes first."""
    monkeypatch.setattr(commitments, "REMEMBERED", 0)
    asked = Asked(sale)
    assert asked.unknown() == {5}
    assert not asked._remembered._answers
