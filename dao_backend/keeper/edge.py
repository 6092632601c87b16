"""What stands around a keeper's routes: bounds, headers, counts, and an answer to the unforeseen.

Of an error that nobody foresaw, only its kind and place are logged and only a number is answered:
its text may hold what is secret.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any, TypeVar

import anyio
import anyio.to_thread
import structlog
from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dao_backend.core.discretion import NOTHING, Discretion
from dao_backend.core.problems import (
    document_of,
    document_of_status,
    document_of_unforeseen,
    status_of,
)
from dao_backend.core.strict_json import json_in
from dao_backend.errors import (
    ContentTooLarge,
    DaoError,
    InputError,
    ServiceUnavailable,
    UploadIncomplete,
)
from dao_backend.keeper.local import place_of
from dao_backend.keeper.metrics import Metrics
from dao_backend.web import Problem

log = structlog.get_logger()

Value = TypeVar("Value")

BODY = 64 * 1024
"""Most bytes of a request's body."""
BODY_PATIENCE = 30.0
"""Seconds in which a body has to arrive."""
STALL = 60.0
"""Seconds in which a client has to take the next piece of an answer."""
OPEN = 256
"""Requests under way at the same time, downloads among them."""
_BRACKETS = 100

_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}
"""On every answer that does not say otherwise."""


class Edge:
    """Counts, bounds and answers for what is inside."""

    def __init__(self, app: ASGIApp, metrics: Metrics, paths: Mapping[object, str]) -> None:
        self._app = app
        self._metrics = metrics
        self._paths = paths
        self._open = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        sending = _Sending(send)
        self._open += 1
        try:
            await self._answer(scope, receive, sending)
        finally:
            self._open -= 1
            path = self._paths.get(scope.get("endpoint"), "other")
            self._metrics.count_request(path, sending.status)

    async def _answer(self, scope: Scope, receive: Receive, sending: _Sending) -> None:
        """Answer; where that fails under way, leave it unfinished: the server breaks it off."""
        number = secrets.token_hex(8)
        try:
            if self._open > OPEN:
                await _problem_of(Request(scope), _busy())(scope, receive, sending)
            else:
                await self._app(scope, receive, sending)
        except (ClientDisconnect, TimeoutError):
            log.info("keeper.client_left")
        except Exception as error:  # noqa: BLE001 - the edge: nothing internal leaves from here
            cause = error.__cause__  # Starlette wraps what comes under way
            found = cause if isinstance(cause, Exception) else error
            log.error("keeper.unexpected", number=number, **place_of(found))
        if not sending.status:
            path = Request(scope).url.path
            answer = Problem(document_of_unforeseen(number, "the keeper's", path))
            await answer(scope, receive, sending)


class _Sending:
    """Passes an answer on with the headers that all have, to a client that keeps taking it."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self.status = 0
        """The answer's, 0 before it begins."""

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = MutableHeaders(scope=message)
            for name, value in _HEADERS.items():
                headers.setdefault(name, value)
        with anyio.fail_after(STALL):
            await self._send(message)


class Line:
    """A pool of threads for what blocks, and a bounded line before it."""

    def __init__(self, workers: int, waiting: int) -> None:
        self._limiter = anyio.CapacityLimiter(workers)
        self._most = workers + waiting
        self._inside = 0

    async def run(self, work: Callable[[], Value]) -> Value:
        """Run `work` in a thread; ServiceUnavailable where too many wait already."""
        if self._inside >= self._most:
            raise _busy()
        self._inside += 1
        try:
            return await anyio.to_thread.run_sync(work, limiter=self._limiter)
        finally:
            self._inside -= 1


def _busy() -> ServiceUnavailable:
    return ServiceUnavailable("too many requests are under way; try again in a moment")


async def body_of(request: Request) -> Any:  # noqa: ANN401 - JSON has no narrower type
    """The JSON in a request's body; ContentTooLarge, UploadIncomplete, InputError.

    It must be announced as JSON: no web page of somebody else can send that unasked.
    """
    media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media != "application/json":
        raise InputError("the body must be sent as application/json")
    body = b""
    try:
        with anyio.fail_after(BODY_PATIENCE):
            async for piece in request.stream():
                body += piece
                if len(body) > BODY:
                    raise ContentTooLarge(f"a request body here holds at most {BODY} bytes")
    except TimeoutError:
        raise UploadIncomplete(f"the body took longer than {BODY_PATIENCE:g} seconds") from None
    return json_in(body, _BRACKETS)


def install(app: Starlette, discretion: Discretion) -> None:
    """Let the application answer every foreseen error as a problem document."""

    async def on_error(request: Request, error: Exception) -> Response:
        assert isinstance(error, DaoError)
        return _problem_of(request, error, discretion)

    app.add_exception_handler(DaoError, on_error)
    app.add_exception_handler(HTTPException, _on_http)


async def _on_http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    advice = "The page at this keeper's root lists its paths."
    detail = str(error.detail)
    found = Problem(document_of_status(error.status_code, detail, advice, request.url.path))
    found.headers.update(error.headers or {})
    return found


def _problem_of(request: Request, error: DaoError, discretion: Discretion = NOTHING) -> Problem:
    """The log has the whole text, the answer what strangers may read of it."""
    if status_of(type(error)) >= HTTPStatus.INTERNAL_SERVER_ERROR:
        log.warning("keeper.unavailable", kind=type(error).__name__, cause=str(error))
    return Problem(document_of(error, request.url.path, discretion))
