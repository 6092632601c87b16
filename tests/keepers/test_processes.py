"""Keepers in processes of their own, and nothing goes wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from dao_backend.errors import NotReleased
from tests.support.committee import Committee
from tests.support.running_dao import program


def test_release__grant_not_final__refused_by_every_keeper(committee: Committee) -> None:
    """Nothing leaves a keeper before the chain cannot take the grant back."""
    licence = committee.sell().request_id
    for index in committee.running():
        with pytest.raises(NotReleased):
            committee.bundle(licence, index)


def test_release__two_post_their_receipts_and_one_is_relayed__buyer_reads_everything(
    committee: Committee, tmp_path: Path
) -> None:
    """Contributions go in over HTTP and come out in the clear at the buyer's."""
    committee.fund(1)
    committee.fund(2)
    licence = committee.sell().request_id
    committee.deliver(licence)
    assert committee.posted(licence) == {1, 2, 3}
    assert committee.pull(licence, tmp_path / "bought") == {"a.py": program(1), "b.py": program(2)}
    with committee.keepers[1].custody() as custody:
        own = custody.bundle(licence)
    with committee.keepers[3].custody() as custody:
        relayed = custody.bundle(licence)
    assert own is not None
    assert relayed is not None
    assert own.posted_in is not None
    assert relayed.posted_in is None
