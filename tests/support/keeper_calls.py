"""Every question to a keeper over HTTP, and how it is given up."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing

import pytest

from dao_backend.client.keeper import Patience, RemoteKeeper
from dao_backend.errors import (
    ServiceUnavailable,
)
from tests.support import shelf_keeper as shelf
from tests.support.core_actors import seed
from tests.support.raw_server import raw_server

HASTY = Patience(connect=1.0, read=0.2, whole=1.0)

CALLS: dict[str, Callable[[RemoteKeeper], object]] = {
    "take_in": lambda keeper: keeper.take_in(shelf.INTAKE),
    "commitments": lambda keeper: keeper.commitments(shelf.CONTRIBUTION),
    "attestation": lambda keeper: keeper.attestation(3),
    "manifest": lambda keeper: list(keeper.manifest(3)),
    "release": lambda keeper: keeper.release(7),
    "bundle_facts": lambda keeper: keeper.bundle_facts(7),
    "bundle": lambda keeper: list(keeper.bundle(7)),
    "tombstone": lambda keeper: keeper.tombstone(shelf.CONTRIBUTION),
    "hand_over": lambda keeper: keeper.hand_over(shelf.ASK, (seed("id"),), shelf.SIGNATURE),
    "status": lambda keeper: keeper.status(),
}
STREAMED = ("manifest", "bundle")
every_call = pytest.mark.parametrize("call", CALLS.values(), ids=CALLS.keys())
every_small_call = pytest.mark.parametrize(
    "call", [each for name, each in CALLS.items() if name not in STREAMED]
)


def failure_of(call: Callable[[RemoteKeeper], object], url: str) -> str:
    """The sentence with which a call gives up on a keeper there."""
    with (
        closing(RemoteKeeper(2, url, HASTY)) as keeper,
        pytest.raises(ServiceUnavailable) as raised,
    ):
        call(keeper)
    return str(raised.value)


def failure_with(answer: bytes, call: Callable[[RemoteKeeper], object] = CALLS["status"]) -> str:
    """The sentence with which a call gives up on a keeper that answers so."""
    with raw_server(answer) as server:
        said = failure_of(call, server.url)
        assert server.url.removeprefix("http://") in said
    assert "keeper 2" in said
    return said
