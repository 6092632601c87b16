"""Asking keepers for bundles, and what is on chain of them."""

from __future__ import annotations

from typing import Any

import pytest

from dao_backend.core.access import Denied, Reason
from dao_backend.core.events import ReceiptPosted
from dao_backend.errors import NotReleased
from dao_backend.keeper.local import LocalKeeper
from tests.support.running_dao import RunningDao
from tests.support.running_fixtures import SOLD


def why(keeper: LocalKeeper, licence_id: int = SOLD, **claims: Any) -> Reason:
    """Why a keeper hands nothing over; it builds and hands over nothing either."""
    decision = keeper.release(licence_id, **claims)
    assert isinstance(decision, Denied)
    if not claims:
        with pytest.raises(NotReleased) as refusal:
            keeper.bundle(licence_id)
        assert refusal.value.reason == decision.reason.value
    return decision.reason


def work(dao: RunningDao, licence_id: int = SOLD) -> None:
    """Let every keeper work; none may have built anything for the licence."""
    dao.work()
    assert all(keeper.bundle_facts(licence_id) is None for keeper in dao.system.keepers)


def others_work(dao: RunningDao, index: int = 1) -> None:
    """Let every keeper but one work, so that its bundle waits for nobody else's receipt."""
    for other in dao.system.keepers[: index - 1] + dao.system.keepers[index:]:
        other.work()


def receipts(dao: RunningDao, index: int = 1) -> list[ReceiptPosted]:
    """A keeper's receipts that are on chain."""
    found = (fact for fact in dao.dao.facts() if isinstance(fact, ReceiptPosted))
    return [receipt for receipt in found if receipt.index == index]
