"""When a leaver has done its duty: its successor holds all, and nothing is left to deliver."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dao_backend.core import events as e
from dao_backend.core.erasure import is_succeeded
from dao_backend.core.model import (
    Keeper,
    Request,
    RequestStatus,
)
from dao_backend.core.state import Delivery, State
from tests.support.core_actors import TERMS, seed, wallet

ME = 1


def followed(**changed: object) -> State:
    """Operator 1 was followed at index 1 by operator 2, whose committee serves."""
    operators = {1: 1, 2: 2}
    state = State(
        serving_epoch=2,
        committees={each: e.CommitteeFormed(each, 2, seed("committee")) for each in operators},
        keepers={
            (epoch, ME): Keeper(ME, wallet(number), seed("key", number), "")
            for epoch, number in operators.items()
        },
        holding={2: frozenset({ME, 2})},
    )
    return replace(state, **changed)  # type: ignore[arg-type]


AWAITED = {
    "requests": {1: Request(1, wallet(7), TERMS, 1, 9, RequestStatus.GRANTED, 1)},
    "deliveries": {1: Delivery(1, deliver_by=9, epoch=1)},
}


@pytest.mark.parametrize(
    "changed",
    [
        {"serving_epoch": 1},
        {"holding": {2: frozenset({2, 3})}},
        {"holding": {}},
        AWAITED,
    ],
    ids=["not serving", "others confirmed", "nobody confirmed", "a delivery is left"],
)
def test_is_succeeded__not_all_is_done__no(changed: dict[str, object]) -> None:
    """A leaver stays until its successor has confirmed, serves, and nothing is left."""
    assert not is_succeeded(followed(**changed), 5, ME, wallet(1))


def test_is_succeeded__seated_again_by_a_newer_vote__no() -> None:
    """Who is to follow its own successor does not erase what it would have to ask for."""
    state = followed()
    keepers = state.keepers | {(3, ME): state.keepers[(1, ME)]}
    committees = state.committees | {3: state.committees[2]}
    again = replace(state, keepers=keepers, committees=committees)
    assert not is_succeeded(again, 5, ME, wallet(1))


@pytest.mark.parametrize(("changed", "now"), [({}, 5), (AWAITED, 10)], ids=["nothing", "too late"])
def test_is_succeeded__nothing_left__yes_for_the_leaver_alone(
    changed: dict[str, object], now: int
) -> None:
    """The successor itself is not succeeded."""
    assert is_succeeded(followed(**changed), now, ME, wallet(1))
    assert not is_succeeded(followed(**changed), now, ME, wallet(2))
