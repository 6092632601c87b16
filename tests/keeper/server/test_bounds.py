"""How much of a keeper one client, or all of them, can take up."""

from __future__ import annotations

import json
import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import httpx
import pytest
from structlog.testing import capture_logs

from dao_backend.keeper import edge
from dao_backend.keeper.server import WAITING, WORKERS
from dao_backend.ports.keeper_wire import intake_json
from tests.support import shelf_keeper as shelf
from tests.support.shelf_keeper import CONTENT, ShelfKeeper
from tests.support.shelf_server import BUNDLE, eventually, problem_of

JSON = {"content-type": "application/json"}
POSTS = pytest.mark.parametrize("path", ["/intake", "/handover"])
MORE = 5
"""Requests beyond those that are worked on or wait."""


def connected(url: str, receive: int = 65_536) -> socket.socket:
    """A connection that takes in at most so many bytes by itself."""
    host, _, port = url.removeprefix("http://").partition(":")
    made = socket.socket()
    made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive)
    made.settimeout(10)
    made.connect((host, int(port)))
    return made


@POSTS
@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"null", b"{}", b'{"a":NaN}', b"\xff", b"[" * 60_000]
)
def test_post__malformed_body__is_an_input_error(
    http: httpx.Client, keeper: ShelfKeeper, path: str, body: bytes
) -> None:
    """Whatever is sent instead of the form, it is the sender's mistake."""
    problem_of(http.post(path, content=body, headers=JSON), 400, "InputError")
    assert keeper.asked == []


@POSTS
@pytest.mark.parametrize("announced", [True, False], ids=["announced", "streamed"])
def test_post__body_over_the_limit__is_refused(
    http: httpx.Client, keeper: ShelfKeeper, path: str, announced: bool
) -> None:
    """A body is read up to its bound, whether it says its length or not."""
    body = b" " * (edge.BODY + 1)
    content = body if announced else iter([body[:1000], body[1000:]])
    problem_of(http.post(path, content=content, headers=JSON), 413, "ContentTooLarge")
    assert keeper.asked == []


@pytest.mark.parametrize("media", ["text/plain", "application/x-www-form-urlencoded", ""])
def test_post__not_announced_as_json__is_refused(http: httpx.Client, media: str) -> None:
    """A page of somebody else cannot send it: browsers ask first, and nobody answers them."""
    body = json.dumps(intake_json(shelf.INTAKE)).encode()
    answer = http.post("/intake", content=body, headers={"content-type": media})
    problem_of(answer, 400, "InputError")
    asked = http.options("/intake", headers={"origin": "http://elsewhere"})
    assert "access-control-allow-origin" not in asked.headers


def test_post__body_that_never_comes__is_given_up(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A client that announces a body and is silent does not hold a place for ever."""
    monkeypatch.setattr(edge, "BODY_PATIENCE", 0.1)
    with connected(url) as connection:
        connection.sendall(
            b"POST /intake HTTP/1.1\r\nHost: keeper\r\nContent-Type: application/json\r\n"
            b"Content-Length: 100\r\n\r\n{"
        )
        assert connection.recv(65_536).startswith(b"HTTP/1.1 408 ")


def test_call__too_many_at_once__are_refused_until_there_is_room(
    url: str, keeper: ShelfKeeper
) -> None:
    """Work runs in a bounded pool with a bounded line; who is refused may come again."""
    room, entered, refused = threading.Event(), threading.Semaphore(0), threading.Semaphore(0)

    def wait() -> None:
        entered.release()
        assert room.wait(30)

    def ask() -> int:
        answer = client.get("/status")
        if answer.is_error:
            problem_of(answer, 503, "ServiceUnavailable")
            assert answer.headers["retry-after"] == "2"
            refused.release()
        return answer.status_code

    keeper.trouble = wait
    limits = httpx.Limits(max_connections=200)
    with ExitStack() as stack:
        client = stack.enter_context(
            httpx.Client(base_url=url, trust_env=False, limits=limits, timeout=30)
        )
        pool = stack.enter_context(ThreadPoolExecutor(WORKERS + WAITING + MORE))
        stack.callback(room.set)
        asked = [pool.submit(ask) for _ in range(WORKERS + WAITING + MORE)]
        assert all(entered.acquire(timeout=10) for _ in range(WORKERS))
        assert all(refused.acquire(timeout=10) for _ in range(MORE))
        assert not entered.acquire(blocking=False)
        room.set()
        statuses = sorted(each.result(timeout=30) for each in asked)
    assert statuses == [200] * (WORKERS + WAITING) + [503] * MORE


def test_call__too_many_open__are_refused(
    http: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Downloads hold files open: there is a bound to all of them together."""
    monkeypatch.setattr(edge, "OPEN", 1)
    with http.stream("GET", BUNDLE) as answer:
        assert answer.status_code == 200
        problem_of(http.get("/status"), 503, "ServiceUnavailable")
        assert len(answer.read()) == len(CONTENT)
    eventually(lambda: http.get("/status").status_code == 200)


def test_download__client_takes_nothing__is_broken_off(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A download that stands still gives its place to another; it can be resumed."""
    monkeypatch.setattr(edge, "STALL", 0.2)
    got = 0
    with connected(url, receive=4_096) as connection:
        with capture_logs() as logs:
            connection.sendall(f"GET {BUNDLE} HTTP/1.1\r\nHost: keeper\r\n\r\n".encode())
            eventually(lambda: any(each["event"] == "keeper.client_left" for each in logs))
        while piece := connection.recv(65_536):
            got += len(piece)
    assert 0 < got < len(CONTENT)
