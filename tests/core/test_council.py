"""What a guardian can do, at every edge of its clock."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dao_backend.core.council import CouncilPhase, CouncilStanding
from dao_backend.core.model import NATIVE
from tests.support.core_actors import wallet

READY = CouncilStanding(
    guardian=wallet(1), mandate_until=2_000, pausable_from=1_000, paused_until=0, now=1_000
)


@pytest.mark.parametrize(
    ("standing", "phase", "in_office"),
    [
        (READY, CouncilPhase.READY, True),
        (replace(READY, now=999), CouncilPhase.RESTING, True),
        (replace(READY, paused_until=1_001), CouncilPhase.PAUSED, True),
        (replace(READY, paused_until=1_000), CouncilPhase.READY, True),
        (replace(READY, now=2_000), CouncilPhase.READY, True),
        (replace(READY, now=2_001), CouncilPhase.MANDATE_OVER, False),
        (replace(READY, now=2_001, paused_until=2_002), CouncilPhase.PAUSED, False),
        (replace(READY, guardian=NATIVE), CouncilPhase.NOBODY, False),
    ],
)
def test_stand__at_each_edge__is_what_the_contract_does(
    standing: CouncilStanding, phase: CouncilPhase, in_office: bool
) -> None:
    """A mandate includes its last second; a pause outlasts it, and ends at its own."""
    assert (standing.phase, standing.in_office) == (phase, in_office)
    assert standing.sentence.endswith(".")
