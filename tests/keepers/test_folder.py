"""A keeper's folder has one keeper, and has to be writable."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from dao_backend.errors import NotReleased
from tests.keepers.releases import NAMES, logged, require_tidy
from tests.support.committee import Committee
from tests.support.keeper_machine import Machine
from tests.support.keeper_program import eventually

WRITABLE, READABLE = 0o700, 0o500


@contextmanager
def read_only(*paths: Path) -> Iterator[None]:
    """Files and folders that nobody may change meanwhile; keepers have no power over that."""
    for path in paths:
        path.chmod(READABLE)
    try:
        yield
    finally:
        for path in paths:
            path.chmod(WRITABLE)
            for beside in path.parent.glob(f"{path.name}-*"):  # SQLite gives them the same mode
                beside.chmod(WRITABLE)


def refusal(keeper: Machine) -> str:
    """What a start says that must fail."""
    said = len(keeper.log.read_text())
    process = keeper.spawn()
    out, _ = process.communicate(timeout=60)
    assert process.returncode == 1, out
    return keeper.log.read_text()[said:]


def test_start__folder_in_use__refused_with_the_process_that_has_it(committee: Committee) -> None:
    """Two keepers on one folder would build two bundles: the second never begins."""
    first = committee.keepers[2]
    assert first.process is not None
    said = refusal(first)
    assert f"{first.data} is in use by process {first.process.pid}" in said
    assert committee.status(2).alarm is None


@pytest.mark.parametrize("name", ["custody.sqlite", "book.sqlite", "."])
def test_start__read_only__refused_with_the_path(committee: Committee, name: str) -> None:
    """A keeper that could not write down what it does says so before it does anything."""
    keeper = committee.keepers[3]
    committee.stop(3)
    with read_only(keeper.data / name):
        said = refusal(keeper)
    assert str(keeper.data) in said
    assert "Traceback" not in said
    committee.start(3)


def test_release__bundles_turn_read_only__no_receipt_until_they_are_writable(
    committee: Committee, tmp_path: Path
) -> None:
    """No bundle, no receipt: the keeper says which folder, and lives on."""
    keeper = committee.keepers[3]
    with read_only(keeper.folder.bundles / "incoming", keeper.folder.bundles / "blobs"):
        licence = committee.sell().request_id
        committee.deliver(licence, 1, 2)
        eventually(lambda: delayed(keeper, licence))
        assert str(keeper.folder.bundles) in delayed(keeper, licence)[-1]["cause"]
        eventually(lambda: committee.status(3).delayed == (licence,))
        assert logged(committee, 3, licence) is None
        with pytest.raises(NotReleased):
            committee.bundle(licence, 3)
    committee.deliver(licence, 3)
    eventually(lambda: committee.status(3).delayed == ())
    require_tidy(committee, 3)
    assert committee.pull(licence, tmp_path / "bought", 1, 3) == NAMES


def delayed(keeper: Machine, licence: int) -> list[dict[str, Any]]:
    """What held this licence up, as the keeper logged it."""
    return [line for line in keeper.logged("keeper.delayed") if line["licence"] == licence]
