"""Asking several keepers: whoever is slow or silent holds up nobody."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from dao_backend.errors import NotFound, ServiceUnavailable
from dao_backend.service.keepers import LINES, Keepers, told
from tests.support.core_actors import committee

SEATS = committee(2, 3).keepers


@dataclass
class Slow:
    """A keeper that answers once it is let go on."""

    index: int
    go_on: threading.Event

    def answer(self) -> int:
        """Its index, in the end."""
        assert self.go_on.wait(60)
        return self.index


@pytest.fixture
def going_on() -> Iterator[threading.Event]:
    """Set at the end, so that no thread stays."""
    made = threading.Event()
    yield made
    made.set()


def at_once() -> threading.Event:
    """For a keeper that does not wait."""
    made = threading.Event()
    made.set()
    return made


def test_ask_all__one_hangs__is_named_and_the_others_answer(going_on: threading.Event) -> None:
    """After the time limit a keeper counts as silent, whatever it says later."""
    keepers: Any = [Slow(1, at_once()), Slow(2, going_on), Slow(3, at_once())]
    asked = Keepers(lambda seat: keepers[seat.index - 1], seconds=0.3)
    answers = asked.ask_all(SEATS, lambda keeper: keeper.answer())
    assert list(answers) == [1, 2, 3]
    assert (answers[1], answers[3]) == (1, 3)
    assert isinstance(answers[2], ServiceUnavailable)
    assert told({2: answers[2]}) == "keeper 2: no answer within 0.3 seconds"
    asked.close()


def test_ask_all__one_hangs_for_everybody__the_others_go_on(going_on: threading.Event) -> None:
    """However many questions wait for one keeper, they take none of the others' threads."""
    keepers: Any = [Slow(1, at_once()), Slow(2, going_on), Slow(3, at_once())]
    asked = Keepers(lambda seat: keepers[seat.index - 1], seconds=0.05)
    for _ in range(3 * LINES):
        answers = asked.ask_all(SEATS, lambda keeper: keeper.answer())
        assert (answers[1], answers[3]) == (1, 3)
    assert threading.active_count() < 3 * LINES * 3
    asked.close()


def test_ask__enough_answered__does_not_wait_for_the_rest(going_on: threading.Event) -> None:
    """Whoever stops reading is done, while a keeper still hangs."""
    keepers: Any = [Slow(1, going_on), Slow(2, at_once()), Slow(3, at_once())]
    asked = Keepers(lambda seat: keepers[seat.index - 1], seconds=30)
    begun, found = time.monotonic(), {}
    for index, answer in asked.ask(SEATS, lambda keeper: keeper.answer()):
        found[index] = answer
        if len(found) == 2:
            break
    assert found == {2: 2, 3: 3}
    assert time.monotonic() - begun < 10
    asked.close()


def test_ask_all__refusals__are_answers() -> None:
    """An error on purpose is what that keeper says; a defect is raised."""

    def refuse(keeper: Any) -> int:
        if keeper.index == 2:
            raise NotFound("nothing is known")
        return int(keeper.index)

    keepers: Any = [Slow(index, at_once()) for index in (1, 2, 3)]
    asked = Keepers(lambda seat: keepers[seat.index - 1])
    answers = asked.ask_all(SEATS, refuse)
    assert (answers[1], str(answers[2]), answers[3]) == (1, "nothing is known", 3)
    with pytest.raises(AttributeError):
        asked.ask_all(SEATS, lambda keeper: keeper.no_such_question())
    asked.close()
