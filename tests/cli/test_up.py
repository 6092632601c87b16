"""`ddao up`: what it refuses, that it leaves nothing behind, and that it goes on where it was."""

from __future__ import annotations

import os
import signal
import socket
import sqlite3
from collections.abc import Iterator
from pathlib import Path

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


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    """A home folder; after the test no process may name it any more."""
    yield tmp_path / "home"
    assert left_over(tmp_path / "home") == []


def refused(home: Path, *words: str | Path) -> Answer:
    """`ddao up` that must end by itself."""
    return Person(home).run("up", "--port", "0", *words)


def test_up__port_taken__says_so_and_starts_nothing(home: Path) -> None:
    """The port is bound first, and the way out is named."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        answer = refused(home, "--data", home / "data", "--port", str(port))
    assert answer.code == 2
    assert answer.err.startswith(
        f"Port {port} of 127.0.0.1 cannot be used (Address already in use); "
        "give another with --port.\n"
    )


def test_up__folder_in_use__refused_and_the_first_runs_on(home: Path) -> None:
    """Two services never share a folder; the holder's process is named."""
    with running_town(home) as town:
        answer = refused(home, "--data", town.data)
        assert answer.code == 6
        assert answer.err.startswith(f"{town.data} is in use by process {town.process.pid}.\n")
        assert httpx.get(f"{town.url}/ready", trust_env=False).status_code == 200


def test_up__folder_that_cannot_be_written__refused(home: Path) -> None:
    """A folder that cannot be made is named."""
    home.mkdir()
    (home / "file").touch()
    answer = refused(home, "--data", home / "file" / "data")
    assert answer.code == 2
    assert answer.err.startswith(f"{home / 'file' / 'data'} cannot be used: Not a directory.\n")


def test_up__setting_that_makes_no_sense__is_named(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A wrong environment variable is said by its name."""
    monkeypatch.setenv("DDAO_PAUSE", "soon")
    answer = refused(home, "--data", home / "data")
    assert answer.code == 2
    assert answer.err.startswith("The setting DDAO_PAUSE cannot be used: ")


def test_up__database_locked_by_another_program__refused(home: Path) -> None:
    """A lock that is not given back in time ends the start, and nothing is left running."""
    data = home / "data"
    data.mkdir(parents=True)
    with sqlite3.connect(data / "index.sqlite") as holder:
        holder.execute("CREATE TABLE mine (x)")
        holder.commit()
        holder.execute("BEGIN EXCLUSIVE")
        answer = refused(home, "--data", data)
        holder.rollback()
    assert answer.code == 6
    assert f"The database {data / 'index.sqlite'} cannot be used: database is locked." in answer.err


def test_up__database_damaged__refused_and_left_as_it_is(home: Path) -> None:
    """A file that is no database is named and not overwritten."""
    data = home / "data"
    data.mkdir(parents=True)
    (data / "index.sqlite").write_bytes(b"this is no database " * 100)
    answer = refused(home, "--data", data)
    assert answer.code == 6
    assert "file is not a database" in answer.err
    assert (data / "index.sqlite").read_bytes() == b"this is no database " * 100


def test_up__database_read_only__refused(home: Path) -> None:
    """A file that cannot be written is noticed at the start."""
    data = home / "data"
    data.mkdir(parents=True)
    with sqlite3.connect(data / "index.sqlite") as made:
        made.execute("CREATE TABLE mine (x)")
    (data / "index.sqlite").chmod(0o400)
    process = start_up(home, "--data", data)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 6
    assert f"The database {data / 'index.sqlite'} cannot be used: attempt to write" in err


def test_up__ctrl_c__leaves_no_process(home: Path) -> None:
    """The interrupt stops every child, and the exit code is 0."""
    process = start_up(home, "--data", home / "data")
    told = first_document(process)
    assert any("anvil" in line for line in left_over(home))
    answer = end(process, signal.SIGINT)
    assert answer.code == 0, answer.err
    assert left_over(home) == []
    with pytest.raises(httpx.ConnectError):
        httpx.get(told["url"], trust_env=False)


def test_up__told_to_end_while_starting__leaves_no_process(home: Path) -> None:
    """Whenever the signal comes, the parts that were started are stopped again."""
    process = start_up(home, "--data", home / "data")
    while process.poll() is None and not (home / "data" / "keys").exists():
        os.sched_yield()
    answer = end(process)
    assert answer.code == 0, answer.err
    assert left_over(home) == []


def test_up__listener_still_connected__ends_all_the_same(home: Path) -> None:
    """An open event stream does not hold up the end that a service manager asks for."""
    process = start_up(home, "--data", home / "data")
    url = first_document(process)["url"]
    with httpx.stream("GET", f"{url}/v1/events", trust_env=False, timeout=30) as stream:
        assert stream.status_code == 200
        answer = end(process, signal.SIGTERM)
    assert answer.code == 0, answer.err


def test_up__chain_dies__ends_with_a_reason(home: Path) -> None:
    """A service without its chain does not pretend to go on."""
    process = start_up(home, "--data", home / "data")
    first_document(process)
    os.kill(int((home / "data" / "chain.pid").read_text()), signal.SIGKILL)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 6
    assert err.splitlines()[-2].startswith("The local chain has ended: ")


def test_up__started_again__goes_on_where_it_was(home: Path) -> None:
    """Contracts, contributions and wallets outlive a restart, on another port too."""
    person = settle_in(home)
    with running_town(home) as town:
        before = person.does("init", "--service", town.url)
        person.signs("contribute", write_module(home / "a.py", 1), "--collection", "0")
        town.until(lambda: person.does("status")["contributions"])
    with running_town(home) as town:
        after = person.does("init", "--service", town.url)
        assert after["registry"] == before["registry"]
        town.until(lambda: person.does("status")["contributions"])
        again = person.signs("contribute", write_module(home / "b.py", 2), "--collection", "0")
        assert again["registered"] == 1


def test_up__after_a_crash__ends_the_orphan_and_keeps_its_state(home: Path) -> None:
    """The chain that outlived its service is told to write its state, and the next start has it."""
    person = settle_in(home)
    process = start_up(home, "--data", home / "data")
    first = first_document(process)
    person.does("init", "--service", first["url"])
    person.signs("contribute", write_module(home / "a.py", 1), "--collection", "0")
    end(process, signal.SIGKILL)
    assert any("anvil" in line for line in left_over(home))
    with running_town(home) as town:
        person.does("init", "--service", town.url)
        found = town.until(lambda: person.does("status")["contributions"])
        assert len(found) == 1


def test_up__for_people__says_where_and_how_to_go_on(home: Path) -> None:
    """The terminal names the URL, who can read what, and the next commands; closing it ends all."""
    process = start_up(home, "--data", home / "data", as_json=False)
    assert process.stdout is not None
    said = ""
    while "Ctrl-C" not in said:
        line = process.stdout.readline()
        assert line, process.communicate()[1]
        said += line
    answer = end(process, signal.SIGHUP)
    assert answer.code == 0, answer.err
    assert "Starting the local chain …" in said
    assert "One operator runs everything here" in said
    assert "ddao init --service http://127.0.0.1:" in said
    assert answer.out.endswith(f"Stopped; everything is kept in {home / 'data'}.\n")
