"""A keeper's custody: shares, and the log of bundles and receipts, durable and never doubled."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from dao_backend.core.typed import record_hash
from dao_backend.custody.sqlite import SqliteCustody
from dao_backend.errors import DatabaseUnavailable, InputError, NotFound, RecordMismatch
from dao_backend.ports.keepers import SealedShare
from tests.custody.held import LICENCE, entry, share, stone
from tests.support.core_actors import committee, seed, wallet
from tests.support.ordinary import ordinary_user, public_folder


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


def test_log_posted__after_a_restart__is_known(custody: SqliteCustody, tmp_path: Path) -> None:
    """Bundle and receipt outlive the process: it goes on where it stopped."""
    custody.log_bundle(entry())
    custody.log_posted(LICENCE, seed("transaction"))
    restarted = SqliteCustody(tmp_path / "custody.sqlite")
    assert restarted.bundle(LICENCE) == replace(entry(), posted_in=seed("transaction"))
    restarted.close()


# --- many at once -----------------------------------------------------------------------------


def test_add_all__one_of_them_does_not_fit__adds_none(custody: SqliteCustody) -> None:
    """Many shares are stored together or not at all, and what is there stays as it is."""
    custody.add(share(1))
    other = replace(share(1), record=replace(share(1).record, length=7))
    with pytest.raises(RecordMismatch):
        custody.add_all([share(2), other, share(3)])
    assert custody.count() == 1
    custody.add(share(4))
    custody.erase([stone(4)])
    with pytest.raises(RecordMismatch):
        custody.add_all([share(2), share(4)])
    assert custody.ids() == (share(1).record.contribution_id,)


def test_add_all__more_than_a_batch_with_some_again__are_all_there(
    custody: SqliteCustody,
) -> None:
    """The number is not limited, and repeating it changes nothing."""
    custody.add_all([])
    custody.add_all([share(number) for number in range(5)])
    custody.add_all([share(number) for number in range(3, 8)])
    assert custody.count() == 8
    assert sorted(custody.ids()) == list(custody.ids())


@pytest.mark.parametrize("method", ["get_all", "sealed", "sealed_to", "commitments"])
def test_get__more_than_a_thousand_at_once__is_refused(custody: SqliteCustody, method: str) -> None:
    """What is asked for at once is bounded."""
    with pytest.raises(InputError, match="1001 contributions"):
        getattr(custody, method)([seed("id", number) for number in range(1_001)])


def test_get__some_are_not_here__gives_those_that_are(custody: SqliteCustody) -> None:
    """Each way to ask answers for the same contributions."""
    custody.add_all([share(1), share(2)])
    ids = [share(number).record.contribution_id for number in (1, 2, 3)]
    assert custody.get_all(ids) == {ids[0]: share(1), ids[1]: share(2)}
    assert custody.sealed_to(ids) == dict.fromkeys(ids[:2], seed("sealing key"))
    assert custody.commitments(ids) == {
        ids[0]: share(1).commitments,
        ids[1]: share(2).commitments,
    }
    assert {name: each.sealed_share for name, each in custody.sealed(ids).items()} == {
        ids[0]: b"sealed",
        ids[1]: b"sealed",
    }


def test_ids__page_by_page__are_all_ids_in_order(custody: SqliteCustody) -> None:
    """A reader that goes on behind the last sees everything once."""
    custody.add_all([share(number) for number in range(5)])
    first = custody.ids(limit=3)
    rest = custody.ids(after=first[-1], limit=3)
    assert first + rest == tuple(sorted(share(each).record.contribution_id for each in range(5)))
    assert custody.ids(after=rest[-1]) == ()


# --- sealed anew --------------------------------------------------------------------------------


def test_reseal__one_is_not_held__changes_none(custody: SqliteCustody) -> None:
    """Sealing anew is all or nothing."""
    custody.add(share(1))
    changed = [replace(each, sealed_share=b"new") for each in (share(1), share(2))]
    with pytest.raises(NotFound):
        custody.reseal(changed)
    assert custody.get(share(1).record.contribution_id) == share(1)


def test_reseal__held__changes_box_and_key_alone(custody: SqliteCustody) -> None:
    """Record, commitments and receipt stay what they were."""
    custody.add_all([share(1), share(2)])
    anew = replace(share(1), sealed_share=b"new", sealed_to=seed("newer key"))
    custody.reseal([anew])
    assert custody.get(share(1).record.contribution_id) == anew
    assert custody.get(share(2).record.contribution_id) == share(2)


# --- the files, and handovers -------------------------------------------------------------------


def test_open__new_file__is_the_owners_alone(tmp_path: Path) -> None:
    """Nobody else on the machine reads what a keeper holds."""
    custody = SqliteCustody(tmp_path / "custody.sqlite")
    custody.add(share(1))
    modes = {path.name: path.stat().st_mode & 0o777 for path in tmp_path.iterdir()}
    custody.close()
    assert modes == dict.fromkeys(
        ("custody.sqlite", "custody.sqlite-wal", "custody.sqlite-shm"), 0o600
    )


def test_handover_approved__never_or_for_another_epoch__no(custody: SqliteCustody) -> None:
    """An operator agrees to a seat of one committee, not to those after it."""
    seat = committee(3, 5).keepers[2]
    assert not custody.handover_approved(2, seat)
    custody.approve_handover(2, seat)
    custody.approve_handover(2, seat)
    assert [custody.handover_approved(epoch, seat) for epoch in (1, 2, 3)] == [False, True, False]


@pytest.mark.parametrize(
    "changed", [{"operator": wallet(999)}, {"sealing_key": seed("another sealing key")}]
)
def test_handover_approved__another_account_or_key__no_until_agreed_to(
    custody: SqliteCustody, changed: dict[str, Any]
) -> None:
    """The word counts for the seat that was shown, wherever that answers; the latest one counts."""
    seat = committee(3, 5).keepers[2]
    other = replace(seat, **changed)
    custody.approve_handover(2, seat)
    assert not custody.handover_approved(2, other)
    assert custody.handover_approved(2, replace(seat, endpoint="https://elsewhere.example"))
    custody.approve_handover(2, other)
    assert custody.handover_approved(2, other)
    assert not custody.handover_approved(2, seat)


def test_drop_bundle__logged__can_be_logged_anew(custody: SqliteCustody) -> None:
    """A bundle that got no receipt makes room for another."""
    custody.log_bundle(entry())
    custody.drop_bundle(LICENCE)
    assert (custody.bundle(LICENCE), custody.bundle_count()) == (None, 0)
    custody.log_bundle(entry(label="another bundle"))
    assert custody.bundle_count() == 1
