"""Keepers beside a service: what is said of one that does not start, and when it is given up."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from dao_backend.errors import ServiceUnavailable
from dao_backend.wiring.children import RESTARTS, KeeperChildren

PATIENCE = 60.0


@pytest.fixture
def children(tmp_path: Path) -> Iterator[KeeperChildren]:
    """One keeper whose DAO has no deployment record: it ends by itself, whoever starts it."""
    made = KeeperChildren(tmp_path, 1, "127.0.0.1", 0.2)
    yield made
    made.stop()
    assert made.ended() == (1,)


def await_end(children: KeeperChildren) -> None:
    """Wait until the keeper has ended by itself."""
    end_at = time.monotonic() + PATIENCE
    while children.ended() != (1,):
        assert time.monotonic() < end_at, "the keeper ends by itself"
        time.sleep(0.05)


def test_start__keeper_ends_by_itself__says_its_last_words(children: KeeperChildren) -> None:
    """Whoever starts a service learns why a keeper of it does not start."""
    with pytest.raises(ServiceUnavailable, match=r"^keeper 1 did not start: ") as refusal:
        children.start("http://127.0.0.1:1")
    assert "deployment" in str(refusal.value)


def test_tend__ends_again_and_again__is_given_up(children: KeeperChildren) -> None:
    """A few starts are tried, then it is left alone, and both are logged once each time."""
    with pytest.raises(ServiceUnavailable):
        children.start("http://127.0.0.1:1")
    with capture_logs() as logs:
        for _ in range(RESTARTS + 2):
            await_end(children)
            children.tend()
    events = [entry["event"] for entry in logs]
    assert events == ["keeper.ended"] * (RESTARTS + 1) + ["keeper.given_up"]


def test_prepare__again__has_the_same_seat(tmp_path: Path) -> None:
    """Keys, port and endpoint outlive a restart, so that the chain stays right."""
    first = KeeperChildren(tmp_path, 2, "127.0.0.1", 0.2)
    seats = first.seats
    first.stop()
    second = KeeperChildren(tmp_path, 2, "127.0.0.1", 0.2)
    assert second.seats == seats
    assert len({seat.endpoint for seat in seats}) == len({seat.operator for seat in seats}) == 2
    second.stop()
