"""What a leaver may let go: the shares that its successor has, one by one.

    succeeded ──► ask the successor for the commitments of each share ──► the same ──► erase it
                  └── others, none, erased there, no answer ──► keep it, say so, ask again later

The successor's confirmation says that it holds what it needs; its operator may have decided to go
on without some of it, and what was taken in may be lost since. Only a keeper that has or had a
share answers with its commitments, and one that only had it, as it sat here before, with a
tombstone. Against a successor that lies nothing here helps: it was voted,
and this keeper's operator agreed to it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import structlog

from dao_backend.core.manifest import Commitments
from dao_backend.core.model import Keeper
from dao_backend.core.packing import hex_of
from dao_backend.errors import DaoError, NotFound
from dao_backend.keeper.office import Office
from dao_backend.ports.keepers import Keeper as KeeperPort

log = structlog.get_logger()
PAGE = 100
"""Shares that are asked about before those of them that the successor has are erased."""
AT_ONCE = 2
"""Seconds after which the rest is left for the next time."""
AGAIN = 600
"""Seconds before the successor is asked again about what it did not have."""
FAILED = 2
"""Questions in a page that may fail before the successor counts as one that does not answer."""
_NAMED = 3
"""How many of them the log names."""


class Leaving:
    """One way through the shares of a leaver, and then the next."""

    def __init__(self, office: Office) -> None:
        self._office = office
        self._after = b""
        """Everything up to here was asked about."""
        self._kept: list[bytes] = []
        self._again = 0
        """Unix time before which nothing is asked."""

    @property
    def is_due(self) -> bool:
        """Whether there is something to ask about now."""
        return self._office.clock() >= self._again and bool(self._office.custody.ids(limit=1))

    def taken(self, successor: Keeper) -> Iterator[tuple[bytes, ...]]:
        """The next shares, page by page, as far as the successor has them. DatabaseUnavailable."""
        office = self._office
        until = office.clock() + AT_ONCE
        while page := office.custody.ids(self._after, PAGE):
            own = office.custody.commitments(page)
            try:
                told = self._told(successor, own, until)
            except DaoError as error:
                log.warning("leaving.delayed", operator=successor.operator, cause=str(error))
                self._again = office.clock() + AGAIN
                return
            self._after = max(told)
            self._kept += [named for named, had in told.items() if not had]
            yield tuple(named for named, had in told.items() if had)
            if office.clock() > until:
                return
        self._end(successor)

    def _told(
        self, successor: Keeper, own: Mapping[bytes, Commitments], until: int
    ) -> dict[bytes, bool]:
        """Whether the successor has each share, in order, as far as there is time.

        One that it fails over is kept, and holds up no other.
        """
        keeper, told, failed = self._office.reach(successor), {}, 0
        for named in sorted(own):
            try:
                told[named] = _holds(keeper, named, own[named])
            except DaoError:
                told[named], failed = False, failed + 1
                if failed == FAILED:
                    raise
            if self._office.clock() > until:
                break
        return told

    def _end(self, successor: Keeper) -> None:
        if self._kept:
            log.warning(
                "leaving.kept",
                index=self._office.index,
                operator=successor.operator,
                count=len(self._kept),
                first=[hex_of(each) for each in self._kept[:_NAMED]],
            )
            self._again = self._office.clock() + AGAIN
        self._after, self._kept = b"", []


def _holds(successor: KeeperPort, named: bytes, commitments: Commitments) -> bool:
    """Whether it says that it has this share, and did not erase it."""
    try:
        if successor.commitments(named) != commitments:
            return False
    except NotFound:
        return False
    try:
        successor.tombstone(named)
    except NotFound:
        return True
    return False
