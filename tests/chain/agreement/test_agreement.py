"""Several nodes, slow, old, broken or at odds near the head; and what honest ones agree on."""

from __future__ import annotations

import time
from threading import Event
from typing import Any

import pytest
from structlog.testing import capture_logs

from dao_backend.core.deployment import Finality
from dao_backend.errors import ChainUnavailable, InputError, NotFound, WrongNetwork
from tests.chain.agreement.asking import read
from tests.chain.nodes import (
    CONFIRMATIONS,
    LICENCE,
    Nodes,
    Sold,
    foreign,
    half,
    honest,
    silent,
)
from tests.support.rpc_proxy import Answer, Meddle

PATIENCE = 1.0
"""Seconds that a hanging node is waited for."""


# --- silence ---------------------------------------------------------------------------------


@pytest.mark.parametrize("useless", [silent, half, foreign], ids=["silent", "half", "foreign"])
def test_finalized__too_few_nodes_of_use__is_unavailable(nodes: Nodes, useless: Meddle) -> None:
    """Fewer than k answers are no answer, and the reasons are named without any key."""
    asked = nodes.agreement(honest, useless, useless, agree=2)
    with pytest.raises(ChainUnavailable, match="1 nodes answer, 2 have to agree") as refused:
        asked.finalized()
    assert "secret-key" not in str(refused.value)


@pytest.mark.parametrize("agree", [0, 3])
def test_agreement__more_or_fewer_than_there_are__is_refused(nodes: Nodes, agree: int) -> None:
    """So many nodes cannot agree."""
    with pytest.raises(InputError, match=rf"^the number of nodes .* is {agree}: .* from 1 to 2$"):
        nodes.agreement(honest, honest, agree=agree)


def test_licence__nodes_fall_silent_at_the_question__is_unavailable(nodes: Nodes) -> None:
    """Fewer than k answers are not believed, also where these nodes have shown the block."""

    def closing(request: dict[str, Any]) -> Answer | None:
        return silent(request) if request["method"] == "eth_call" else None

    asked = nodes.agreement(honest, closing, closing, agree=2)
    with pytest.raises(ChainUnavailable, match="1 nodes answer, 2 have to agree"):
        read(asked)


def test_finalized__only_node_of_another_chain__is_wrong_network(nodes: Nodes) -> None:
    """Where one node is asked, its own error tells most."""
    with pytest.raises(WrongNetwork, match="serves chain 1"):
        nodes.agreement(foreign).finalized()


def test_ask__node_of_another_chain__is_logged_once(nodes: Nodes) -> None:
    """A node of another chain does not count, and its operator can see why."""
    asked = nodes.agreement(honest, foreign, agree=1)
    with capture_logs() as events:
        asked.finalized()
        asked.head()
    assert [event["event"] for event in events] == ["node.other_chain"]
    assert "secret-key" not in str(events)


def test_licence__one_node_hangs__costs_its_patience_once(sold: Sold, nodes: Nodes) -> None:
    """A node that does not answer is waited for once, and not again while it hangs."""
    release = Event()

    def hanging(request: dict[str, Any]) -> Answer | None:
        release.wait(PATIENCE * 20)
        return 0, b""

    asked = nodes.agreement(honest, hanging, honest, agree=2, patience=PATIENCE)
    begun = time.monotonic()
    try:
        final = asked.finalized().number
        for _ in range(5):
            assert asked.head().number == final + CONFIRMATIONS
            assert asked.block(final) == sold.dao.reader.block(final)
        assert asked.licence(LICENCE, final) == sold.dao.reader.licence(LICENCE)
        assert time.monotonic() - begun < PATIENCE * 4
    finally:
        release.set()


# --- near the head ---------------------------------------------------------------------------


def test_head__another_block_there__is_unavailable_and_no_alarm(sold: Sold, nodes: Nodes) -> None:
    """Nodes may differ about the newest block without lying; it is asked for once more."""
    other = nodes.proxy(sold.at_head(extraData="0x66"))
    asked = nodes.over(nodes.proxy(honest), other, agree=1)
    with pytest.raises(ChainUnavailable, match="it is not final yet"):
        asked.head()
    latest = [call for call in other.asked if call["params"][:1] == ["latest"]]
    assert len(latest) == 2
    assert asked.alarm is None


@pytest.mark.parametrize("above", [0, None])
def test_licence__other_answer_at_the_head__is_unavailable_and_no_alarm(
    sold: Sold, nodes: Nodes, above: int | None
) -> None:
    """What is read at a block that is not final may differ, and is then not answered."""
    asked = nodes.agreement(honest, sold.forging_licence(), agree=1)
    asked.finalized()
    at = None if above is None else asked.head().number
    with pytest.raises(ChainUnavailable, match="it is not final yet"):
        asked.licence(LICENCE, at)
    assert asked.alarm is None


def test_block__above_the_head__is_not_found(sold: Sold, nodes: Nodes) -> None:
    """Where no node has come so far there is no such block."""
    asked = nodes.agreement(honest, honest, agree=2)
    with pytest.raises(NotFound, match="the chain has no block 100000"):
        asked.block(100_000)


# --- time ------------------------------------------------------------------------------------

BOUNDS = Finality(confirmations=CONFIRMATIONS, header_max_age=60, header_max_ahead=30)


@pytest.mark.parametrize(("late", "cause"), [(61, "stands still"), (-31, "wrong about the time")])
def test_finalized__head_of_another_time__is_unavailable(
    sold: Sold, nodes: Nodes, late: int, cause: str
) -> None:
    """A head too old or too far ahead is refused, with both times and both possible causes."""
    now = sold.chain.node.head().timestamp + late
    asked = nodes.agreement(honest, finality=BOUNDS, clock=lambda: now)
    for question in (asked.finalized, asked.head):
        with pytest.raises(ChainUnavailable) as refused:
            question()
        found = str(refused.value)
        assert f"{cause}, or this machine's clock is wrong" in found
        assert found.count("UTC") == 2


@pytest.mark.parametrize("late", [60, 0, -30])
def test_finalized__head_within_its_bounds__is_the_block(
    sold: Sold, nodes: Nodes, late: int
) -> None:
    """The bounds themselves are allowed."""
    head = sold.chain.node.head()
    asked = nodes.agreement(honest, finality=BOUNDS, clock=lambda: head.timestamp + late)
    assert asked.finalized().number == head.number - CONFIRMATIONS


@pytest.mark.parametrize("change", [10**9, -(10**6)])
def test_finalized__one_node_lies_about_the_time__is_the_others_time(
    sold: Sold, nodes: Nodes, change: int
) -> None:
    """Neither a head from the future nor one of long ago moves what k honest nodes show."""
    head = sold.chain.node.head()
    lie = sold.at_head(timestamp=hex(head.timestamp + change))
    asked = nodes.agreement(
        honest, lie, honest, agree=2, finality=BOUNDS, clock=lambda: head.timestamp
    )
    assert asked.finalized().number == head.number - CONFIRMATIONS


def test_finalized__deployments_rule__goes_before_the_nodes_own(sold: Sold, nodes: Nodes) -> None:
    """How many blocks make one final is the deployment's decision."""
    deeper = Finality(confirmations=4, header_max_age=10**6, header_max_ahead=10**6)
    head = sold.chain.node.head()
    asked = nodes.agreement(honest, finality=deeper, clock=lambda: head.timestamp)
    assert asked.finalized().number == head.number - 4


# --- what all agree on -----------------------------------------------------------------------


@pytest.mark.parametrize(("many", "agree"), [(1, 1), (2, 2), (3, 2), (3, 3)])
def test_everything__honest_nodes__is_what_one_node_says(
    sold: Sold, nodes: Nodes, many: int, agree: int
) -> None:
    """Whatever a keeper asks is answered as a single honest node would."""
    asked = nodes.agreement(*[honest] * many, agree=agree)
    final, plain = asked.finalized().number, sold.dao.reader
    assert asked.addresses == sold.dao.addresses
    assert asked.block(3) == plain.block(3)
    assert asked.head() == plain.head()
    assert asked.logs(0, final) == plain.logs(0, final)
    assert asked.committee(1, final) == plain.committee(1, final)
    assert asked.current_epoch(final) == asked.serving_epoch(final) == 1
    assert asked.is_holding(1, 1, final) == plain.is_holding(1, 1, final)
    assert asked.history(final) == plain.history(final)
    assert asked.edition(1, final) == plain.edition(1, final)
    assert asked.request(1, final) == plain.request(1, final)
    assert asked.licence(LICENCE, final) == plain.licence(LICENCE, final)
    assert asked.licence(999, final) is None
    assert asked.delivery(LICENCE, final) == plain.delivery(LICENCE, final)
    proposal = plain.request(1, final).proposal_id
    assert asked.proposal_state(proposal, final) == plain.proposal_state(proposal, final)
    with pytest.raises(NotFound):
        asked.edition(999, final)


def test_finalized__one_node__takes_no_request_more_than_without_agreement(
    sold: Sold, nodes: Nodes
) -> None:
    """A keeper with one node pays nothing for the checks of its headers."""
    node = nodes.proxy(honest)
    asked = nodes.over(node)
    final = asked.finalized().number
    assert node.methods() == ["eth_chainId", "eth_getBlockByNumber", "eth_getBlockByNumber"]
    before = len(node.asked)
    assert asked.history(final) == asked.history(final)
    assert node.methods()[before:] == ["eth_call", "eth_call"]
