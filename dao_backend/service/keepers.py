"""The keepers as the service reaches them: several at once, each within a time limit.

Every keeper has a few threads of its own here, so that one that hangs holds up nobody else; whoever
asked it is told that it was too slow.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from concurrent.futures import TimeoutError as TooLate
from typing import TypeVar

from dao_backend.core.model import Keeper as Seat
from dao_backend.errors import DaoError, ServiceUnavailable
from dao_backend.ports.keepers import Keeper

Answer = TypeVar("Answer")
Reach = Callable[[Seat], Keeper]
"""A keeper by its seat on chain."""

SECONDS = 20.0
"""How long an answer may take."""
LINES = 4
"""Questions that one keeper is asked at the same time."""


class Keepers:
    """Asks keepers, and believes nothing: what they sign is for the caller to check."""

    def __init__(self, reach: Reach, seconds: float = SECONDS) -> None:
        self._reach = reach
        self._seconds = seconds
        self._lines: dict[tuple[int, str], ThreadPoolExecutor] = {}
        self._lock = threading.Lock()

    def at(self, seat: Seat) -> Keeper:
        """One keeper by its seat, asked without a limit of time."""
        return self._reach(seat)

    def ask(
        self,
        seats: Sequence[Seat],
        question: Callable[[Keeper], Answer],
        seconds: float | None = None,
    ) -> Iterator[tuple[int, Answer | DaoError]]:
        """Answers or errors by keeper index, as they come; whoever has enough stops reading.

        A keeper that was too slow comes last, with ServiceUnavailable.
        """
        limit = self._seconds if seconds is None else seconds
        waiting: dict[Future[Answer | DaoError], int] = {}
        for seat in seats:
            waiting[self._line(seat).submit(self._answer, seat, question)] = seat.index
        try:
            for done in as_completed(list(waiting), timeout=limit):
                yield waiting.pop(done), done.result()
        except TooLate:
            late = ServiceUnavailable(f"no answer within {limit:g} seconds")
            yield from ((index, late) for index in list(waiting.values()))
        finally:
            for future in waiting:
                future.cancel()

    def ask_all(
        self,
        seats: Sequence[Seat],
        question: Callable[[Keeper], Answer],
        seconds: float | None = None,
    ) -> dict[int, Answer | DaoError]:
        """The same, once everybody has answered or was too slow, in index order."""
        return dict(sorted(self.ask(seats, question, seconds), key=lambda pair: pair[0]))

    def close(self) -> None:
        """Ask nobody any more."""
        with self._lock:
            for line in self._lines.values():
                line.shutdown(wait=False, cancel_futures=True)

    def _line(self, seat: Seat) -> ThreadPoolExecutor:
        place = (seat.index, seat.endpoint)
        with self._lock:
            if place not in self._lines:
                name = f"ask-keeper-{seat.index}"
                self._lines[place] = ThreadPoolExecutor(LINES, thread_name_prefix=name)
            return self._lines[place]

    def _answer(self, seat: Seat, question: Callable[[Keeper], Answer]) -> Answer | DaoError:
        try:
            return question(self._reach(seat))
        except DaoError as error:
            return error


def told(faults: dict[int, DaoError]) -> str:
    """What each keeper that failed said, in one sentence."""
    return "; ".join(f"keeper {index}: {error}" for index, error in sorted(faults.items()))
