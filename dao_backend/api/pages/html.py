"""Turns views into HTML answers: templates that escape everything, and headers that allow nothing.

Pages have no script, no form and nothing of another origin, and the browser is told so.
"""

from __future__ import annotations

from http import HTTPStatus
from pathlib import Path

import structlog
from fastapi import Request, Response
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from dao_backend.api.backend import Backend
from dao_backend.api.models.dao import EMBEDDED
from dao_backend.api.pages import words
from dao_backend.api.pages.parts import Frame, Place
from dao_backend.api.pages.readers import Shown
from dao_backend.api.pages.refused import refused
from dao_backend.core.problems import status_of
from dao_backend.errors import DaoError
from dao_backend.ports.chain import Block

log = structlog.get_logger()

HERE = Path(__file__).resolve().parent.parent
STATIC = HERE / "static"
POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
    "Vary": "Accept",
}
PLACES = {
    "Collections": "/collections",
    "Contributions": "/contributions",
    "Editions": "/editions",
    "Offers": "/offers",
    "Requests": "/requests",
    "Proposals": "/proposals",
    "Licences": "/licences",
    "Payouts": "/payouts",
    "Members": "/members",
    "Keepers": "/keepers",
}
_UNNAMED = "Data DAO"

templates = Environment(
    loader=FileSystemLoader(HERE / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def wants_html(request: Request) -> bool:
    """Whether whoever asks is a person with a browser: HTML is named, and before any JSON."""
    for part in request.headers.get("accept", "").lower().split(","):
        media = part.partition(";")[0].strip()
        if media in ("text/html", "application/xhtml+xml"):
            return True
        if media.endswith("json"):
            return False
    return False


def page(backend: Backend, path: str, shown: Shown, status: int = 200) -> Response:
    """The answer for a view."""
    template = templates.get_template(shown.template)
    html = template.render(page=shown.view, frame=frame(backend, path))
    return HTMLResponse(html, status, headers=HEADERS)


def refusal(backend: Backend, path: str, error: DaoError) -> Response:
    """The answer for an error of the tree, with what to try."""
    status = status_of(type(error))
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        log.warning("page.unavailable", path=path, cause=str(error))
    return page(backend, path, Shown("refused.html", refused(error, backend.discretion)), status)


def frame(backend: Backend, path: str) -> Frame:
    """What stands around a page; what cannot be read is left out, so that a refusal has one too."""
    cursor, head = _cursor(backend), _head(backend)
    now = cursor if head is None else head
    return Frame(
        dao=_name(backend),
        places=tuple(
            Place(text, href, here=path == href or path.startswith(href + "/"))
            for text, href in PLACES.items()
        ),
        warning=EMBEDDED if backend.embedded else None,
        block=None if cursor is None else cursor.number,
        moment=None
        if cursor is None or now is None
        else words.moment(cursor.timestamp, now.timestamp),
        behind=_behind(cursor, head, backend.limits.lag_blocks),
    )


def _behind(cursor: Block | None, head: Block | None, allowed: int) -> str | None:
    if head is None:
        return "The chain does not answer at the moment."
    if cursor is None:
        return "The index has not read its first block yet: reload in a moment."
    missing = head.number - cursor.number
    if missing <= allowed:
        return None
    return f"The index is {words.counted(missing, 'block')} behind the chain: figures are older."


def _cursor(backend: Backend) -> Block | None:
    try:
        return backend.index.cursor()
    except DaoError:
        return None


def _head(backend: Backend) -> Block | None:
    try:
        return backend.chain.head()
    except DaoError:
        return None


def _name(backend: Backend) -> str:
    try:
        return backend.facts().name
    except DaoError:
        return _UNNAMED
