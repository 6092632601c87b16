"""Several nodes of which some lie: what an honest keeper still believes."""

from __future__ import annotations

import json
from itertools import product
from threading import Event
from typing import Any

import pytest
from structlog.testing import capture_logs

from dao_backend.chain.artifacts import ContractName, abi_of
from dao_backend.core.packing import hex_of, uint
from dao_backend.errors import ChainUnavailable, NodesDisagree
from tests.chain.agreement.asking import read
from tests.chain.nodes import (
    CONFIRMATIONS,
    LICENCE,
    THIEF,
    Nodes,
    Sold,
    foreign,
    forged,
    half,
    honest,
    silent,
)
from tests.support.rpc_proxy import Answer, Meddle


def test_finalized__header_of_another_state__names_the_node(sold: Sold, nodes: Nodes) -> None:
    """A header that was forged with its hash is not what the others have."""
    root = "0x" + "66" * 32
    liar = nodes.proxy(
        sold.changing("eth_getBlockByNumber", lambda asked, true: forged(true, stateRoot=root))
    )
    asked = nodes.over(nodes.proxy(honest), liar, nodes.proxy(honest), agree=2)
    with capture_logs() as events, pytest.raises(NodesDisagree) as refused:
        asked.finalized()
    assert liar.url in str(refused.value)
    assert "secret-key" not in str(refused.value)
    assert asked.alarm == str(refused.value)
    assert [event["event"] for event in events] == ["nodes.disagree"]


@pytest.mark.parametrize("agree", [1, 2])
def test_finalized__hash_of_other_fields__names_the_node(
    sold: Sold, nodes: Nodes, agree: int
) -> None:
    """A header that is not what its hash says is a lie by itself."""
    liar = nodes.proxy(sold.everywhere(stateRoot="0x" + "66" * 32))
    asked = nodes.over(nodes.proxy(honest), liar, agree=agree)
    with pytest.raises(NodesDisagree, match=rf"^{liar.url}: the header of block .* as stated$"):
        asked.finalized()


def test_finalized__only_node_forges_a_header__is_refused(sold: Sold, nodes: Nodes) -> None:
    """One node alone cannot put another state under a known hash."""
    asked = nodes.agreement(sold.everywhere(stateRoot="0x" + "66" * 32))
    with pytest.raises(NodesDisagree):
        asked.finalized()


def test_block__other_number_than_asked__is_a_lie(sold: Sold, nodes: Nodes) -> None:
    """A true header is none for another height."""
    first = sold.chain.rpc.read("eth_getBlockByNumber", "0x1", False)
    asked = nodes.agreement(
        sold.changing(
            "eth_getBlockByNumber", lambda asked, true: first if asked[0] == "0x3" else true
        )
    )
    with pytest.raises(NodesDisagree, match="asked for block 3, it gives block 1"):
        asked.block(3)


def test_finalized__head_far_too_high__does_not_move_it(sold: Sold, nodes: Nodes) -> None:
    """A node that claims blocks which nobody else has is alone with them."""
    height = sold.chain.height()
    asked = nodes.agreement(honest, sold.at_head(number=hex(height + 1000)), honest, agree=2)
    assert asked.finalized().number == height - CONFIRMATIONS
    assert asked.head().number == height


def test_finalized__old_head__does_not_hold_it_back(sold: Sold, nodes: Nodes) -> None:
    """A node that stands still is no liar, and has no say about blocks that it has not got."""
    height = sold.chain.height()
    receipted = max(event.position.block for event in sold.dao.reader.logs(0, height))
    asked = nodes.agreement(sold.behind(height - receipted + 1), honest, honest, agree=2)
    assert asked.finalized().number == height - CONFIRMATIONS
    assert asked.head().number == height
    assert read(asked) == sold.dao.reader.licence(LICENCE)
    assert asked.logs(0, height - CONFIRMATIONS) == sold.dao.reader.logs(0, height)
    assert asked.alarm is None


def test_licence__forged_in_one_answer__names_the_node(sold: Sold, nodes: Nodes) -> None:
    """Nobody gets a licence by one node's word."""
    liar = nodes.proxy(sold.forging_licence())
    asked = nodes.over(nodes.proxy(honest), liar, nodes.proxy(honest), agree=2)
    with pytest.raises(NodesDisagree, match=rf"{liar.url} answers otherwise than other nodes$"):
        read(asked)


def test_licence__one_of_two_lies__names_both(sold: Sold, nodes: Nodes) -> None:
    """Between two nodes nobody can tell which one lies."""
    proxies = [nodes.proxy(honest), nodes.proxy(sold.forging_licence())]
    with pytest.raises(NodesDisagree) as refused:
        read(nodes.over(*proxies))
    assert all(proxy.url in str(refused.value) for proxy in proxies)


def refusing(data: bytes) -> Meddle:
    """Let the contract of licences refuse with `data`."""
    called = hex_of(abi_of(ContractName.LICENCE).functions["licenceOf"].selector)
    refusal = {"code": 3, "message": "execution reverted", "data": hex_of(data)}

    def meddle(request: dict[str, Any]) -> Answer | None:
        asked = request["params"][0] if request["method"] == "eth_call" else {"data": ""}
        if not asked["data"].startswith(called):
            return None
        return 200, json.dumps({"jsonrpc": "2.0", "id": request["id"], "error": refusal}).encode()

    return meddle


def test_licence__denied_by_one_node__is_a_disagreement(sold: Sold, nodes: Nodes) -> None:
    """That there is nothing is an answer like any other."""
    errors = abi_of(ContractName.LICENCE).errors
    (unknown,) = (key for key, error in errors.items() if error.name == "LicenceUnknown")
    asked = nodes.agreement(honest, refusing(unknown + uint(LICENCE)), honest, agree=2)
    with pytest.raises(NodesDisagree):
        read(asked)


def test_licence__refused_without_a_reason__is_silence(sold: Sold, nodes: Nodes) -> None:
    """A node that leaves a refusal's reason out says nothing, whatever its words are."""
    asked = nodes.agreement(honest, refusing(b""), honest, agree=2)
    assert read(asked) == sold.dao.reader.licence(LICENCE)


def test_logs__event_left_out__is_a_disagreement(sold: Sold, nodes: Nodes) -> None:
    """Lists of events are compared as a whole."""
    shorter = sold.changing("eth_getLogs", lambda asked, true: true[:-1])
    asked = nodes.agreement(honest, shorter, honest, agree=2)
    final = asked.finalized().number
    with pytest.raises(NodesDisagree, match=rf"^the log of blocks 0 to {final}: "):
        asked.logs(0, final)


def test_anything__after_a_disagreement__is_refused_until_they_agree(
    sold: Sold, nodes: Nodes
) -> None:
    """No question is answered before the disputed one is settled; then the alarm is over."""
    turned = Event()
    lie = sold.forging_licence()

    def turncoat(request: dict[str, Any]) -> Answer | None:
        return lie(request) if turned.is_set() else None

    asked = nodes.agreement(honest, turncoat, honest, agree=2)
    final = asked.finalized().number
    turned.set()
    with pytest.raises(NodesDisagree) as first:
        asked.licence(LICENCE, final)
    questions = (asked.head, asked.finalized, lambda: asked.serving_epoch(final))
    with capture_logs() as events:
        for question in questions:
            with pytest.raises(NodesDisagree):
                question()
    assert events == []
    assert asked.alarm == str(first.value)
    turned.clear()
    with capture_logs() as events:
        assert asked.head().number == sold.chain.height()
    assert [event["event"] for event in events] == ["nodes.agree"]
    assert asked.alarm is None
    assert asked.licence(LICENCE, final) == sold.dao.reader.licence(LICENCE)


def test_licence__lie_after_an_answer__does_not_change_it(sold: Sold, nodes: Nodes) -> None:
    """About one final block the same question keeps the answer that was agreed on."""
    turned = Event()
    lie = sold.forging_licence()
    asked = nodes.agreement(lambda request: lie(request) if turned.is_set() else None)
    first = read(asked)
    turned.set()
    assert read(asked) == first
    assert first.holder != THIEF


# --- every combination of three ------------------------------------------------------------


@pytest.mark.parametrize("states", list(product("HLS", repeat=3)), ids="".join)
def test_licence__three_nodes_of_which_two_must_agree__is_true_or_refused(
    sold: Sold, nodes: Nodes, states: tuple[str, ...]
) -> None:
    """Of honest, lying and silent nodes in all mixtures, only two liars alone can deceive."""
    kinds = {"H": honest, "L": sold.forging_licence(), "S": silent}
    asked = nodes.agreement(*(kinds[state] for state in states), agree=2)
    honests, liars, silents = (states.count(state) for state in "HLS")
    if silents > 1:
        with pytest.raises(ChainUnavailable, match=r"1 nodes answer|0 nodes answer"):
            read(asked)
    elif honests and liars:
        with pytest.raises(NodesDisagree):
            read(asked)
    else:
        assert (read(asked).holder == THIEF) == (liars >= 2)


@pytest.mark.parametrize("useless", [silent, half, foreign], ids=["silent", "half", "foreign"])
@pytest.mark.parametrize("where", range(3))
def test_licence__one_node_of_no_use__is_answered_by_the_others(
    sold: Sold, nodes: Nodes, useless: Meddle, where: int
) -> None:
    """A node that fails in whatever way takes nothing from what the others agree on."""
    meddles = [honest, honest]
    meddles.insert(where, useless)
    asked = nodes.agreement(*meddles, agree=2)
    assert read(asked) == sold.dao.reader.licence(LICENCE)
    assert asked.alarm is None
