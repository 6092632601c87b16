"""The API server: uvicorn in a thread of this process, on a socket that is bound beforehand."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Callable
from typing import Any

import uvicorn

from dao_backend.errors import InputError, ServiceUnavailable

START_PATIENCE = 30.0
STOP_PATIENCE = 2
"""Seconds that open requests, event streams among them, get to end."""


class ApiServer:
    """uvicorn in a thread of this process, on a socket that is bound already."""

    def __init__(self, app: Callable[..., Any], listening: socket.socket) -> None:
        config = uvicorn.Config(
            app,
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=STOP_PATIENCE,
        )
        self._server = _Announcing(config)
        self._thread = threading.Thread(
            target=self._server.run, args=([listening],), name="api", daemon=True
        )

    def start(self) -> None:
        """Return once it answers; ServiceUnavailable."""
        self._thread.start()
        self._server.listening.wait(START_PATIENCE)
        if not self._server.started:
            self.stop()
            raise ServiceUnavailable("the API did not start; the log above says why")

    def is_alive(self) -> bool:
        """Whether it still runs."""
        return self._thread.is_alive()

    def stop(self, patience: float | None = None) -> None:
        """Let open requests end, then close; go on after so many seconds where one does not."""
        self._server.should_exit = True
        self._thread.join(patience)


class _Announcing(uvicorn.Server):
    """Says when it listens, and when it never will."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listening = threading.Event()

    def run(self, sockets: list[socket.socket] | None = None) -> None:
        try:
            super().run(sockets)
        finally:
            self.listening.set()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.listening.set()


def bound(host: str, port: int, mend: str = "give another with --port") -> socket.socket:
    """A listening socket, so that the port is known, and ours, before anything starts.

    InputError says how to `mend` it.
    """
    try:
        return socket.create_server((host, port))
    except OSError as error:
        raise InputError(
            f"port {port} of {host} cannot be used ({os.strerror(error.errno or 0)}); {mend}"
        ) from error
