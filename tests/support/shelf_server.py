"""Fixtures of a keeper's server over a shelf, and what tests read in its answers."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from dao_backend.core.access import Denied, Reason
from dao_backend.core.packing import hex_of
from dao_backend.keeper.server import create_app
from tests.support.shelf_keeper import CONTRIBUTION, ShelfKeeper, served

SECRET = "a thing that stays inside"
LICENCE = "/licences/7"
BUNDLE = "/licences/7/bundle"
ID = hex_of(CONTRIBUTION)
GETS = (
    "/",
    "/status",
    "/metrics",
    f"/commitments/{ID}",
    "/attestations/3",
    "/manifests/3",
    LICENCE,
    BUNDLE,
    f"/erasures/{ID}",
)
"""Every path that is read; all but the first ask the keeper."""
DENIED = Denied(Reason.NOT_DELIVERED, "Too few receipts are final.")


@pytest.fixture
def keeper() -> ShelfKeeper:
    """What stands behind the server."""
    return ShelfKeeper()


@pytest.fixture
def url(keeper: ShelfKeeper) -> Iterator[str]:
    """Where it answers."""
    with served(create_app(keeper)) as found:
        yield found


@pytest.fixture
def http(url: str) -> Iterator[httpx.Client]:
    """A client of it."""
    with httpx.Client(base_url=url, trust_env=False) as client:
        yield client


def fail() -> None:
    """A defect that nobody foresaw."""
    raise RuntimeError(SECRET)


def problem_of(answer: httpx.Response, status: int, name: str) -> dict[str, Any]:
    """The problem document in an answer."""
    assert answer.headers["content-type"] == "application/problem+json"
    found: dict[str, Any] = answer.json()
    assert (answer.status_code, found["type"]) == (status, f"/problems/{name}")
    assert found["advice"]
    assert found["instance"] == answer.request.url.path
    return found


def metrics_of(http: httpx.Client) -> dict[str, float]:
    """What the keeper counts, by name and labels."""
    lines = http.get("/metrics").text.splitlines()
    pairs = [line.rpartition(" ") for line in lines if not line.startswith("#")]
    return {name: float(value) for name, _, value in pairs}


def eventually(holds: Callable[[], bool]) -> None:
    """Wait until it does, for ten seconds at most."""
    until = time.monotonic() + 10
    while not holds():
        assert time.monotonic() < until
        time.sleep(0.01)
