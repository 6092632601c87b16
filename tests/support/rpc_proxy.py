"""A real HTTP server between client and node that refuses or spoils what a test tells it to."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.request import Request, urlopen

Answer = tuple[int, bytes]
"""HTTP status and body; status 0 closes the connection without a word."""
Meddle = Callable[[dict[str, Any]], Answer | None]
"""Given a JSON-RPC request: an answer of its own, or None to ask the node."""


class RpcProxy(ThreadingHTTPServer):
    """Forwards JSON-RPC to a node and remembers the methods that were asked."""

    daemon_threads = True

    def __init__(self, target: str, meddle: Meddle) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.target = target
        self.meddle = meddle
        self.asked: list[dict[str, Any]] = []

    @property
    def url(self) -> str:
        """Where clients reach it."""
        return f"http://127.0.0.1:{self.server_port}"

    def methods(self) -> list[str]:
        """The methods asked so far, in order."""
        return [request["method"] for request in self.asked]


class _Handler(BaseHTTPRequestHandler):
    server: RpcProxy

    def do_POST(self) -> None:
        """Answer or forward one request."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        request = json.loads(body)
        self.server.asked.append(request)
        status, answer = self.server.meddle(request) or (200, self._forward(body))
        if status:
            self.send_response(status)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

    def _forward(self, body: bytes) -> bytes:
        request = Request(self.server.target, body, {"Content-Type": "application/json"})
        with urlopen(request, timeout=10) as answer:
            return bytes(answer.read())

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the base's name
        """Stay quiet."""


def rpc_error(request: dict[str, Any], code: int, message: str) -> Answer:
    """A JSON-RPC error in answer to `request`."""
    error = {"code": code, "message": message}
    return 200, json.dumps({"jsonrpc": "2.0", "id": request["id"], "error": error}).encode()


@contextmanager
def proxied(target: str, meddle: Meddle) -> Iterator[RpcProxy]:
    """Run a proxy in front of the node at `target`."""
    with RpcProxy(target, meddle) as proxy:
        thread = Thread(target=proxy.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield proxy
        finally:
            proxy.shutdown()
            thread.join()
