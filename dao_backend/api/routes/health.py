"""Whether the service runs, whether it can work, and what its problems mean."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

import structlog
from fastapi import APIRouter, Path, Request, Response

from dao_backend import __version__, errors
from dao_backend.api.backend import Backend, Served
from dao_backend.api.models.dao import CheckShape, ErrorClassShape, HealthShape, ReadyShape
from dao_backend.core.problems import document, status_of
from dao_backend.errors import DaoError, NotFound, ServiceUnavailable
from dao_backend.web import Problem

router = APIRouter(tags=["Service"])
log = structlog.get_logger()


@router.get("/health", summary="Whether the process runs")
def health() -> HealthShape:
    """Asks nothing of anything else."""
    return HealthShape(status="ok", version=__version__)


@router.get(
    "/ready",
    summary="Whether everything that the service needs answers",
    response_model=ReadyShape,
)
def ready(request: Request, backend: Served) -> ReadyShape | Response:
    """503 with the same four lines under `checks` where one of them does not."""
    found = ReadyShape(
        database=_check(backend, lambda: _database(backend)),
        chain=_check(backend, lambda: f"head is block {backend.chain.head().number}"),
        storage=_check(backend, backend.blobs.health),
        indexer=_check(backend, lambda: _lag(backend)),
    )
    if found.ok:
        return found
    checks = found.model_dump(by_alias=True)
    broken = "; ".join(f"{name}: {check['detail']}" for name, check in checks.items())
    advice = "Mend what is named; the service goes on by itself."
    path = request.url.path
    return Problem(document("ServiceUnavailable", broken, advice, 503, path, {"checks": checks}))


@router.get("/problems/{name}", summary="What an error class means, and what to try")
def error_class(name: Annotated[str, Path(examples=["NotFound"])]) -> ErrorClassShape:
    """Every problem's `type` leads here."""
    kind = getattr(errors, name, None)
    if not isinstance(kind, type) or not issubclass(kind, DaoError):
        raise NotFound(f"there is no error class {name}")
    meaning = (kind.__doc__ or "").splitlines()[0]
    return ErrorClassShape(name=name, status=status_of(kind), meaning=meaning, advice=kind.advice)


def _check(backend: Backend, ask: Callable[[], str]) -> CheckShape:
    try:
        return CheckShape(ok=True, detail=ask())
    except DaoError as error:
        log.warning("api.not_ready", cause=str(error))
        return CheckShape(ok=False, detail=backend.discretion.public(str(error)))


def _database(backend: Backend) -> str:
    cursor = backend.index.cursor()
    if cursor is None:
        raise ServiceUnavailable("nothing is indexed yet")
    return f"indexed up to block {cursor.number}"


def _lag(backend: Backend) -> str:
    cursor, head = backend.index.cursor(), backend.chain.head()
    behind = head.number if cursor is None else max(head.number - cursor.number, 0)
    if behind > backend.limits.lag_blocks:
        raise ServiceUnavailable(f"the index is {behind} blocks behind")
    return f"{behind} blocks behind"
