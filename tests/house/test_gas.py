"""`make gas` measures what it says: real transactions, every figure beside the right ceiling."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace

import pytest

from scripts.gas import as_json
from scripts.gasmeter.scenarios import buying, contributing, measure
from scripts.gasmeter.targets import above_ceiling, read_targets, table
from tests.support.anvil import running_chain
from tests.support.local_dao import LocalDao, found_dao

TARGETS = read_targets()
BASE_FEE = 21_000
"""Gas that every transaction takes."""


@pytest.fixture(scope="module")
def dao() -> Iterator[LocalDao]:
    """A freshly created DAO."""
    with running_chain() as chain:
        yield found_dao(chain)


def test_compare__figures_above_their_ceilings__names_each() -> None:
    """One gas too much is too much, and every such operation is named with both numbers."""
    gas = {"request": 240_001, "withdraw": 105_001, "grant": 165_000}
    assert above_ceiling(TARGETS, gas) == [
        "request takes 240,001 gas, 240,000 are allowed",
        "withdraw takes 105,001 gas, 105,000 are allowed",
    ]


def test_show__operation_that_is_not_built__says_so_and_leaves_it_out_of_the_file() -> None:
    """What nobody can do yet has no figure."""
    target = replace(TARGETS[0], operation="fly", built=False)
    shown = table((target,), {}).splitlines()[1]
    assert shown.split("  ", 1)[1].strip().startswith("not built yet  185,000")
    assert as_json((target,), {}) == "{}\n"


def test_show__measured_operation__stands_beside_ceiling_and_peers() -> None:
    """The table and the file say the same."""
    (target,) = (target for target in TARGETS if target.operation == "withdraw")
    shown = table((target,), {"withdraw": 105_001}).splitlines()[1]
    assert shown == f"withdraw   105,001 !  105,000  {target.peers}"
    assert json.loads(as_json((target,), {"withdraw": 105_001})) == {
        "withdraw": {"gas": 105_001, "ceiling": 105_000}
    }


def test_measure__the_same_story_twice__gives_the_same_figures(dao: LocalDao) -> None:
    """Every story begins from the same DAO, and none depends on the wall clock."""
    before = dao.facts()
    gas = measure(dao, (contributing,))
    assert gas == measure(dao, (contributing,))
    assert dao.facts() == before
    # Somebody new has no older word of a trace to keep.
    assert BASE_FEE < gas["withdraw"] < gas["contribute_new"] < gas["contribute_existing"]


def test_measure__a_purchase__gives_figures_for_built_operations_alone(dao: LocalDao) -> None:
    """Each figure has a ceiling; a relayed receipt costs more than one's own."""
    gas = measure(dao, (buying,))
    assert gas.keys() == {"request", "grant", "release_receipt", "release_receipt_signed"}
    assert gas.keys() < {target.operation for target in TARGETS if target.built}
    assert BASE_FEE < gas["release_receipt"] < gas["release_receipt_signed"] < gas["grant"]
