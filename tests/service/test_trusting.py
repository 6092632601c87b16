"""What a service states is held against the chain before anything is sealed to its keys."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from dao_backend.chain.artifacts import ContractName
from dao_backend.core.facts import AppraiserFacts, Facts
from dao_backend.core.model import Purpose
from dao_backend.errors import FactsMismatch
from dao_backend.service.trusting import require_true_facts
from tests.support.core_actors import sealing_secret, wallet
from tests.support.local_dao import APPRAISER
from tests.support.running_dao import Meddled, RunningDao

OWN = sealing_secret(6, 6).public
"""A key whose secret half the service keeps."""


def with_keeper(facts: Facts, **changed: Any) -> Facts:
    """Another first keeper."""
    first, *others = facts.committee.keepers
    keepers = (replace(first, **changed), *others)
    return replace(facts, committee=replace(facts.committee, keepers=keepers))


def with_collection(facts: Facts, **changed: Any) -> Facts:
    """Another second collection."""
    first, second = facts.collections
    return replace(facts, collections=(first, replace(second, **changed)))


LIES: dict[str, Callable[[Facts], Facts]] = {
    "own key for the appraiser": lambda it: replace(
        it, appraiser=replace(it.appraiser, sealing_key=OWN)
    ),
    "own appraiser": lambda it: replace(it, appraiser=AppraiserFacts(wallet(66), OWN)),
    "own key for a keeper": lambda it: with_keeper(it, sealing_key=OWN),
    "own account for a keeper": lambda it: with_keeper(it, operator=wallet(66)),
    "lower threshold": lambda it: replace(it, committee=replace(it.committee, threshold=1)),
    "fewer keepers": lambda it: replace(
        it, committee=replace(it.committee, keepers=it.committee.keepers[:2])
    ),
    "another epoch": lambda it: replace(it, committee=replace(it.committee, epoch=2)),
    "fewer purposes than agreed to": lambda it: with_collection(it, purposes=Purpose.RESEARCH),
    "another name": lambda it: with_collection(it, name="harmless"),
    "a collection that is none": lambda it: with_collection(it, number=2),
}


@pytest.mark.parametrize("lie", LIES.values(), ids=LIES.keys())
def test_require__service_lies__is_a_mismatch(
    young: RunningDao, lie: Callable[[Facts], Facts]
) -> None:
    """No key and no purpose is taken from a service that the chain does not confirm."""
    with pytest.raises(FactsMismatch):
        require_true_facts(lie(young.system.facts), young.system.chain)


def test_require__appraiser_removed__is_a_mismatch(young: RunningDao) -> None:
    """A key that the members have withdrawn their trust from is not sealed to any more."""
    young.dao.by_vote(ContractName.REGISTRY, "removeAppraiser", wallet(APPRAISER))
    with pytest.raises(FactsMismatch, match="that is none"):
        require_true_facts(young.system.facts, young.system.chain)


def test_require__appraiser_added_later__passes(
    young: RunningDao, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What members decided after the beginning is found too, span by span."""
    monkeypatch.setattr("dao_backend.service.trusting.SPAN", 3)
    young.settle_down()
    young.dao.by_vote(ContractName.REGISTRY, "addAppraiser", wallet(66), OWN, "")
    facts = replace(young.system.facts, appraiser=AppraiserFacts(wallet(66), OWN))
    require_true_facts(facts, young.system.chain)


def test_require__true_facts__reads_only_the_beginning(
    sold: RunningDao, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the DAO began with is found at once, however long its log has become."""
    monkeypatch.setattr("dao_backend.service.trusting.SPAN", 10)
    asked: list[int] = []

    def logs(real: Any, first: int, last: int) -> Any:
        asked.append(first)
        return real.logs(first, last)

    require_true_facts(sold.system.facts, Meddled(sold.system.chain, logs=logs))
    assert asked == [sold.dao.addresses.first_block]
