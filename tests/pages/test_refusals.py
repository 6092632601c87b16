"""What a person is told instead of a page: why, and what to try."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import httpx
import pytest
from fastapi.testclient import TestClient

from dao_backend.api import create_app
from dao_backend.api.pages.problems import catalogue
from dao_backend.chain.anvil import CHAIN_ID
from dao_backend.chain.node import Node
from dao_backend.chain.reader import Reader
from dao_backend.chain.rpc import Patience, Rpc
from dao_backend.errors import DaoError, NotFound
from tests.pages.conftest import ACCEPT
from tests.pages.crawl import parsed
from tests.pages.story import Told

NOWHERE = "http://127.0.0.1:9"
"""Nothing listens on the discard port."""
HASH = "0x" + "ab" * 32


@pytest.fixture
def cut_off(story: Told) -> Iterator[TestClient]:
    """The same service, but its chain does not answer."""
    rpc = Rpc(NOWHERE, Patience(repeats=1))
    chain = Reader(Node(rpc, CHAIN_ID), story.service.chain.addresses)
    with TestClient(create_app(replace(story.backend, chain=chain))) as client:
        client.headers["accept"] = ACCEPT
        yield client
    rpc.close()


@pytest.mark.parametrize(
    "path",
    [
        "/nowhere",
        "/collections/9",
        "/collections/source-code",
        f"/contributions/{HASH}",
        "/contributions/0xABCD",
        "/editions/99",
        "/editions/-1",
        "/editions/٣",
        "/proposals/1",
        "/proposals/" + "9" * 78,
        "/requests/0",
        "/requests/99999999999999999999",
        "/licences/2",
        "/members/0x0000000000000000000000000000000000000001",
        "/members/0x52908400098527886e0F7030069857D2E4169EE7",
        "/problems/Nothing",
        "/problems/Exception",
        "/static/nothing.css",
    ],
)
def test_open__what_is_not_there__is_a_page_that_says_so(reader: httpx.Client, path: str) -> None:
    """Unknown, malformed and impossible addresses get the same kind of page, with status 404."""
    answer = reader.get(path)
    assert answer.status_code == 404
    document = parsed(answer.text)
    assert document.all("h1")[0].words == "Not found"
    assert NotFound.advice in document.words
    assert "/problems/NotFound" in [each.attributes["href"] for each in document.all("a")]
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")


@pytest.mark.parametrize(
    "path",
    [
        "/editions?limit=0",
        "/editions?limit=201",
        "/editions?limit=many",
        "/contributions?after=" + "1" * 101,
        "/contributions?after=nowhere",
        "/contributions?collection=first",
        "/payouts?claims=x",
    ],
)
def test_open__list_with_an_impossible_query__is_refused(reader: httpx.Client, path: str) -> None:
    """A query that cannot be used is named, not guessed at."""
    answer = reader.get(path)
    assert answer.status_code == 400
    assert parsed(answer.text).all("h1")[0].words == "Input error"


def test_ask__as_a_program__gets_a_problem_document(program: httpx.Client) -> None:
    """Who does not ask for HTML gets what the API always answers."""
    answer = program.get("/nowhere")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["type"] == "/problems/NotFound"
    assert program.get("/problems/NotFound").json()["name"] == "NotFound"


def test_ask__for_json_before_html__gets_json(program: httpx.Client) -> None:
    """Of two kinds that are both welcome, the one named first counts."""
    both = {"accept": "application/json, text/html"}
    answer = program.get("/problems/NotFound", headers=both)
    assert answer.headers["content-type"] == "application/json"


def test_post__to_a_page__is_not_allowed(reader: httpx.Client) -> None:
    """Pages only read."""
    assert reader.post("/proposals").status_code == 405


def test_open__while_the_chain_is_silent__says_so(cut_off: TestClient) -> None:
    """A page that needs the chain says that it does not answer, and where to start."""
    answer = cut_off.get("/contributions")
    assert answer.status_code == 503
    document = parsed(answer.text)
    assert document.all("h1")[0].words == "Chain unavailable"
    assert "The chain does not answer at the moment." in document.words


def test_ask__while_the_chain_is_silent__gets_a_type_that_is_explained(
    cut_off: TestClient,
) -> None:
    """A problem document names a public kind of problem, whatever class was raised inside."""
    answer = cut_off.get("/v1/dao", headers={"accept": "application/json"})
    assert answer.status_code == 503
    assert answer.json()["type"] == "/problems/ChainUnavailable"


def test_open__problem_while_the_chain_is_silent__still_explains(cut_off: TestClient) -> None:
    """What needs no chain is served without one."""
    assert cut_off.get("/problems/ChainUnavailable").status_code == 200


@pytest.mark.parametrize("name", [*catalogue(), "Unexpected"])
def test_open__problem__says_what_it_means_and_what_to_try(reader: httpx.Client, name: str) -> None:
    """Every type that a problem document can name leads to a page for people."""
    answer = reader.get(f"/problems/{name}")
    assert answer.status_code == 200
    words = parsed(answer.text).words
    kind = catalogue().get(name, DaoError)
    assert "What to try" in words
    if name != "Unexpected":
        assert kind.advice in words
