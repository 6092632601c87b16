"""The board: a silent keeper costs its readers nothing, and how often it answers is told."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest

from dao_backend.errors import ServiceUnavailable
from dao_backend.service.keeper_board import FRESH, GLANCE, KeeperBoard, KeepersView
from dao_backend.service.keepers import Keepers
from tests.support.core_actors import wallet
from tests.support.running_dao import Meddled, RunningDao

MOMENT = 10.0
"""Seconds within which what happens in the background has happened."""


@dataclass
class Board:
    """A board over the shop's keepers, some of which do something else, and its clock."""

    board: KeeperBoard
    now: int = 1_800_000_000

    def later(self, met: int) -> KeepersView:
        """Look after the answers are old, until the round with number `met` has ended."""
        self.now += FRESH
        until = time.monotonic() + MOMENT
        while time.monotonic() < until:
            view = self.board.view()
            if all(word.uptime is not None and word.uptime.asked == met for word in view.words):
                return view
        raise AssertionError("the round never ended")


@pytest.fixture
def over() -> Iterator[threading.Event]:
    """Set at the end, so that nothing hangs on."""
    event = threading.Event()
    yield event
    event.set()


def board_of(dao: RunningDao, changed: dict[int, Any]) -> Board:
    """Some keepers by index are replaced."""
    known = {keeper.index: keeper for keeper in dao.system.local} | changed
    asked = Keepers(lambda seat: known[seat.index], seconds=1.0)
    made = Board(KeeperBoard(dao.system.index, dao.system.chain, asked, lambda: made.now))
    return made


def test_view__keeper_hangs__nobody_waits_for_it(shop: RunningDao, over: threading.Event) -> None:
    """The first readers wait a glance, with the others' words to read; later ones not at all."""
    hanging = Meddled(shop.system.local[1], status=lambda _real: over.wait(30))
    board = board_of(shop, {2: hanging})
    began = time.monotonic()
    first = board.board.view()
    assert GLANCE <= time.monotonic() - began < GLANCE + 1
    assert [word.status is not None for word in first.words] == [True, False, True]
    assert first.words[1].problem == "it has not answered yet"
    began = time.monotonic()
    for _ in range(20):
        board.board.view()
    assert time.monotonic() - began < GLANCE


def test_view__keeper_does_not_answer__is_named_and_counted(shop: RunningDao) -> None:
    """The others' words stand there; the silent one's share of answers falls."""
    answers = iter((True, False))

    def status(real: Any) -> Any:
        if next(answers):
            return real.status()
        raise ServiceUnavailable("keeper 3 does not answer")

    board = board_of(shop, {3: Meddled(shop.system.local[2], status=status)})
    first = board.later(1)
    assert [word.problem for word in first.words] == [None] * 3
    second = board.later(2)
    assert [word.status is None for word in second.words] == [False, False, True]
    silent = second.words[2]
    assert silent.problem == "keeper 3 does not answer"
    assert silent.uptime is not None
    assert (silent.uptime.answered, silent.uptime.asked) == (1, 2)
    assert silent.uptime.since == second.asked_at - FRESH if second.asked_at else False


def test_view__answers_are_fresh__nobody_is_asked_again(shop: RunningDao) -> None:
    """Within the time for which answers are fresh, readers cost the keepers nothing."""
    asked: list[int] = []

    def status(real: Any) -> Any:
        asked.append(1)
        return real.status()

    board = board_of(shop, {1: Meddled(shop.system.local[0], status=status)})
    board.later(1)
    board.now += FRESH - 1
    assert board.board.view().words[0].status is not None
    assert len(asked) == 1


def test_view__somebody_else_answers__is_a_problem(shop: RunningDao) -> None:
    """A status that names another operator than the chain is told as such."""

    def status(real: Any) -> Any:
        return replace(real.status(), operator=wallet(77))

    board = board_of(shop, {1: Meddled(shop.system.local[0], status=status)})
    assert board.later(1).words[0].problem == f"it says that it is {wallet(77)}'s"
