"""What is due for a request: every combination of states has exactly one answer."""

from __future__ import annotations

from itertools import product

import pytest

from dao_backend.core.lifecycle import Action, Situation, due
from dao_backend.core.model import ProposalState, RequestStatus

NOW = 1_000
OVER = (
    RequestStatus.NONE,
    RequestStatus.SETTLED,
    RequestStatus.REFUNDED,
    RequestStatus.CANCELLED,
)
ALL = [
    Situation(*facts, NOW)
    for facts in product(
        RequestStatus,
        (*ProposalState, None),
        (None, NOW - 1, NOW, NOW + 1),
        (False, True),
        (False, True),
        (False, True),
    )
]
"""Everything that can be."""


def having(**facts: object) -> list[Situation]:
    """All situations in which these facts hold."""
    return [one for one in ALL if all(getattr(one, name) == fact for name, fact in facts.items())]


@pytest.mark.parametrize("status", OVER)
def test_due__request_is_over__is_nothing(status: RequestStatus) -> None:
    """What is settled, refunded, cancelled or was never filed stays as it is."""
    assert {due(one) for one in having(status=status)} == {None}


def test_due__pending_and_refundable__is_the_refund_before_anything_else() -> None:
    """Once the price can go back, nothing else is tried."""
    found = having(status=RequestStatus.PENDING, refundable=True)
    assert {due(one) for one in found} == {Action.REFUND}


def test_due__pending_and_passed__is_to_queue() -> None:
    """A passed vote goes into the timelock."""
    found = having(status=RequestStatus.PENDING, refundable=False, proposal=ProposalState.SUCCEEDED)
    assert {due(one) for one in found} == {Action.QUEUE}


@pytest.mark.parametrize(
    ("eta", "expected"),
    [(None, None), (NOW + 1, None), (NOW, Action.EXECUTE), (NOW - 1, Action.EXECUTE)],
)
def test_due__pending_and_queued__is_to_execute_from_its_time_on(
    eta: int | None, expected: Action | None
) -> None:
    """Execution is due in the second in which the timelock opens, and not before."""
    found = having(
        status=RequestStatus.PENDING, refundable=False, proposal=ProposalState.QUEUED, eta=eta
    )
    assert {due(one) for one in found} == {expected}


_PASSED = (ProposalState.SUCCEEDED, ProposalState.QUEUED)


@pytest.mark.parametrize(
    "state",
    [None, *(each for each in ProposalState if each not in _PASSED)],
)
def test_due__pending_in_any_other_state__waits(state: ProposalState | None) -> None:
    """A vote that runs, or whose refund the contract does not grant yet, is waited for."""
    found = having(status=RequestStatus.PENDING, refundable=False, proposal=state)
    assert {due(one) for one in found} == {None}


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({"refundable": True}, Action.REFUND),
        ({"refundable": False, "delivered": False}, None),
        ({"refundable": False, "delivered": True, "disputable": True}, None),
        ({"refundable": False, "delivered": True, "disputable": False}, Action.SETTLE),
    ],
)
def test_due__granted__follows_the_delivery(
    facts: dict[str, object], expected: Action | None
) -> None:
    """A delivery is paid once nobody can dispute it; a missed or disproved one is refunded."""
    found = having(status=RequestStatus.GRANTED, **facts)
    assert {due(one) for one in found} == {expected}


@pytest.mark.parametrize(("refundable", "expected"), [(True, Action.REFUND), (False, None)])
def test_due__countered__waits_for_the_buyer(refundable: bool, expected: Action | None) -> None:
    """The buyer alone accepts or declines; once its time is over, anybody sends the money back."""
    found = having(status=RequestStatus.COUNTERED, refundable=refundable)
    assert {due(one) for one in found} == {expected}


def test_due__whatever_the_situation__has_an_answer() -> None:
    """No combination of facts is left out."""
    answers = {due(one) for one in ALL}
    assert answers == {None, *Action}
