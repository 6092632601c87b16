"""Encryption by the service: labelled, never on a disk, and the same contribution in the end."""

from __future__ import annotations

import inspect
import textwrap
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from dao_backend.core.packing import hex_of
from tests.support.core_actors import account, seed, wallet
from tests.support.stand import MAX_BYTES, Stand, problem_of

SOURCE = inspect.getsource(textwrap).encode()
QUERY = {
    "collection": "0",
    "contributor": wallet(1),
    "name": "textwrap.py",
    "mediaType": "text/x-python",
}


@pytest.mark.parametrize(
    ("changed", "status", "name"),
    [
        ({"contributor": wallet(1).lower()}, 400, "InvalidAddress"),
        ({"collection": "7"}, 400, "InputError"),
        ({"collection": "256"}, 422, "InputError"),
        ({"name": "../up"}, 400, "InputError"),
        ({"name": ""}, 400, "InputError"),
    ],
)
def test_draft__unusable_parameters__are_refused(
    client: TestClient, tmp_path: Path, changed: dict[str, str], status: int, name: str
) -> None:
    """What cannot become a contribution is refused, and nothing is kept."""
    problem_of(client.post("/v1/drafts", params=QUERY | changed, content=SOURCE), status, name)
    assert list((tmp_path / "blobs" / "blobs").iterdir()) == []


@pytest.mark.parametrize(
    ("content", "status", "name"),
    [(b"", 400, "EmptyContent"), (bytes(MAX_BYTES + 1), 413, "ContentTooLarge")],
)
def test_draft__nothing_or_too_much__leaves_nothing(
    client: TestClient, tmp_path: Path, content: bytes, status: int, name: str
) -> None:
    """Empty and oversized content leaves no envelope behind."""
    problem_of(client.post("/v1/drafts", params=QUERY, content=content), status, name)
    assert list((tmp_path / "blobs" / "blobs").iterdir()) == []


def test_signature__unknown_draft__is_not_found(client: TestClient) -> None:
    """Only what was sealed here can be signed here."""
    body = {"signature": hex_of(bytes(64) + b"\x1b")}
    answer = client.post(f"/v1/drafts/{hex_of(seed('unknown'))}/signature", json=body)
    problem_of(answer, 404, "NotFound")


def test_signature__by_somebody_else__is_refused(client: TestClient) -> None:
    """A draft is handed in by its contributor only."""
    draft = client.post("/v1/drafts", params=QUERY, content=SOURCE).json()
    signed = account(2).sign_typed_data(full_message=draft["typedData"])
    body = {"signature": hex_of(signed.signature)}
    answer = client.post(f"/v1/drafts/{draft['id']}/signature", json=body)
    problem_of(answer, 422, "InvalidSignature")


def test_draft__signed__is_appraised_and_can_be_registered(stand: Stand) -> None:
    """A contribution that the service sealed lives on like any other."""
    answer = stand.client.post("/v1/drafts", params=QUERY, content=SOURCE)
    assert answer.status_code == 201
    draft = answer.json()
    assert draft["serverSide"] is True
    signed = account(1).sign_typed_data(full_message=draft["typedData"])
    body = {"signature": hex_of(signed.signature)}
    outcome = stand.post(f"/v1/drafts/{draft['id']}/signature", body)
    assert int(outcome["units"]) > 0
    stand.post(f"/v1/contributions/{draft['id']}/registration")
    stand.follow()
    assert stand.get(f"/v1/contributions/{draft['id']}")["status"] == "registered"


def test_draft__sealed__plaintext_is_in_no_file(client: TestClient, tmp_path: Path) -> None:
    """The plaintext touches no disk: no file of the service holds a line of it."""
    answer = client.post("/v1/drafts", params=QUERY, content=SOURCE)
    assert answer.status_code == 201
    line = max(SOURCE.splitlines(), key=len)
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert files
    assert not [path for path in files if line in path.read_bytes()]
