"""A committee of three keepers, two of whom suffice: one for each module."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.anvil import Chain, running_chain
from tests.support.committee import Committee
from tests.support.committee_founding import at_work
from tests.support.running_dao import ALICE, BOB, program


@pytest.fixture(scope="module")
def chain() -> Iterator[Chain]:
    """A local chain."""
    with running_chain() as started:
        yield started


@pytest.fixture(scope="module")
def committee(chain: Chain, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Committee]:
    """Three keepers at work for a DAO with two contributions in one attested edition."""
    with at_work(tmp_path_factory.mktemp("committee"), chain) as made:
        made.contribute(ALICE, program(1), "a.py")
        made.contribute(BOB, program(2), "b.py")
        made.edition()
        yield made
