"""`ddao keeper` commands of an operator who has everything wrong, with secrets in hand."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from dao_backend.custody.keystore import FILE, Unlock, rewrap
from tests.support.canary_process import Workplace, give
from tests.support.core_actors import seed
from tests.support.keeper_machine import Machine

PASSPHRASE = "seven herons stand in the canary's harbour"
TYPED_WRONG = "seven herons stood in another's harbour"
SHORT_KEY = b"a key file that is too short"
_PATIENCE = 60.0


@dataclass(slots=True)
class Operator:
    """Somebody at a keeper's terminal; everything that the commands say is kept."""

    at: Workplace
    said: list[str] = field(default_factory=list)

    def file(self, name: str, content: bytes) -> Path:
        """A file of the operator's own."""
        path = self.at.folder / name
        path.write_bytes(content)
        path.chmod(0o600)
        give(path)
        return path

    def does(self, *words: str | Path) -> None:
        """A `ddao keeper` command that must succeed."""
        assert self._run(*words) == 0, self.said[-1]

    def fails(self, *words: str | Path) -> None:
        """One that must not."""
        assert self._run(*words, "--json") != 0, words

    def _run(self, *words: str | Path) -> int:
        with self.at.spawn("keeper", *words, "--verbose") as process:
            out, err = process.communicate(timeout=_PATIENCE)
        self.said += [out, err]
        return process.returncode


def protect(operator: Operator, keeper: Machine) -> Path:
    """Wrap a keeper's keys under a passphrase too; the file that the passphrase stands in."""
    words = operator.file("right", PASSPHRASE.encode() + b"\n")
    given = ["--data", keeper.data, "--key-file", keeper.key_file]
    operator.does("rotate", *given, "--passphrase", "--new-password-file", words)
    return words


def command_wrongly(operator: Operator, keeper: Machine, other: Machine) -> None:
    """Each command with wrong passphrases, key files, folders, backups; both keepers run.

    `keeper` is opened with a passphrase and a key file, `other` with a key file.
    """
    wrong = ("--password-file", operator.file("wrong", TYPED_WRONG.encode()))
    right, key = ("--password-file", operator.at.folder / "right"), ("--key-file", keeper.key_file)
    own, others = ("--data", keeper.data), ("--data", other.data)
    short = ("--key-file", operator.file("short.key", SHORT_KEY))
    again = ("rotate", *own, "--sealing-key")
    operator.fails(*again, *wrong, *key)
    operator.fails(*again, *right, "--key-file", other.key_file)
    operator.fails(*again, *right, *short)
    operator.fails(*again, *right)
    operator.fails(*again, *key)
    operator.fails("rotate", *own, *wrong, *key, "--passphrase")
    operator.fails("rotate", *own, *right, *key, "--new-key-file", short[1])
    operator.fails("rotate", *others, *key, "--sealing-key")
    operator.fails("rotate", *others, "--key-file", other.key_file)
    operator.fails("run", *own, *wrong, *key)
    operator.fails("run", *own, *right, *key)
    operator.fails("run", *others, *right, "--key-file", other.key_file)
    operator.fails("init", *own, *right, "--endpoint", "http://keeper")
    new = ("--data", operator.at.folder / "new", "--endpoint", "http://keeper")
    operator.fails("init", *new, *short)
    operator.fails("init", *new, *key, "--passphrase")
    operator.fails("status", *own, "--endpoint", "http://127.0.0.1:1")
    operator.fails("status", "--endpoint", "http://127.0.0.1:1")
    operator.fails("handover", *own, "--epoch", "7")
    operator.fails("restore", keeper.key_file, *new)
    operator.fails("export-backup", *own, keeper.key_file)
    operator.does("handover", *own)


def break_unlocking(operator: Operator, keeper: Machine) -> None:
    """A defect with everything in hand that opens the keys; the keeper does not run."""
    operator.at.tell("locked")
    operator.fails("run", "--data", keeper.data, "--key-file", keeper.key_file)
    operator.at.tell("")


def damage_keys(operator: Operator, keeper: Machine) -> None:
    """A keystore whose sealing key is another one's, and one that was cut off."""
    copy = operator.at.folder / "damaged"
    shutil.copytree(keeper.data, copy)
    store = copy / "keys" / FILE
    whole = store.read_text()
    name = whole.split('"sealing": {')[1].split('"')[1]
    for content in (whole.replace(name, "0" * 16), whole[: len(whole) // 2], "[]"):
        store.write_text(content)
        give(copy)
        operator.fails("run", "--data", copy, "--key-file", keeper.key_file)


def save(operator: Operator, keeper: Machine) -> Path:
    """A backup of a running keeper, restored once, and refused where it is damaged."""
    backup, restored = operator.at.folder / "backup", operator.at.folder / "restored"
    operator.does("export-backup", "--data", keeper.data, backup)
    operator.fails("export-backup", "--data", keeper.data, backup)
    operator.does("restore", backup, "--data", restored)
    operator.fails("restore", backup, "--data", restored)
    damaged = operator.file("damaged-backup", backup.read_bytes().replace(b"shares", b"shorts"))
    operator.fails("restore", damaged, "--data", operator.at.folder / "never")
    return restored


def crash_rotation(data: Path, key: bytes, number: int) -> Path:
    """What is left where a rotation ends just before its one rename."""

    class PowerCut(BaseException):
        pass

    def at(step: str) -> None:
        if step == "written":
            raise PowerCut

    drawn = iter(range(1_000))
    new = Unlock(PASSPHRASE.encode(), key)
    with pytest.raises(PowerCut):
        rewrap(data / "keys", Unlock(key=key), new, lambda n: seed("drawn", next(drawn))[:n], at)
    left = data / "keys" / "keys.new"
    assert left.stat().st_size > number
    return left
