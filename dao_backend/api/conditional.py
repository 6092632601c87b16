"""Answers that need not be sent again: the tag of what the index says is the block it is at."""

from __future__ import annotations

from fastapi import Depends, Request, Response

from dao_backend.api.backend import Served
from dao_backend.web import holds


class NotModified(Exception):
    """The client holds this answer already; becomes 304."""

    def __init__(self, etag: str) -> None:
        super().__init__(etag)
        self.etag = etag


def _tagged(request: Request, response: Response, backend: Served) -> None:
    """Tag the answer with the indexed block; raise NotModified where the client has it.

    The tag is taken before the rows are read: an answer can be newer than its tag, never older.
    """
    cursor = backend.index.cursor()
    etag = 'W/"0"' if cursor is None else f'W/"{cursor.number}-{cursor.hash.hex()[:16]}"'
    if holds(request, etag):
        raise NotModified(etag)
    response.headers["ETag"] = etag
    response.headers["Cache-Control"] = "no-cache"


Tagged = Depends(_tagged)
"""For routes whose answer is a function of the index and the request alone."""
