"""What each page reads before it is shown: one function for each address. Decides nothing.

A reader raises the error tree; what it returns names a template and what to fill it with.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from dao_backend.api.backend import Backend
from dao_backend.api.pages import (
    collections,
    contributions,
    editions,
    keepers,
    licences,
    members,
    payouts,
    problems,
    proposals,
    requests,
)
from dao_backend.api.pages.asked import Asked
from dao_backend.core.model import NATIVE, Collection
from dao_backend.errors import DaoError, NotFound
from dao_backend.ports.gateway import BundleFacts
from dao_backend.service.bargaining import UsageView, dispute_of, usage_of

A_FEW = 5
"""Rows of a table that only gives a first impression."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A template and the view it shows."""

    template: str
    view: object


Reader = Callable[[Backend, Asked], Shown]


def _now(backend: Backend) -> int:
    """Chain time: what deadlines are compared with."""
    return backend.chain.head().timestamp


def _collections(backend: Backend) -> tuple[Collection, ...]:
    """Those on chain; before the first block is read, those that the service knows of."""
    return backend.index.collections() or backend.facts().collections


def _names(backend: Backend) -> dict[int, str]:
    return {each.number: each.name for each in _collections(backend)}


def _offer(backend: Backend, collection: Collection) -> collections.Offer:
    units = backend.index.totals().units
    newest = backend.index.editions(collection=collection.number, limit=1).rows
    return collections.Offer(
        collection=collection,
        units=units[collection.number] if collection.number < len(units) else 0,
        newest=newest[0] if newest else None,
        minimums=tuple((row.asset, row.minimum_price) for row in backend.index.assets()),
    )


def all_collections(backend: Backend, asked: Asked) -> Shown:  # noqa: ARG001
    """What kinds of data there are."""
    offers = tuple(_offer(backend, each) for each in _collections(backend))
    return Shown("list.html", collections.overview(offers))


def one_collection(backend: Backend, asked: Asked) -> Shown:
    """One kind of data."""
    number = asked.number("number")
    found = next((each for each in _collections(backend) if each.number == number), None)
    if found is None:
        raise NotFound(f"there is no collection {number}")
    view = collections.one(
        _offer(backend, found),
        backend.index.editions(collection=number, limit=A_FEW),
        backend.index.contributions(collection=number, limit=A_FEW),
        _now(backend),
    )
    return Shown("collection.html", view)


def all_contributions(backend: Backend, asked: Asked) -> Shown:
    """What people put in."""
    page = backend.index.contributions(
        collection=asked.collection, after=asked.cursor(), limit=asked.limit
    )
    names, now = _names(backend), _now(backend)
    return Shown("list.html", contributions.overview(page, names, now, asked.here, asked.first))


def one_contribution(backend: Backend, asked: Asked) -> Shown:
    """One thing that somebody put in."""
    row = backend.index.contribution(asked.identity("identity"))
    erasure = None if row.withdrawn_time is None else backend.keepers.erasure(row)
    view = contributions.one(row, erasure, _names(backend), _now(backend))
    return Shown("contribution.html", view)


def all_editions(backend: Backend, asked: Asked) -> Shown:
    """The sealed lists."""
    page = backend.index.editions(
        collection=asked.collection, after=asked.cursor(), limit=asked.limit
    )
    names, now = _names(backend), _now(backend)
    return Shown("list.html", editions.overview(page, names, now, asked.here, asked.first))


def one_edition(backend: Backend, asked: Asked) -> Shown:
    """One sealed list."""
    row = backend.index.edition(asked.number("number"))
    inside = backend.index.contributions(
        edition_id=row.edition.edition_id, after=asked.cursor(), limit=asked.limit
    )
    view = editions.one(
        row,
        backend.chain.committee(row.edition.epoch),
        inside,
        _names(backend),
        _now(backend),
        asked.here,
        asked.first,
    )
    return Shown("edition.html", view)


def all_proposals(backend: Backend, asked: Asked) -> Shown:
    """What is and was voted on."""
    page = backend.proposals.proposals(asked.cursor(), asked.limit)
    return Shown("list.html", proposals.overview(page, asked.here, asked.first))


def one_proposal(backend: Backend, asked: Asked) -> Shown:
    """One vote."""
    view = backend.proposals.proposal(asked.long_number("number"))
    request_id = view.row.request_id
    request = None if request_id is None else backend.index.request(request_id)
    ballots = backend.index.ballots(view.row.proposal_id, after=asked.cursor(), limit=asked.limit)
    sentence = None if request is None else requests.terms(request.terms, _names(backend))
    page = proposals.one(view, request, sentence, ballots, asked.here, asked.first)
    return Shown("proposal.html", page)


def all_requests(backend: Backend, asked: Asked) -> Shown:
    """Who asked for what."""
    page = backend.index.requests(after=asked.cursor(), limit=asked.limit)
    names, now = _names(backend), _now(backend)
    return Shown("list.html", requests.overview(page, names, now, asked.here, asked.first))


def one_request(backend: Backend, asked: Asked) -> Shown:
    """One application."""
    row = backend.index.request(asked.number("number"))
    arbitrated = row.terms.arbiter != NATIVE
    contested = dispute_of(backend.chain, row.request_id) if arbitrated else None
    view = requests.one(row, contested, _names(backend), _now(backend))
    return Shown("request.html", view)


def all_licences(backend: Backend, asked: Asked) -> Shown:
    """Who may use what."""
    page = backend.index.licences(after=asked.cursor(), limit=asked.limit)
    names, now = _names(backend), _now(backend)
    return Shown("list.html", licences.overview(page, names, now, asked.here, asked.first))


def one_licence(backend: Backend, asked: Asked) -> Shown:
    """One right, and where each keeper stands."""
    row = backend.index.licence(asked.number("number"))
    number = row.licence.licence_id
    standing, silent = _standing(backend, number)
    after = licences.After(
        usage=_usage(backend, number),
        royalties=backend.index.royalties(licence_id=number, limit=asked.limit),
    )
    view = licences.one(row, standing, silent, after, _names(backend), _now(backend))
    return Shown("licence.html", view)


def _usage(backend: Backend, licence_id: int) -> UsageView | None:
    """Where the meter stands; None where there is none."""
    try:
        return usage_of(backend.chain, licence_id)
    except NotFound:
        return None


def _standing(backend: Backend, licence_id: int) -> tuple[tuple[BundleFacts, ...], str | None]:
    """The keepers' own word, or why it is missing: the rest of the page does without."""
    try:
        return backend.releases.bundles(licence_id), None
    except DaoError as error:
        return (), backend.discretion.public(str(error))


def money(backend: Backend, asked: Asked) -> Shown:
    """Money in, money out."""
    paging = payouts.Paging(asked.cursor("deposits"), asked.cursor("claims"), asked.here)
    view = payouts.payouts(
        backend.index.deposits(after=paging.deposits, limit=asked.limit),
        backend.index.claims(after=paging.claims, limit=asked.limit),
        paging,
        backend.chain.addresses,
        _now(backend),
    )
    return Shown("payouts.html", view)


def all_members(backend: Backend, asked: Asked) -> Shown:
    """Who holds units."""
    page = backend.index.members(after=asked.cursor(), limit=asked.limit)
    view = members.overview(page, _collections(backend), asked.here, asked.first)
    return Shown("list.html", view)


def one_member(backend: Backend, asked: Asked) -> Shown:
    """What one member holds and earned."""
    account = asked.account("account")
    row = backend.index.member(account)
    record = members.Record(
        row=row,
        statement=backend.accounts.statement(account),
        contributions=backend.index.contributions(
            contributor=account, after=asked.cursor(), limit=asked.limit
        ),
        claims=backend.index.claims(member=account, limit=A_FEW),
        where=backend.chain.addresses,
    )
    view = members.one(record, _collections(backend), _now(backend), asked.here, asked.first)
    return Shown("member.html", view)


def committee(backend: Backend, asked: Asked) -> Shown:  # noqa: ARG001
    """Who holds the key shares."""
    board = backend.keepers
    view = board.view()
    serving = None if view.serving is None else board.committee(view.serving)
    committee = serving or backend.facts().committee
    return Shown(
        "keepers.html",
        keepers.keepers(
            view, committee, keepers.Now(_now(backend), backend.clock()), embedded=backend.embedded
        ),
    )


def all_problems(backend: Backend, asked: Asked) -> Shown:  # noqa: ARG001
    """What can go wrong."""
    return Shown("list.html", problems.overview())


def one_problem(backend: Backend, asked: Asked) -> Shown:  # noqa: ARG001
    """What one kind of problem means."""
    return Shown("problem.html", problems.problem(asked.parts["name"]))
