"""A keeper's keystore: what opens it, what is refused, and that no crash loses a key."""

from __future__ import annotations

import json
import secrets
import subprocess
import sys
from pathlib import Path

import pytest

from dao_backend.core.crypto import Secret
from dao_backend.custody.keystore import (
    Keystore,
    Unlock,
    UnlockedBy,
    add_sealing_key,
    create_keystore,
    forget_sealing_keys,
    open_keystore,
    rewrap,
    unlocked_by,
)
from dao_backend.errors import InputError, SealBroken, UnreadablePath, WrongPassword
from tests.support.core_actors import seed

KEY = Unlock(key=seed("key file"))
OTHER = Unlock(key=seed("another key file"))
STEPS = ("begin", "half written", "written", "renamed", "synced")


def made(folder: Path, unlock: Unlock = KEY) -> Keystore:
    """A new keystore."""
    return create_keystore(folder, unlock, secrets.token_bytes)


def test_unlock__neither_passphrase_nor_key__is_refused() -> None:
    """Secrets are never kept under nothing."""
    with pytest.raises(InputError, match=r"^a keystore needs a passphrase or a key file"):
        Unlock()


def test_unlock__short_key_file__is_refused() -> None:
    """A key file is not stretched, so it has to be too long to guess."""
    with pytest.raises(InputError, match=r"^the key file has 31 bytes: give 32 random ones$"):
        Unlock(key=bytes(31))


def test_unlock__printed__shows_nothing() -> None:
    """Neither part can reach a log."""
    assert repr(Unlock(b"open sesame", seed("key file"))) == "Unlock()"


def test_unlock__same_bytes_divided_elsewhere__is_another() -> None:
    """Lengths are framed: what moves from passphrase to key file opens nothing."""
    first = Unlock(b"ab", b"c" * 32)
    second = Unlock(b"abc", b"c" * 32)
    assert first.joined != second.joined
    assert Unlock(b"a" * 32).joined != Unlock(key=b"a" * 32).joined


def test_open__nothing_there__says_so(tmp_path: Path) -> None:
    """A missing keystore is named by its path."""
    with pytest.raises(UnreadablePath, match=r"keystore.json cannot be read"):
        open_keystore(tmp_path, KEY)


def test_create__there_is_one__is_refused_and_kept(tmp_path: Path) -> None:
    """Keys are never written over."""
    first = made(tmp_path)
    with pytest.raises(InputError, match=r"holds a keystore already; nothing was changed$"):
        made(tmp_path, OTHER)
    assert open_keystore(tmp_path, KEY) == first


def test_open__another_key_file__is_refused(tmp_path: Path) -> None:
    """The wrong key file opens nothing."""
    made(tmp_path)
    with pytest.raises(WrongPassword):
        open_keystore(tmp_path, OTHER)


def test_open__one_of_two_parts__says_what_is_needed(tmp_path: Path) -> None:
    """Where both are needed, one of them is not tried at all."""
    both = Unlock(b"passphrase", seed("key file"))
    first = made(tmp_path, both)
    for part in (Unlock(b"passphrase"), KEY):
        with pytest.raises(InputError, match=f"a passphrase and key file, not with a {part.kind}$"):
            open_keystore(tmp_path, part)
    assert unlocked_by(tmp_path) is UnlockedBy.BOTH
    assert open_keystore(tmp_path, both) == first


def test_open__wrong_passphrase__is_refused(tmp_path: Path) -> None:
    """A passphrase has to be the very one."""
    first = made(tmp_path, Unlock(b"passphrase"))
    with pytest.raises(WrongPassword):
        open_keystore(tmp_path, Unlock(b"passphrasf"))
    assert open_keystore(tmp_path, Unlock(b"passphrase")) == first


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b"{}",
        b"\xff",
        b'{"version": 2}',
        b'{"version": 1, "unlock": "key file", "operator": "0x00", "sealing": {}}',
        b'{"version": 1, "unlock": "luck", "operator": "0x00", "sealing": {"a": "0x00"}}',
        b'{"version": 1, "unlock": "key file", "operator": 7, "sealing": {"a": "0x00"}}',
        b'{"version": 1, "unlock": "key file", "operator": "0x00", "sealing": {"a": "0x00"}}',
    ],
    ids=str,
)
def test_open__damaged__is_refused(tmp_path: Path, content: bytes) -> None:
    """What is no keystore is named as damaged, whatever it holds."""
    (tmp_path / "keystore.json").write_bytes(content)
    with pytest.raises(SealBroken):
        open_keystore(tmp_path, KEY)


def test_open__keys_exchanged__is_refused(tmp_path: Path) -> None:
    """A sealing key under another one's name is noticed."""
    made(tmp_path)
    add_sealing_key(tmp_path, KEY, secrets.token_bytes)
    path = tmp_path / "keystore.json"
    content = json.loads(path.read_text())
    first, second = content["sealing"]
    content["sealing"] = {
        first: content["sealing"][second],
        second: content["sealing"][first],
    }
    path.write_text(json.dumps(content))
    with pytest.raises(SealBroken, match=f"kept as sealing key {first} is {second}$"):
        open_keystore(tmp_path, KEY)


def test_create__opened__gives_the_same_secrets(tmp_path: Path) -> None:
    """What was made is what is read, named by its public key and readable by its owner alone."""
    first = made(tmp_path / "keys")
    path = tmp_path / "keys" / "keystore.json"
    assert open_keystore(tmp_path / "keys", KEY) == first
    assert list(json.loads(path.read_text())["sealing"]) == [first.newest.public.hex()[:16]]
    assert path.stat().st_mode & 0o777 == 0o600
    assert first.operator.raw.hex() not in path.read_text()
    assert first.newest.raw.hex() not in path.read_text()


def test_create__operator_given__is_kept(tmp_path: Path) -> None:
    """An account that exists already can be the operator's."""
    operator = Secret(seed("account", 5))
    assert create_keystore(tmp_path, KEY, secrets.token_bytes, operator).operator == operator
    assert open_keystore(tmp_path, KEY).operator == operator


def test_add_sealing_key__opened__has_the_earlier_ones_too(tmp_path: Path) -> None:
    """Shares of earlier epochs are still opened; the newest key is what a seat names."""
    first = made(tmp_path)
    second = add_sealing_key(tmp_path, KEY, secrets.token_bytes)
    third = add_sealing_key(tmp_path, KEY, secrets.token_bytes)
    found = open_keystore(tmp_path, KEY)
    assert found == Keystore(first.operator, (first.newest, second, third))
    assert found.newest == third


def test_add_sealing_key__wrong_key_file__changes_nothing(tmp_path: Path) -> None:
    """Only who can open it can add to it."""
    first = made(tmp_path)
    with pytest.raises(WrongPassword):
        add_sealing_key(tmp_path, OTHER, secrets.token_bytes)
    assert open_keystore(tmp_path, KEY) == first


def test_forget_sealing_keys__newest_or_unknown__is_refused_and_changes_nothing(
    tmp_path: Path,
) -> None:
    """The key that a seat names from now on is never lost, and a slip of the pen is noticed."""
    made(tmp_path)
    newest = add_sealing_key(tmp_path, KEY, secrets.token_bytes)
    before = open_keystore(tmp_path, KEY)
    for public in (newest.public, bytes(32)):
        with pytest.raises(InputError, match="only earlier sealing keys"):
            forget_sealing_keys(tmp_path, KEY, [public], secrets.token_bytes)
    with pytest.raises(WrongPassword):
        forget_sealing_keys(tmp_path, OTHER, [before.sealing[0].public], secrets.token_bytes)
    assert open_keystore(tmp_path, KEY) == before


@pytest.mark.parametrize("step", STEPS)
def test_forget_sealing_keys__ends_at_a_step__leaves_one_whole_keystore(
    tmp_path: Path, step: str
) -> None:
    """The old keystore is there until the new one is: one rename is the whole change."""

    class Ended(BaseException):
        """The process ends here: nothing catches it."""

    def at(reached: str) -> None:
        if reached == step:
            raise Ended

    made(tmp_path)
    add_sealing_key(tmp_path, KEY, secrets.token_bytes)
    add_sealing_key(tmp_path, KEY, secrets.token_bytes)
    before = open_keystore(tmp_path, KEY)
    first, second, third = before.sealing
    with pytest.raises(Ended):
        forget_sealing_keys(tmp_path, KEY, [first.public], secrets.token_bytes, at)
    kept = (second, third) if step in ("renamed", "synced") else before.sealing
    assert open_keystore(tmp_path, KEY) == Keystore(before.operator, kept)
    forget_sealing_keys(tmp_path, KEY, [each.public for each in kept[:-1]], secrets.token_bytes)
    assert open_keystore(tmp_path, KEY).sealing == (third,)


def test_rewrap__opened__needs_the_new_and_refuses_the_old(tmp_path: Path) -> None:
    """The same secrets are under another key file, and no longer under the first."""
    made(tmp_path)
    add_sealing_key(tmp_path, KEY, secrets.token_bytes)
    before = open_keystore(tmp_path, KEY)
    rewrap(tmp_path, KEY, OTHER, secrets.token_bytes)
    with pytest.raises(WrongPassword):
        open_keystore(tmp_path, KEY)
    assert open_keystore(tmp_path, OTHER) == before


REWRAP = """
import os, secrets, signal, sys
from pathlib import Path
from dao_backend.custody.keystore import Unlock, rewrap

def at(step):
    if step == sys.argv[2]:
        os.kill(os.getpid(), signal.SIGKILL)

old, new = (Unlock(key=bytes.fromhex(each)) for each in sys.argv[3:])
rewrap(Path(sys.argv[1]), old, new, secrets.token_bytes, at)
"""


@pytest.mark.parametrize("step", STEPS)
def test_rewrap__killed_at_a_step__leaves_one_whole_keystore(tmp_path: Path, step: str) -> None:
    """The old keystore is there until the new one is, and the next change goes through."""
    made(tmp_path)
    add_sealing_key(tmp_path, KEY, secrets.token_bytes)
    before = open_keystore(tmp_path, KEY)
    words = [str(tmp_path), step, KEY.key.hex(), OTHER.key.hex()]
    done = subprocess.run([sys.executable, "-c", REWRAP, *words], check=False)
    assert done.returncode == -9
    opens = OTHER if step in ("renamed", "synced") else KEY
    assert open_keystore(tmp_path, opens) == before
    third = add_sealing_key(tmp_path, opens, secrets.token_bytes)
    assert open_keystore(tmp_path, opens).sealing == (*before.sealing, third)
    assert [path.name for path in tmp_path.iterdir()] == ["keystore.json"]


def test_rewrap__at_its_end__has_reached_every_step(tmp_path: Path) -> None:
    """The steps at which the test above stops the process are all there are."""
    made(tmp_path)
    reached: list[str] = []
    rewrap(tmp_path, KEY, OTHER, secrets.token_bytes, reached.append)
    assert tuple(reached) == STEPS
