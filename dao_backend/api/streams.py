"""Bytes in as streams: bounded memory whatever their length.

An upload runs in a thread of its own pool and asks the event loop for the next block when it has
written the last one: what is not yet written stays in the client's hands.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from typing import TypeVar

import anyio
from anyio import CapacityLimiter, from_thread, to_thread
from fastapi import Request
from starlette.requests import ClientDisconnect

from dao_backend.errors import ContentTooLarge, ServiceUnavailable, UploadIncomplete

Value = TypeVar("Value")

BLOCK = 1024 * 1024
"""Bytes collected before they cross from the event loop into a worker thread."""


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
