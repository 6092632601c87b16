"""What stands around the routes: a limit on JSON bodies, and an answer to the unforeseen."""

from __future__ import annotations

import secrets

import structlog
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dao_backend.api.problems import unexpected

log = structlog.get_logger()

STREAMED = frozenset({"/v1/envelopes", "/v1/drafts"})
"""Paths whose bodies are streams with limits of their own."""


BRACKETS = 1000
"""Opening brackets in a JSON body: its parser recurses, and libraries move the limit of that."""


class BodyLimit:
    """Refuses JSON bodies above `limit` bytes, announced or not, and ones nested without end."""

    def __init__(self, app: ASGIApp, limit: int) -> None:
        self._app = app
        self._limit = limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] in STREAMED:
            await self._app(scope, receive, send)
            return
        announced = Headers(scope=scope).get("content-length", "0")
        seen = brackets = 0

        async def limited() -> Message:
            nonlocal seen, brackets
            if announced.isdecimal() and int(announced) > self._limit:
                raise self._too_large()
            message = await receive()
            body = message.get("body", b"")
            seen += len(body)
            brackets += body.count(b"[") + body.count(b"{")
            if seen > self._limit:
                raise self._too_large()
            if brackets > BRACKETS:
                raise HTTPException(400, "the body is nested too deeply")
            return message

        await self._app(scope, limited, send)

    def _too_large(self) -> HTTPException:
        return HTTPException(413, f"a request body here holds at most {self._limit} bytes")


class Unforeseen:
    """Answers 500 with a number and logs the rest; nothing internal leaves the service."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = False

        async def watched(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self._app(scope, receive, watched)
        except ClientDisconnect:
            log.info("api.client_left", path=scope["path"])
        except Exception as error:
            number = secrets.token_hex(8)
            log.exception("api.unexpected", number=number, path=scope["path"])
            if started:  # the answer is under way: only breaking it off tells the client
                raise ConnectionAbortedError(f"answer broken off, see {number}") from error
            await unexpected(Request(scope), number)(scope, receive, send)
