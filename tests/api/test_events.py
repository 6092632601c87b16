"""The event stream: from the start, from a bookmark, live, and across a reorganisation."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from socket import create_server
from typing import Any

import httpx
import pytest
from fastapi.testclient import TestClient

from dao_backend.api import create_app
from dao_backend.chain.anvil import AnvilOptions
from dao_backend.wiring.serve import ApiServer
from tests.support.anvil import running_chain
from tests.support.local_dao import found_dao
from tests.support.stand import Stand, problem_of, standing


@dataclass(frozen=True)
class Told:
    """One server-sent event."""

    event: str
    data: dict[str, Any]
    id: str | None


def read(lines: Iterator[str]) -> Iterator[Told]:
    """Parse a stream as a browser does."""
    fields: dict[str, str] = {}
    for line in lines:
        if line:
            name, _, value = line.partition(": ")
            fields[name] = value
        elif "data" in fields:
            yield Told(fields["event"], json.loads(fields["data"]), fields.get("id"))
            fields = {}


def length_of(told: Told) -> str:
    """Length of the envelope of a contribution that was told of."""
    return str(told.data["fact"]["record"]["length"])


def so_far(stand: Stand, after: str | None = None) -> list[Told]:
    """Everything after a bookmark, without waiting for more."""
    headers = {} if after is None else {"last-event-id": after}
    answer = stand.client.get("/v1/events", params={"follow": "false"}, headers=headers)
    assert answer.status_code == 200, answer.text
    return list(read(iter(answer.text.splitlines())))


@pytest.mark.parametrize("bookmark", ["x", "1", "1.2.3", "-1.0", "1.0.xyzxyzxy"])
def test_events__malformed_bookmark__is_refused(client: TestClient, bookmark: str) -> None:
    """A bookmark that was not given out is refused before the stream begins."""
    answer = client.get("/v1/events", headers={"last-event-id": bookmark})
    problem_of(answer, 400, "InputError")


def test_events__too_many_listeners__are_refused(stand: Stand) -> None:
    """Open streams are bounded."""
    none = replace(stand.backend.limits, listeners=0)
    with TestClient(create_app(replace(stand.backend, limits=none))) as client:
        problem_of(client.get("/v1/events"), 503, "ServiceUnavailable")


def test_events__from_the_start__tell_the_whole_log(stand: Stand) -> None:
    """Without a bookmark the log is told from its first event, in order."""
    stand.dao.register(1)
    stand.follow()
    told = so_far(stand)
    assert told[0].event == "CapsChanged"
    last = [one.event for one in told[-3:]]
    assert last == ["Contributed", "MemberAdded", "GenesisReached"]
    assert length_of(told[-3]) == "1001"
    assert len({one.id for one in told}) == len(told)


def test_events__from_a_bookmark__go_on_behind_it(stand: Stand) -> None:
    """Last-Event-ID resumes exactly behind the event it names; so does the query."""
    stand.dao.register(1)
    stand.follow()
    told = so_far(stand)
    assert so_far(stand, told[2].id) == told[3:]
    assert so_far(stand, told[-1].id) == []
    cursor = str(told[2].id).rpartition(".")[0]
    answer = stand.client.get("/v1/events", params={"follow": "false", "after": cursor})
    assert list(read(iter(answer.text.splitlines()))) == told[3:]


def test_events__open_stream__brings_what_happens(stand: Stand) -> None:
    """A listener is told of a contribution without asking again."""
    with create_server(("127.0.0.1", 0)) as listening:
        server = ApiServer(create_app(stand.backend), listening)
        server.start()
        url = f"http://127.0.0.1:{listening.getsockname()[1]}/v1/events"
        last = str(so_far(stand)[-1].id)
        with httpx.stream("GET", url, headers={"last-event-id": last}, timeout=30) as answer:
            stand.dao.register(1)
            stand.indexer.sync_once()
            told = read(answer.iter_lines())
            assert [next(told).event, next(told).event] == ["Contributed", "MemberAdded"]
        server.stop()


def test_events__blocks_taken_back__say_where_to_forget_from(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """After a reorganisation the stream names the last sure block and tells the new past."""
    with running_chain(AnvilOptions(block_time=None)) as chain:
        dao = found_dao(chain)
        with standing(dao, tmp_path_factory.mktemp("reorganised")) as stand:
            stand.follow()
            dao.register(1)
            stand.indexer.sync_once()
            last = so_far(stand)[-1]
            chain.reorganise(1)
            dao.register(2)
            stand.indexer.sync_once()
            told = so_far(stand, last.id)
    assert told[0].event == "reorganised"
    assert told[0].data["block"] < last.data["block"]
    assert [length_of(one) for one in told if one.event == "Contributed"] == ["1002"]
