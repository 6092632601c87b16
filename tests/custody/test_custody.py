"""A keeper's custody: shares, and the log of bundles and receipts, durable and never doubled."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from dao_backend.core.model import Receipt
from dao_backend.core.typed import record_hash
from dao_backend.core.typed_keepers import Cause, Erasure
from dao_backend.custody.sqlite import SqliteCustody
from dao_backend.errors import DatabaseUnavailable, InputError, NotFound, RecordMismatch
from dao_backend.ports.keepers import BundleEntry, SealedShare, StoredShare, Tombstone
from tests.support.core_actors import committee, dealt, seed
from tests.support.ordinary import ordinary_user, public_folder

LICENCE = 2**62


def share(number: int) -> StoredShare:
    """What the keeper takes in of contribution `number`."""
    made = dealt(number, committee(3, 5))
    return StoredShare(
        made.record, made.dealing.commitments, b"sealed", bytes(65), seed("sealing key")
    )


def stone(number: int, cause: Cause = Cause.WITHDRAWN, erased_at: int = 7) -> Tombstone:
    """The statement that the share of contribution `number` is erased."""
    named = share(number).record.contribution_id
    return Tombstone(Erasure(named, 3, cause, erased_at), bytes(65))


def entry(licence_id: int = LICENCE, label: str = "bundle") -> BundleEntry:
    """A bundle that was built."""
    receipt = Receipt(licence_id, 3, seed(label), 5000, 42, seed("root"), seed("key hash"))
    return BundleEntry(licence_id, "bafy", 5000, receipt, bytes(65))


@pytest.fixture
def custody(tmp_path: Path) -> Iterator[SqliteCustody]:
    """An empty one."""
    made = SqliteCustody(tmp_path / "custody.sqlite")
    yield made
    made.close()


def test_get__never_taken_in__is_not_found(custody: SqliteCustody) -> None:
    """A keeper does not know what it was not given."""
    with pytest.raises(NotFound):
        custody.get(bytes(32))
    assert custody.bundle(LICENCE) is None


def test_add__another_record_under_the_id__is_refused(custody: SqliteCustody) -> None:
    """The first record taken in stays."""
    first = share(1)
    custody.add(first)
    other = replace(first, record=replace(first.record, length=first.record.length + 1))
    with pytest.raises(RecordMismatch):
        custody.add(other)
    assert custody.get(first.record.contribution_id) == first


def test_sealed__not_here__is_left_out(custody: SqliteCustody) -> None:
    """A release is told of what is held, with the hash of the record as it was taken in."""
    held, other = share(1), share(2)
    custody.add(held)
    named = held.record.contribution_id
    assert custody.sealed([named, other.record.contribution_id]) == {
        named: SealedShare(
            record_hash(held.record),
            b"".join(held.commitments),
            held.sealed_share,
            held.sealed_to,
        )
    }


def test_sealed__more_than_a_thousand__is_refused(custody: SqliteCustody) -> None:
    """A batch is bounded."""
    with pytest.raises(InputError, match="1001 contributions"):
        custody.sealed([bytes(32)] * 1001)


def test_log_bundle__second_for_a_licence__is_refused(custody: SqliteCustody) -> None:
    """A licence has one bundle, ever."""
    custody.log_bundle(entry())
    with pytest.raises(RecordMismatch):
        custody.log_bundle(entry(label="another bundle"))
    assert custody.bundle(LICENCE) == entry()


def test_open__read_only_file__says_so() -> None:
    """A keeper that cannot write its log does not start."""
    with public_folder() as folder:
        path = folder / "custody.sqlite"
        SqliteCustody(path).close()
        path.chmod(0o444)
        with ordinary_user(), pytest.raises(DatabaseUnavailable, match=r"custody\.sqlite"):
            SqliteCustody(path)


def test_log_bundle__locked_by_another_process__leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A bundle that could not be logged is not half logged."""
    monkeypatch.setattr("dao_backend.database.BUSY_SECONDS", 0.05)
    custody = SqliteCustody(tmp_path / "custody.sqlite")
    other = sqlite3.connect(tmp_path / "custody.sqlite", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(DatabaseUnavailable, match="locked"):
        custody.log_bundle(entry())
    other.execute("ROLLBACK")
    other.close()
    assert custody.bundle(LICENCE) is None
    custody.log_bundle(entry())
    assert custody.bundle(LICENCE) == entry()
    custody.close()


def test_add__same_again__is_no_change(custody: SqliteCustody) -> None:
    """A client that sends its share again changes nothing."""
    custody.add(share(1))
    custody.add(share(1))
    assert custody.get(share(1).record.contribution_id) == share(1)


def test_add__others_beside_it__come_back_as_they_were(custody: SqliteCustody) -> None:
    """Record, commitments, sealed share and receipt survive, each with its own."""
    for number in range(5):
        custody.add(share(number))
    for number in range(5):
        assert custody.get(share(number).record.contribution_id) == share(number)


def test_erase__taken_in__is_gone_and_others_stay(custody: SqliteCustody) -> None:
    """Erasure takes that share only; erasing again does nothing."""
    custody.add(share(1))
    custody.add(share(2))
    for _ in range(2):
        custody.erase([stone(1)])
    with pytest.raises(NotFound):
        custody.get(share(1).record.contribution_id)
    assert custody.get(share(2).record.contribution_id) == share(2)


def test_log_posted__after_a_restart__is_known(custody: SqliteCustody, tmp_path: Path) -> None:
    """Bundle and receipt outlive the process: it goes on where it stopped."""
    custody.log_bundle(entry())
    custody.log_posted(LICENCE, seed("transaction"))
    restarted = SqliteCustody(tmp_path / "custody.sqlite")
    assert restarted.bundle(LICENCE) == replace(entry(), posted_in=seed("transaction"))
    restarted.close()


def test_erase__sealed_share__leaves_no_trace_in_the_file(tmp_path: Path) -> None:
    """Erasure is erasure: the file no longer holds the bytes."""
    custody = SqliteCustody(tmp_path / "custody.sqlite")
    marked = replace(share(1), sealed_share=b"planted canary " * 10)
    custody.add(marked)
    custody.erase([stone(1)])
    custody.close()
    for path in tmp_path.iterdir():
        assert b"planted canary" not in path.read_bytes()
