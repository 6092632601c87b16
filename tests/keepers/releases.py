"""A release in which one keeper is killed again and again, and what has to be so afterwards."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

from dao_backend.core.events import ReceiptPosted
from dao_backend.errors import DaoError
from dao_backend.ports.keepers import BundleEntry, KeeperStatus
from tests.support.committee import Committee
from tests.support.keeper_machine import Entry
from tests.support.keeper_program import eventually
from tests.support.running_dao import program

NAMES = {"a.py": program(1), "b.py": program(2)}
"""What stands in the edition of the fixture `committee`."""


def sell_without(committee: Committee, index: int) -> int:
    """Stop a keeper and sell; its bundle is due once it comes back. The licence."""
    committee.stop(index)
    licence = committee.sell().request_id
    committee.settle_down()
    return licence


def logged(committee: Committee, index: int, licence: int) -> BundleEntry | None:
    """The bundle that the keeper's custody has, without what came of it later."""
    with committee.keepers[index].custody() as custody:
        found = custody.bundle(licence)
    return None if found is None else replace(found, posted_in=None)


def dies_at(committee: Committee, index: int, licence: int, step: str) -> bool:
    """Start the keeper and let it release until `step` kills it; False where it never comes by.

    A keeper that has done everything without coming by is killed from outside.
    """
    keeper, before = committee.keepers[index], logged(committee, index, licence)
    keeper.begin(Entry(kill_at=step))
    eventually(lambda: not keeper.is_running or is_given(committee, index, licence))
    died = not keeper.is_running
    keeper.kill()
    if before is not None:
        assert logged(committee, index, licence) == before
    return died


def is_given(committee: Committee, index: int, licence: int) -> bool:
    """Whether the keeper hands its bundle over, once everything so far is final."""
    committee.settle_down()
    try:
        return bool(committee.bundle(licence, index))
    except DaoError:
        return False


def require_whole(committee: Committee, index: int, licence: int, folder: Path) -> None:
    """One receipt, one bundle, the one that it states, and a keeper like one never killed."""
    facts = committee.dao.facts()
    (receipt,) = (
        each
        for each in facts
        if isinstance(each, ReceiptPosted) and (each.licence_id, each.index) == (licence, index)
    )
    given, entry = committee.bundle(licence, index), logged(committee, index, licence)
    assert entry is not None
    assert hashlib.sha256(given).digest() == receipt.bundle_digest == entry.receipt.bundle_digest
    other = index % len(committee.keepers) + 1
    assert committee.pull(licence, folder, index, other) == NAMES
    eventually(lambda: state_of(committee, index) == state_of(committee, other))
    require_tidy(committee, index)


def state_of(committee: Committee, index: int) -> KeeperStatus:
    """What two keepers of one history both say."""
    return replace(committee.status(index), operator=None, index=0, running_for=0)  # type: ignore[arg-type]


def require_tidy(committee: Committee, index: int) -> None:
    """The store has the bundles that the custody names, and nothing half-written."""
    keeper = committee.keepers[index]
    store = keeper.folder.bundles
    with keeper.custody() as custody:
        named = custody.bundle_cids()
    assert {path.name for path in (store / "blobs").iterdir()} == named
    assert not list((store / "incoming").iterdir())
