"""Where a delivery stands before its arbiter: one answer for every moment."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dao_backend.core.bargains import Verdict
from dao_backend.core.disputing import Contest, Phase
from dao_backend.core.model import NATIVE
from tests.support.core_actors import wallet

DELIVERED, WINDOW, RULE_BY = 1_000, 600, 5_000
CONTEST = Contest(
    arbiter=wallet(1),
    delivered_at=DELIVERED,
    window=WINDOW,
    verdict=Verdict.NONE,
    rule_by=0,
    now=DELIVERED + WINDOW,
)
OPEN = replace(CONTEST, verdict=Verdict.OPEN, rule_by=RULE_BY, now=RULE_BY)


@pytest.mark.parametrize(
    ("contest", "phase", "until"),
    [
        (replace(CONTEST, arbiter=NATIVE), Phase.WITHOUT_ARBITER, None),
        (replace(CONTEST, delivered_at=None), Phase.NOT_DELIVERED, None),
        (CONTEST, Phase.CONTESTABLE, DELIVERED + WINDOW),
        (replace(CONTEST, now=DELIVERED + WINDOW + 1), Phase.UNDISPUTED, None),
        (OPEN, Phase.OPEN, RULE_BY),
        (replace(OPEN, now=RULE_BY + 1), Phase.UNRULED, None),
        (replace(OPEN, verdict=Verdict.UPHELD, now=RULE_BY + 1), Phase.UPHELD, None),
        (replace(OPEN, verdict=Verdict.REJECTED), Phase.REJECTED, None),
    ],
)
def test_phase__each_moment__has_its_end_and_its_sentence(
    contest: Contest, phase: Phase, until: int | None
) -> None:
    """The last second still counts, as in the contract."""
    assert (contest.phase, contest.until) == (phase, until)
    assert contest.sentence.endswith(".")
