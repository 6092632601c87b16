"""What a keeper answers over HTTP: bundles in parts, words on licences, numbers."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from dao_backend.core.packing import hex_of
from dao_backend.keeper.metrics import Metrics
from dao_backend.keeper.server import create_app
from dao_backend.ports.keeper_wire import status_json
from tests.support import shelf_keeper as shelf
from tests.support.core_actors import seed, wallet
from tests.support.shelf_keeper import CONTENT, ShelfKeeper, served
from tests.support.shelf_server import (
    BUNDLE,
    DENIED,
    GETS,
    LICENCE,
    fail,
    metrics_of,
    problem_of,
)

REFUSED = 'ddao_keeper_refused_releases_total{reason="not-delivered"}'


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_bundle__denied__is_not_sent(http: httpx.Client, keeper: ShelfKeeper, method: str) -> None:
    """Before a keeper allows it, no byte is sent, and the refusal is counted."""
    keeper.decision = DENIED
    answer = http.request(method, BUNDLE)
    assert answer.status_code == 403
    assert "accept-ranges" not in answer.headers
    if method == "GET":
        assert problem_of(answer, 403, "NotReleased")["reason"] == "not-delivered"
    assert metrics_of(http)[REFUSED] == 1


@pytest.mark.parametrize("decision", [DENIED, shelf.ALLOWED], ids=["denied", "allowed"])
def test_bundle__not_built__is_not_released(
    http: httpx.Client, keeper: ShelfKeeper, decision: Any
) -> None:
    """What is not there yet is refused, with a reason where there is one."""
    keeper.bundle_built, keeper.decision = None, decision
    found = problem_of(http.get(BUNDLE), 403, "NotReleased")
    assert found.get("reason") == (decision.reason.value if decision is DENIED else None)


def test_bundle__range_behind_the_end__is_416(http: httpx.Client) -> None:
    """The length is told to who asks for what is not there."""
    answer = http.get(BUNDLE, headers={"range": f"bytes={len(CONTENT)}-"})
    problem_of(answer, 416, "InputError")
    assert answer.headers["content-range"] == f"bytes */{len(CONTENT)}"


def test_bundle__whole__is_named_by_its_cid(http: httpx.Client, keeper: ShelfKeeper) -> None:
    """The tag of the answer is the content's own name, so that it is never sent twice."""
    answer = http.get(BUNDLE)
    assert answer.content == CONTENT
    assert answer.headers["etag"] == f'"{shelf.BUNDLE.cid}"'
    assert answer.headers["accept-ranges"] == "bytes"
    assert answer.headers["content-length"] == str(len(CONTENT))
    again = http.get(BUNDLE, headers={"if-none-match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    head = http.head(BUNDLE)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == str(len(CONTENT))
    assert [name for name, _ in keeper.asked].count("bundle") == 1


@pytest.mark.parametrize(
    ("asked", "start", "stop"),
    [
        ("bytes=0-0", 0, 1),
        ("bytes=5-", 5, len(CONTENT)),
        ("bytes=-7", len(CONTENT) - 7, len(CONTENT)),
        ("bytes=1048575-1048577", 1_048_575, 1_048_578),
        (f"bytes=9-{10**17}", 9, len(CONTENT)),
    ],
)
def test_bundle__range__is_that_part(
    http: httpx.Client, keeper: ShelfKeeper, asked: str, start: int, stop: int
) -> None:
    """A download is resumed where it ended, and the keeper is asked for no more."""
    answer = http.get(BUNDLE, headers={"range": asked})
    assert answer.status_code == 206
    assert answer.headers["content-range"] == f"bytes {start}-{stop - 1}/{len(CONTENT)}"
    assert answer.content == CONTENT[start:stop]
    assert keeper.asked[-1] == ("bundle", (7, start, stop - start))


def test_bundle__range_of_another_blob__is_the_whole(http: httpx.Client) -> None:
    """A part is only sent to who holds the beginning of the same bytes."""
    answer = http.get(BUNDLE, headers={"range": "bytes=5-", "if-range": '"another"'})
    assert (answer.status_code, len(answer.content)) == (200, len(CONTENT))


def test_licence__asked_for__has_decision_bundle_and_receipt(
    http: httpx.Client, keeper: ShelfKeeper
) -> None:
    """Whoever pays for the transaction can post the receipt that stands there."""
    key = seed("key")
    found = http.get(LICENCE, params={"asker": wallet(1), "releaseKey": hex_of(key)}).json()
    assert found["decision"] == {
        "allowed": True,
        "releaseKey": hex_of(shelf.ALLOWED.release_key),
        "editionId": 2**40 - 1,
    }
    assert found["bundle"]["receipt"]["bundleDigest"] == hex_of(shelf.RECEIPT.bundle_digest)
    assert found["bundle"]["signature"] == hex_of(shelf.SIGNATURE)
    assert keeper.asked[0] == ("release", (7, wallet(1), key))


def test_manifest__asked_for__is_streamed(http: httpx.Client) -> None:
    """The list is sent as it is made, whatever its length."""
    answer = http.get("/manifests/3")
    assert answer.headers["content-type"] == "application/jsonl"
    assert "content-length" not in answer.headers
    assert answer.content == b"".join(shelf.LINES)


def test_metrics__after_some_requests__say_what_happened(
    http: httpx.Client, keeper: ShelfKeeper
) -> None:
    """Numbers for a monitor, by route and not by what was asked for."""
    keeper.decision = DENIED
    for path in (LICENCE, "/licences/8", BUNDLE, "/nothing", "/status", "/attestations/x"):
        http.get(path)
    found = metrics_of(http)
    assert found["ddao_keeper_shares"] == shelf.STATUS.shares
    assert found["ddao_keeper_missing_shares"] == 1
    assert found["ddao_keeper_forgone_shares"] == len(shelf.STATUS.forgone) == 2
    assert found["ddao_keeper_bundles"] == shelf.STATUS.bundles
    assert found["ddao_keeper_final_block"] == shelf.STATUS.final_block
    assert found["ddao_keeper_alarm"] == 0
    assert found["ddao_keeper_running_seconds"] == shelf.STATUS.running_for
    assert found[REFUSED] == 3
    assert {name: value for name, value in found.items() if "requests_total" in name} == {
        'ddao_keeper_requests_total{path="/licences/{licence}",status="200"}': 2,
        'ddao_keeper_requests_total{path="/licences/{licence}/bundle",status="403"}': 1,
        'ddao_keeper_requests_total{path="other",status="404"}': 1,
        'ddao_keeper_requests_total{path="/status",status="200"}': 1,
        'ddao_keeper_requests_total{path="/attestations/{edition}",status="400"}': 1,
    }


def test_metrics__labels__are_escaped() -> None:
    """Nothing that is counted can forge a line."""
    metrics = Metrics()
    metrics.count_refusal('a"b\\c\nd 1')
    lines = metrics.text(shelf.STATUS).splitlines()
    assert 'ddao_keeper_refused_releases_total{reason="a\\"b\\\\c\\nd 1"} 1' in lines


@pytest.mark.parametrize("path", [*GETS, "/nothing"])
def test_get__any_path__has_the_headers_and_no_cookie(http: httpx.Client, path: str) -> None:
    """No answer of a keeper can be framed, sniffed, read by another page or kept by accident."""
    headers = http.get(path, headers={"origin": "http://elsewhere"}).headers
    assert headers["content-security-policy"].startswith("default-src 'none'")
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cache-control"] in ("no-store", "private, no-cache")
    assert not {"set-cookie", "access-control-allow-origin", "server"} & set(headers)


def test_page__at_the_root__says_what_this_is(http: httpx.Client) -> None:
    """Who follows an endpoint from the chain learns what answers there, and what can be asked."""
    answer = http.get("/")
    assert answer.headers["content-type"].startswith("text/plain")
    assert answer.text.startswith(f"Keeper {shelf.INDEX} of a data DAO.")
    lines = [line.split() for line in answer.text.splitlines()]
    listed = {words[1].partition("/")[0] for words in lines if words[:1] in (["GET"], ["POST"])}
    assert listed == {path.split("/")[1] for path in GETS[1:]} | {"intake", "handover"}


def test_app__mounted_in_another__answers_there_and_is_not_in_its_description(
    keeper: ShelfKeeper,
) -> None:
    """The embedded keeper answers under the service's own address."""
    service = FastAPI()
    service.mount("/keeper/1", create_app(keeper))
    with served(service) as url, httpx.Client(base_url=url, trust_env=False) as http:
        assert http.get("/keeper/1/status").json() == status_json(shelf.STATUS)
        assert http.get("/keeper/1/").text.startswith("Keeper 2")
        assert http.get("/keeper/1/licences/7/bundle").content == CONTENT
        problem_of(http.get("/keeper/1/nothing"), 404, "NotFound")
        keeper.trouble = fail
        problem_of(http.get("/keeper/1/status"), 500, "Unexpected")
        assert http.get("/openapi.json").json()["paths"] == {}
        keeper.clear()
        counted = http.get("/keeper/1/metrics").text
    assert 'requests_total{path="/status",status="200"} 1' in counted
