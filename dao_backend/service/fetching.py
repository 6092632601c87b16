"""Fetches bundles from as many keepers as are needed, side by side, and asks others for the rest.

    as many as needed at once ──► bytes to a part file ──► what the receipt states? ──► accepted?
         ▲                                                          │ no                   │ no
         └──── another keeper, also where one stands still ◄────────┴──────────────────────┘

A part file is ciphertext. What came before a break stays, and the next attempt, of this run or of
a later one, asks for the rest. Bytes that are not those of the receipt are thrown away whole, and
a keeper is blamed only for what came from one place from its first byte on.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, SimpleQueue

from dao_backend.core.events import ReceiptPosted
from dao_backend.errors import CidMismatch, DaoError, IntegrityError
from dao_backend.service.files import writing
from dao_backend.service.parts import Part

_LOOK = 0.1
"""Seconds between two looks at those that are under way."""
_MUCH_SLOWER = 4
"""How many times slower than the fastest one a keeper has to be to be given a competitor."""

Step = Callable[[int], None]
"""Told how many bytes have come."""
Accept = Callable[[int, Path], int]
"""Takes a keeper's bundle, and says how many more are needed at the least; IntegrityError."""


@dataclass(frozen=True, slots=True)
class Source:
    """One place to get a keeper's bundle from."""

    open: Callable[[int], Iterator[bytes]]
    """The bundle's bytes from an offset on; raises the error tree."""
    note: str = ""
    """What is said of the place beside what went wrong there."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A keeper's bundle, what its receipt states of it, and where to ask, best place first."""

    index: int
    receipt: ReceiptPosted | None
    sources: tuple[Source, ...]


@dataclass(frozen=True, slots=True)
class Failure:
    """What was wrong with one keeper."""

    index: int
    error: DaoError | None
    """None where it was only slow."""
    sentence: str

    def __str__(self) -> str:
        return f"keeper {self.index}: {self.sentence}"


@dataclass(frozen=True, slots=True)
class Pace:
    """How long keepers are waited for, in seconds."""

    patience: float = 5.0
    """Without a byte, until another keeper is asked as well."""
    silence: float = 60.0
    """Until one is given up where no other is left: without a byte, or slow with enough good."""
    clock: Callable[[], float] = time.monotonic


def fetch(
    wanted: Sequence[Wanted],
    needed: int,
    accept: Accept,
    folder: Path,
    pace: Pace,
    step: Step,
) -> tuple[Failure, ...]:
    """Fetch until `accept` says that no more are needed, or none is left to ask.

    At the begin `needed` are. `accept` gets a keeper's index and a file that is what its receipt
    states; it raises IntegrityError where that is no good. Returns what was wrong with others. At
    most one thread runs for each keeper; those that are late are cancelled. UnreadablePath,
    StorageFull.
    """
    race = _Race(wanted, folder, pace, step)
    try:
        race.run(needed, accept)
    finally:
        race.cancel()
    return race.failures()


class _Race:
    """Those that are asked, those that are not yet, and what went wrong."""

    def __init__(self, wanted: Sequence[Wanted], folder: Path, pace: Pace, step: Step) -> None:
        self._waiting = deque(wanted)
        self._running: list[_Job] = []
        self._ended: list[_Job] = []
        self._results: SimpleQueue[_Job] = SimpleQueue()
        self._folder, self._pace, self._step = folder, pace, step
        self._enough_at: float | None = None

    def run(self, needed: int, accept: Accept) -> None:
        """Until enough are good, or nobody is left."""
        missing = needed
        while needed:
            prompt = sum(not self._is_slow(job) for job in self._running)
            while self._waiting and prompt < needed:
                self._start(self._waiting.popleft())
                prompt += 1
            if all(self._is_given_up(job) for job in self._running):
                return
            try:
                job = self._results.get(timeout=_LOOK)
            except Empty:
                self._tell()
                continue
            self._running.remove(job)
            self._ended.append(job)
            more = job.accepted(accept)
            if more is not None:
                needed, missing = more, missing - 1
                self._enough_at = self._pace.clock() if missing == 0 else self._enough_at
            self._tell()

    def cancel(self) -> None:
        """Let those that still run end at their next byte."""
        for job in self._running:
            job.cancelled.set()

    def failures(self) -> tuple[Failure, ...]:
        """What was wrong, by keeper."""
        late = (
            Failure(job.index, None, self._lateness(job))
            for job in self._running
            if self._is_slow(job)
        )
        told = [failure for job in (*self._ended, *self._running) for failure in job.failures]
        return tuple(sorted((*told, *late), key=lambda failure: failure.index))

    def _start(self, wanted: Wanted) -> None:
        job = _Job(wanted, self._folder, self._pace.clock)
        self._running.append(job)
        target = threading.Thread(
            target=job.run, args=(self._results,), name=f"bundle-{job.index}", daemon=True
        )  # a daemon, so that one who hangs keeps no program from ending
        target.start()

    def _tell(self) -> None:
        self._step(sum(job.received for job in (*self._ended, *self._running)))

    def _silence(self, job: _Job) -> float:
        return 0.0 if job.has_ended else self._pace.clock() - job.touched

    def _is_given_up(self, job: _Job) -> bool:
        """A few shares more are not worth a keeper that may drip for ever."""
        silence, waited = self._pace.silence, 0.0
        if self._enough_at is not None and self._is_slow(job):
            waited = self._pace.clock() - max(job.begun, self._enough_at)
        return max(self._silence(job), waited) > silence

    def _is_slow(self, job: _Job) -> bool:
        """Whether nothing comes, or much less than from the fastest."""
        now = self._pace.clock()
        if job.has_ended or now - job.begun <= self._pace.patience:
            return False
        fastest = max(each.rate(now) for each in (*self._ended, *self._running))
        silent = now - job.touched > self._pace.patience
        return silent or job.rate(now) * _MUCH_SLOWER < fastest

    def _lateness(self, job: _Job) -> str:
        silence = self._silence(job)
        if silence > self._pace.patience:
            return f"it has given nothing for {silence:.0f} seconds"
        return "it is much slower than the others"


class _Job:
    """One keeper's bundle on its way into its part file."""

    def __init__(self, wanted: Wanted, folder: Path, clock: Callable[[], float]) -> None:
        self.index = wanted.index
        self.failures: list[Failure] = []
        self.cancelled = threading.Event()
        self.received = 0
        self.begun = self.touched = clock()
        self._wanted, self._clock = wanted, clock
        self._ended_at: float | None = None
        self._trouble: Exception | None = None
        receipt = wanted.receipt
        self._part = None if receipt is None else Part(folder, receipt)
        self._complete = False

    def run(self, results: SimpleQueue[_Job]) -> None:
        """Fetch, and say so when that has ended."""
        try:
            self._complete = self._fetched()
        except Exception as error:  # noqa: BLE001  # raised again where it is waited for
            self._trouble = error
        self._ended_at = self._clock()
        results.put(self)

    @property
    def has_ended(self) -> bool:
        """Whether nothing more will come."""
        return self._ended_at is not None

    def rate(self, now: float) -> float:
        """Bytes a second so far."""
        elapsed = (self._ended_at or now) - self.begun
        return self.received / elapsed if elapsed > 0 else 0.0

    def accepted(self, accept: Accept) -> int | None:
        """How many more are needed after this one, None where no good bundle came of it.

        Raises what is wrong on this side.
        """
        if self._trouble is not None:
            raise self._trouble
        if not self._complete or self._part is None:
            return None
        try:
            return accept(self.index, self._part.path)
        except IntegrityError as error:
            self._blame(error, "")
            self._part.throw_away()
            return None

    def _fetched(self) -> bool:
        """Whether the part file is what the receipt states."""
        part = self._part
        if part is not None and part.length and part.fault() is None:
            return True
        return any(self._fetched_from(source, part) for source in self._wanted.sources)

    def _fetched_from(self, source: Source, part: Part | None) -> bool:
        while not self.cancelled.is_set():
            begins = 0 if part is None else part.length
            error = self._unstated(source) if part is None else self._taken(source, part, begins)
            if error is None:
                return not self.cancelled.is_set()
            if part is not None and begins and not part.length:
                continue  # what was there before may have been the bad bytes
            self._blame(error, source.note)
            return False
        return False

    def _taken(self, source: Source, part: Part, begins: int) -> DaoError | None:
        """What is wrong after the source has given all it gives; None where nothing is."""
        with part.appending() as file, closing(_stream(source.open, begins)) as pieces:
            while not self.cancelled.is_set() and part.length <= part.receipt.bundle_length:
                try:
                    piece = next(pieces, b"")
                except DaoError as error:
                    return error
                if not piece:
                    break
                self._touch(len(piece))
                with writing(part.path):
                    file.write(piece)
        return None if self.cancelled.is_set() else part.fault()

    def _unstated(self, source: Source) -> DaoError:
        """Why a keeper without a receipt gives nothing, in its own words."""
        try:
            with closing(_stream(source.open, 0)) as pieces:
                next(pieces, b"")
        except DaoError as error:
            return error
        return CidMismatch("it gives a bundle, and has posted no receipt of one")

    def _touch(self, count: int) -> None:
        self.received += count
        self.touched = self._clock()

    def _blame(self, error: DaoError, note: str) -> None:
        known = any(str(each.error) == str(error) for each in self.failures)
        if not known:
            self.failures.append(Failure(self.index, error, f"{error}{note}"))


def _stream(begin: Callable[[int], Iterator[bytes]], offset: int) -> Generator[bytes, None, None]:
    """What a source gives, as something that can be closed; empty pieces are left out."""
    for piece in begin(offset):
        if piece:
            yield piece
