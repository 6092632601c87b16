"""Bytes in and out as streams: bounded memory whatever their length, and ranges (RFC 9110).

An upload runs in a thread of its own pool and asks the event loop for the next block when it has
written the last one: what is not yet written stays in the client's hands.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import TypeVar

import anyio
from anyio import CapacityLimiter, from_thread, to_thread
from fastapi import Request, Response
from fastapi.responses import StreamingResponse
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from dao_backend.api.conditional import holds
from dao_backend.errors import ContentTooLarge, ServiceUnavailable, UploadIncomplete

Value = TypeVar("Value")

BLOCK = 1024 * 1024
"""Bytes collected before they cross from the event loop into a worker thread."""
_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")


async def in_line(
    line: CapacityLimiter, waiting: int, work: Callable[[], Value], what: str
) -> Value:
    """Run blocking `work` in a bounded pool; ServiceUnavailable where too many wait already."""
    if line.statistics().tasks_waiting >= waiting:
        raise ServiceUnavailable(f"too many {what} are under way; try again in a moment")
    return await to_thread.run_sync(work, limiter=line)


def blocks_of(request: Request, limit: int, idle: float) -> Iterator[bytes]:
    """The request's body in blocks of about 1 MiB, to be read in a worker thread.

    ContentTooLarge past `limit` bytes; UploadIncomplete when the client leaves, sends fewer bytes
    than it announced, or nothing for `idle` seconds.
    """
    announced = request.headers.get("content-length")
    if announced is not None and announced.isdecimal() and int(announced) > limit:
        raise ContentTooLarge(f"{announced} bytes are announced; the limit is {limit}")
    stream = request.stream()
    total = 0
    while block := from_thread.run(_gather, stream, idle):
        total += len(block)
        if total > limit:
            raise ContentTooLarge(f"there are more than {limit} bytes")
        yield block
    if announced is not None and announced.isdecimal() and int(announced) != total:
        raise UploadIncomplete(f"{announced} bytes were announced, {total} arrived")


async def _gather(stream: AsyncIterator[bytes], idle: float) -> bytes:
    """The next block; empty at the end."""
    pieces: list[bytes] = []
    size = 0
    try:
        while size < BLOCK:
            with anyio.fail_after(idle):
                piece = await anext(stream)
            pieces.append(piece)
            size += len(piece)
    except StopAsyncIteration:
        return b"".join(pieces)
    except ClientDisconnect:
        raise UploadIncomplete(f"the upload was cut off after {size} bytes of a block") from None
    except TimeoutError:
        raise UploadIncomplete(f"nothing arrived for {idle:g} seconds") from None
    return b"".join(pieces)


@dataclass(frozen=True, slots=True)
class Span:
    """Part of a blob: `length` bytes from `offset`."""

    offset: int
    length: int


def span_of(request: Request, total: int, etag: str) -> Span | None:
    """What a Range header asks for; None for the whole, 416 where nothing can satisfy it.

    One range only; others, and malformed ones, are ignored, as RFC 9110 section 14.2 allows.
    """
    asked = _RANGE.fullmatch(request.headers.get("range", "").replace(" ", ""))
    fresh = request.headers.get("if-range") in (None, etag)
    if request.method != "GET" or asked is None or not fresh or asked[0] == "bytes=-":
        return None
    first, last = asked[1], asked[2]
    if not first:
        start, stop = max(total - int(last), 0), total
    else:
        start, stop = int(first), min(int(last) + 1, total) if last else total
        if last and int(last) < start:
            return None
    if start >= stop:
        headers = {"Content-Range": f"bytes */{total}"}
        raise HTTPException(416, f"there are {total} bytes only", headers)
    return Span(start, stop - start)


def send_blob(
    request: Request,
    cid: str,
    total: int,
    read: Callable[[int, int | None], Iterator[bytes]],
    headers: dict[str, str] | None = None,
) -> Response:
    """Answer GET or HEAD for the blob of that CID, whole or in part.

    The first piece is read before anything is sent, so that an unreadable blob is a problem
    document; a fault behind it breaks the answer off.
    """
    etag = f'"{cid}"'
    common = {
        "ETag": etag,
        "Accept-Ranges": "bytes",
        "X-Content-Type-Options": "nosniff",
        **(headers or {}),
    }
    if holds(request, etag):
        return Response(status_code=304, headers=common)
    span = span_of(request, total, etag)
    length = total if span is None else span.length
    common["Content-Length"] = str(length)
    media = "application/octet-stream"
    if request.method == "HEAD":
        return Response(headers=common, media_type=media)
    if span is not None:
        stop = span.offset + span.length - 1
        common["Content-Range"] = f"bytes {span.offset}-{stop}/{total}"
    pieces = read(0, None) if span is None else read(span.offset, span.length)
    first = next(pieces, b"")
    status = 200 if span is None else 206
    return StreamingResponse(chain((first,), pieces), status, headers=common, media_type=media)
