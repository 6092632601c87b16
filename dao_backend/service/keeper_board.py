"""What keepers say of themselves, asked from time to time, and what they have done on chain.

Nobody waits for a silent keeper: the answers shown are those of the last round, and a new round is
begun behind the request that finds them old. How often a keeper answered is kept in memory only.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from dao_backend.core.discretion import NOTHING, Discretion
from dao_backend.core.model import Address, Committee
from dao_backend.core.model import Keeper as Seat
from dao_backend.core.receipts import is_signed
from dao_backend.errors import DaoError
from dao_backend.ports.chain import ChainReader
from dao_backend.ports.committees import CommitteeRow, Hold
from dao_backend.ports.index import ContributionRow, Index
from dao_backend.ports.keepers import KeeperStatus, Tombstone
from dao_backend.service.keepers import Keepers

FRESH = 15
"""Seconds for which answers are shown without asking again."""
DAY = 86_400
PATIENCE = 5.0
"""Seconds that a keeper has to answer in."""
GLANCE = 1.0
"""Seconds that readers of the very first answers wait at the most."""


@dataclass(frozen=True, slots=True)
class Uptime:
    """How often a keeper answered within the last day, as far as this service has asked."""

    answered: int
    asked: int
    since: int
    """Unix time of the first of these questions, by this machine's clock."""


@dataclass(frozen=True, slots=True)
class Word:
    """What one keeper said when it was last asked, and how often it says anything."""

    seat: Seat
    status: KeeperStatus | None
    """None where it did not answer."""
    problem: str | None
    """Why not, or what is wrong with the answer."""
    uptime: Uptime | None
    """None before the first answer."""


@dataclass(frozen=True, slots=True)
class KeepersView:
    """Who the keepers are, what they did, and what they say now."""

    committees: tuple[CommitteeRow, ...]
    """Newest first."""
    serving_epoch: int
    words: tuple[Word, ...]
    """Of the keepers of the newest epoch and of the one that serves."""
    asked_at: int | None
    """Unix time of the last round by this machine's clock, None before the first answer."""

    @property
    def serving(self) -> CommitteeRow | None:
        """The committee that attests and delivers; None before the first block is read."""
        found = (each for each in self.committees if each.epoch == self.serving_epoch)
        return next(found, None)


@dataclass(frozen=True, slots=True)
class ErasureView:
    """What keepers state about their shares of a withdrawn contribution."""

    stated: tuple[Tombstone, ...]
    """Checked against the operators on chain."""
    keepers: int
    """How many keepers were asked: those of the newest epoch."""
    hold: Hold | None
    """What keeps the shares; None where nothing does any more."""


_Name = tuple[int, Address]


class KeeperBoard:
    """Asks keepers at most every `FRESH` seconds, whoever looks.

    What it shows is public: keepers of this process say more than that.
    """

    def __init__(
        self,
        index: Index,
        chain: ChainReader,
        keepers: Keepers,
        clock: Callable[[], int],
        discretion: Discretion = NOTHING,
    ) -> None:
        self._index = index
        self._chain = chain
        self._keepers = keepers
        self._clock = clock
        self._discretion = discretion
        self._lock = threading.Lock()
        self._begun_at: int | None = None
        self._asked_at: int | None = None
        self._first = threading.Event()
        self._glance_until = 0.0
        self._last: dict[_Name, KeeperStatus | DaoError] = {}
        self._polls: dict[_Name, deque[tuple[int, bool]]] = {}

    def view(self) -> KeepersView:
        """The newest answers; the very first ones are waited for, for `GLANCE` seconds."""
        committees = self._index.committees()
        begun = [each.epoch for each in committees if each.serving_since is not None]
        serving = max(begun, default=0)
        asked = [each for each in committees[:1] if each.epoch != serving]
        asked += [each for each in committees if each.epoch == serving]
        seats = _distinct([seat for each in asked for seat in each.keepers])
        self._begin(seats)
        self._first.wait(max(0.0, self._glance_until - time.monotonic()))
        with self._lock:
            words = tuple(self._word(seat) for seat in seats)
            return KeepersView(committees, serving, words, self._asked_at)

    def committee(self, row: CommitteeRow) -> Committee:
        """A committee as everything that is said of its power takes it."""
        where = self._chain.addresses
        return Committee(where.chain_id, where.keepers, row.epoch, row.threshold, row.keepers)

    def erasure(self, row: ContributionRow) -> ErasureView:
        """What the newest epoch's keepers state about a withdrawn contribution; `GLANCE` long."""
        named = row.contribution.record.contribution_id
        seats = self._index.committees()[0].keepers
        answers = self._keepers.ask_all(seats, lambda keeper: keeper.tombstone(named), GLANCE)
        stated = tuple(
            answer
            for seat in seats
            if isinstance(answer := answers[seat.index], Tombstone)
            and self._is_of(answer, seat, named)
        )
        hold = self._index.hold(named, self._chain.finalized().timestamp)
        return ErasureView(stated, len(seats), hold)

    def _is_of(self, tombstone: Tombstone, seat: Seat, contribution_id: bytes) -> bool:
        said = tombstone.erasure
        domain = self._chain.addresses.domain("KeeperRegistry")
        named = (said.contribution_id, said.index) == (contribution_id, seat.index)
        return named and is_signed(domain, said, seat, tombstone.signature)

    # --- asking -----------------------------------------------------------------------------

    def _begin(self, seats: Sequence[Seat]) -> None:
        """Begin a round in the background where the last one is old and none is under way."""
        now = self._clock()
        with self._lock:
            if self._begun_at is not None and now - self._begun_at < FRESH:
                return
            if self._begun_at is None:
                self._glance_until = time.monotonic() + GLANCE
            self._begun_at = now
        threading.Thread(target=self._ask, args=(seats, now), name="keepers", daemon=True).start()

    def _ask(self, seats: Sequence[Seat], now: int) -> None:
        """One round; each answer is there for readers as soon as it comes."""
        for group in _by_epoch(seats):
            named = {seat.index: _name(seat) for seat in group}
            answers = self._keepers.ask(group, lambda keeper: keeper.status(), PATIENCE)
            for index, answer in answers:
                self._note(named[index], answer, now)
        self._first.set()

    def _note(self, name: _Name, answer: KeeperStatus | DaoError, now: int) -> None:
        with self._lock:
            self._last[name], self._asked_at = answer, now
            polls = self._polls.setdefault(name, deque())
            polls.append((now, isinstance(answer, KeeperStatus)))
            while polls[0][0] < now - DAY:
                polls.popleft()

    def _word(self, seat: Seat) -> Word:
        polls = self._polls.get(_name(seat))
        uptime = None
        if polls:
            uptime = Uptime(sum(good for _, good in polls), len(polls), polls[0][0])
        answer = self._last.get(_name(seat))
        if isinstance(answer, KeeperStatus):
            alarm = None if answer.alarm is None else self._discretion.public(answer.alarm)
            other = answer.operator != seat.operator
            problem = f"it says that it is {answer.operator}'s" if other else alarm
            return Word(seat, replace(answer, alarm=alarm), problem, uptime)
        silent = "it has not answered yet" if answer is None else str(answer)
        return Word(seat, None, self._discretion.public(silent), uptime)


def _name(seat: Seat) -> _Name:
    return seat.index, seat.operator


def _distinct(seats: Sequence[Seat]) -> tuple[Seat, ...]:
    """Each keeper once, at its newest seat."""
    found: dict[_Name, Seat] = {}
    for seat in seats:
        found.setdefault(_name(seat), seat)
    return tuple(found.values())


def _by_epoch(seats: Sequence[Seat]) -> list[list[Seat]]:
    """The seats in groups in which every index comes once."""
    groups: list[list[Seat]] = []
    for seat in seats:
        fitting = (group for group in groups if seat.index not in {each.index for each in group})
        group = next(fitting, None)
        if group is None:
            groups.append([seat])
        else:
            group.append(seat)
    return groups
