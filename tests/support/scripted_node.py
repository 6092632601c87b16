"""A real HTTP server in the place of an IPFS node, for what a real node will not do on request."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread


class ScriptedNode(ThreadingHTTPServer):
    """One fixed answer, status and body, for each command it knows."""

    def __init__(self, answers: dict[str, tuple[int, bytes]], hasty: bool = False) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answers = answers
        self.hasty = hasty
        self.asked: list[str] = []
        self.authorization: list[str | None] = []

    @property
    def address(self) -> str:
        """Its multiaddr."""
        return f"/ip4/127.0.0.1/tcp/{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    server: ScriptedNode
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        """Read the request's chunks, then answer; close without a word where there is no answer."""
        command = self.path.removeprefix("/api/v0/").partition("?")[0]
        self.server.asked.append(command)
        self.server.authorization.append(self.headers.get("Authorization"))
        if self.headers.get("Transfer-Encoding") == "chunked" and not self.server.hasty:
            while size := int(self.rfile.readline(), 16):
                self.rfile.read(size + 2)
            self.rfile.readline()
        self.close_connection = True
        if command in self.server.answers:
            status, body = self.server.answers[command]
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
        """Stay quiet."""


@contextmanager
def scripted(answers: dict[str, tuple[int, bytes]], hasty: bool = False) -> Iterator[ScriptedNode]:
    """Run a scripted node; a hasty one answers without reading what is sent."""
    with ScriptedNode(answers, hasty) as node:
        thread = Thread(target=node.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield node
        finally:
            node.shutdown()
            thread.join()


def refusal(message: str) -> tuple[int, bytes]:
    """How a node says no."""
    return 500, f'{{"Message": "{message}", "Code": 0, "Type": "error"}}'.encode()
