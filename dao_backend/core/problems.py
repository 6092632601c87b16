"""Every error as a problem document (RFC 9457), and back: one `type` for each class of the tree.

`type` is /problems/<ErrorClassName>. The service and every keeper answer in this one form, and
their clients raise the class that it names.
"""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from dao_backend import errors
from dao_backend.core.discretion import NOTHING, Discretion
from dao_backend.errors import ContractRefused, DaoError, InputError, NotReleased, ShareMismatch

MEDIA_TYPE = "application/problem+json"
PREFIX = "/problems/"
_LONGEST = 2_000
"""Characters of a sentence that somebody else wrote."""

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
    errors.NodesDisagree: 503,
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
"""The class that a status of the web framework stands for; InputError for any other."""


def status_of(kind: type[DaoError]) -> int:
    """The HTTP status of an error class."""
    return next(STATUS[each] for each in kind.__mro__ if each in STATUS)


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


def document(
    name: str,
    detail: str,
    advice: str,
    status: int,
    instance: str,
    extra: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """The document for one error at the path `instance`; `extra` are members of its own."""
    return {
        "type": PREFIX + name,
        "title": title_of(name),
        "status": status,
        "detail": detail,
        "advice": advice,
        "instance": instance,
        **(extra or {}),
    }


def document_of(error: DaoError, instance: str, discretion: Discretion = NOTHING) -> dict[str, Any]:
    """The document for an error of the tree, as anybody may read it."""
    kind = type(error)
    name = public_name(kind)
    detail = discretion.public(str(error)) or title_of(name)
    return document(name, detail, error.advice, status_of(kind), instance, _members_of(error))


def document_of_status(status: int, detail: str, advice: str, instance: str) -> dict[str, Any]:
    """The document for what the web framework refuses by itself, such as an unknown path."""
    kind = _EDGE.get(status, errors.InputError)
    return document(kind.__name__, detail, advice, status, instance)


def document_of_unforeseen(number: str, log: str, instance: str) -> dict[str, Any]:
    """The document for what is not in the tree: a number, and nothing from inside.

    `log` says whose log the rest is in.
    """
    return document(
        "Unexpected",
        f"Something went wrong that should not; it is number {number} in {log} log.",
        "Try again; if it stays, report the number to the operator.",
        HTTPStatus.INTERNAL_SERVER_ERROR,
        instance,
        {"number": number},
    )


def error_in(found: object) -> DaoError:
    """The error that a document names, to be raised; InputError is *raised* where it is none.

    A class that is unknown here is DaoError itself. The sentences are somebody else's: they are
    cut off where they are too long, and hold no control characters.
    """
    try:
        assert isinstance(found, Mapping)
        name = str(found["type"]).rpartition("/")[2]
        detail = _readable(str(found["detail"]))
        return _error(name, detail, found)
    except (AssertionError, KeyError, TypeError, ValueError) as error:
        raise InputError("this is no problem document") from error


def _error(name: str, detail: str, found: Mapping[str, Any]) -> DaoError:
    match name:
        case "ContractRefused":
            return ContractRefused(str(found["error"]), dict(found["arguments"]), detail)
        case "ShareMismatch":
            return ShareMismatch(detail, int(found["index"]))
        case "NotReleased":
            reason = found.get("reason")
            return NotReleased(detail, None if reason is None else _readable(str(reason)))
        case _:
            kind = getattr(errors, name, DaoError)
            known = isinstance(kind, type) and issubclass(kind, DaoError)
            return kind(detail) if known else DaoError(detail)


def _readable(text: str) -> str:
    return "".join(each if each.isprintable() or each == "\n" else " " for each in text[:_LONGEST])


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
