"""Uploads over a real socket: cut off half-way, standing still, and larger than memory."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from dao_backend.api import create_app
from dao_backend.wiring.serve import ApiServer
from tests.support.core_actors import wallet
from tests.support.stand import Stand

MIB = 1024 * 1024
GROWTH = 64 * MIB
"""Memory that an upload of any length may take besides what the service needs anyway."""


@pytest.fixture
def address(stand: Stand) -> Iterator[tuple[str, int]]:
    """Where the service listens on a real socket."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = ApiServer(create_app(stand.backend), listening)
        server.start()
        yield listening.getsockname()
        server.stop()


def kept(folder: Path) -> list[str]:
    """Everything in the store, unfinished uploads included."""
    return sorted(path.name for path in (folder / "blobs").rglob("*") if path.is_file())


@contextmanager
def begun(address: tuple[str, int], framing: str) -> Iterator[socket.socket]:
    """A connection on which the service already waits for the body of an upload."""
    head = f"POST /v1/envelopes HTTP/1.1\r\nHost: x\r\n{framing}\r\nExpect: 100-continue\r\n\r\n"
    with socket.create_connection(address, timeout=30) as connection:
        connection.sendall(head.encode())
        assert connection.recv(1000).startswith(b"HTTP/1.1 100")
        yield connection


@pytest.mark.parametrize(
    ("framing", "part"),
    [
        (f"Content-Length: {2 * MIB}", bytes(MIB)),
        ("Transfer-Encoding: chunked", b"100000\r\n" + bytes(MIB) + b"\r\n"),
    ],
    ids=["announced", "chunked"],
)
def test_upload__cut_off_half_way__leaves_nothing(
    stand: Stand, tmp_path: Path, framing: str, part: bytes
) -> None:
    """A broken connection leaves neither an envelope nor an unfinished file."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = ApiServer(create_app(stand.backend), listening)
        server.start()
        with begun(listening.getsockname(), framing) as connection:
            connection.sendall(part)
        server.stop()  # waits for the request to end
    assert kept(tmp_path) == []


def test_upload__stands_still__is_given_up(stand: Stand, tmp_path: Path) -> None:
    """A client that stops sending is told so, and its place is free again."""
    limits = replace(stand.backend.limits, idle_seconds=0.2)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = ApiServer(create_app(replace(stand.backend, limits=limits)), listening)
        server.start()
        with begun(listening.getsockname(), f"Content-Length: {MIB}") as connection:
            connection.sendall(b"a little")
            answer = connection.recv(10_000)
        server.stop()
    assert answer.startswith(b"HTTP/1.1 408")
    assert kept(tmp_path) == []


def test_upload__after_one_that_failed__is_kept_whole(
    address: tuple[str, int], tmp_path: Path
) -> None:
    """Sending the whole again is all that a client has to do."""
    content = bytes(2 * MIB)
    with begun(address, f"Content-Length: {len(content)}") as connection:
        connection.sendall(content[:MIB])
    answer = httpx.post(f"http://{address[0]}:{address[1]}/v1/envelopes", content=content)
    assert answer.status_code == 201
    assert answer.json()["cid"] in kept(tmp_path)


@pytest.fixture
def separate(tmp_path: Path) -> Iterator[tuple[str, int]]:
    """URL and process id of a service in a process of its own, without a chain."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.support.upload_server", str(tmp_path)],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    yield process.stdout.readline().strip(), process.pid
    process.terminate()
    process.wait()
    process.stdout.close()


def peak(process_id: int) -> int:
    """The most memory that a process ever held, in bytes."""
    status = Path(f"/proc/{process_id}/status").read_text()
    (line,) = [line for line in status.splitlines() if line.startswith("VmHWM")]
    return int(line.split()[1]) * 1024


def blocks(count: int) -> Iterator[bytes]:
    """So many MiB, no two alike."""
    return (os.urandom(64) * (MIB // 64) for _ in range(count))


def test_streams__of_256_mib__take_bounded_memory(separate: tuple[str, int]) -> None:
    """Upload, download and server-side encryption hold a few MiB at a time, never the whole."""
    url, process_id = separate
    with httpx.Client(base_url=url, timeout=300, trust_env=False) as client:
        small = client.post("/v1/envelopes", content=b"small").json()
        client.get(f"/v1/envelopes/{small['cid']}")
        before = peak(process_id)
        stored = client.post("/v1/envelopes", content=blocks(256)).json()
        with client.stream("GET", f"/v1/envelopes/{stored['cid']}") as answer:
            received = sum(map(len, answer.iter_bytes()))
        query = {"collection": "0", "contributor": wallet(1), "name": "big.bin"}
        draft = client.post("/v1/drafts", params=query, content=blocks(256))
    assert received == int(stored["length"]) == 256 * MIB
    assert int(draft.json()["record"]["length"]) > 256 * MIB
    assert peak(process_id) - before < GROWTH
