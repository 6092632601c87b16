"""Completes the OpenAPI document: every operation's errors are problem documents."""

from __future__ import annotations

from typing import Any

from dao_backend.api.models.base import ProblemDocument
from dao_backend.core.problems import MEDIA_TYPE

_REF = "#/components/schemas/ProblemDocument"
_ALWAYS = {
    "400": "What was sent cannot be used.",
    "404": "Nothing is known under that id.",
    "422": "A value does not fit, or a signature or hash does not belong to it.",
    "500": "Something went wrong that should not; the log knows more under `number`.",
    "503": "Chain, storage or database does not answer; try again.",
}
_POST = {
    "408": "The upload was cut off.",
    "409": "The rules say no: `detail` is the reason.",
    "410": "The appraisal's deadline has passed.",
    "413": "There are too many bytes.",
    "504": "A transaction was sent but is in no block yet.",
    "507": "No space is left.",
}
_OTHERS = {
    "/v1/editions/{edition_id}/manifest": {"409": "The edition is not final yet."},
    "/v1/licences/{licence_id}/bundles/{index}": {
        "403": "The keeper does not hand its bundle over: `reason` and `detail` say why.",
        "416": "The range lies behind the end.",
    },
    "/v1/envelopes/{cid}": {"416": "The range lies behind the end."},
}


def describe(document: dict[str, Any]) -> dict[str, Any]:
    """Add the problem schema and the errors of each operation; FastAPI's own 422 goes."""
    schemas = document["components"]["schemas"]
    for own in ("HTTPValidationError", "ValidationError"):
        schemas.pop(own, None)
    schemas["ProblemDocument"] = ProblemDocument.model_json_schema(by_alias=True)
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            found = _ALWAYS | (_POST if method == "post" else {}) | _OTHERS.get(path, {})
            responses = operation["responses"]
            responses.update({status: _problem(what) for status, what in found.items()})
            operation["responses"] = dict(sorted(responses.items()))
    return document


def _problem(what: str) -> dict[str, Any]:
    return {"description": what, "content": {MEDIA_TYPE: {"schema": {"$ref": _REF}}}}
