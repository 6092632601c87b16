"""Access to licences that came of offers and counter-offers, or that have lapsed."""

from __future__ import annotations

from dataclasses import replace

from dao_backend.core.access import Allowed, Reason, Step, decide
from dao_backend.core.model import RequestStatus
from tests.core.test_access import (
    ASKED,
    BOTH,
    DELIVER_BY,
    LICENCE,
    POSTED,
    READY,
    REQUEST,
    at_both,
    reason,
)


@BOTH
def test_decide__lapsed_after_the_time_for_delivery__is_denied(step: Step) -> None:
    """A licence whose use is not paid for releases nothing, even if only the head says so."""
    lapsed, over = replace(POSTED, licence=replace(LICENCE, lapsed=True)), DELIVER_BY + 1
    assert reason(at_both(lapsed, now=over), step) is Reason.LAPSED
    assert reason(replace(READY, head=lapsed, now=over), step) is Reason.LAPSED


@BOTH
def test_decide__lapsed_within_the_time_for_delivery__is_allowed(step: Step) -> None:
    """A short reporting period does not keep from the buyer what it has paid for."""
    settled = replace(REQUEST, status=RequestStatus.SETTLED)
    lapsed = replace(POSTED, request=settled, licence=replace(LICENCE, lapsed=True))
    assert isinstance(decide(at_both(lapsed, now=DELIVER_BY), step), Allowed)


@BOTH
def test_decide__countered__waits_for_the_buyer(step: Step) -> None:
    """Terms that the buyer has not accepted yet grant nothing."""
    asked = replace(ASKED, request=replace(REQUEST, status=RequestStatus.COUNTERED))
    assert reason(at_both(asked, edition=None), step) is Reason.COUNTERED


@BOTH
def test_decide__granted_without_a_vote__is_allowed(step: Step) -> None:
    """An accepted offer is released like any other licence: no proposal of its own is asked for."""
    taken = replace(POSTED, proposal=None, request=replace(REQUEST, proposal_id=0))
    assert isinstance(decide(at_both(taken), step), Allowed)
