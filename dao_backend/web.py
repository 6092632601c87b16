"""What the API and a keeper's server share: problem answers, and ranges of blobs.

Ranges as RFC 9110 section 14 has them, one at a time.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from itertools import chain
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from dao_backend.core.problems import MEDIA_TYPE

_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})", re.ASCII)


class Problem(Response):
    """A problem document as a response."""

    media_type = MEDIA_TYPE

    def __init__(self, document: Mapping[str, Any]) -> None:
        status = int(document["status"])
        wait = {"Retry-After": "2"} if status == HTTPStatus.SERVICE_UNAVAILABLE else None
        super().__init__(json.dumps(document), status, wait)


def holds(request: Request, etag: str) -> bool:
    """Whether If-None-Match names the tag (weak comparison, RFC 9110 section 13.1.2)."""
    named = request.headers.get("if-none-match")
    if named is None:
        return False
    tags = {tag.strip().removeprefix("W/") for tag in named.split(",")}
    return named.strip() == "*" or etag.removeprefix("W/") in tags


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
