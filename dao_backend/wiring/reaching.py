"""Keepers over HTTP by their seats on chain, with connections that are kept."""

from __future__ import annotations

import threading

from dao_backend.client.keeper import Patience, RemoteKeeper
from dao_backend.core.model import Keeper as Seat


class Reaching:
    """Makes one client for each place, however many threads ask."""

    def __init__(self, patience: Patience) -> None:
        self._patience = patience
        self._known: dict[tuple[int, str], RemoteKeeper] = {}
        self._lock = threading.Lock()

    def __call__(self, seat: Seat) -> RemoteKeeper:
        """The keeper at this seat's endpoint."""
        place = (seat.index, seat.endpoint)
        with self._lock:
            if place not in self._known:
                self._known[place] = RemoteKeeper(*place, self._patience)
            return self._known[place]

    def close(self) -> None:
        """Close every connection."""
        with self._lock:
            for keeper in self._known.values():
                keeper.close()
