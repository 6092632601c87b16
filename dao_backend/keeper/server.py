"""One keeper over HTTP, for everybody and without a login; it can be mounted under any path.

What leaves here is signed, public, or sealed to the one account that the final chain names.
The forms are those of `ports.keeper_wire`, errors are problem documents (RFC 9457).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import chain
from typing import TypeVar

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from dao_backend.core.access import Decision, Denied
from dao_backend.core.discretion import NOTHING, Discretion
from dao_backend.core.model import address
from dao_backend.core.strict_json import octets
from dao_backend.errors import InputError, NotReleased
from dao_backend.keeper.edge import Edge, Line, body_of, install
from dao_backend.keeper.metrics import MEDIA_TYPE, Metrics
from dao_backend.ports.keeper_release_wire import standing_json
from dao_backend.ports.keeper_wire import (
    ask_from_json,
    attestation_json,
    commitments_json,
    handed_json,
    intake_from_json,
    receipt_json,
    status_json,
    tombstone_json,
)
from dao_backend.ports.keepers import Keeper, KeeperStatus
from dao_backend.web import send_blob

Value = TypeVar("Value")

WORKERS = 16
"""Requests that the keeper works on at the same time."""
WAITING = 64
"""Requests that wait for one of them; further ones are refused with 503."""
_PIECE = 64 * 1024
_NUMBER = re.compile(r"[0-9]{1,20}", re.ASCII)

_PAGE = """\
Keeper {index} of a data DAO.

It holds one share of each contribution's key. Alone it can open nothing: a threshold of keepers
must each find, on the final chain, that the members granted a licence. It then gives its shares
to that licence's buyer, sealed to the buyer's key, and to nobody else.

GET  status                        what it says of itself
GET  metrics                       the same in numbers, for Prometheus
GET  commitments/{{contribution}}    the share commitments of a contribution
GET  attestations/{{edition}}        its signature over an edition's root
GET  manifests/{{edition}}           the list that it signs
GET  licences/{{licence}}            whether it hands a bundle over, and its signed receipt
GET  licences/{{licence}}/bundle     the bundle, whole or a range of it
GET  erasures/{{contribution}}       the signed statement that it erased its share
POST intake                        hand in a share
POST handover                      take over the shares of a predecessor
"""


def create_app(
    keeper: Keeper, discretion: Discretion = NOTHING, metrics: Metrics | None = None
) -> Starlette:
    """The application around one keeper; what `discretion` names is in none of its answers."""
    counted = metrics or Metrics()
    desk = _Desk(keeper, discretion, counted)
    routes = [
        Route("/", desk.page),
        Route("/status", desk.status),
        Route("/metrics", desk.metrics),
        Route("/commitments/{contribution}", desk.commitments),
        Route("/attestations/{edition}", desk.attestation),
        Route("/manifests/{edition}", desk.manifest),
        Route("/licences/{licence}", desk.licence),
        Route("/licences/{licence}/bundle", desk.bundle),
        Route("/erasures/{contribution}", desk.erasure),
        Route("/intake", desk.intake, methods=["POST"]),
        Route("/handover", desk.handover, methods=["POST"]),
    ]
    paths: dict[object, str] = {route.endpoint: route.path for route in routes}
    app = Starlette(routes=routes, middleware=[Middleware(Edge, metrics=counted, paths=paths)])
    app.router.redirect_slashes = False
    install(app, discretion)
    return app


class _Desk:
    """One method for each path; what blocks runs in a bounded pool."""

    def __init__(self, keeper: Keeper, discretion: Discretion, metrics: Metrics) -> None:
        self._keeper = keeper
        self._discretion = discretion
        self._metrics = metrics
        self._line = Line(WORKERS, WAITING)

    async def page(self, _request: Request) -> Response:
        return PlainTextResponse(_PAGE.format(index=self._keeper.index))

    async def status(self, _request: Request) -> Response:
        return JSONResponse(status_json(self._public(await self._run(self._keeper.status))))

    async def metrics(self, _request: Request) -> Response:
        found = await self._run(self._keeper.status)
        return Response(self._metrics.text(found), media_type=MEDIA_TYPE)

    async def intake(self, request: Request) -> Response:
        intake = intake_from_json(await body_of(request))
        return JSONResponse(receipt_json(await self._run(lambda: self._keeper.take_in(intake))))

    async def commitments(self, request: Request) -> Response:
        contribution = _contribution(request)
        found = await self._run(lambda: self._keeper.commitments(contribution))
        return JSONResponse(commitments_json(found))

    async def attestation(self, request: Request) -> Response:
        edition = _number(request, "edition", 40)
        found = await self._run(lambda: self._keeper.attestation(edition))
        return JSONResponse(attestation_json(*found))

    async def manifest(self, request: Request) -> Response:
        edition = _number(request, "edition", 40)

        def begin() -> Response:
            pieces = _pieces(self._keeper.manifest(edition))
            first = next(pieces, b"")  # a refusal comes before anything is sent
            return StreamingResponse(chain((first,), pieces), media_type="application/jsonl")

        return await self._run(begin)

    async def licence(self, request: Request) -> Response:
        licence = _number(request, "licence", 64)
        asker = request.query_params.get("asker")
        key = request.query_params.get("releaseKey")
        account = None if asker is None else address(asker)
        asked_key = None if key is None else octets(key, 32)

        def ask() -> Response:
            decision = self._decided(self._keeper.release(licence, account, asked_key))
            return JSONResponse(standing_json(decision, self._keeper.bundle_facts(licence)))

        return await self._run(ask)

    async def bundle(self, request: Request) -> Response:
        licence = _number(request, "licence", 64)
        return await self._run(lambda: self._send_bundle(request, licence))

    async def erasure(self, request: Request) -> Response:
        contribution = _contribution(request)
        found = await self._run(lambda: self._keeper.tombstone(contribution))
        return JSONResponse(tombstone_json(found))

    async def handover(self, request: Request) -> Response:
        ask, ids, signature = ask_from_json(await body_of(request))
        found = await self._run(lambda: self._keeper.hand_over(ask, ids, signature))
        return JSONResponse(handed_json(found))

    # --- inside -----------------------------------------------------------------------------

    async def _run(self, work: Callable[[], Value]) -> Value:
        return await self._line.run(work)

    def _send_bundle(self, request: Request, licence: int) -> Response:
        """The bundle or a range of it; the keeper decides anew before each one's first byte."""
        facts = self._keeper.bundle_facts(licence)
        if facts is None or request.method == "HEAD":
            decision = self._decided(self._keeper.release(licence))
            if isinstance(decision, Denied):
                raise NotReleased(decision.sentence, decision.reason.value)
        if facts is None:
            raise NotReleased("The bundle is not built yet.")
        return send_blob(
            request,
            facts.cid,
            facts.length,
            lambda start, size: self._read(licence, start, size),
            {"Cache-Control": "private, no-cache"},
        )

    def _read(self, licence: int, offset: int, length: int | None) -> Iterator[bytes]:
        try:
            yield from self._keeper.bundle(licence, offset, length)
        except NotReleased as error:
            self._metrics.count_refusal(error.reason or "not-built")
            raise

    def _decided(self, decision: Decision) -> Decision:
        if not isinstance(decision, Denied):
            return decision
        self._metrics.count_refusal(decision.reason.value)
        return replace(decision, sentence=self._discretion.public(decision.sentence))

    def _public(self, status: KeeperStatus) -> KeeperStatus:
        if status.alarm is None:
            return status
        return replace(status, alarm=self._discretion.public(status.alarm))


def _contribution(request: Request) -> bytes:
    """The contribution id in the path."""
    return octets(request.path_params["contribution"], 32)


def _number(request: Request, name: str, bits: int) -> int:
    """A number in the path."""
    found = request.path_params[name]
    if _NUMBER.fullmatch(found) is None or int(found) >= 1 << bits:
        raise InputError(f"{name} is a number of at most {bits} bits")
    return int(found)


def _pieces(lines: Iterator[bytes]) -> Iterator[bytes]:
    """The same bytes in pieces worth a change of threads."""
    piece = b""
    for line in lines:
        piece += line
        if len(piece) >= _PIECE:
            yield piece
            piece = b""
    yield piece
