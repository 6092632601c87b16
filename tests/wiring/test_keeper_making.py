"""A keeper's folder that is made while the process is killed: gone on with, under the same keys."""

from __future__ import annotations

import secrets
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from dao_backend.core.deployment_plan import CONTRACTS, predict_addresses
from dao_backend.core.deployment_record import DeploymentRecord
from dao_backend.core.model import address
from dao_backend.custody.keystore import FILE, Unlock, open_keystore
from dao_backend.errors import InputError, UnreadablePath, WrongPassword
from dao_backend.wiring.keeper_files import (
    KeeperFolder,
    SeatFacts,
    make_folder,
    read_config,
    read_record,
    read_seat,
)
from tests.support.core_actors import wallet
from tests.support.killed_making import CONFIG
from tests.support.local_dao import local_parameters

MOST = 40
"""More changes than a folder takes."""
COMPLETE = {"keeper.yaml", "deployment.json", "seat.yaml", "keys"}


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    """What opens the keys."""
    path = tmp_path / "key"
    path.write_bytes(secrets.token_bytes(32))
    return path


@pytest.fixture
def record(tmp_path: Path) -> Path:
    """A deployment's record."""
    path, deployer = tmp_path / "dao.json", address(wallet(1))
    peers = predict_addresses(deployer, 1)
    hashes = {peer: bytes([place]) * 32 for place, peer in enumerate(CONTRACTS)}
    made = DeploymentRecord(31337, 12, deployer, peers, hashes, local_parameters())
    path.write_text(made.to_json())
    return path


def killed(data: Path, key_file: Path, record: Path, number: int) -> bool:
    """Make the folder in a process that kills itself at a change; whether it came so far."""
    command = [sys.executable, "-m", "tests.support.killed_making"]
    words = (str(data), str(key_file), str(record), str(number))
    ended = subprocess.run(
        [*command, *words], check=False, capture_output=True, text=True, timeout=60
    )
    assert ended.returncode in (0, -signal.SIGKILL), ended.stderr
    return ended.returncode != 0


def made(data: Path, unlock: Unlock, record: Path | None) -> SeatFacts:
    """Make the folder, or go on with it."""
    return make_folder(data, CONFIG, unlock, secrets.token_bytes, dao=record)


def test_make__keys_left_behind_by_another_passphrase__refused_and_kept(
    tmp_path: Path, key_file: Path, record: Path
) -> None:
    """Keys are never replaced by a start that cannot open them."""
    data, unlock = tmp_path / "keeper", Unlock(key=key_file.read_bytes())
    made(data, unlock, record)
    (data / "keeper.yaml").unlink()
    kept = (data / "keys" / FILE).read_bytes()
    with pytest.raises(WrongPassword):
        made(data, Unlock(key=bytes(32)), record)
    with pytest.raises(InputError, match="is opened with a key file, not with a passphrase"):
        made(data, Unlock(passphrase=b"words"), record)
    assert (data / "keys" / FILE).read_bytes() == kept
    assert not (data / "keeper.yaml").exists()


@pytest.mark.parametrize("beside", ["custody.sqlite", "keys/mine", "mine"])
def test_make__keys_beside_something_else__refused(
    tmp_path: Path, key_file: Path, record: Path, beside: str
) -> None:
    """A keeper that has run and lost its settings is no unfinished folder."""
    data, unlock = tmp_path / "keeper", Unlock(key=key_file.read_bytes())
    made(data, unlock, record)
    (data / "keeper.yaml").unlink()
    (data / beside).write_text("mine")
    with pytest.raises(InputError, match="is not empty: name another folder"):
        made(data, unlock, record)


@pytest.mark.parametrize("name", ["deployment.json", "seat.yaml"])
def test_make__somebodys_file_and_no_keys__refused_and_kept(
    tmp_path: Path, key_file: Path, name: str
) -> None:
    """No interrupted start leaves one of these without keys: an operator has put it there."""
    data, unlock = tmp_path / "keeper", Unlock(key=key_file.read_bytes())
    data.mkdir()
    (data / name).write_text("mine")
    with pytest.raises(InputError, match="is not empty: name another folder"):
        made(data, unlock, None)
    assert (data / name).read_text() == "mine"


def test_make__complete_folder__refused_with_where_its_seat_is(
    tmp_path: Path, key_file: Path, record: Path
) -> None:
    """Whoever was interrupted before the seat was shown finds it there."""
    data, unlock = tmp_path / "keeper", Unlock(key=key_file.read_bytes())
    made(data, unlock, record)
    with pytest.raises(InputError, match="a keeper's folder already, and its seat is in seat"):
        made(data, unlock, record)


def test_make__killed_at_each_change__next_one_completes_it_with_the_same_keys(
    tmp_path: Path, key_file: Path, record: Path
) -> None:
    """Wherever it ends, a folder is no keeper's yet or whole, and no key that was made is lost."""
    unlock, with_keys = Unlock(key=key_file.read_bytes()), 0
    for number in range(1, MOST):
        data = tmp_path / f"keeper-{number}"
        if not killed(data, key_file, record, number):
            break
        folder = KeeperFolder(data)
        with pytest.raises(UnreadablePath, match="make one with `ddao keeper init`"):
            read_config(folder)
        before = None
        if (folder.keys / FILE).exists():
            before, with_keys = open_keystore(folder.keys, unlock), with_keys + 1
        seat = made(data, unlock, record)
        after = open_keystore(folder.keys, unlock)
        assert before in (None, after)
        assert seat.sealing_key == after.newest.public
        require_complete(folder, seat)
    else:
        raise AssertionError("it was killed at more changes than there are")
    assert number > 10
    assert with_keys > 3
    require_complete(KeeperFolder(data), read_seat(KeeperFolder(data)))


def require_complete(folder: KeeperFolder, seat: SeatFacts) -> None:
    """See that everything of a keeper's folder is there, and nothing else."""
    assert {path.name for path in folder.data.iterdir()} == COMPLETE
    assert read_config(folder) == CONFIG
    assert read_seat(folder) == seat
    assert read_record(folder, CONFIG).chain_id == 31337
    assert [path.name for path in folder.keys.iterdir()] == [FILE]


def test_make__interrupted_with_a_record__next_one_without_it_has_none(
    tmp_path: Path, key_file: Path, record: Path
) -> None:
    """What was given to the interrupted one is not taken over unseen."""
    data, unlock = tmp_path / "keeper", Unlock(key=key_file.read_bytes())
    first = made(data, unlock, record)
    (data / "keeper.yaml").unlink()
    assert made(data, unlock, None) == first
    assert not (data / "deployment.json").exists()
    assert yaml.safe_load((data / "seat.yaml").read_text()) == [first.mapping()]
