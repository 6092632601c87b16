"""The application's answers to errors, as the problem documents of `core.problems`.

Every `type` can be fetched here: it says what the class means and what to try. Nothing that is
not in the error tree reaches a client: it gets a number, the log the rest.
"""

from __future__ import annotations

from http import HTTPStatus

import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from dao_backend.api.backend import backend_of
from dao_backend.api.conditional import NotModified
from dao_backend.core.problems import (
    document,
    document_of,
    document_of_status,
    document_of_unforeseen,
    status_of,
)
from dao_backend.errors import DaoError
from dao_backend.web import Problem

log = structlog.get_logger()


def unexpected(request: Request, number: str) -> Problem:
    """The response for what is not in the error tree."""
    return Problem(document_of_unforeseen(number, "the service's", request.url.path))


def _on_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, DaoError)
    if status_of(type(error)) >= HTTPStatus.INTERNAL_SERVER_ERROR:
        log.warning("api.unavailable", path=request.url.path, cause=str(error))
    return Problem(document_of(error, request.url.path, backend_of(request).discretion))


def _on_invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    found = [
        {"where": ".".join(map(str, each["loc"])), "what": str(each["msg"])}
        for each in error.errors()
    ]
    detail = "; ".join(f"{each['where']}: {each['what']}" for each in found[:5])
    advice = "Correct the named fields; /docs describes every request."
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    extra = {"errors": found}
    return Problem(document("InputError", detail, advice, status, request.url.path, extra))


def _on_http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    advice = "See /docs for the paths and methods of this service."
    detail = str(error.detail)
    found = Problem(document_of_status(error.status_code, detail, advice, request.url.path))
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
