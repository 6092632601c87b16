"""Keepers that are silent, slow, cut off, too long or not understood: nobody has answered."""

from __future__ import annotations

import gzip
import json
import time
from collections.abc import Callable
from contextlib import closing
from itertools import count

import pytest

from dao_backend.client.keeper import SMALL, RemoteKeeper
from dao_backend.errors import (
    ServiceUnavailable,
)
from dao_backend.ports.keeper_wire import receipt_json, status_json
from tests.support import shelf_keeper as shelf
from tests.support.keeper_calls import CALLS, every_call, every_small_call, failure_of, failure_with
from tests.support.raw_server import raw_server, response
from tests.support.shelf_keeper import CONTENT

GOOD = json.dumps(status_json(shelf.STATUS)).encode()
HANGS = response(b"", length=100)
SECRET = "a thing that stays inside"
TEN_GIB = 10 * 2**30


@every_call
def test_call__nobody_there__is_unavailable(call: Callable[[RemoteKeeper], object]) -> None:
    """A keeper that is stopped is named with its host."""
    said = failure_of(call, "http://127.0.0.1:9/keeper/2")
    assert said == "keeper 2 at 127.0.0.1:9 does not answer (ConnectError)"


@pytest.mark.parametrize("endpoint", ["", "keeper", "ftp://127.0.0.1", "http://", "http://[", "\n"])
def test_call__endpoint_that_is_no_url__is_unavailable(endpoint: str) -> None:
    """Whatever stands on chain as an endpoint, the keeper is made, and is just not reached."""
    assert "keeper 2" in failure_of(CALLS["status"], endpoint)


@every_call
def test_call__keeper_hangs__ends_in_time(call: Callable[[RemoteKeeper], object]) -> None:
    """A keeper that takes the request and says nothing costs no more than the patience."""
    began = time.monotonic()
    with raw_server(b"", hold=True) as server:
        assert "ReadTimeout" in failure_of(call, server.url)
    assert time.monotonic() - began < 5


@every_call
def test_call__hangs_within_the_body__ends_in_time(call: Callable[[RemoteKeeper], object]) -> None:
    """A head without its body is no answer."""
    with raw_server(HANGS, hold=True) as server:
        assert "ReadTimeout" in failure_of(call, server.url)


@every_call
def test_call__closes_within_the_body__is_unavailable(
    call: Callable[[RemoteKeeper], object],
) -> None:
    """Half a body is never taken for a whole one."""
    assert "RemoteProtocolError" in failure_with(response(GOOD[:40], length=len(GOOD)), call)


@every_call
def test_call__closes_without_a_word__is_unavailable(
    call: Callable[[RemoteKeeper], object],
) -> None:
    """A connection that just ends is no answer."""
    assert "RemoteProtocolError" in failure_with(b"", call)


@every_small_call
@pytest.mark.parametrize(
    "body",
    [GOOD[:40], b"", b"[]", b"null", b"{}", b"[" * 10_000, b"<html>" + SECRET.encode(), b"\xff"],
    ids=lambda body: repr(body[:8]),
)
def test_call__other_bytes_than_its_json__is_unavailable(
    call: Callable[[RemoteKeeper], object], body: bytes
) -> None:
    """Half JSON, HTML and other values are refused, and not repeated in the error."""
    assert SECRET not in failure_with(response(body), call)


@every_small_call
def test_call__announces_ten_gib__is_not_read(call: Callable[[RemoteKeeper], object]) -> None:
    """What is announced as too long is left where it is."""
    assert "more than was asked for" in failure_with(response(b"x", length=TEN_GIB), call)


@every_small_call
def test_call__never_ends__stops_at_its_bound(call: Callable[[RemoteKeeper], object]) -> None:
    """What is not announced is counted."""
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    with raw_server(head, endless=b"10000\r\n" + b" " * 65_536 + b"\r\n") as server:
        assert "without end" in failure_of(call, server.url)


def test_call__drips__stops_when_its_time_is_over() -> None:
    """A byte now and then keeps nobody waiting for ever."""
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    hours = count(step=3600.0)
    with raw_server(head, endless=b"1\r\n \r\n") as server:
        slow = RemoteKeeper(2, server.url, clock=lambda: next(hours))
        with closing(slow), pytest.raises(ServiceUnavailable, match="without end"):
            slow.status()


def test_call__compressed__is_not_inflated() -> None:
    """A small answer cannot become a large one here."""
    bomb = gzip.compress(bytes(50 * SMALL))
    assert "without JSON" in failure_with(
        response(bomb, "200 OK", "application/json", None, "Content-Encoding: gzip")
    )


@every_call
def test_call__redirected__is_not_followed(call: Callable[[RemoteKeeper], object]) -> None:
    """A keeper is asked at the endpoint that stands on chain and nowhere else."""
    with raw_server(response(GOOD)) as other:
        there = response(b"", "302 Found", "text/html", None, f"Location: {other.url}/status")
        assert "answers 302" in failure_with(there, call)
        assert other.requests == 0


@every_call
@pytest.mark.parametrize("status", ["500 Internal Server Error", "404 Not Found", "502 Bad"])
def test_call__error_that_is_no_problem_document__is_unavailable(
    call: Callable[[RemoteKeeper], object], status: str
) -> None:
    """An error page of something in between is not taken for the keeper's word."""
    said = failure_with(response(f"<html>{SECRET}".encode(), status, "text/html"), call)
    assert f"answers {status[:3]}" in said
    assert SECRET not in said


def test_take_in__receipt_of_another_length__is_unavailable() -> None:
    """A receipt that no signature can be is no receipt."""
    body = json.dumps(receipt_json(bytes(64))).encode()
    assert "something else" in failure_with(response(body), CALLS["take_in"])


def test_bundle__range_ignored__is_unavailable() -> None:
    """Bytes from another place are not taken for the ones asked for."""

    def call(keeper: RemoteKeeper) -> object:
        return list(keeper.bundle(7, 5))

    assert "range" in failure_with(response(CONTENT[:100]), call)
    other = response(CONTENT[:10], "206 Partial", "x/y", None, "Content-Range: bytes 50-59/100")
    assert "range" in failure_with(other, call)


def test_bundle__length_not_announced__is_unavailable() -> None:
    """An answer without a length could go on for ever."""
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    with raw_server(head, endless=b"1\r\n \r\n") as server:
        assert "range" in failure_of(CALLS["bundle"], server.url)


def test_bundle__more_than_asked_for__stops_at_the_length() -> None:
    """A keeper that sends more than it was asked for is not read to its end."""
    with raw_server(response(b"", length=TEN_GIB), endless=b"x" * 65_536) as server:
        keeper = RemoteKeeper(2, server.url)
        with closing(keeper):
            assert b"".join(keeper.bundle(7, 0, 100_001)) == b"x" * 100_001
