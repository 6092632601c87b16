"""Everything that can be asked wrongly of a keeper over HTTP, secrets sent by mistake among it."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from typing import Any

from dao_backend.core.packing import hex_of
from dao_backend.ports.keeper_wire import intake_json
from dao_backend.ports.keepers import Intake

_PATIENCE = 20.0
_HUGE = 300_000
"""Bytes that no server takes as headers."""


def sent(port: int, request: bytes, *, leaving: bool = False) -> bytes:
    """Send these bytes to a keeper; the whole answer, headers too, or nothing where none comes.

    With `leaving` nothing more is sent, and the keeper hears so.
    """
    answer = b""
    with (
        suppress(ConnectionError),  # it may hang up before it has heard all
        socket.create_connection(("127.0.0.1", port), _PATIENCE) as connection,
    ):
        connection.sendall(request)
        if leaving:
            connection.shutdown(socket.SHUT_WR)
        while piece := connection.recv(1 << 16):
            answer += piece
    return answer


def request(method: str, path: str, body: bytes = b"", *headers: str, kind: str = "") -> bytes:
    """One well-formed HTTP request, as far as its parts are."""
    lines = [f"{method} {path} HTTP/1.1", "Host: keeper", "Connection: close", *headers]
    if body or kind:
        lines += [f"Content-Length: {len(body)}", f"Content-Type: {kind or 'application/json'}"]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


def posted(path: str, content: Any) -> bytes:
    """A request with a JSON body."""
    return request("POST", path, json.dumps(content).encode())


def wrong_intakes(good: Intake) -> Iterator[bytes]:
    """An intake that is wrong in every part in turn; the keeper must look into each."""
    wrong = [
        replace(good, contributor_signature=bytes(65)),
        replace(good, contributor_signature=b""),
        replace(good, nonce=bytes(32)),
        replace(good, index=good.index % 3 + 1),
        replace(good, commitments=good.commitments[::-1]),
        replace(good, commitments=()),
        replace(good, sealed_share=good.sealed_share[::-1]),
        replace(good, sealed_share=b""),
        replace(good, record=replace(good.record, length=good.record.length + 1)),
        replace(good, record=replace(good.record, epoch=7)),
    ]
    for each in wrong:
        yield posted("/intake", intake_json(each))
    whole = intake_json(good)
    for name in whole:
        yield posted("/intake", {other: whole[other] for other in whole if other != name})


def mistakes(good: Intake, secret: bytes) -> Iterator[bytes]:
    """Somebody sends a secret where none belongs: in each field, in paths, in headers, bare."""
    whole, shown = intake_json(good), hex_of(secret)
    for name in whole:
        for value in (shown, shown[2:], [shown], {"key": shown}, list(secret)):
            yield posted("/intake", {**whole, name: value})
    yield posted("/intake", {**whole, "record": {**whole["record"], "keyId": shown[2:]}})
    yield posted("/intake", {**whole, "sealedShare": shown + "z", "contentKey": shown})
    for content in (shown, [shown], {"ask": shown}, {"ask": {"epoch": shown}, "ids": [shown]}):
        yield posted("/handover", content)
        yield posted("/intake", content)
    for kind in ("application/json", "text/plain", shown):
        yield request("POST", "/intake", secret, kind=kind)
    yield from _in_paths(shown, int.from_bytes(secret, "big"))
    yield from _in_headers(shown)
    yield from _malformed(shown)


def _in_paths(shown: str, number: int) -> Iterator[bytes]:
    for path in ("commitments", "erasures", "attestations", "manifests", "licences", shown):
        for value in (shown, shown[2:], number, shown + "/bundle"):
            yield request("GET", f"/{path}/{value}")
    for query in (f"asker={shown}", f"releaseKey={shown}", f"releaseKey={shown[2:]}", shown):
        yield request("GET", f"/licences/1?{query}")
        yield request("GET", f"/licences/1/bundle?{query}")
    yield request("DELETE", f"/intake/{shown}")
    yield request("POST", f"/status?key={shown}", b"{}")


def _in_headers(shown: str) -> Iterator[bytes]:
    for header in ("Authorization: Bearer ", "Cookie: key=", "Range: bytes=", "If-None-Match: "):
        yield request("GET", "/status", b"", header + shown)
        yield request("GET", "/licences/1/bundle", b"", header + shown)
    yield request("GET", "/status", b"", "X-Key: " + shown * (_HUGE // len(shown)))
    yield request("GET", "/" + shown * (_HUGE // len(shown)))
    yield request("GET", "/status", b"", shown)


def _malformed(shown: str) -> Iterator[bytes]:
    """What is no HTTP, or no JSON."""
    yield shown.encode() + b"\r\n\r\n"
    yield f"{shown} / HTTP/1.1\r\n\r\n".encode()
    yield f"GET /status HTTP/{shown}\r\n\r\n".encode()
    yield b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + shown.encode()
    yield request("POST", "/intake", b'{"key": "' + shown.encode())
    yield request("POST", "/intake", b"[" * 500 + shown.encode())
    yield request("POST", "/intake", b'"' + shown.encode() * 2_000 + b'"')


def cut_off(secret: bytes) -> Iterator[bytes]:
    """Requests that end before they are whole."""
    shown = hex_of(secret).encode()
    yield secret
    yield b"GET /status HTTP/1.1\r\nX-Key: " + shown
    early = request("POST", "/intake", b'{"key": "' + shown + b'"}')
    yield early.replace(b"Content-Length: ", b"Content-Length: 9")
    yield early.replace(b"Content-Length: ", b"Content-Length: " + shown)
    chunked = b"POST /intake HTTP/1.1\r\nHost: k\r\nContent-Type: application/json\r\n"
    yield chunked + b"Transfer-Encoding: chunked\r\n\r\n" + shown + b"\r\n" + secret


def wrong_bundles(licence_id: int) -> Iterator[bytes]:
    """Bundles asked for too early, of nobody, in ranges that there are not."""
    for number in (licence_id, 999, 0, 2**64):
        yield request("GET", f"/licences/{number}")
        for method in ("GET", "HEAD", "POST"):
            yield request(method, f"/licences/{number}/bundle")
        for span in ("bytes=5-1", "bytes=-5", "bytes=99999999-", "bytes=0-0,4-5"):
            yield request("GET", f"/licences/{number}/bundle", b"", f"Range: {span}")
