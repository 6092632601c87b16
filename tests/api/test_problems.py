"""Every error is a problem document with one type for each cause."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from structlog.testing import capture_logs

from dao_backend import errors
from dao_backend.api import create_app
from dao_backend.api.backend import Limits
from dao_backend.chain.anvil import CHAIN_ID
from dao_backend.chain.node import Node
from dao_backend.chain.reader import Reader
from dao_backend.chain.rpc import Patience, Rpc
from dao_backend.core.discretion import Discretion
from dao_backend.core.facts import Facts
from dao_backend.core.problems import status_of
from dao_backend.errors import DaoError
from dao_backend.index.sqlite import SqliteIndex
from tests.support.core_actors import wallet
from tests.support.stand import Stand, problem_of

CLASSES = [
    kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, DaoError)
]
SECRET = "a thing that stays inside"


@pytest.fixture
def unanswered(stand: Stand) -> Iterator[TestClient]:
    """A client of a service whose chain node does not answer."""
    rpc = Rpc("http://127.0.0.1:9", Patience(repeats=0))
    chain = Reader(Node(rpc, CHAIN_ID), stand.dao.addresses)
    with TestClient(create_app(replace(stand.backend, chain=chain))) as client:
        yield client
    rpc.close()


@pytest.fixture
def broken(stand: Stand, tmp_path: Path) -> Iterator[TestClient]:
    """A client of a service that has a folder and a node to keep back, and a broken index."""
    rpc = Rpc("http://127.0.0.1:9", Patience(repeats=0))
    chain = Reader(Node(rpc, CHAIN_ID), stand.dao.addresses)
    folder = tmp_path / "broken"
    index = SqliteIndex(folder / "index.sqlite")
    index.close()
    for each in folder.iterdir():
        each.write_bytes(b"no database" * 1000)
    discretion = Discretion(folder, (("http://127.0.0.1:9", "the node"),))
    backend = replace(stand.backend, chain=chain, index=index, discretion=discretion)
    with TestClient(create_app(backend)) as client:
        yield client
    rpc.close()


@pytest.mark.parametrize("accept", ["application/json", "text/html"])
@pytest.mark.parametrize("path", ["/ready", "/v1/contributions", "/contributions", "/v1/editions"])
def test_get__database_and_node_broken__tells_neither_path_nor_node(
    broken: TestClient, tmp_path: Path, path: str, accept: str
) -> None:
    """Strangers learn which file it is, the log alone where it lies."""
    with capture_logs() as logs:
        answer = broken.get(path, headers={"accept": accept})
    assert answer.status_code == 503
    assert "index.sqlite cannot be used" in answer.text
    assert str(tmp_path) not in answer.text
    assert "127.0.0.1:9" not in answer.text
    causes = [str(entry.get("cause")) for entry in logs]
    assert any(str(tmp_path / "broken" / "index.sqlite") in cause for cause in causes)


def test_get__unknown_path__is_a_problem(client: TestClient) -> None:
    """A path that does not exist is answered with a problem document too."""
    problem_of(client.get("/v1/nothing"), 404, "NotFound")


def test_get__wrong_method__is_a_problem_that_names_the_right_one(client: TestClient) -> None:
    """A method that a path does not know is answered with those that it does."""
    answer = client.delete("/v1/dao")
    problem_of(answer, 405, "InputError")
    assert answer.headers["allow"] == "GET"


def test_post__invalid_json__is_a_problem(client: TestClient) -> None:
    """A body that is no JSON is the client's mistake, told as a problem."""
    headers = {"content-type": "application/json"}
    problem_of(client.post("/v1/contributions", content=b"{", headers=headers), 422, "InputError")


def test_post__deeply_nested_json__is_a_problem(client: TestClient) -> None:
    """Nesting beyond what the parser takes is no fault of the service."""
    headers = {"content-type": "application/json"}
    answer = client.post("/v1/contributions", content=b"[" * 200_000, headers=headers)
    problem_of(answer, 400, "InputError")


def test_post__wrong_fields__names_each_of_them(client: TestClient) -> None:
    """Validation tells every field that does not fit."""
    answer = client.post("/v1/contributions", json={"record": {}, "nonce": "0x1"})
    document = problem_of(answer, 422, "InputError")
    named = {each["where"] for each in document["errors"]}
    assert {"body.record.cidDigest", "body.nonce", "body.commitments"} <= named


@pytest.mark.parametrize("announced", [True, False])
def test_post__body_over_the_limit__is_refused(stand: Stand, announced: bool) -> None:
    """A JSON body above the limit is refused, whether its length was announced or not."""
    small = replace(stand.backend, limits=Limits(json_bytes=100))
    body = b'{"a":"' + b"x" * 200 + b'"}'
    content = body if announced else iter([body[:90], body[90:]])
    headers = {"content-type": "application/json"}
    with TestClient(create_app(small)) as client:
        answer = client.post("/v1/contributions", content=content, headers=headers)
    problem_of(answer, 413, "ContentTooLarge")


def test_get__bad_checksum__is_invalid_address(client: TestClient) -> None:
    """An address whose checksum does not hold is refused with what to do."""
    wrong = wallet(1).lower()
    problem_of(client.get(f"/v1/members/{wrong}"), 400, "InvalidAddress")


def test_get__bad_cursor__is_input_error(client: TestClient) -> None:
    """A page cursor that was not given out is refused."""
    problem_of(client.get("/v1/editions", params={"after": "x"}), 400, "InputError")


def test_get__chain_silent__is_chain_unavailable(unanswered: TestClient) -> None:
    """Without its node the service says so, and how to mend it."""
    answer = unanswered.get("/v1/dao")
    document = problem_of(answer, 503, "ChainUnavailable")
    assert "ddao up" in document["advice"]
    assert answer.headers["retry-after"]


def test_get__chain_silent__index_still_answers(unanswered: TestClient) -> None:
    """What the index knows can be read while the chain is silent."""
    assert unanswered.get("/v1/contributions").status_code == 200


def test_ready__chain_silent__names_what_is_missing(unanswered: TestClient) -> None:
    """Readiness tells the four parts apart."""
    checks = problem_of(unanswered.get("/ready"), 503, "ServiceUnavailable")["checks"]
    assert [name for name, check in checks.items() if not check["ok"]] == ["chain", "indexer"]


def test_post__contract_refuses__carries_error_and_arguments(stand: Stand) -> None:
    """A decoded custom error comes with its name and values, and a sentence."""
    answer = stand.client.post("/v1/collections/0/editions")
    document = problem_of(answer, 409, "ContractRefused")
    assert document["error"]
    assert isinstance(document["arguments"], dict)


def test_get__unforeseen_error__tells_a_number_and_nothing_else(stand: Stand) -> None:
    """What nobody foresaw is logged under a number; its text stays inside."""

    def facts() -> Facts:
        raise RuntimeError(SECRET)

    broken = replace(stand.backend, facts=facts)
    with capture_logs() as logs, TestClient(create_app(broken)) as client:
        answer = client.get("/v1/dao")
    document = problem_of(answer, 500, "Unexpected")
    assert SECRET not in answer.text
    (logged,) = [line for line in logs if line["event"] == "api.unexpected"]
    assert logged["number"] == document["number"]


def test_problem_type__every_error_class__can_be_fetched(client: TestClient) -> None:
    """What a problem's type means can be looked up, with its status and advice."""
    for kind in CLASSES:
        found = client.get(f"/problems/{kind.__name__}").json()
        assert (found["status"], found["advice"]) == (status_of(kind), kind.advice)
        assert found["meaning"]


def test_health__always__says_ok(client: TestClient) -> None:
    """Health asks nothing of anything else."""
    assert client.get("/health").json()["status"] == "ok"


def test_ready__everything_there__says_so(client: TestClient) -> None:
    """A whole service is ready."""
    assert client.get("/ready").status_code == 200


def test_cors__by_default__is_off(client: TestClient) -> None:
    """No other web page may read the answers."""
    answer = client.get("/v1/dao", headers={"origin": "https://elsewhere.example"})
    assert "access-control-allow-origin" not in answer.headers
