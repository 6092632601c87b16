"""The twelve steps in the life of a contribution, in order, each standing on the one before."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from dao_backend.demo.report import STEPS
from dao_backend.demo.story import Story, Telling


@pytest.mark.parametrize(
    "act", [act for _, act in STEPS], ids=[f"{n:02}-{name}" for n, (name, _) in enumerate(STEPS, 1)]
)
def test_step__after_the_ones_before__keeps_its_promises(
    story: Story, act: Callable[[Story], Telling]
) -> None:
    """Every step of the walkthrough holds what it promises, with any committee."""
    assert act(story).figures, "a step reports what it measured"
