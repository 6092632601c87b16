"""`ddao keeper export-backup` and `restore`: whole, consistent while it runs, or nothing."""

from __future__ import annotations

import hashlib
import io
import json
import sqlite3
import tarfile
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dao_backend.custody.sqlite import SqliteCustody
from dao_backend.errors import DaoError, IntegrityError
from dao_backend.storage.embedded import EmbeddedBlobStore
from dao_backend.wiring.keeper_backup import export_backup, restore_backup
from tests.support.anvil import Chain, running_chain
from tests.support.cli import Person, settle_in
from tests.support.core_actors import seed
from tests.support.keeper_program import (
    OwnKeeper,
    eventually,
    found_dao_of,
    make_keeper,
    running,
    some_share,
)

BUNDLE = b"".join(seed("bundle", number) for number in range(40_000))
"""More than one chunk of the store."""


@pytest.fixture(scope="module")
def person(tmp_path_factory: pytest.TempPathFactory) -> Person:
    """The operator."""
    return settle_in(tmp_path_factory.mktemp("operator"))


@pytest.fixture(scope="module")
def chain() -> Iterator[Chain]:
    """A local chain."""
    with running_chain() as started:
        yield started


@pytest.fixture(scope="module")
def keeper(person: Person, chain: Chain) -> OwnKeeper:
    """A seated keeper with three shares and a bundle."""
    made = make_keeper(person, "kept", chain.url)
    found_dao_of(chain, made)
    made.hold(1, 2, 3)
    EmbeddedBlobStore(made.data / "bundles").put([BUNDLE])
    return made


@pytest.fixture(scope="module")
def backup(keeper: OwnKeeper, person: Person) -> Path:
    """A backup of it."""
    path = person.home / "backup"
    keeper.does("export-backup", path)
    return path


def forged(path: Path, files: dict[str, bytes], kind: bytes = tarfile.REGTYPE) -> Path:
    """An archive with these files and a true manifest of them."""
    stated = {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
    manifest = json.dumps({"version": 1, "files": stated}).encode()
    with tarfile.open(path, "w") as archive:
        for name, content in {**files, "manifest.json": manifest}.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            if name != "manifest.json":
                entry.type, entry.linkname = kind, "keeper.yaml"
            archive.addfile(entry, io.BytesIO(content))
    return path


def contents(folder: Path) -> dict[str, bytes]:
    """Every file below a folder."""
    found = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in found}


def test_export__file_that_exists__refused_and_kept(keeper: OwnKeeper, tmp_path: Path) -> None:
    """A backup never takes the place of another."""
    (tmp_path / "backup").write_text("mine")
    answer = keeper.run("export-backup", tmp_path / "backup")
    assert answer.code == 2
    assert answer.err.startswith(f"{tmp_path / 'backup'} exists already: name a new file.")
    assert (tmp_path / "backup").read_text() == "mine"


def test_export__no_keepers_folder__refused(person: Person, tmp_path: Path) -> None:
    """There has to be something to back up."""
    answer = person.run("keeper", "export-backup", "--data", tmp_path, tmp_path / "backup")
    assert answer.code == 2
    assert "is no keeper's folder" in answer.err
    assert list(tmp_path.iterdir()) == []


def test_export__folder_of_the_file_missing__refused(keeper: OwnKeeper, tmp_path: Path) -> None:
    """A path that cannot be written is named."""
    answer = keeper.run("export-backup", tmp_path / "nowhere" / "backup")
    assert answer.code == 2
    assert "cannot be used: No such file or directory." in answer.err


def test_export__custody_that_is_no_database__refused_and_nothing_left(
    person: Person, tmp_path: Path
) -> None:
    """A backup of what is damaged would be no backup."""
    made = make_keeper(person, "damaged", "http://127.0.0.1:1")
    (made.data / "custody.sqlite").write_bytes(b"this is no database " * 100)
    answer = made.run("export-backup", tmp_path / "backup")
    assert answer.code == 6
    assert "cannot be copied: file is not a database." in answer.err
    assert list(tmp_path.iterdir()) == []


def test_restore__folder_that_holds_something__refused(backup: Path, tmp_path: Path) -> None:
    """A keeper is never restored over another one."""
    (tmp_path / "mine").write_text("mine")
    with pytest.raises(DaoError, match=r"is not empty: name another folder; nothing was changed$"):
        restore_backup(backup, tmp_path)
    assert contents(tmp_path) == {"mine": b"mine"}


@pytest.mark.parametrize(
    "name",
    [
        "../escaped",
        "/tmp/escaped",
        "keys/../../escaped",
        "bundles/blobs/../../../escaped",
        "keys//keystore.json",
        "keys/.",
        "bundles/.hidden",
        "other",
        "book.sqlite",
        "",
    ],
)
def test_restore__name_outside_of_the_folder__refused(tmp_path: Path, name: str) -> None:
    """Only a keeper's own files come out of a backup, and only into its folder."""
    source = forged(tmp_path / "backup", {name: b"forged"})
    with pytest.raises(IntegrityError, match=r"is no keeper's backup: it holds"):
        restore_backup(source, tmp_path / "data")
    assert set(contents(tmp_path)) == {"backup"}


@pytest.mark.parametrize(
    "kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.DIRTYPE, tarfile.FIFOTYPE]
)
def test_restore__link_or_device__refused(tmp_path: Path, kind: bytes) -> None:
    """Nothing but plain files is made."""
    source = forged(tmp_path / "backup", {"keys": b""}, kind)
    with pytest.raises(IntegrityError, match=r"is no keeper's backup: it holds 'keys'$"):
        restore_backup(source, tmp_path / "data")
    assert contents(tmp_path / "data") == {}


def test_restore__another_version__refused(tmp_path: Path) -> None:
    """A later format is not guessed at."""
    path = tmp_path / "backup"
    manifest = b'{"version": 2, "files": {}}'
    with tarfile.open(path, "w") as archive:
        entry = tarfile.TarInfo("manifest.json")
        entry.size = len(manifest)
        archive.addfile(entry, io.BytesIO(manifest))
    with pytest.raises(IntegrityError, match=r"is a backup of version 2, this reads 1$"):
        restore_backup(path, tmp_path / "data")


@pytest.mark.parametrize("content", [b"", b"this is no archive " * 1000, bytes(20_480)])
def test_restore__no_archive__refused(tmp_path: Path, content: bytes) -> None:
    """Any other file is no backup."""
    (tmp_path / "backup").write_bytes(content)
    with pytest.raises(IntegrityError):
        restore_backup(tmp_path / "backup", tmp_path / "data")
    assert contents(tmp_path / "data") == {}


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(part=st.floats(0, 0.999))
def test_restore__cut_off__refused(
    backup: Path, tmp_path_factory: pytest.TempPathFactory, part: float
) -> None:
    """Whatever is missing at the end, nothing is restored."""
    place = tmp_path_factory.mktemp("cut")
    whole = backup.read_bytes()
    content = whole.rstrip(b"\0")
    (place / "backup").write_bytes(content[: int(len(content) * part)])
    with pytest.raises(IntegrityError):
        restore_backup(place / "backup", place / "data")
    assert contents(place / "data") == {}


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(at=st.floats(0, 1, exclude_max=True), bit=st.integers(0, 7))
def test_restore__flipped_bit__refused_or_of_no_matter(
    backup: Path, tmp_path_factory: pytest.TempPathFactory, at: float, bit: int
) -> None:
    """A changed byte is noticed, unless it stands in the filling between two files."""
    place = tmp_path_factory.mktemp("flipped")
    content = bytearray(backup.read_bytes())
    content[int(len(content) * at)] ^= 1 << bit
    (place / "backup").write_bytes(content)
    restore_backup(backup, place / "true")
    try:
        restore_backup(place / "backup", place / "data")
    except IntegrityError:
        assert contents(place / "data") == {}
    else:
        assert contents(place / "data") == contents(place / "true")


def test_restore__done__folder_holds_what_only_this_keeper_has(
    keeper: OwnKeeper, backup: Path, tmp_path: Path
) -> None:
    """Keys, settings, record, shares and bundles are back; what is made anew is not."""
    answer = keeper.person.run("keeper", "restore", backup, "--data", tmp_path / "data")
    assert answer.code == 0, answer.err
    assert "it never builds a second bundle" in answer.out
    before, after = contents(keeper.data), contents(tmp_path / "data")
    same = {name for name in before if not name.startswith(("custody", "book", "lock"))}
    assert {name: after[name] for name in same} == {name: before[name] for name in same}
    assert set(after) == same | {"custody.sqlite"}
    custody = SqliteCustody(tmp_path / "data" / "custody.sqlite")
    shares = [custody.get(some_share(number).record.contribution_id) for number in (1, 2, 3)]
    custody.close()
    assert shares == [some_share(number) for number in (1, 2, 3)]
    (name,) = [name for name in after if name.startswith("bundles/blobs/")]
    assert after[name] == BUNDLE
    assert (tmp_path / "data" / "keys" / "keystore.json").stat().st_mode & 0o777 == 0o600


def test_restore__while_shares_came_in__custody_is_of_one_moment(
    keeper: OwnKeeper, tmp_path: Path
) -> None:
    """What was taken in before another is in the backup if the other is."""
    custody = SqliteCustody(keeper.data / "custody.sqlite")
    ended = threading.Event()

    def take_in() -> None:
        for number in range(10, 400):
            custody.add(some_share(number))
            if ended.is_set():
                return

    taking = threading.Thread(target=take_in)
    taking.start()
    try:
        eventually(lambda: custody.count() > 20)
        export_backup(keeper.data, tmp_path / "backup")
    finally:
        ended.set()
        taking.join()
        custody.close()
    restore_backup(tmp_path / "backup", tmp_path / "data")
    with sqlite3.connect(tmp_path / "data" / "custody.sqlite") as restored:
        assert restored.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    copied = SqliteCustody(tmp_path / "data" / "custody.sqlite")
    held = copied.count()
    expected = [1, 2, 3, *range(10, 10 + held - 3)]
    assert held > 20
    assert [copied.get(some_share(n).record.contribution_id) for n in expected] == [
        some_share(number) for number in expected
    ]
    copied.close()


def test_restore__backup_of_a_running_keeper__runs_in_its_place(
    keeper: OwnKeeper, tmp_path: Path
) -> None:
    """Taken while it runs, restored elsewhere, started there: the same seat and shares."""
    with running(keeper) as started:
        held = eventually(lambda: s if (s := started.status())["index"] else None)["shares"]
        keeper.does("export-backup", tmp_path / "backup")
    keeper.person.does("keeper", "restore", tmp_path / "backup", "--data", tmp_path / "data")
    (tmp_path / "data.key").write_bytes(keeper.key_file.read_bytes())
    again = OwnKeeper(keeper.person, tmp_path / "data", keeper.seat)
    with running(again) as started:
        found = eventually(lambda: s if (s := started.status())["index"] else None)
    assert (found["operator"], found["shares"]) == (keeper.seat["operator"], held)
