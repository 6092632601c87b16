"""The OpenAPI document: whole, and true of whatever is thrown at the service."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, Phase, seed, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from dao_backend.api import create_app
from tests.support.local_dao import LocalDao
from tests.support.stand import Stand, standing

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
EXAMPLES = 8
"""Calls of each operation."""
PROBLEM = "application/problem+json"


@pytest.fixture(scope="module")
def fuzzed(founded: LocalDao, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    """A service with one contribution in it."""
    snapshot = founded.chain.snapshot()
    with standing(founded, tmp_path_factory.mktemp("fuzzed")) as stand:
        stand.registered(1)
        yield stand
    founded.chain.revert(snapshot)


@pytest.fixture(scope="module")
def described(fuzzed: Stand) -> Any:
    """The service's schema, loaded from itself."""
    return schemathesis.openapi.from_asgi("/openapi.json", create_app(fuzzed.backend))


schema = schemathesis.pytest.from_fixture("described").exclude(path="/v1/events")


@schema.parametrize()
@settings(
    max_examples=EXAMPLES,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
    database=None,
)
@seed(2026)
def test_call__anything_the_schema_allows_or_not__is_answered_as_described(
    case: schemathesis.Case,
) -> None:
    """No call makes the service fail, and every error is a problem document."""
    answer = case.call()
    case.validate_response(answer, checks=CHECKS)
    if answer.status_code >= 400 and case.method != "HEAD":
        assert answer.headers["content-type"] == [PROBLEM]


def document(client: TestClient) -> dict[str, Any]:
    """The OpenAPI document."""
    return dict(client.get("/openapi.json").json())


def operations(client: TestClient) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every operation with its name for messages."""
    for path, methods in document(client)["paths"].items():
        for method, operation in methods.items():
            yield f"{method} {path}", operation


def test_openapi__every_operation__can_be_understood(client: TestClient) -> None:
    """A stranger finds a summary, a description, a tag and the problems of each operation."""
    for name, operation in operations(client):
        assert operation["summary"], name
        assert operation["description"], name
        assert operation["tags"], name
        errors = {
            status: found for status, found in operation["responses"].items() if status >= "4"
        }
        assert {"400", "404", "422", "503"} <= set(errors), name
        assert all(list(found["content"]) == [PROBLEM] for found in errors.values()), name


def test_openapi__every_operation__has_a_name_of_its_own(client: TestClient) -> None:
    """Generated clients get one method for each operation."""
    names = [operation["operationId"] for _, operation in operations(client)]
    assert len(set(names)) == len(names)


def test_openapi__bodies__are_never_multipart(client: TestClient) -> None:
    """Multipart bodies would be written to disk on their way in."""
    for name, operation in operations(client):
        body = operation.get("requestBody", {"content": {}})
        assert "multipart/form-data" not in body["content"], name


def test_docs__asked_for__tell_every_operation_without_a_script(client: TestClient) -> None:
    """The page for people lists what the document holds, and loads nothing from elsewhere."""
    shown = client.get("/docs").text
    for name, operation in operations(client):
        method, path = name.split(" ")
        assert f"{method.upper()} {path}" in shown
        assert operation["summary"].replace("'", "&#39;") in shown
    assert "<script" not in shown
    assert "https://" not in shown
