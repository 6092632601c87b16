"""The log as server-sent events: from anywhere on, and on as it grows."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated

import anyio
from anyio import to_thread
from fastapi import APIRouter, Depends, Header, Query
from fastapi.sse import EventSourceResponse, ServerSentEvent

from dao_backend.api.backend import Pools, Served
from dao_backend.api.models.events import EventShape, ReorganisedShape
from dao_backend.errors import ServiceUnavailable
from dao_backend.service.feed import Bookmark, Feed, News

router = APIRouter(prefix="/v1", tags=["Events"])

BATCH = 200

LastSeen = Annotated[
    str | None,
    Header(alias="Last-Event-ID", max_length=60, description="Id of the last event seen."),
]
From = Annotated[
    str | None, Query(max_length=60, description="The same, for clients that cannot set headers.")
]

Follow = Annotated[
    bool, Query(description="False ends the stream where the log ends now, for scripts.")
]


def _start(last_event_id: LastSeen = None, after: From = None) -> Bookmark | None:
    """Where to read on; a header is set by browsers themselves and wins."""
    named = last_event_id or after
    return None if named is None else Bookmark.parse(named)


Start = Annotated[Bookmark | None, Depends(_start)]


def _place(lines: Pools) -> None:
    """Refuse a listener too many, before the stream has begun."""
    if lines.listeners.available_tokens <= 0:
        raise ServiceUnavailable("too many event streams are open; try again later")


@router.get(
    "/events",
    summary="Everything that happened and happens, as server-sent events",
    response_class=EventSourceResponse,
    dependencies=[Depends(_place)],
)
async def events(
    backend: Served, lines: Pools, start: Start, *, follow: Follow = True
) -> AsyncIterator[ServerSentEvent]:
    """Each event is named after its kind and carries its place as id.

    Events of blocks that are not final yet are sent too: `reorganised` then says from where on
    to forget, and what replaced them follows. Without a bookmark the log is told from its start.
    """
    feed, bookmark = Feed(backend.index, backend.chain), start
    async with lines.listeners:
        while True:
            news: News = await to_thread.run_sync(feed.after, bookmark, BATCH)
            bookmark = news.bookmark
            if news.reorganised is not None:
                yield _told("reorganised", ReorganisedShape(block=news.reorganised))
            for event in news.events:
                yield _told(type(event.fact).__name__, EventShape.of(event), Bookmark.of(event))
            if len(news.events) < BATCH:
                if not follow:
                    return
                await anyio.sleep(backend.limits.event_pause)


def _told(
    name: str, shape: EventShape | ReorganisedShape, bookmark: Bookmark | None = None
) -> ServerSentEvent:
    identity = None if bookmark is None else str(bookmark)
    return ServerSentEvent(raw_data=shape.model_dump_json(by_alias=True), event=name, id=identity)
