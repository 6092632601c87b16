"""What a keeper's server says when something is wrong, and what it keeps to itself."""

from __future__ import annotations

from functools import partial

import httpx
import pytest
from structlog.testing import capture_logs

from dao_backend.errors import ChainUnavailable, DaoError, NodesDisagree, NotFound, Refused
from dao_backend.ports.keeper_wire import ask_json, intake_json
from tests.support import shelf_keeper as shelf
from tests.support.core_actors import wallet
from tests.support.shelf_keeper import ShelfKeeper
from tests.support.shelf_server import BUNDLE, GETS, ID, SECRET, fail, metrics_of, problem_of

ASKING = GETS[1:]
BODIES = {
    "/intake": intake_json(shelf.INTAKE),
    "/handover": ask_json(shelf.ASK, (), shelf.SIGNATURE),
}


def refuse(kind: type[DaoError]) -> None:
    """What a keeper does that has a reason."""
    raise kind("the reason")


def called(http: httpx.Client, path: str) -> httpx.Response:
    """Read a path, or send it what it takes."""
    return http.post(path, json=BODIES[path]) if path in BODIES else http.get(path)


@pytest.mark.parametrize(
    "path",
    [
        "/commitments/0x12",
        "/commitments/" + ID.upper(),
        "/erasures/7",
        "/attestations/-1",
        "/attestations/1e3",
        f"/attestations/{2**40}",
        "/attestations/" + "9" * 5_000,
        "/attestations/٣",
        "/manifests/x",
        "/licences/x",
        f"/licences/{2**64}",
        f"/licences/{2**64}/bundle",
        "/licences/7?asker=0x12",
        "/licences/7?asker=" + wallet(1).lower(),
        "/licences/7?releaseKey=0x12",
    ],
)
def test_get__malformed_name__is_an_input_error(
    http: httpx.Client, keeper: ShelfKeeper, path: str
) -> None:
    """An id that can be none is not asked for."""
    assert http.get(path).json()["status"] == 400
    assert keeper.asked == []


@pytest.mark.parametrize("path", ["/nothing", "/status/", "/licences", "/docs", "/a" * 999])
def test_get__unknown_path__is_a_problem(http: httpx.Client, path: str) -> None:
    """There is nothing but what the page lists, and no redirect."""
    problem_of(http.get(path), 404, "NotFound")


def test_call__wrong_method__names_the_right_one(http: httpx.Client) -> None:
    """Reading does not write."""
    answer = http.get("/intake")
    problem_of(answer, 405, "InputError")
    assert answer.headers["allow"] == "POST"
    problem_of(http.post("/status"), 405, "InputError")


@pytest.mark.parametrize("path", [*ASKING, *BODIES])
def test_call__keeper_refuses__is_a_problem_with_its_sentence(
    http: httpx.Client, keeper: ShelfKeeper, path: str
) -> None:
    """Every class has its status, and what may pass says when to come again."""
    statuses = {Refused: 409, NotFound: 404, ChainUnavailable: 503, NodesDisagree: 503}
    for kind, status in statuses.items():
        keeper.trouble = partial(refuse, kind)
        answer = called(http, path)
        assert problem_of(answer, status, kind.__name__)["detail"] == "the reason"
        assert ("retry-after" in answer.headers) == (status == 503)


@pytest.mark.parametrize("path", [*ASKING, *BODIES])
def test_call__defect__tells_kind_and_place_to_the_log_alone(
    http: httpx.Client, keeper: ShelfKeeper, path: str, caplog: pytest.LogCaptureFixture
) -> None:
    """The text of an unforeseen error goes nowhere: it may hold a key."""
    keeper.trouble = fail
    with capture_logs() as logs:
        answer = called(http, path)
    found = problem_of(answer, 500, "Unexpected")
    event = next(each for each in logs if each["event"] == "keeper.unexpected")
    assert found["number"] == event["number"]
    assert event["kind"] == "RuntimeError"
    assert "shelf_server.py:" in event["place"]
    assert SECRET not in answer.text + repr(logs) + caplog.text


def test_bundle__defect_under_way__breaks_off_and_tells_nothing(
    http: httpx.Client, keeper: ShelfKeeper, caplog: pytest.LogCaptureFixture
) -> None:
    """An answer that cannot be finished is not made to look whole."""
    keeper.trouble, keeper.broken_at = fail, 1_000_000
    with capture_logs() as logs, pytest.raises(httpx.RemoteProtocolError):
        http.get(BUNDLE)
    assert [each["kind"] for each in logs] == ["RuntimeError"]
    assert SECRET not in repr(logs) + caplog.text
    keeper.clear()
    counted = 'ddao_keeper_requests_total{path="/licences/{licence}/bundle",status="200"}'
    assert metrics_of(http)[counted] == 1


def test_bundle__refusal_under_way__breaks_off(http: httpx.Client, keeper: ShelfKeeper) -> None:
    """So does an error that has a class, once bytes are on their way."""
    keeper.trouble, keeper.broken_at = partial(refuse, NotFound), 1_000_000
    with capture_logs() as logs, pytest.raises(httpx.RemoteProtocolError):
        http.get(BUNDLE)
    assert [each["kind"] for each in logs] == ["NotFound"]
