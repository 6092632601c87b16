"""Where a vote stands, and why somebody cannot vote."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dao_backend.core.ballot import Obstacle, Standing, eligibility, next_step
from dao_backend.core.lifecycle import Action
from dao_backend.core.model import ProposalState

OPEN = Standing(
    votes=7, has_voted=False, state=ProposalState.ACTIVE, snapshot=100, vote_end=200, now=150
)
OVER = (ProposalState.DEFEATED, ProposalState.SUCCEEDED, ProposalState.EXECUTED)


def test_eligibility__before_the_snapshot__says_when_it_opens() -> None:
    """Nobody votes before the snapshot, whatever they hold."""
    found = eligibility(replace(OPEN, state=ProposalState.PENDING, now=90))
    assert found.obstacle is Obstacle.NOT_OPEN
    assert "11 seconds" in found.sentence


def test_eligibility__no_units_at_the_snapshot__says_which_units_count() -> None:
    """Units that came later do not count, and the sentence says so."""
    found = eligibility(replace(OPEN, votes=0))
    assert found.obstacle is Obstacle.NO_VOTES
    assert "snapshot" in found.sentence


def test_eligibility__second_ballot__is_named_before_the_end() -> None:
    """Who voted is told that, also after the vote."""
    for state in (ProposalState.ACTIVE, ProposalState.DEFEATED):
        found = eligibility(replace(OPEN, has_voted=True, state=state))
        assert found.obstacle is Obstacle.ALREADY_VOTED


@pytest.mark.parametrize("state", OVER)
def test_eligibility__after_the_end__names_the_state(state: ProposalState) -> None:
    """A closed vote says how it ended."""
    found = eligibility(replace(OPEN, state=state, now=201))
    assert found.obstacle is Obstacle.CLOSED
    assert state.value in found.sentence


def test_eligibility__open_with_votes__has_no_obstacle() -> None:
    """A member with units at the snapshot can vote until the end."""
    found = eligibility(OPEN)
    assert found.obstacle is None
    assert "7 votes" in found.sentence
    assert "50 seconds" in found.sentence


@pytest.mark.parametrize("action", list(Action))
def test_next_step__something_due__anybody_may(action: Action) -> None:
    """A transaction that is due can be sent by anybody."""
    step = next_step(ProposalState.EXECUTED, action, 0, 0)
    assert (step.action, step.by) == (action.value, "anybody")


@pytest.mark.parametrize(
    ("state", "action", "by"),
    [
        (ProposalState.PENDING, "wait", "nobody"),
        (ProposalState.ACTIVE, "vote", "members"),
        (ProposalState.SUCCEEDED, "queue", "anybody"),
        (ProposalState.QUEUED, "wait", "nobody"),
        (ProposalState.DEFEATED, "none", "nobody"),
        (ProposalState.CANCELED, "none", "nobody"),
        (ProposalState.EXPIRED, "none", "nobody"),
        (ProposalState.EXECUTED, "none", "nobody"),
    ],
)
def test_next_step__every_state__has_an_answer(state: ProposalState, action: str, by: str) -> None:
    """Each state says what can be done now and by whom."""
    step = next_step(state, None, 3, 4)
    assert (step.action, step.by) == (action, by)
    assert step.sentence
