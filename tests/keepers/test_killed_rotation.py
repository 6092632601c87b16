"""A `ddao keeper rotate` that is killed leaves keys that open, the old ones or the new."""

from __future__ import annotations

import random
import subprocess
import time
from pathlib import Path

import pytest

from dao_backend.custody.keystore import Unlock, open_keystore
from dao_backend.errors import WrongPassword
from tests.keepers.rounds import rounds
from tests.support.cli import DDAO
from tests.support.core_actors import seed as drawn
from tests.support.keeper_machine import Machine, make_keeper

LONGEST = 0.9
"""Seconds that the command takes, more or less."""


@pytest.fixture
def keeper(tmp_path: Path) -> Machine:
    """A keeper that is not running; it asks nobody."""
    return make_keeper(tmp_path, "keeper", 400, "http://127.0.0.1:1")


def rotate(keeper: Machine, *words: str | Path) -> subprocess.Popen[bytes]:
    """Start the command."""
    given = ("--data", keeper.data, "--key-file", keeper.key_file, *words)
    return subprocess.Popen(
        [DDAO, "keeper", "rotate", *given], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )


def killed(keeper: Machine, chance: random.Random, *words: str | Path) -> None:
    """Start it, and kill it some time later."""
    process = rotate(keeper, *words)
    time.sleep(chance.uniform(0.2, LONGEST))
    process.kill()
    process.wait()


@pytest.mark.parametrize("seed", rounds(1, 20))
def test_rotate__killed_at_any_moment__no_sealing_key_is_lost(keeper: Machine, seed: int) -> None:
    """Keys are only ever added, and the seat that is shown is one that the keystore opens."""
    chance, unlock = random.Random(seed), Unlock(key=keeper.key_file.read_bytes())
    known = open_keystore(keeper.folder.keys, unlock).sealing
    for _ in range(2):
        killed(keeper, chance, "--sealing-key")
        found = open_keystore(keeper.folder.keys, unlock).sealing
        assert found[: len(known)] == known
        assert len(found) <= len(known) + 1
        known = found
        assert keeper.seat(1).sealing_key in {key.public for key in known}
    assert rotate(keeper, "--sealing-key").wait() == 0
    found = open_keystore(keeper.folder.keys, unlock).sealing
    assert len(found) == len(known) + 1
    assert keeper.seat(1).sealing_key == found[-1].public


@pytest.mark.parametrize("seed", rounds(1, 20))
def test_rotate__killed_while_keys_are_wrapped_anew__one_key_file_opens_all(
    keeper: Machine, tmp_path: Path, seed: int
) -> None:
    """The file is the old one or the new one, never something between."""
    chance, folder = random.Random(seed), keeper.folder.keys
    old, new = keeper.key_file.read_bytes(), drawn("new key file")
    (tmp_path / "new.key").write_bytes(new)
    before = open_keystore(folder, Unlock(key=old))
    killed(keeper, chance, "--new-key-file", tmp_path / "new.key")
    opening = [key for key in (old, new) if opens(folder, key)]
    assert len(opening) == 1
    keeper.key_file.write_bytes(opening[0])
    assert rotate(keeper, "--new-key-file", tmp_path / "new.key").wait() == 0
    after = open_keystore(folder, Unlock(key=new))
    assert (after.operator.raw, after.sealing) == (before.operator.raw, before.sealing)
    assert not opens(folder, old)


def opens(folder: Path, key: bytes) -> bool:
    """Whether these bytes open the keystore."""
    try:
        open_keystore(folder, Unlock(key=key))
    except WrongPassword:
        return False
    return True
