"""Canaries in keepers' processes: their secrets are found nowhere but wrapped, sealed, or in use.

Three real keepers take in, attest and release; meanwhile callers, nodes and their own operator do
everything wrong, defects are planted where secrets are in hand, and signals end them that write a
core dump. Then every key, share and passphrase is looked for wherever anything was left.
"""

from __future__ import annotations

import os
import signal
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.anvil import running_chain
from tests.support.canary_commands import (
    break_unlocking,
    command_wrongly,
    crash_rotation,
    damage_keys,
    save,
)
from tests.support.canary_process import (
    children,
    core_files,
    core_limits,
    dumps_here,
    is_dumped,
    openings,
    shown,
    traces_here,
    workplace,
)
from tests.support.canary_secrets import found_in
from tests.support.canary_story import (
    SPOILED,
    Evidence,
    break_intake,
    break_release,
    contribute,
    deliver,
    hand_in_wrongly,
    hold,
    let_go,
    lie,
    sell,
    working,
)
from tests.support.core_actors import seed
from tests.support.keeper_program import eventually

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")

SLEEPING = "import time; print('up', flush=True); time.sleep(60)"
CARELESS = (
    "import os, sys, time; kept = bytes.fromhex('{}'); print('up', flush=True); time.sleep(60)"
)
ENDS = {1: signal.SIGABRT, 2: signal.SIGSEGV, 3: signal.SIGBUS}
"""What ends each keeper: signals at which the system writes the memory down. Not SIGQUIT, which a
shell has its programs in the background ignore."""


@dataclass(frozen=True)
class Looks:
    """What was seen of the processes while they held shares in the clear."""

    limits: dict[int, list[str]]
    openings: dict[int, list[bool]]
    shown: bytes


@dataclass(frozen=True)
class Lived:
    """The keepers after all of it."""

    told: Evidence
    looks: Looks
    backup: Path
    restored: Path
    left: Path
    """What a crash left of a rotation."""
    files: list[Path]


@pytest.fixture(scope="module")
def home() -> Iterator[Path]:
    """A folder that others may enter, unlike those of pytest."""
    with tempfile.TemporaryDirectory(prefix="ddao-canary-") as name:
        made = Path(name)
        made.chmod(0o755)
        yield made


@pytest.fixture(scope="module")
def lived(home: Path) -> Iterator[Lived]:
    """The whole life of three keepers; afterwards none runs."""
    with running_chain() as chain, working(home, chain) as told:
        contribute(told)
        hand_in_wrongly(told)
        break_intake(told)
        licence = sell(told)
        break_release(told)
        looks = look(told, hold(told))
        end_workers(told)
        let_go(told)
        deliver(told, licence)
        command_wrongly(told.operator, told.machine(2), told.machine(1))
        restored = save(told.operator, told.machine(1))
        lie(told)
        for index, number in ENDS.items():
            end_keeper(told, index, number)
        break_unlocking(told.operator, told.machine(1))
        damage_keys(told.operator, told.machine(3))
        key = told.machine(3).key_file.read_bytes()
        left = crash_rotation(told.machine(3).data, key, 500)
        files = [path for path in home.rglob("*") if path.is_file()]
        yield Lived(told, looks, told.operator.at.folder / "backup", restored, left, files)


def look(told: Evidence, holding: set[int]) -> Looks:
    """Everything that can be seen from outside."""
    keepers = [told.pid(index) for index in ENDS]
    everybody = {*keepers, *holding}
    family = everybody.union(*(children(each) for each in keepers))
    return Looks(
        {each: core_limits(each) for each in everybody},
        openings(told.places[1], *everybody),
        b"".join(shown(each) for each in family),
    )


def end_workers(told: Evidence) -> None:
    """End a worker that holds a share by each of the signals; the keeper starts others."""
    for number in ENDS.values():
        known = told.places[1].held()
        os.kill(max(known), number)
        eventually(lambda known=known: len(told.places[1].held() - known) >= 2)


def end_keeper(told: Evidence, index: int, number: int) -> None:
    """End a keeper by a signal that leaves a core dump where there may be one."""
    process = told.machine(index).process
    assert process is not None
    told.dumped[f"keeper {index}"] = is_dumped(process, number)
    told.machine(index).ended()


def test_core_dump__process_that_hides_nothing__is_written_and_searched(tmp_path: Path) -> None:
    """Where this machine dumps cores into folders, the search finds a secret in one."""
    if not dumps_here():
        pytest.skip("core dumps go elsewhere, or nowhere, on this machine")
    at, secret = workplace(tmp_path / "careless"), seed("kept in memory")
    process = at.start([sys.executable, "-c", CARELESS.format(secret.hex())])
    assert process.stdout is not None
    assert process.stdout.readline() == "up\n"
    assert is_dumped(process, signal.SIGABRT)
    process.communicate()
    (core,) = core_files(at.folder)
    assert found_in(core.read_bytes(), {"it": secret}) == ["it"]


def test_memory__process_that_hides_nothing__is_open_to_its_own_user(tmp_path: Path) -> None:
    """What looks into keepers from outside does see an ordinary process."""
    if not traces_here():
        pytest.skip("this system lets no process trace another")
    at = workplace(tmp_path / "careless")
    process = at.start([sys.executable, "-c", SLEEPING])
    assert process.stdout is not None
    assert process.stdout.readline() == "up\n"
    assert openings(at, process.pid) == {process.pid: [True, True, True]}
    process.kill()
    process.communicate()


def test_canary__life_of_three_keepers__knows_secrets_of_every_kind(lived: Lived) -> None:
    """Keys, shares and passphrases are all among what is looked for."""
    kinds = {name.partition(" of ")[0].rstrip(" 0123456789") for name in lived.told.secrets}
    assert kinds == {
        "access key",
        "bundle key",
        "content key",
        "key file",
        "mistyped passphrase",
        "operator key",
        "passphrase",
        "release key",
        "sealing key",
        "share",
        "short key file",
    }
    assert sum(name.startswith("share") for name in lived.told.secrets) == 3 * 5


def test_memory__of_keepers_and_workers_with_shares_in_hand__is_closed(lived: Lived) -> None:
    """No other process of their own user reads or traces them, and no core would be written."""
    assert len(lived.looks.limits) == 3 + 2
    assert set(map(tuple, lived.looks.limits.values())) == {("0", "0")}
    assert set(map(tuple, lived.looks.openings.values())) == {(False, False, False)}


def test_command_lines__and_environments__hold_no_secret(lived: Lived) -> None:
    """Whoever lists processes learns where the key files lie, and nothing that is in them."""
    assert b"keeper-1.key" in lived.looks.shown
    assert b"multiprocessing" in lived.looks.shown
    assert found_in(lived.looks.shown, lived.told.secrets) == []


def test_core_dump__keepers_and_workers_ended_with_shares_in_hand__is_not_written(
    lived: Lived,
) -> None:
    """SIGABRT, SIGSEGV and SIGBUS leave nothing, although whoever started them allowed it."""
    assert lived.told.dumped == {f"keeper {index}": False for index in ENDS}
    assert core_files(lived.told.home) == set()


def test_canary__logs_and_stderr__hold_no_secret(lived: Lived) -> None:
    """Defects, damage and disagreement are all logged, and no line tells a secret."""
    events = set().union(*(lived.told.logged(index) for index in ENDS))
    assert {
        "keeper.client_left",
        "keeper.delayed",
        "keeper.failed",
        "keeper.paused",
        "keeper.seated",
        "keeper.unexpected",
    } <= events
    for place in lived.told.places.values():
        for path in (place.log, place.errors):
            assert found_in(path.read_bytes(), lived.told.secrets) == [], path


def test_canary__answers_over_http__hold_no_secret_but_what_was_asked_with(lived: Lived) -> None:
    """Heads and bodies of refusals, faults and bundles tell at most the caller's own words."""
    answers = lived.told.answers
    statuses = {answer[9:12] for answer in answers if answer.startswith(b"HTTP/1.1 ")}
    assert {b"200", b"400", b"403", b"404", b"405", b"409", b"413", b"422", b"500"} <= statuses
    others = {name: raw for name, raw in lived.told.secrets.items() if SPOILED not in name}
    assert found_in(b"\n".join(answers), others) == []


def test_canary__what_commands_say__holds_no_secret(lived: Lived) -> None:
    """Refusals, tracebacks and defects on an operator's terminal tell nothing."""
    said = "\n".join(lived.told.operator.said)
    assert said.count("Traceback") > 20
    assert "The secret does not open with this passphrase" in said
    assert "Defect" in said
    assert found_in(said.encode(), lived.told.secrets) == []


def test_canary__every_file__holds_secrets_only_where_they_are_given(lived: Lived) -> None:
    """Databases, their logs, bundles, backups and what crashes left hold nothing in the clear."""
    names = {path.name for path in lived.files}
    assert {"custody.sqlite", "custody.sqlite-wal", "book.sqlite", "keystore.json"} <= names
    assert {"keeper.log", "backup", "keys.new"} <= names
    own = {f"keeper-{index}.key": f"key file of keeper {index}" for index in ENDS}
    given = own | {
        "right": "passphrase",
        "wrong": "mistyped passphrase",
        "short.key": "short key file",
    }
    for path in lived.files:
        expected = [given[path.name]] if path.name in given else []
        if path.name == "keeper.yaml" and path.parent.name in ("keeper-3", "damaged"):
            expected = ["access key"]
        assert found_in(path.read_bytes(), lived.told.secrets) == expected, path


def test_backup__and_the_folder_restored_from_it__hold_keys_only_wrapped(lived: Lived) -> None:
    """Whoever has the file still needs what opens the keys."""
    archive = lived.backup.read_bytes()
    keystore = (lived.restored / "keys" / "keystore.json").read_bytes()
    assert keystore in archive
    assert keystore == (lived.told.machine(1).folder.keys / "keystore.json").read_bytes()
    assert found_in(archive, lived.told.secrets) == []


def test_rotation__ended_before_its_rename__leaves_keys_only_wrapped(lived: Lived) -> None:
    """What lies beside the keystore is for its owner alone, and as closed as the keystore."""
    assert lived.left.stat().st_mode & 0o777 == 0o600
    assert found_in(lived.left.read_bytes(), lived.told.secrets) == []


def test_permissions__of_keepers_files__let_nobody_else_in(lived: Lived) -> None:
    """Folders of keepers and of their keys are 0700, what they keep for themselves is 0600."""
    folders = [lived.told.machine(index).data for index in ENDS] + [lived.restored]
    for data in folders:
        assert data.stat().st_mode & 0o777 == 0o700, data
        assert (data / "keys").stat().st_mode & 0o777 == 0o700, data
        kept = [*(data / "keys").iterdir(), *data.glob("custody.sqlite*"), data / "keeper.yaml"]
        assert len(kept) >= 3
        assert {path.stat().st_mode & 0o777 for path in kept} == {0o600}, kept
    logs = [place.log for place in lived.told.places.values()]
    assert {path.stat().st_mode & 0o777 for path in [lived.backup, *logs]} == {0o600}
