"""Envelopes in and out: streams, ranges, and uploads that fail."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from dao_backend.api import create_app
from dao_backend.api.routes.envelopes import largest_envelope
from dao_backend.core.unixfs import Builder
from tests.support.stand import MAX_BYTES, Stand, problem_of

CONTENT = b"".join(os.urandom(1) * 700 for _ in range(4000))
"""2.8 MB: three chunks."""


def cid_of(content: bytes) -> str:
    """The CID that the client computes."""
    builder = Builder()
    for start in range(0, len(content), 1024 * 1024):
        builder.add(content[start : start + 1024 * 1024])
    return builder.finish().cid


def stored(folder: Path) -> list[str]:
    """Everything the store keeps, unfinished uploads included."""
    return sorted(path.name for path in (folder / "blobs").rglob("*") if path.is_file())


@pytest.fixture
def content() -> bytes:
    """An envelope below the limit that spans several chunks."""
    return CONTENT[: largest_envelope(MAX_BYTES)]


@pytest.fixture
def cid(client: TestClient, content: bytes) -> str:
    """The same, uploaded."""
    return str(client.post("/v1/envelopes", content=content).json()["cid"])


def test_upload__empty__is_refused(client: TestClient, tmp_path: Path) -> None:
    """No bytes are no envelope."""
    problem_of(client.post("/v1/envelopes", content=b""), 400, "InputError")
    assert stored(tmp_path) == []


def test_upload__announced_over_the_limit__is_refused(client: TestClient, tmp_path: Path) -> None:
    """A length above the limit is refused before anything is read."""
    content = bytes(largest_envelope(MAX_BYTES) + 1)
    problem_of(client.post("/v1/envelopes", content=content), 413, "ContentTooLarge")
    assert stored(tmp_path) == []


def test_upload__streamed_over_the_limit__leaves_nothing(
    client: TestClient, tmp_path: Path
) -> None:
    """Without an announced length the limit holds while the stream is read."""

    def endless() -> Iterator[bytes]:
        while True:
            yield bytes(64 * 1024)

    answer = client.post("/v1/envelopes", content=_some(endless(), 2 * MAX_BYTES))
    problem_of(answer, 413, "ContentTooLarge")
    assert stored(tmp_path) == []


def test_upload__other_cid_expected__leaves_nothing(client: TestClient, tmp_path: Path) -> None:
    """Bytes that changed on the way are not kept."""
    headers = {"expect-cid": cid_of(b"something else")}
    answer = client.post("/v1/envelopes", content=b"something", headers=headers)
    problem_of(answer, 422, "CidMismatch")
    assert stored(tmp_path) == []


@pytest.mark.parametrize("named", ["x", "bafy", "QmYwAPJzv5CZsnA625s3Xf2nemtYgPpHdWEz79ojWnPBdG"])
def test_download__malformed_cid__is_refused(client: TestClient, named: str) -> None:
    """Only CIDs of the store's own profile are names."""
    problem_of(client.get(f"/v1/envelopes/{named}"), 400, "InputError")


def test_download__unknown_cid__is_not_found(client: TestClient) -> None:
    """What was never stored is not found."""
    problem_of(client.get(f"/v1/envelopes/{cid_of(b'unknown')}"), 404, "NotFound")


def test_download__range_behind_the_end__is_not_satisfiable(
    client: TestClient, cid: str, content: bytes
) -> None:
    """The answer says how long the envelope is."""
    headers = {"range": f"bytes={len(content)}-"}
    answer = client.get(f"/v1/envelopes/{cid}", headers=headers)
    problem_of(answer, 416, "InputError")
    assert answer.headers["content-range"] == f"bytes */{len(content)}"


def test_download__damaged_copy__is_a_problem(client: TestClient, cid: str, tmp_path: Path) -> None:
    """A damaged envelope is never served as if it were whole."""
    (path,) = (tmp_path / "blobs" / "blobs").iterdir()
    path.write_bytes(b"\1" + path.read_bytes()[1:])
    document = problem_of(client.get(f"/v1/envelopes/{cid}"), 503, "StorageUnavailable")
    assert "damaged" in document["detail"]


def test_upload__whole__answers_the_clients_own_cid(client: TestClient, content: bytes) -> None:
    """The store's CID is the one that the client computes."""
    expected = cid_of(content)
    answer = client.post("/v1/envelopes", content=content, headers={"expect-cid": expected})
    assert answer.status_code == 201
    assert answer.json()["cid"] == expected
    assert answer.json()["length"] == str(len(content))


def test_upload__twice__is_the_same(client: TestClient, content: bytes, cid: str) -> None:
    """Storing the same bytes again gives the same answer."""
    assert client.post("/v1/envelopes", content=content).json()["cid"] == cid


def test_download__whole__is_what_was_uploaded(
    client: TestClient, cid: str, content: bytes
) -> None:
    """Bytes come back unchanged, under a tag that never changes."""
    answer = client.get(f"/v1/envelopes/{cid}")
    assert answer.content == content
    assert answer.headers["etag"] == f'"{cid}"'
    assert "immutable" in answer.headers["cache-control"]
    assert answer.headers["accept-ranges"] == "bytes"


@pytest.mark.parametrize(
    ("asked", "start", "stop"),
    [
        ("bytes=0-0", 0, 1),
        ("bytes=1048570-1048580", 1048570, 1048581),
        ("bytes=2000000-", 2000000, None),
        ("bytes=-5", -5, None),
        ("bytes=100-99999999999", 100, None),
    ],
)
def test_download__range__is_that_part(
    client: TestClient, cid: str, content: bytes, asked: str, start: int, stop: int | None
) -> None:
    """A range is answered with 206 and exactly its bytes."""
    answer = client.get(f"/v1/envelopes/{cid}", headers={"range": asked})
    assert answer.status_code == 206
    assert answer.content == content[start:stop]
    first = start % len(content)
    stated = f"bytes {first}-{first + len(answer.content) - 1}/{len(content)}"
    assert answer.headers["content-range"] == stated


@pytest.mark.parametrize("asked", ["bytes=5-1", "bytes=-", "lines=0-1", "bytes=0-1,4-5"])
def test_download__range_of_another_form__is_the_whole(
    client: TestClient, cid: str, content: bytes, asked: str
) -> None:
    """Ranges that are not understood are ignored, as RFC 9110 allows."""
    answer = client.get(f"/v1/envelopes/{cid}", headers={"range": asked})
    assert (answer.status_code, answer.content) == (200, content)


def test_download__if_range_of_another_version__is_the_whole(
    client: TestClient, cid: str, content: bytes
) -> None:
    """A range of something else is not a range of this."""
    headers = {"range": "bytes=0-0", "if-range": '"other"'}
    assert client.get(f"/v1/envelopes/{cid}", headers=headers).content == content


def test_download__already_held__is_not_sent_again(client: TestClient, cid: str) -> None:
    """A client that names the tag gets 304."""
    answer = client.get(f"/v1/envelopes/{cid}", headers={"if-none-match": f'"{cid}"'})
    assert (answer.status_code, answer.content) == (304, b"")


def test_head__kept__tells_the_length(client: TestClient, cid: str, content: bytes) -> None:
    """HEAD answers as GET without the bytes."""
    answer = client.head(f"/v1/envelopes/{cid}")
    assert answer.headers["content-length"] == str(len(content))
    assert answer.content == b""


def test_upload__queue_full__is_told_to_wait(stand: Stand) -> None:
    """Uploads beyond the line's length are refused at once."""
    none = replace(stand.backend.limits, waiting=0)
    with TestClient(create_app(replace(stand.backend, limits=none))) as client:
        problem_of(client.post("/v1/envelopes", content=b"x"), 503, "ServiceUnavailable")


def _some(pieces: Iterator[bytes], limit: int) -> Iterator[bytes]:
    total = 0
    for piece in pieces:
        yield piece
        total += len(piece)
        if total > limit:
            return
