"""`ddao up --keepers 3 --threshold 2`: keepers beside the service, tended, ended, found again."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.cli import (
    Answer,
    Person,
    end,
    first_document,
    left_over,
    running_town,
    settle_in,
    start_up,
    write_module,
)

PATIENCE = 60.0
THREE = ("--keepers", "3", "--threshold", "2")


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    """A home folder; after the test no process may name it any more."""
    yield tmp_path / "home"
    assert left_over(tmp_path / "home") == []


def refused(home: Path, *words: str | Path) -> Answer:
    """`ddao up` that must end by itself."""
    return Person(home).run("up", "--port", "0", "--data", home / "data", *words)


def status(endpoint: str) -> Any:
    """What a keeper says of itself; None where nobody answers."""
    try:
        answer = httpx.get(f"{endpoint}/status", trust_env=False, timeout=5)
    except httpx.TransportError:
        return None
    return answer.json() if answer.status_code == 200 else None


def until(met: Callable[[], Any], what: str) -> Any:
    """Look until something is so, for a bounded time."""
    end_at = time.monotonic() + PATIENCE
    while not (found := met()):
        assert time.monotonic() < end_at, what
        time.sleep(0.1)
    return found


def processes(data: Path) -> dict[int, int]:
    """The keepers' processes, as the service notes them."""
    return {index: int((data / f"keeper-{index}.pid").read_text()) for index in (1, 2, 3)}


def test_up__threshold_above_keepers__refused_and_nothing_made(home: Path) -> None:
    """A committee that could never release anything is not founded."""
    answer = refused(home, "--keepers", "2", "--threshold", "3")
    assert answer.code == 2
    assert answer.err.startswith("2 keepers cannot reach a threshold of 3.\n")
    assert not (home / "data" / "deployment.json").exists()


def test_up__fewer_receipts_than_open_a_share__refused(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What fewer keepers hold than release it could never be sold."""
    monkeypatch.setenv("DDAO_RECEIPTS", "1")
    answer = refused(home, *THREE)
    assert answer.code == 2
    assert answer.err.startswith(
        "The setting DDAO_RECEIPTS cannot be used: choose a value from 2 to 3.\n"
    )


def test_up__one_keeper__answers_below_the_services_address(home: Path) -> None:
    """The embedded keeper is reached by everybody at the endpoint that the chain names."""
    process = start_up(home, "--data", home / "data")
    told = first_document(process)
    try:
        (keeper,) = told["keepers"]
        assert keeper == {"index": 1, "endpoint": f"{told['url']}/keeper/1", "process": None}
        assert until(lambda: status(keeper["endpoint"]), "keeper 1 answers")["index"] == 1
        page = httpx.get(keeper["endpoint"] + "/", trust_env=False)
        assert page.text.startswith("Keeper 1 of a data DAO.")
        elsewhere = httpx.get(f"{told['url']}/keeper/2/status", trust_env=False)
        assert elsewhere.status_code == 404
        assert httpx.get(f"{told['url']}/ready", trust_env=False).status_code == 200
    finally:
        answer = end(process)
    assert answer.code == 0, answer.err


def test_up__three_keepers__work_apart_and_come_back(home: Path) -> None:
    """Each has a process and keys of its own; a killed one is started again at its endpoint.

    Everything ends with the service, and the next start has the same keepers.
    """
    person, data = settle_in(home), home / "data"
    process = start_up(home, "--data", data, *THREE)
    told = first_document(process)
    try:
        assert told["threshold"] == 2
        endpoints = [keeper["endpoint"] for keeper in told["keepers"]]
        assert {keeper["index"]: keeper["process"] for keeper in told["keepers"]} == processes(data)
        assert [status(endpoint)["index"] for endpoint in endpoints] == [1, 2, 3]
        assert len({status(endpoint)["operator"] for endpoint in endpoints}) == 3
        assert not list((data / "keys").glob("keeper-*.secret")), (
            "no key of theirs is the service's"
        )

        killed = processes(data)[3]
        os.kill(killed, signal.SIGKILL)
        until(lambda: processes(data)[3] != killed, "keeper 3 is started again")
        until(lambda: status(endpoints[2]) and status(endpoints[2])["index"] == 3, "and seated")

        person.does("init", "--service", told["url"])
        person.signs("contribute", write_module(home / "a.py", 1), "--collection", "0")
        assert [status(endpoint)["shares"] for endpoint in endpoints] == [1, 1, 1]
    finally:
        answer = end(process)
    assert answer.code == 0, answer.err
    assert '"keeper.ended"' in answer.err
    assert left_over(home) == []
    other = refused(home, "--keepers", "5", "--threshold", "3")
    assert other.code == 2
    assert other.err.startswith(
        f"The DAO in {data} has 3 keepers, of whom 2 release a key together"
    )
    with running_town(home):
        assert [status(endpoint)["shares"] for endpoint in endpoints] == [1, 1, 1]


def test_up__service_crashed__ends_the_orphans_and_starts_them_anew(home: Path) -> None:
    """Keepers that outlived their service hold folder and port: they are told to end first."""
    process = start_up(home, "--data", home / "data", *THREE)
    told = first_document(process)
    before = processes(home / "data")
    end(process, signal.SIGKILL)
    assert len([line for line in left_over(home) if "keeper run" in line]) == 3
    with running_town(home) as town:
        after = processes(town.data)
        assert not set(before.values()) & set(after.values())
        assert [status(keeper["endpoint"])["index"] for keeper in told["keepers"]] == [1, 2, 3]


def test_up__for_people__says_who_can_read_what(home: Path) -> None:
    """Separate processes on one machine are no separate parties, and that is said."""
    process = start_up(home, "--data", home / "data", *THREE, as_json=False)
    assert process.stdout is not None
    said = ""
    while "Ctrl-C" not in said:
        line = process.stdout.readline()
        assert line, process.communicate()[1]
        said += line
    answer = end(process)
    assert answer.code == 0, answer.err
    assert "Starting the keepers …" in said
    assert "3 keepers run beside it" in said
    assert "All their key files lie on this machine" in said
    assert "whoever runs this can read what is contributed" in said
