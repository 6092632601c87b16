"""The release decision where the nodes' answers are not what is proven, or not the same."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dao_backend.core.access import (
    Allowed,
    Denied,
    Facts,
    Reason,
    Step,
    View,
    decide,
    nodes_disagree,
)
from tests.core.test_access import BOTH, GRANTED, NOTHING, READY, reason

FOUND = ("licence 7's holder is stated as 0x2 and proven to be 0x1", "history head is another")


@BOTH
def test_decide__proofs_contradict_the_nodes__is_denied(step: Step) -> None:
    """Nothing is built or handed over on answers that the state root disproves."""
    decision = decide(replace(READY, contradictions=FOUND[:1]), step)
    assert decision == Denied(
        Reason.PROOF_MISMATCH,
        "What the nodes answer is not what the state root proves: "
        "licence 7's holder is stated as 0x2 and proven to be 0x1.",
    )


def test_decide__several_contradictions__are_all_named() -> None:
    """The operator is told every word that differs."""
    decision = decide(replace(READY, contradictions=FOUND), Step.HAND_OVER)
    assert isinstance(decision, Denied)
    assert all(each in decision.sentence for each in FOUND)


@pytest.mark.parametrize("view", [NOTHING, replace(GRANTED, posted=frozenset({2}))])
@BOTH
def test_decide__contradictions_and_another_reason__is_the_contradiction(
    step: Step, view: View
) -> None:
    """No other reason is given for answers that are false: it would rest on them."""
    facts = replace(READY, final=view, head=view, contradictions=FOUND)
    assert reason(facts, step) is Reason.PROOF_MISMATCH


def test_nodes_disagree__sentence__is_a_denial() -> None:
    """Where the nodes differ there are no facts, and so no access."""
    denied = nodes_disagree("One node lies.")
    assert denied == Denied(Reason.NODES_DISAGREE, "One node lies.")


def test_reasons__of_nodes__have_stable_names() -> None:
    """Programs know the two by these names."""
    assert (Reason.PROOF_MISMATCH, Reason.NODES_DISAGREE) == ("proof-mismatch", "nodes-disagree")


@BOTH
def test_decide__nothing_contradicted__is_allowed(step: Step) -> None:
    """Facts without contradictions are the default, and stand in no one's way."""
    fields = {name: getattr(READY, name) for name in READY.__slots__ if name != "contradictions"}
    assert isinstance(decide(Facts(**fields), step), Allowed)
