"""Folding counter-offers, rotated keys, lapses and departures."""

from __future__ import annotations

import pytest

from dao_backend.core import events as e
from dao_backend.core.bargains import under
from dao_backend.core.history import check_history
from dao_backend.core.ledger import fold
from dao_backend.core.model import RequestStatus
from dao_backend.core.state import State
from dao_backend.errors import HistoryMismatch
from tests.support.bargain_story import COUNTER, MEMBER, NEW_KEY, bargain_story
from tests.support.core_actors import seed, wallet
from tests.support.story import RECORDS, TERMS, contributing, founding, logged


def told(*facts: e.Fact) -> State:
    """A DAO with contributions, and these facts after them."""
    return fold(State(), logged([*founding(), *contributing(), *facts]))


@pytest.mark.parametrize(
    "fact",
    [
        e.CounterOffered(77, COUNTER, 1),
        e.CounterAccepted(77, 1),
        e.LicenceLapsed(77),
        e.LicenceRestored(77),
        e.ReleaseKeyRotated(77, seed("key")),
    ],
    ids=lambda fact: type(fact).__name__,
)
def test_fold__fact_about_what_was_never_created__is_a_gap(fact: e.Fact) -> None:
    """An answer to an unknown request, or a change of an unknown licence, means a gap."""
    with pytest.raises(HistoryMismatch, match="never created"):
        told(fact)


@pytest.mark.parametrize("units", [(0, 0, 0), (0, 12, 0), (13, 0, 0)])
def test_fold__departure_with_other_units__is_refused(units: tuple[int, int, int]) -> None:
    """A member cannot leave with other units than its contributions gave it."""
    with pytest.raises(HistoryMismatch, match="other units"):
        told(e.Left(MEMBER, 0, units))


def test_fold__departure__withdraws_everything_at_one_place() -> None:
    """Every active contribution of the member ends with one link of the history."""
    left = e.Left(MEMBER, 0, (0, 13, 0))
    state = told(left)
    changes = [f for f in contributing() if isinstance(f, e.Contributed | e.Withdrawn)]
    check_history([*changes, left], state.history_head, state.history_count)
    assert state.contributions[RECORDS[3].contribution_id].withdrawn_at == 7
    assert state.contributions[RECORDS[2].contribution_id].withdrawn_at == 6
    assert state.units[(MEMBER, 1)] == 0
    assert state.units[(wallet(0), 0)] == 10


def test_fold__the_whole_bargain__ends_in_what_was_agreed() -> None:
    """The accepted counter-offer's terms, the rotated key and the lapse are the ones that hold."""
    state = fold(State(), bargain_story())
    agreed = state.requests[8]
    assert (agreed.status, agreed.terms) == (RequestStatus.GRANTED, under(COUNTER, TERMS))
    assert agreed.deliver_by == 1_700_003_000
    assert (state.licences[8].release_key, state.licences[8].lapsed) == (NEW_KEY, True)
    assert state.rotated_keys == {8: NEW_KEY}
    assert state.requests[9].proposal_id == 0
