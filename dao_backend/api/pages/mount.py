"""Puts the pages into an application: their addresses, their style sheet, their way to say no."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import cast

from fastapi import FastAPI, Request, Response
from starlette.exceptions import HTTPException
from starlette.routing import Match, Route
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from dao_backend.api.backend import backend_of
from dao_backend.api.pages import offer_readers, readers, safeguard_readers
from dao_backend.api.pages.asked import Asked
from dao_backend.api.pages.html import STATIC, page, refusal, wants_html
from dao_backend.api.pages.readers import Reader
from dao_backend.errors import DaoError, NotFound

PAGES: dict[str, Reader] = {
    "/": safeguard_readers.front,
    "/collections": readers.all_collections,
    "/collections/{number}": readers.one_collection,
    "/contributions": readers.all_contributions,
    "/contributions/{identity}": readers.one_contribution,
    "/editions": readers.all_editions,
    "/editions/{number}": readers.one_edition,
    "/proposals": readers.all_proposals,
    "/proposals/{number}": readers.one_proposal,
    "/requests": readers.all_requests,
    "/requests/{number}": readers.one_request,
    "/offers": offer_readers.all_offers,
    "/offers/{number}": offer_readers.one_offer,
    "/licences": readers.all_licences,
    "/licences/{number}": readers.one_licence,
    "/payouts": readers.money,
    "/members": readers.all_members,
    "/members/{account}": readers.one_member,
    "/keepers": readers.committee,
    "/strike": safeguard_readers.the_strike,
    "/problems": readers.all_problems,
    "/about/security": safeguard_readers.unprotected,
}
"""Every page by its address. Readers block: they run on the server's threads."""


class PersonsRoute(Route):
    """An address that programs ask for too: it is a page only for who asks for HTML."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        if scope["type"] == "http" and not wants_html(Request(scope)):
            return Match.NONE, {}
        return super().matches(scope)


def install(app: FastAPI) -> None:
    """Serve the pages; refuse in HTML what a browser asked for and nobody serves.

    Call it once the application's other routes and error handlers are there.
    """
    problem = PersonsRoute("/problems/{name}", _endpoint(readers.one_problem), methods=["GET"])
    app.router.routes.insert(0, problem)
    for path, reader in PAGES.items():
        app.router.routes.append(Route(path, _endpoint(reader), methods=["GET"]))
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    app.add_exception_handler(HTTPException, _for_people(app))


def _endpoint(reader: Reader) -> Callable[[Request], Response]:
    def shown(request: Request) -> Response:
        backend = backend_of(request)
        asked = Asked(request.url.path, request.path_params, request.query_params)
        try:
            return page(backend, asked.path, reader(backend, asked))
        except DaoError as error:
            return refusal(backend, asked.path, error)

    return shown


Handler = Callable[[Request, Exception], Response | Awaitable[Response]]


def _for_people(app: FastAPI) -> Handler:
    """The handler that was there before, with a page for people in front of it."""
    before = cast(Handler, app.exception_handlers[HTTPException])

    def answer(request: Request, error: Exception) -> Response | Awaitable[Response]:
        assert isinstance(error, HTTPException)
        if error.status_code == 404 and wants_html(request):
            missing = NotFound(f"there is no page at {request.url.path[:200]}")
            return refusal(backend_of(request), request.url.path, missing)
        return before(request, error)

    return answer
