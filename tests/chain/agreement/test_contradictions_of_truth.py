"""Honest nodes, and such as prove nothing."""

from __future__ import annotations

import pytest

from tests.chain.agreement.asking import contradicted
from tests.chain.nodes import (
    LICENCE,
    Nodes,
    Sold,
    honest,
    unproving,
)
from tests.support.rpc_proxy import Meddle

KEY_DELAY = 601


@pytest.mark.parametrize("meddles", [(unproving,), (unproving, unproving)])
def test_contradictions__no_node_proves__are_none_and_it_is_known(
    nodes: Nodes, meddles: tuple[Meddle, ...]
) -> None:
    """A node without proofs is no liar; that nothing was proven can be asked."""
    asked = nodes.agreement(*meddles, agree=len(meddles))
    assert asked.proves is None
    assert contradicted(asked) == ()
    assert asked.proves is False
    assert asked.alarm is None


def test_contradictions__one_of_three_proves__suffices(sold: Sold, nodes: Nodes) -> None:
    """The root was agreed on, so one proof is as good as three."""
    asked = nodes.agreement(unproving, honest, unproving, agree=2)
    assert contradicted(asked) == ()
    assert asked.proves is True


# --- the truth -------------------------------------------------------------------------------


@pytest.mark.parametrize("licence_id", [LICENCE, 999])
@pytest.mark.parametrize("many", [1, 3])
def test_contradictions__honest_nodes__are_none(
    sold: Sold, nodes: Nodes, many: int, licence_id: int
) -> None:
    """What honest nodes answer is what they prove, also where there is no licence."""
    asked = nodes.agreement(*[honest] * many, agree=many)
    assert contradicted(asked, licence_id) == ()
    assert asked.proves is True


def test_contradictions__rotated_key__are_none(sold: Sold, nodes: Nodes, rotated: int) -> None:
    """A key that was rotated is the one that receipts must name, before any of them too."""
    asked = nodes.agreement(honest)
    assert contradicted(asked, rotated) == ()
    delivery = asked.delivery(rotated, asked.finalized().number)
    assert delivery is not None
    assert delivery.posted == frozenset()


def test_contradictions__after_the_answers__take_one_request_for_each_contract(
    sold: Sold, nodes: Nodes
) -> None:
    """What was answered is not asked again, nor what was proven, and the header is known."""
    node = nodes.proxy(honest)
    asked = nodes.over(node)
    final = asked.finalized().number
    assert asked.contradictions(LICENCE, final) == ()
    assert node.methods()[-4:] == ["eth_getProof"] * 4
    before = len(node.asked)
    assert asked.contradictions(LICENCE, final) == ()
    assert len(node.asked) == before


def test_contradictions__nobody_proved__asks_for_proofs_again(sold: Sold, nodes: Nodes) -> None:
    """That nothing was proven is not remembered: a node may come to serve proofs."""
    node = nodes.proxy(unproving)
    asked = nodes.over(node)
    assert contradicted(asked) == ()
    assert asked.proves is False
    node.meddle = honest
    assert contradicted(asked) == ()
    assert asked.proves is True


def test_contradictions__request_not_granted__are_none(sold: Sold, nodes: Nodes) -> None:
    """A request without a licence has nothing that could be contradicted."""
    before = sold.chain.snapshot()
    number = sold.dao.file().request_id
    sold.chain.rpc.once("anvil_mine", hex(5))
    assert contradicted(nodes.agreement(honest), number) == ()
    sold.chain.revert(before)
