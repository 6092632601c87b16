"""What was answered once stays the answer, and a dispute stays open until it is settled itself."""

from __future__ import annotations

import pytest

from dao_backend.chain import told as told_module
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


def test_answer__strangers_ask_about_much_else__stays_the_first() -> None:
    """Whoever asks a keeper about everything there is pushes out nothing that it goes by."""
    told = Told()
    assert told.answer((b"block", "history"), lambda: "forged") == "forged"
    for number in range(1, told_module._KEPT):
        told.answer((b"block", "licence", number), lambda: None)
    assert told.answer((b"block", "history"), lambda: "true") == "forged"


def test_answer__more_than_there_can_be__are_bounded() -> None:
    """Memory is bounded for all blocks together, and so are the blocks."""
    told, each = Told(), told_module._KEPT // 3
    for block in range(4):
        for number in range(each):
            told.answer((block, number), lambda: "first")
    blocks = told._blocks
    kept = sum(len(answers) for answers in blocks.values())
    assert kept == told_module._KEPT
    assert [len(answers) for answers in blocks.values()] == [kept - 3 * each, each, each, each]
    for block in range(4, told_module._BLOCKS + 2):
        told.answer((block, "history"), lambda: "first")
    assert list(blocks) == list(range(2, told_module._BLOCKS + 2))
    for block in tuple(blocks):
        told.forget(block)
    assert (blocks, told._count) == ({}, 0)


def test_answer__blocks_become_final_while_nodes_delay__stays_the_first() -> None:
    """Who delays a keeper until newer blocks were asked about gets no second word on an old one."""
    told = Told()
    assert told.answer((b"block", "licence", 1), lambda: "forged") == "forged"
    for newer in range(100):
        told.answer((newer, "history"), lambda: "true")
    assert told.answer((b"block", "licence", 1), lambda: "true") == "forged"


def test_forget__one_block__asks_about_it_again_and_about_no_other() -> None:
    """What was contradicted is asked anew; what was said of other blocks stays said."""
    told = Told()
    for block in (b"one", b"other"):
        told.answer((block, "history"), lambda: "forged")
    told.forget(b"one")
    assert told.answer((b"one", "history"), lambda: "true") == "true"
    assert told.answer((b"other", "history"), lambda: "true") == "forged"


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
