"""Every error as a problem document (RFC 9457), with one `type` for each cause.

`type` is /problems/<ErrorClassName>, which can be fetched: it says what the class means and what
to try. Nothing that is not in the error tree reaches a client: it gets a number, the log the rest.
"""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from dao_backend import errors
from dao_backend.api.conditional import NotModified
from dao_backend.errors import ContractRefused, DaoError, NotReleased, ShareMismatch

log = structlog.get_logger()

MEDIA_TYPE = "application/problem+json"
PREFIX = "/problems/"

STATUS: dict[type[DaoError], int] = {
    errors.InputError: 400,
    errors.ContentTooLarge: 413,
    errors.UploadIncomplete: 408,
    errors.KeyReused: 409,
    errors.RecordMismatch: 409,
    errors.AppraisalExpired: 410,
    errors.InvalidSignature: 422,
    errors.PurposesOutsideCollection: 422,
    errors.PriceBelowMinimum: 422,
    errors.IntegrityError: 422,
    errors.HistoryMismatch: 503,
    errors.ManifestMismatch: 503,
    errors.NotFound: 404,
    errors.Refused: 409,
    errors.NotReleased: 403,
    errors.ResourceError: 503,
    errors.TransactionLost: 504,
    errors.StorageFull: 507,
    errors.SetupError: 503,
    errors.DaoError: 500,
}
"""The status of each class; a class that is not listed has its nearest ancestor's."""

_EDGE: dict[int, type[DaoError]] = {404: errors.NotFound, 413: errors.ContentTooLarge}
"""The class that a status from the framework stands for; InputError for any other."""


class Problem(JSONResponse):
    """A problem document as a response."""

    media_type = MEDIA_TYPE


def status_of(kind: type[DaoError]) -> int:
    """The HTTP status of an error class."""
    return next(STATUS[each] for each in kind.__mro__ if each in STATUS)


def problem(
    request: Request,
    name: str,
    detail: str,
    advice: str,
    status: int,
    extra: Mapping[str, Any] | None = None,
) -> Problem:
    """The response for one error; `extra` are members of its own."""
    content = {
        "type": PREFIX + name,
        "title": title_of(name),
        "status": status,
        "detail": detail,
        "advice": advice,
        "instance": request.url.path,
        **(extra or {}),
    }
    headers = {"Retry-After": "2"} if status == HTTPStatus.SERVICE_UNAVAILABLE else None
    return Problem(content, status, headers)


def public_name(kind: type[DaoError]) -> str:
    """The name of a class in the error tree; an adapter's own refinement has its ancestor's."""
    return next(each.__name__ for each in kind.__mro__ if each.__module__ == errors.__name__)


def title_of(name: str) -> str:
    """`NotReleased` as `Not released`."""
    words = "".join(" " + letter.lower() if letter.isupper() else letter for letter in name)
    return words.strip().capitalize()


def public(kind: type[DaoError]) -> type[DaoError]:
    """The class that an error is shown as: what a private one is a kind of."""
    return next(each for each in kind.__mro__ if not each.__name__.startswith("_"))


def of_error(request: Request, error: DaoError) -> Problem:
    """The response for an error of the tree."""
    kind = type(error)
    name = public_name(kind)
    detail = str(error) or title_of(name)
    return problem(request, name, detail, error.advice, status_of(kind), _members_of(error))


def unexpected(request: Request, number: str) -> Problem:
    """The response for what nobody foresaw: `number` finds it in the log."""
    return problem(
        request,
        "Unexpected",
        f"Something went wrong that should not; it is number {number} in the service's log.",
        "Try again; if it stays, report the number to the service's operator.",
        HTTPStatus.INTERNAL_SERVER_ERROR,
        {"number": number},
    )


def _members_of(error: DaoError) -> dict[str, Any]:
    match error:
        case ContractRefused():
            return {"error": error.name, "arguments": _plain(error.arguments)}
        case ShareMismatch():
            return {"index": error.index}
        case NotReleased() if error.reason is not None:
            return {"reason": error.reason}
        case _:
            return {}


def _plain(value: object) -> Any:  # noqa: ANN401 - JSON has no narrower type
    """Decoded Solidity values as JSON: bytes as hex, integers as decimal text."""
    match value:
        case None | bool() | str():
            return value
        case bytes():
            return "0x" + value.hex()
        case int():
            return str(value)
        case Mapping():
            return {str(name): _plain(each) for name, each in value.items()}
        case list() | tuple():
            return [_plain(each) for each in value]
        case _:
            return str(value)


def _on_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, DaoError)
    if status_of(type(error)) >= HTTPStatus.INTERNAL_SERVER_ERROR:
        log.warning("api.unavailable", path=request.url.path, cause=str(error))
    return of_error(request, error)


def _on_invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    found = [
        {"where": ".".join(map(str, each["loc"])), "what": str(each["msg"])}
        for each in error.errors()
    ]
    detail = "; ".join(f"{each['where']}: {each['what']}" for each in found[:5])
    advice = "Correct the named fields; /docs describes every request."
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    return problem(request, "InputError", detail, advice, status, {"errors": found})


def _on_http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    kind = _EDGE.get(error.status_code, errors.InputError)
    advice = "See /docs for the paths and methods of this service."
    found = problem(request, kind.__name__, str(error.detail), advice, error.status_code)
    found.headers.update(error.headers or {})
    return found


def _on_unchanged(_request: Request, error: Exception) -> Response:
    assert isinstance(error, NotModified)
    return Response(status_code=HTTPStatus.NOT_MODIFIED, headers={"ETag": error.etag})


def install(app: FastAPI) -> None:
    """Let the application answer every error so."""
    app.add_exception_handler(DaoError, _on_error)
    app.add_exception_handler(RequestValidationError, _on_invalid)
    app.add_exception_handler(HTTPException, _on_http)
    app.add_exception_handler(NotModified, _on_unchanged)
