"""Where a strike stands, at every edge of its clock."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dao_backend.core.striking import StrikePhase, StrikeStanding

QUIET = StrikeStanding(
    deadline=0, begun=False, pledged=0, needed=0, until=0, duration=100, now=1_000
)
CALLED = replace(QUIET, deadline=1_050, pledged=3, needed=10)
BEGUN = replace(CALLED, begun=True, pledged=10, until=1_100)


@pytest.mark.parametrize(
    ("standing", "now", "phase", "ends"),
    [
        (QUIET, 1_000, StrikePhase.IDLE, None),
        (CALLED, 1_050, StrikePhase.PLEDGING, 1_050),
        (CALLED, 1_051, StrikePhase.IDLE, None),
        (BEGUN, 1_020, StrikePhase.ON, 1_100),
        (BEGUN, 1_099, StrikePhase.ON, 1_100),
        (BEGUN, 1_100, StrikePhase.COOLDOWN, 1_200),
        (BEGUN, 1_199, StrikePhase.COOLDOWN, 1_200),
        (BEGUN, 1_200, StrikePhase.IDLE, None),
        (replace(CALLED, deadline=1_250, until=1_100), 1_210, StrikePhase.PLEDGING, 1_250),
    ],
)
def test_stand__at_each_edge__is_what_the_contract_does(
    standing: StrikeStanding, now: int, phase: StrikePhase, ends: int | None
) -> None:
    """A deadline includes its second, the end of a strike and of a cooldown does not."""
    found = replace(standing, now=now)
    assert (found.phase, found.ends) == (phase, ends)


def test_say__each_phase__in_a_sentence_of_its_own() -> None:
    """What is pledged is named while it matters."""
    said = [each.sentence for each in (QUIET, CALLED, BEGUN, replace(BEGUN, now=1_150))]
    assert len(set(said)) == len(StrikePhase)
    assert "3 of the 10 units" in said[1]
