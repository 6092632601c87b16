"""Share commitments that a manifest lacks, asked of keepers and held against the records.

A keeper publishes the file of an edition with the commitments that it knows. Those of what it goes
on without are known to the keepers that hold a share, and it does not matter who gives them: they
have the record's share root, or they are not taken.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from dao_backend.core.manifest import Commitments, Published
from dao_backend.core.merkle import list_root
from dao_backend.core.model import Edition, Keeper, Record
from dao_backend.errors import DaoError, NotFound, ServiceUnavailable
from dao_backend.ports.chain import ChainReader
from dao_backend.ports.keepers import Keeper as KeeperPort
from dao_backend.service.keepers import Keepers
from dao_backend.service.manifests import read_manifest

ONE_BY_ONE = 200
"""Contributions that a keeper is asked about one by one; for more, its own file is read."""
_LINES_A_SECOND = 1_000
"""What a keeper's file is waited for in addition."""
_LAST_ANSWER = 5.0
"""Seconds in which the answer has to come that was asked for last."""

Wanted = dict[bytes, bytes]
"""Share roots by contribution id."""
Known = tuple[bytes, Commitments]
"""A contribution's id with its share commitments."""
AGAIN = 300.0
"""Seconds for which the service does not ask again what keepers know of the same edition."""
REMEMBERED = 64
"""Editions of which that is remembered."""


@dataclass(frozen=True, slots=True)
class _Answer:
    """What was found for a file, and when."""

    at: float
    lacking: frozenset[bytes]
    found: Mapping[bytes, Commitments]


@dataclass(frozen=True, slots=True)
class Completion:
    """Asks keepers one after another, none any more that fails, lies or is slow."""

    chain: ChainReader
    keepers: Keepers
    seconds: float
    """How long one keeper is asked, and longer for a file of very many lines."""
    clock: Callable[[], float] = time.monotonic

    def completed(self, published: Published, edition: Edition, first: int) -> Published:
        """The same with whatever commitments keepers gave of those that it lacks; see `found`."""
        return filled(published, self.found(published, edition, first))

    def found(
        self, published: Published, edition: Edition, first: int
    ) -> Mapping[bytes, Commitments]:
        """What keepers gave of the commitments that a file lacks, by contribution id.

        Asked are the committee of epoch `first`, then those that the contributions were dealt to,
        newest first. ChainUnavailable; what is wrong with keepers is theirs alone.
        """
        count, lacking = len(published.commitments), _lacking(published)
        wanted = {record.contribution_id: record.share_root for record in lacking}
        found: dict[bytes, Commitments] = {}
        for seat in self._seats(first, {record.epoch for record in lacking}):
            if not wanted:
                break
            for name, commitments in self._known_to(seat, wanted, edition, count):
                found[name] = commitments
            wanted = {name: root for name, root in wanted.items() if name not in found}
        return found

    def _seats(self, first: int, epochs: set[int]) -> Sequence[Keeper]:
        """Every keeper once, where it sat last."""
        if not epochs:
            return ()
        order = [first, *sorted(epochs - {first}, reverse=True)]
        seats: dict[tuple[int, str], Keeper] = {}
        for epoch in order:
            for seat in self.chain.committee(epoch).keepers:
                seats.setdefault((seat.index, seat.operator), seat)
        return tuple(seats.values())

    def _known_to(self, seat: Keeper, wanted: Wanted, edition: Edition, count: int) -> list[Known]:
        """What one keeper gives that is right."""
        whole = len(wanted) > ONE_BY_ONE
        seconds = self.seconds + (count / _LINES_A_SECOND if whole else 0.0)

        def question(keeper: KeeperPort) -> list[Known]:
            until = self.clock() + seconds
            given = (
                self._read(keeper, edition, count, until)
                if whole
                else self._asked(keeper, wanted, until)
            )
            return list(_right(given, wanted))

        ((_, answer),) = self.keepers.ask([seat], question, seconds + _LAST_ANSWER)
        return [] if isinstance(answer, DaoError) else answer  # what nobody gives is told later

    def _asked(self, keeper: KeeperPort, wanted: Wanted, until: float) -> Iterator[Known]:
        for name in wanted:
            if self.clock() > until:
                return
            try:
                yield name, keeper.commitments(name)
            except NotFound:
                continue

    def _read(
        self, keeper: KeeperPort, edition: Edition, count: int, until: float
    ) -> Iterator[Known]:
        def timed() -> Iterator[bytes]:
            for piece in keeper.manifest(edition.edition_id):
                if self.clock() > until:
                    raise ServiceUnavailable("the keeper's manifest comes too slowly")
                yield piece

        published = read_manifest(timed(), self.chain.addresses, edition, count)
        for entry, commitments in zip(
            published.manifest.entries, published.commitments, strict=True
        ):
            yield entry.record.contribution_id, commitments


class Remembered:
    """What was found, for whoever asks for the same file again.

    Strangers may ask as often as they like, and what no keeper knows is lacking for ever: keepers
    are asked for one file at a time, and about one edition at most every `AGAIN` seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._answers: OrderedDict[int, _Answer] = OrderedDict()

    def completed(
        self, completion: Completion, published: Published, edition: Edition, first: int
    ) -> Published:
        """As `Completion.completed`, or with what is known while somebody else asks."""
        lacking = frozenset(record.contribution_id for record in _lacking(published))
        if not lacking:
            return published
        known, number = self._answers.get(edition.edition_id), edition.edition_id
        if not self._covers(known, lacking) and self._lock.acquire(blocking=False):
            try:
                found = completion.found(published, edition, first)
                known = self._answers[number] = _Answer(self._clock(), lacking, found)
                self._answers.move_to_end(number)
                while len(self._answers) > REMEMBERED:
                    self._answers.popitem(last=False)
            finally:
                self._lock.release()
        return published if known is None else filled(published, known.found)

    def _covers(self, known: _Answer | None, lacking: frozenset[bytes]) -> bool:
        if known is None or not lacking <= known.lacking:
            return False
        return self._clock() < known.at + AGAIN


def filled(published: Published, found: Mapping[bytes, Commitments]) -> Published:
    """The same with these commitments where it has none; itself where they add nothing."""
    if not any(record.contribution_id in found for record in _lacking(published)):
        return published
    listed = zip(published.manifest.entries, published.commitments, strict=True)
    own_or_found = (own or found.get(entry.record.contribution_id, ()) for entry, own in listed)
    return replace(published, commitments=tuple(own_or_found))


def _lacking(published: Published) -> list[Record]:
    listed = zip(published.manifest.entries, published.commitments, strict=True)
    return [entry.record for entry, own in listed if not own]


def _right(given: Iterator[Known], wanted: Wanted) -> Iterator[Known]:
    """Those wanted, up to the first that is wrong: its keeper is believed no more."""
    try:
        for name, commitments in given:
            if not commitments or name not in wanted:
                continue
            if list_root(commitments) != wanted[name]:
                return
            yield name, commitments
    except DaoError:  # what came before is right all the same
        return
