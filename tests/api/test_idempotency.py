"""A request that is sent again under its key gets its first answer."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from dao_backend.api import create_app
from dao_backend.chain.writer import Writer
from dao_backend.core.packing import hex_of
from dao_backend.index.answers import KEPT_SECONDS, SqliteAnswers
from dao_backend.ports.answers import Answer
from dao_backend.ports.chain import Sent
from dao_backend.service.editions import EditionDesk
from dao_backend.service.keepers import Keepers
from tests.support.local_dao import RELAY
from tests.support.stand import Stand, problem_of

KEY = {"idempotency-key": "first"}
SEAL = "/v1/collections/0/editions"


@pytest.fixture
def sealable(stand: Stand) -> Stand:
    """A DAO whose first collection can be sealed now."""
    stand.dao.register(1)
    stand.dao.chain.time.advance(3600)
    return stand


def test_repeat__other_body_under_the_key__is_refused(sealable: Stand) -> None:
    """A key belongs to one request."""
    assert sealable.client.post(SEAL, headers=KEY).status_code == 201
    for path in (SEAL, "/v1/collections/1/editions"):
        answer = sealable.client.post(path, json={"other": "body"}, headers=KEY)
        problem_of(answer, 409, "KeyReused")


@pytest.mark.parametrize("key", ["", "with space", "x" * 201])
def test_key__malformed__is_refused(client: TestClient, key: str) -> None:
    """Keys are visible ASCII of a bounded length."""
    answer = client.post(SEAL, headers={"idempotency-key": key})
    problem_of(answer, 422, "InputError")


def test_repeat__first_was_refused__is_carried_out(stand: Stand) -> None:
    """A refusal leaves nothing behind: the same key works once the reason is gone."""
    problem_of(stand.client.post(SEAL, headers=KEY), 409, "ContractRefused")
    stand.dao.register(1)
    stand.dao.chain.time.advance(3600)
    assert stand.client.post(SEAL, headers=KEY).status_code == 201


def test_repeat__same_request__sends_one_transaction(sealable: Stand) -> None:
    """The first answer comes again, with its status; nothing is sent twice."""
    first = sealable.client.post(SEAL, headers=KEY)
    height = sealable.dao.chain.height()
    again = sealable.client.post(SEAL, headers=KEY)
    assert (again.status_code, again.json()) == (first.status_code, first.json())
    assert sealable.dao.chain.height() == height


def test_repeat__after_a_restart__is_the_same(sealable: Stand) -> None:
    """Answers outlive the process that gave them."""
    first = sealable.client.post(SEAL, headers=KEY)
    with TestClient(create_app(sealable.backend)) as restarted:
        assert restarted.post(SEAL, headers=KEY).json() == first.json()


def test_repeat__while_the_first_runs__is_told_to_wait(sealable: Stand) -> None:
    """Two requests under one key never run side by side."""
    begun, go_on = threading.Event(), threading.Event()

    class SlowWriter(Writer):
        """The real relay, which waits before it seals."""

        def seal(self, collection: int) -> Sent:
            begun.set()
            assert go_on.wait(30)
            return super().seal(collection)

    dao = sealable.dao
    relay = SlowWriter(dao.chain.node, dao.addresses, dao.chain.sender(RELAY))
    asked = Keepers(lambda seat: sealable.keepers[seat.index - 1])
    backend = replace(sealable.backend, editions=EditionDesk(dao.reader, relay, asked))
    with TestClient(create_app(backend)) as client:
        answers: list[int] = []
        first = threading.Thread(
            target=lambda: answers.append(client.post(SEAL, headers=KEY).status_code)
        )
        first.start()
        assert begun.wait(30)
        problem_of(client.post(SEAL, headers=KEY), 409, "KeyReused")
        go_on.set()
        first.join()
    assert answers == [201]


def test_answers__kept__come_back_until_they_are_old(tmp_path: Path) -> None:
    """The first answer under a key stays for a week."""
    answers = SqliteAnswers(tmp_path / "answers.sqlite")
    first, second = Answer(b"1", 200, b"{}"), Answer(b"2", 201, b"[]")
    answers.keep("key", first, 100)
    answers.keep("key", second, 101)
    assert answers.find("key") == first
    answers.keep("other", second, 101 + KEPT_SECONDS)
    assert answers.find("key") is None
    assert answers.find("other") == second
    answers.close()


def test_registration__repeated_without_a_key__is_the_same(stand: Stand) -> None:
    """A registration is itself: its contribution id is key enough."""
    made = stand.submitted(1)
    path = f"/v1/contributions/{hex_of(made.record.contribution_id)}/registration"
    assert stand.post(path) == stand.post(path)
