"""A TCP server that answers any HTTP request with the bytes it is told, however wrong they are."""

from __future__ import annotations

import socket
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress


class RawServer(socketserver.ThreadingTCPServer):
    """`answer` is sent as it is; then the connection is closed, or held until the server ends."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, answer: bytes, hold: bool, endless: bytes) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answer = answer
        self.hold = hold
        self.endless = endless
        """Sent again and again behind the answer, until nobody takes it."""
        self.ended = threading.Event()
        self.requests = 0

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Handler(socketserver.StreamRequestHandler):
    server: RawServer

    def handle(self) -> None:
        """Read one request's head and body, then answer."""
        length = 0
        while (line := self.rfile.readline()).strip():
            name, _, value = line.partition(b":")
            length = int(value) if name.lower() == b"content-length" else length
        self.rfile.read(length)
        self.server.requests += 1
        with suppress(OSError):
            self.wfile.write(self.server.answer)
            while self.server.endless and not self.server.ended.is_set():
                self.wfile.write(self.server.endless)
        if self.server.hold:
            self.server.ended.wait()
        with suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)


@contextmanager
def raw_server(answer: bytes, *, hold: bool = False, endless: bytes = b"") -> Iterator[RawServer]:
    """Run one."""
    with RawServer(answer, hold, endless) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            server.ended.set()
            server.shutdown()
            thread.join()


def response(
    body: bytes,
    status: str = "200 OK",
    media: str = "application/json",
    length: int | None = None,
    *headers: str,
) -> bytes:
    """The bytes of an HTTP/1.1 response; `length` is what it announces, where that is a lie."""
    announced = len(body) if length is None else length
    head = [
        f"HTTP/1.1 {status}",
        f"Content-Type: {media}",
        f"Content-Length: {announced}",
        "Connection: close",
        *headers,
    ]
    return "\r\n".join(head).encode() + b"\r\n\r\n" + body
