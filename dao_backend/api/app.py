"""The application: routes, limits and problems around one backend."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware

from dao_backend import __version__
from dao_backend.api import pages, problems, reference
from dao_backend.api.backend import Backend, Lines
from dao_backend.api.edge import BodyLimit, Unforeseen
from dao_backend.api.idempotency import Running
from dao_backend.api.openapi import describe
from dao_backend.api.routes import (
    contributions,
    dao,
    disputes,
    drafts,
    editions,
    envelopes,
    events,
    health,
    keepers,
    licences,
    members,
    money,
    offers,
    persons,
    proposals,
    requests,
    safeguards,
    usage,
)

DESCRIPTION = """\
People pool data, encrypted before it is stored, and hold contribution tokens for it. A buyer asks
for access with money in escrow; the contributors vote; key keepers release what was bought, to the
buyer alone; the money goes to those whose data was sold.

Bytes are `0x` and lower-case hexadecimal digits, wide integers are decimal text, times are unix
seconds. Lists are `{"rows": […], "next": …}`: give `next` as `after` to read on. Every error is a
problem document (RFC 9457) that says what to do. Nothing here asks for a login: what needs consent
is signed by its owner (EIP-712), and what is secret is encrypted to its reader.
"""

ROUTERS = (
    dao.router,
    keepers.router,
    contributions.router,
    envelopes.router,
    drafts.router,
    members.router,
    persons.router,
    editions.router,
    requests.router,
    offers.router,
    disputes.router,
    proposals.router,
    safeguards.router,
    licences.router,
    usage.router,
    money.router,
    events.router,
    health.router,
)


class Application(FastAPI):
    """FastAPI with problem documents in its description."""

    def openapi(self) -> dict[str, Any]:
        """The OpenAPI document."""
        if self.openapi_schema is None:
            self.openapi_schema = describe(super().openapi())
        return self.openapi_schema


def create_app(backend: Backend, origins: Sequence[str] = ()) -> FastAPI:
    """The service over HTTP; `origins` are web pages of others that may call it (none)."""
    app = Application(
        title="Data DAO",
        version=__version__,
        description=DESCRIPTION,
        docs_url=None,  # FastAPI's own pages load scripts from elsewhere
        redoc_url=None,
    )
    app.state.backend = backend
    app.state.lines = Lines(backend.limits)
    app.state.running = Running()
    problems.install(app)
    for router in ROUTERS:
        app.include_router(router)
    reference.install(app)
    pages.install(app)
    app.add_middleware(BodyLimit, limit=backend.limits.json_bytes)
    if origins:
        app.add_middleware(CORSMiddleware, allow_origins=origins, allow_methods=["*"])
    app.add_middleware(Unforeseen)
    return app
