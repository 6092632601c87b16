"""`ddao keeper run` and `status`, as real processes on a real chain."""

from __future__ import annotations

import json
import signal
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from dao_backend.core.deployment_record import DeploymentRecord
from tests.support.anvil import Chain, running_chain
from tests.support.cli import Answer, Person, end, settle_in
from tests.support.keeper_program import (
    OwnKeeper,
    change_committee,
    eventually,
    found_dao_of,
    make_keeper,
    running,
)
from tests.support.local_dao import LocalDao

STOP_SECONDS = 5.0
ALARM = 5
"""The exit code of what does not fit together."""


@pytest.fixture(scope="module")
def chain() -> Iterator[Chain]:
    """A local chain."""
    with running_chain() as started:
        yield started


@pytest.fixture(scope="module")
def person(tmp_path_factory: pytest.TempPathFactory) -> Person:
    """The operator of every keeper here."""
    return settle_in(tmp_path_factory.mktemp("operator"))


@pytest.fixture(scope="module")
def keeper(person: Person, chain: Chain) -> OwnKeeper:
    """A keeper that looks at the chain."""
    return make_keeper(person, "seated", chain.url)


@pytest.fixture(scope="module")
def founded(keeper: OwnKeeper, chain: Chain) -> tuple[LocalDao, DeploymentRecord]:
    """A DAO with this keeper alone, and its record."""
    return found_dao_of(chain, keeper)


@pytest.fixture(scope="module")
def dao(founded: tuple[LocalDao, DeploymentRecord]) -> LocalDao:
    """The DAO."""
    return founded[0]


@pytest.fixture
def unseated(
    person: Person, chain: Chain, founded: tuple[LocalDao, DeploymentRecord], tmp_path: Path
) -> OwnKeeper:
    """A keeper that the DAO does not know."""
    made = make_keeper(person, f"unseated-{tmp_path.name}", chain.url)
    made.keep_for(founded[1])
    return made


def refused(keeper: OwnKeeper, *words: str | Path) -> Answer:
    """A start that must end by itself."""
    process = keeper.start(*words)
    out, err = process.communicate(timeout=60)
    return Answer(process.returncode, out, err)


def stop_in_time(process: object, number: int) -> Answer:
    """End a process and see that it does not take longer than promised."""
    begun = time.monotonic()
    answer = end(process, number)  # type: ignore[arg-type]
    assert time.monotonic() - begun < STOP_SECONDS
    return answer


@contextmanager
def silent_node() -> Iterator[str]:
    """Takes every connection and never answers; its URL."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        taken: list[socket.socket] = []

        def take() -> None:
            while True:
                try:
                    taken.append(server.accept()[0])
                except OSError:
                    return

        thread = threading.Thread(target=take)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}"
        server.shutdown(socket.SHUT_RDWR)
        thread.join()
        for each in taken:
            each.close()


def test_run__no_record__says_where_it_belongs(person: Person) -> None:
    """A keeper made before the DAO is told to get the record."""
    made = make_keeper(person, "early", "http://127.0.0.1:1")
    answer = refused(made)
    assert answer.code == 2
    assert "deployment.json is missing: put the record of the DAO's deployment there." in answer.err


def test_run__setting_that_makes_no_sense__is_named(unseated: OwnKeeper) -> None:
    """The settings are read before anything starts."""
    unseated.set(agree=2)
    answer = refused(unseated)
    assert answer.code == 2
    assert answer.err.startswith("Agree is 2: choose a value from 1 to 1")


def test_run__another_key_file__refused_and_lock_given_back(unseated: OwnKeeper) -> None:
    """Wrong keys start nothing, and the right ones still do."""
    other = unseated.data.with_name("other.key")
    other.write_bytes(bytes(32))
    answer = refused(unseated, "--key-file", other)
    assert answer.code == 2
    assert answer.err.startswith("The secret does not open with this passphrase.")
    with running(unseated):
        pass


def test_run__folder_in_use__refused_and_the_first_runs_on(
    keeper: OwnKeeper, dao: LocalDao
) -> None:
    """One folder has one keeper: two would build bundles of their own."""
    with running(keeper) as first:
        answer = refused(keeper)
        assert answer.code == 6
        expected = f"{keeper.data} is in use by process {first.process.pid}."
        assert answer.err.startswith(expected)
        assert first.status()["operator"] == keeper.seat["operator"]


def test_run__port_taken__says_how_to_mend_it(unseated: OwnKeeper) -> None:
    """The port stands in the settings."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        unseated.set(listen=f"127.0.0.1:{port}")
        answer = refused(unseated)
    assert answer.code == 2
    assert f"Port {port} of 127.0.0.1 cannot be used (Address already in use)" in answer.err


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_run__told_to_end__stops_within_seconds(
    keeper: OwnKeeper, dao: LocalDao, number: signal.Signals
) -> None:
    """Nothing answers afterwards, and the folder is free."""
    with running(keeper) as started:
        assert (keeper.data / "url").read_text() == started.url
        answer = stop_in_time(started.process, number)
        assert answer.code == 0, answer.err
        assert not (keeper.data / "url").exists()
        with pytest.raises(httpx.ConnectError):
            started.status()


def test_run__node_that_never_answers__stops_within_seconds(unseated: OwnKeeper) -> None:
    """A question that hangs does not hold up the end, not even one of a caller."""
    with silent_node() as url:
        unseated.set(rpc=[url])
        with running(unseated) as started:
            assert started.status()["index"] == 0
            answer = stop_in_time(started.process, signal.SIGTERM)
    assert answer.code == 0, answer.err


def test_run__seated__reads_the_chain_and_says_so(keeper: OwnKeeper, dao: LocalDao) -> None:
    """It finds its index by its operator account and folds the final log."""
    with running(keeper) as started:
        found = eventually(lambda: s if (s := started.status())["finalBlock"] else None)
    assert found["index"] == 1
    assert found["operator"] == keeper.seat["operator"]
    assert found["alarm"] is None
    assert found["missing"] == []


def test_run__running__its_memory_is_hidden(keeper: OwnKeeper, dao: LocalDao) -> None:
    """The keys of a crashed keeper land in no file."""
    with running(keeper) as started:
        limits = Path(f"/proc/{started.process.pid}/limits").read_text()
    (core,) = [line for line in limits.splitlines() if line.startswith("Max core file size")]
    assert core.split()[4:6] == ["0", "0"]


def test_run__started_again__sits_where_it_sat(keeper: OwnKeeper, dao: LocalDao) -> None:
    """Killed or stopped, the next start finds the same seat and the same shares."""
    keeper.hold(1, 2)
    for number in (signal.SIGKILL, signal.SIGTERM):
        with running(keeper) as started:
            found = eventually(lambda run=started: s if (s := run.status())["index"] else None)
            assert found["shares"] == 2
            started.stop(number)


def test_run__killed__status_says_that_nobody_answers(keeper: OwnKeeper, dao: LocalDao) -> None:
    """What a crash left behind deceives nobody."""
    with running(keeper) as started:
        started.stop(signal.SIGKILL)
        answer = keeper.run("status")
    assert answer.code == 6
    assert "does not answer" in answer.err


def test_run__without_a_seat__waits_and_then_takes_it(
    unseated: OwnKeeper, keeper: OwnKeeper, dao: LocalDao
) -> None:
    """It refuses everything, says that it waits, and needs no restart once a vote seats it."""
    log = unseated.data.with_name(f"{unseated.data.name}.log")
    snapshot = dao.chain.snapshot()
    with running(unseated, "--log", log) as started:
        eventually(lambda: "keeper.waiting" in log.read_text())
        assert started.status()["index"] == 0
        answer = httpx.get(f"{started.url}/attestations/1", trust_env=False)
        assert "waits for its seat" in answer.json()["detail"]
        told = unseated.run("status")
        assert told.code == 0, told.err
        assert "It waits: the final chain gives its operator no seat yet." in told.out
        change_committee(dao, unseated)
        eventually(lambda: started.status()["index"] == 1)
        assert "keeper.seated" in log.read_text()
    dao.chain.revert(snapshot)


def test_run__log_file__holds_json_lines_and_stderr_nothing(
    keeper: OwnKeeper, dao: LocalDao, tmp_path: Path
) -> None:
    """One event per line, readable by its owner alone, and none of the keys in it."""
    log = tmp_path / "logs" / "keeper.log"
    with running(keeper, "--log", log) as started:
        eventually(lambda: "keeper.seated" in log.read_text())
        answer = started.stop()
    events = [json.loads(line) for line in log.read_text().splitlines()]
    (seated,) = [event for event in events if event["event"] == "keeper.seated"]
    assert (seated["keeper"], seated["level"]) == (1, "info")
    assert log.stat().st_mode & 0o777 == 0o600
    assert keeper.key_file.read_bytes().hex() not in log.read_text()
    assert answer.err == ""


def test_status__neither_folder_nor_url__refused(person: Person) -> None:
    """One has to say which keeper."""
    answer = person.run("keeper", "status")
    assert answer.code == 2
    assert answer.err.startswith("Name the keeper by --data or by --endpoint")


def test_status__of_a_running_keeper__by_folder_and_by_url(
    keeper: OwnKeeper, dao: LocalDao
) -> None:
    """Both ways lead to the same keeper; people get a table, programs a document."""
    with running(keeper) as started:
        eventually(lambda: started.status()["finalBlock"])
        by_folder = keeper.does("status")
        by_url = keeper.person.does("keeper", "status", "--endpoint", started.url)
        told = keeper.run("status")
    assert by_folder["url"] == by_url["url"] == started.url
    assert by_folder["operator"] == by_url["operator"] == keeper.seat["operator"]
    assert by_folder["index"] == 1
    assert keeper.seat["operator"] in told.out


def test_status__nodes_do_not_answer__alarm_and_exit_code(
    unseated: OwnKeeper, person: Person
) -> None:
    """A keeper that cannot see the chain says why, and a script notices."""
    unseated.set(rpc=["http://127.0.0.1:1", "http://127.0.0.1:2/access-key"])
    with running(unseated) as started:
        alarm = eventually(lambda: started.status()["alarm"])
        told = unseated.run("status")
        document = unseated.run("status", "--json")
    assert told.code == document.code == ALARM
    assert "ALARM: " in told.out
    assert document.json["alarm"]
    assert "no answer from node 1" in alarm
    assert "no answer from node 2" in alarm
    assert "127.0.0.1" not in alarm
