"""Release keys as a log told them: the contracts keep a hash of a rotated key, not the key.

What is remembered is what was handed on to a reader of the log, so that a proof can be held
against what that reader was told, and not against a second and possibly different answer.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence

from dao_backend.core.events import LogEvent, ReleaseKeyRotated


class Rotations:
    """The keys that licences were rotated to, as of the log that was read from `first` on."""

    def __init__(self, first: int) -> None:
        self._found: list[LogEvent] = []
        self._next = first
        self._lock = threading.Lock()

    @property
    def unread(self) -> int:
        """The first block whose log was not read yet."""
        return self._next

    def read(self, first: int, last: int, events: Sequence[LogEvent]) -> None:
        """Take over the log of blocks first…last in the place of what was read of them before."""
        turned = [event for event in events if isinstance(event.fact, ReleaseKeyRotated)]
        with self._lock:
            kept = [e for e in self._found if not first <= e.position.block <= last]
            self._found = sorted([*kept, *turned], key=lambda event: event.position)
            if first <= self._next:
                self._next = max(self._next, last + 1)

    def key(self, licence_id: int, block: int) -> bytes | None:
        """What a licence's key was rotated to by `block`, None where it never was."""
        with self._lock:
            events = tuple(self._found)
        keys = [
            event.fact.release_key
            for event in events
            if isinstance(event.fact, ReleaseKeyRotated)
            and event.fact.licence_id == licence_id
            and event.position.block <= block
        ]
        return keys[-1] if keys else None
