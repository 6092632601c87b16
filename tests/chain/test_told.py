"""What was answered once stays the answer, and a dispute stays open until it is settled itself."""

from __future__ import annotations

import pytest

from dao_backend.chain.dispute import Dispute
from dao_backend.chain.told import Told
from dao_backend.errors import NodesDisagree


def test_answer__two_ask_at_once_and_are_told_different_things__both_get_the_first() -> None:
    """Proofs are held against what is remembered: whoever was told otherwise would go unproven."""
    told = Told()
    question = (b"block", "licence", 1)

    def slower() -> str:
        assert told.answer(question, lambda: "forged") == "forged"
        return "true"

    assert told.answer(question, slower) == "forged"
    assert told.answer(question, lambda: "asked again") == "forged"


def test_settle__another_dispute_is_found_meanwhile__leaves_that_one_open() -> None:
    """Agreeing about one question settles no other."""
    dispute = Dispute()

    def disputed(sentence: str) -> None:
        def ask() -> None:
            raise NodesDisagree(sentence)

        with pytest.raises(NodesDisagree):
            dispute.watch(ask)

    asked: list[str] = []

    def first() -> None:
        asked.append("first")
        if len(asked) == 1:
            raise NodesDisagree("the first question")
        disputed("the second question")

    with pytest.raises(NodesDisagree):
        dispute.watch(first)
    dispute.settle()
    assert dispute.sentence == "the second question"
