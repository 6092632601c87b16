"""Submissions and drafts between their arrival and their registration."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from dao_backend.core.model import Appraisal
from dao_backend.core.submission import Outcome, ReasonLine, Submission
from dao_backend.core.typed import record_hash
from dao_backend.errors import DatabaseUnavailable, NotFound, RecordMismatch
from dao_backend.index.pending import KEPT, MOST, SqlitePending
from dao_backend.ports.pending import PendingRow
from tests.support.core_actors import committee, dealt, seed, wallet
from tests.support.ordinary import ordinary_user, public_folder

SIGNATURE = bytes(64) + b"\x1b"


def submission(number: int) -> Submission:
    """Contribution `number` as it is handed in; one contributor has every seventh."""
    made = dealt(number, committee(2, 3))
    return Submission(
        record=made.record,
        nonce=seed("nonce", number),
        contributor_signature=SIGNATURE,
        commitments=made.dealing.commitments,
        sealed_shares=(b"one", b"two", b"three"),
        sealed_content_key=b"sealed",
    )


def outcome(given: Submission, units: int = 7) -> Outcome:
    """What the appraiser said; no units, no signature."""
    appraisal = Appraisal(record_hash(given.record), units, 2**40) if units else None
    return Outcome(
        contribution_id=given.record.contribution_id,
        units=units,
        reasons=(ReasonLine("python", "parses – as Python", 10_000),),
        policy=seed("policy"),
        appraisal=appraisal,
        appraiser_signature=SIGNATURE if units else None,
        intake_receipts=(SIGNATURE,) * 3,
    )


@pytest.fixture
def pending(tmp_path: Path) -> Iterator[SqlitePending]:
    """An empty one."""
    made = SqlitePending(tmp_path / "pending.sqlite")
    yield made
    made.close()


def test_get__never_handed_in__is_not_found(pending: SqlitePending) -> None:
    """Neither a submission nor a draft is there."""
    with pytest.raises(NotFound):
        pending.get(bytes(32))
    with pytest.raises(NotFound):
        pending.draft(bytes(32))


def test_add__already_relayed__is_refused(pending: SqlitePending) -> None:
    """What was sent to the chain is not exchanged for something else."""
    given = submission(1)
    pending.add(given, outcome(given), 100)
    pending.relayed(given.record.contribution_id, seed("transaction"))
    with pytest.raises(RecordMismatch):
        pending.add(given, outcome(given, 9), 200)
    assert pending.get(given.record.contribution_id).outcome.units == 7


def test_open__read_only_file__says_so() -> None:
    """A database that cannot be written is noticed when it is opened."""
    with public_folder() as folder:
        path = folder / "pending.sqlite"
        SqlitePending(path).close()
        path.chmod(0o444)
        with ordinary_user(), pytest.raises(DatabaseUnavailable, match=r"pending\.sqlite"):
            SqlitePending(path)


@pytest.mark.parametrize("units", [0, 7])
def test_add__appraised_or_not__comes_back_as_it_was(pending: SqlitePending, units: int) -> None:
    """Every field survives, also of what scored nothing."""
    given = submission(1)
    pending.add(given, outcome(given, units), 100)
    expected = PendingRow(given, outcome(given, units), 100, None)
    assert pending.get(given.record.contribution_id) == expected


def test_add__again_before_it_is_relayed__replaces(pending: SqlitePending) -> None:
    """A new appraisal takes the place of the old one."""
    given = submission(1)
    pending.add(given, outcome(given), 100)
    pending.add(given, outcome(given, 9), 200)
    row = pending.get(given.record.contribution_id)
    assert (row.outcome.units, row.received_at) == (9, 200)


def test_relayed__another_process_reads__has_the_transaction(
    pending: SqlitePending, tmp_path: Path
) -> None:
    """What a call stored is on disk when it returns."""
    given = submission(1)
    pending.add(given, outcome(given), 100)
    pending.relayed(given.record.contribution_id, seed("transaction"))
    other = SqlitePending(tmp_path / "pending.sqlite")
    assert other.get(given.record.contribution_id).transaction == seed("transaction")
    other.close()


def test_of__several__are_the_contributors_newest_first(pending: SqlitePending) -> None:
    """Only one's own, newest first, and never more than a page."""
    for number in range(0, 21, 7):
        given = submission(number)
        pending.add(given, outcome(given), 1000 + number)
    other = submission(1)
    pending.add(other, outcome(other), 5000)
    rows = pending.of(wallet(0))
    assert [row.received_at for row in rows] == [1014, 1007, 1000]
    assert len(rows) <= MOST
    assert pending.of(wallet(5)) == ()


def test_draft__unsigned__comes_back_until_it_is_old(pending: SqlitePending) -> None:
    """A draft waits a day for its signature."""
    first, second = (replace(submission(number), contributor_signature=b"") for number in (1, 2))
    pending.add_draft(first, 100)
    assert pending.draft(first.record.contribution_id) == first
    pending.add_draft(second, 101 + KEPT)
    assert pending.draft(second.record.contribution_id) == second
    with pytest.raises(NotFound):
        pending.draft(first.record.contribution_id)


def written(folder: Path) -> bytes:
    """Everything that the database has on disk, its write-ahead log included."""
    return b"".join(path.read_bytes() for path in sorted(folder.glob("pending.sqlite*")))


def long_one(number: int) -> Submission:
    """A submission whose sealed parts fill pages of their own."""
    sealed = tuple(seed("sealed", 10 * number + index) * 300 for index in range(3))
    key = seed("sealed key", number) * 300
    return replace(submission(number), sealed_shares=sealed, sealed_content_key=key)


def traces(given: Submission) -> list[bytes]:
    """What betrays the sealed parts, wherever pages were cut."""
    parts = (*given.sealed_shares, given.sealed_content_key)
    return [part[:32].hex().encode() for part in parts]


@pytest.mark.parametrize("make", [submission, long_one])
@pytest.mark.parametrize("relayed", [False, True])
def test_forget_shares__handed_in__no_byte_of_them_is_left(
    pending: SqlitePending, tmp_path: Path, make: Callable[[int], Submission], relayed: bool
) -> None:
    """Neither file nor log holds what could be opened; the answer stays."""
    given, other = make(1), long_one(2)
    for each in (given, other):
        pending.add_draft(each, 100)
        pending.add(each, outcome(each), 100)
    if relayed:
        pending.relayed(given.record.contribution_id, seed("transaction"))
    sealed = [part.hex().encode() for part in given.sealed_shares]
    assert all(part in written(tmp_path) for part in sealed if len(part) < 100)
    assert pending.forget_shares(given.record.contribution_id)
    found = written(tmp_path)
    assert not any(b"0x" + part + b'"' in found for part in sealed)
    if make is long_one:
        assert not any(trace in found for trace in traces(given))
    assert any(trace in found for trace in traces(other))
    row = pending.get(given.record.contribution_id)
    bare = replace(given, sealed_shares=(), sealed_content_key=b"")
    assert (row.submission, row.outcome) == (bare, outcome(given))
    assert row.transaction == (seed("transaction") if relayed else None)
    with pytest.raises(NotFound):
        pending.draft(given.record.contribution_id)


def test_forget_shares__nothing_kept__says_so(pending: SqlitePending) -> None:
    """Of what was never here, or is forgotten already."""
    given = submission(1)
    assert not pending.forget_shares(given.record.contribution_id)
    pending.add(given, outcome(given), 100)
    assert pending.forget_shares(given.record.contribution_id)
    assert not pending.forget_shares(given.record.contribution_id)


def test_forget_shares__another_reader__still_forgets(
    pending: SqlitePending, tmp_path: Path
) -> None:
    """Another connection that reads meanwhile does not keep the bytes in the log for good."""
    given = long_one(1)
    pending.add(given, outcome(given), 100)
    other = SqlitePending(tmp_path / "pending.sqlite")
    assert other.get(given.record.contribution_id).submission == given
    assert pending.forget_shares(given.record.contribution_id)
    other.close()
    assert not any(trace in written(tmp_path) for trace in traces(given))
