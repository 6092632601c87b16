"""A request that is sent again gets the answer it got before: the Idempotency-Key header.

Kept are the answers to requests that succeeded, with the digest of what was asked. A refused
request leaves nothing behind and can be sent again under its key.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Annotated

import structlog
from fastapi import Depends, Header, Request, Response
from fastapi.responses import JSONResponse

from dao_backend.api.backend import Backend, Lines, backend_of, lines_of
from dao_backend.api.models.base import Model
from dao_backend.api.streams import in_line
from dao_backend.errors import DatabaseUnavailable, KeyReused
from dao_backend.ports.answers import Answer

log = structlog.get_logger()

Key = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=200,
        pattern=r"^[\x21-\x7e]+$",
        description="Chosen by the client, fresh for each request. Sent again with the same "
        "body, the request is not carried out twice: the first answer comes again.",
        examples=["0b5f3c1e-ballot-42"],
    ),
]


class Running:
    """The keys of requests that are being carried out in this process."""

    def __init__(self) -> None:
        self._keys: set[str] = set()
        self._lock = threading.Lock()

    @contextmanager
    def only(self, key: str) -> Iterator[None]:
        """Hold a key; KeyReused while another request does."""
        with self._lock:
            if key in self._keys:
                raise KeyReused("a request under this key is still being carried out")
            self._keys.add(key)
        try:
            yield
        finally:
            with self._lock:
                self._keys.discard(key)


class Relay:
    """Carries out what costs a transaction, in its own pool, at most once for each key."""

    def __init__(
        self, request: Request, backend: Backend, lines: Lines, key: str | None, digest: bytes
    ) -> None:
        self._backend = backend
        self._lines = lines
        self._key = key
        self._digest = digest
        self._running: Running = request.app.state.running

    async def once(self, work: Callable[[], Model], status: int = 200) -> Response:
        """The answer to `work`, or the one that was given before under this key."""
        limits = self._backend.limits
        return await in_line(
            self._lines.relays,
            limits.waiting,
            lambda: self._answer(work, status),
            "transactions",
        )

    def _answer(self, work: Callable[[], Model], status: int) -> Response:
        if self._key is None:
            return _response(status, _encoded(work()))
        with self._running.only(self._key):
            kept = self._backend.answers.find(self._key)
            if kept is None:
                kept = Answer(self._digest, status, _encoded(work()))
                self._keep(self._key, kept)
        if kept.request != self._digest:
            raise KeyReused("this key was used for another request")
        return _response(kept.status, kept.body)

    def _keep(self, key: str, answer: Answer) -> None:
        """Remember; what was done stays done, and is answered, where that fails."""
        try:
            self._backend.answers.keep(key, answer, self._backend.clock())
        except DatabaseUnavailable as error:
            log.warning("api.answer_not_kept", cause=str(error))


async def _relay(request: Request, key: Key = None) -> Relay:
    hashed = hashlib.sha256(f"{request.method} {request.url.path}\n".encode())
    hashed.update(await request.body())
    return Relay(request, backend_of(request), lines_of(request), key, hashed.digest())


Relayed = Annotated[Relay, Depends(_relay)]


def _encoded(answer: Model) -> bytes:
    return answer.model_dump_json(by_alias=True).encode()


def _response(status: int, body: bytes) -> Response:
    return Response(body, status, media_type=JSONResponse.media_type)
