"""What the pages about strikes and powers read before they are shown; see pages/readers.py."""

from __future__ import annotations

from dao_backend.api.backend import Backend
from dao_backend.api.pages import home, security, strike
from dao_backend.api.pages.asked import Asked
from dao_backend.api.pages.readers import Shown
from dao_backend.service.offers import brake
from dao_backend.service.safeguards import bounds_of, strike_of


def front(backend: Backend, asked: Asked) -> Shown:  # noqa: ARG001 - all readers are called alike
    """What this DAO is."""
    chain = backend.chain
    view = home.home(
        backend.facts(),
        backend.index.totals(),
        backend.parameters,
        backend.relay.account,
        chain.cuts(),
        bounds_of(chain),
        brake(chain),
    )
    return Shown("home.html", view)


def the_strike(backend: Backend, asked: Asked) -> Shown:
    """Whether members refuse new licences."""
    page = backend.index.strikes(after=asked.cursor(), limit=asked.limit)
    view = strike_of(backend.chain, backend.index)
    return Shown("strike.html", strike.strike(view, page, asked.here, asked.first))


def unprotected(backend: Backend, asked: Asked) -> Shown:  # noqa: ARG001
    """What is not protected."""
    view = security.security(
        backend.facts().committee, bounds_of(backend.chain), embedded=backend.embedded
    )
    return Shown("security.html", view)
