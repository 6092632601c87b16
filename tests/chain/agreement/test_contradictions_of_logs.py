"""What a caller read out of the log and believes, held against what the state root proves."""

from __future__ import annotations

from dataclasses import replace
from threading import Event
from typing import Any

import pytest
from structlog.testing import capture_logs

from dao_backend.chain.agreement import Agreement
from dao_backend.chain.artifacts import ContractName
from dao_backend.core.ledger import fold
from dao_backend.core.model import Edition
from dao_backend.core.state import State
from tests.chain.nodes import Nodes, Sold, honest, silent, unproving
from tests.support.core_actors import seed
from tests.support.rpc_proxy import Answer

WORDS: dict[str, dict[str, Any]] = {
    "edition 1's collection": {"collection": 1},
    "edition 1's timepoint": {"timepoint": 5},
    "edition 1's totalUnits": {"total_units": 5},
    "edition 1's historyCount": {"history_count": 5},
    "edition 1's epoch": {"epoch": 5},
    "edition 1's root": {"root": seed("another root")},
}
BELIEFS: dict[str, dict[str, Any]] = {
    "history head": {"history_head": seed("another head")},
    "history's count": {"history_count": 5},
    "KeeperRegistry's _serving": {"serving_epoch": 5},
}


def logged(sold: Sold) -> State:
    """What the true log folds to."""
    return fold(State(), sold.dao.reader.logs(0, sold.chain.height()))


def held(asked: Agreement, state: State, *editions: Edition) -> tuple[str, ...]:
    """What is proven otherwise at the newest final block."""
    return asked.log_contradictions(state, editions, asked.finalized().number)


@pytest.mark.parametrize(("what", "lie"), WORDS.items(), ids=WORDS.keys())
def test_log_contradictions__one_word_of_an_edition_is_false__is_found(
    sold: Sold, nodes: Nodes, what: str, lie: dict[str, Any]
) -> None:
    """Every word of an edition, and its root, is held against its proof."""
    state = logged(sold)
    (found,) = held(nodes.agreement(honest), state, replace(state.editions[1], **lie))
    assert found.startswith(f"{what} is stated as ")


def test_log_contradictions__root_denied__is_found(sold: Sold, nodes: Nodes) -> None:
    """An edition that was attested cannot be passed off as one that was not."""
    state = logged(sold)
    (found,) = held(nodes.agreement(honest), state, replace(state.editions[1], root=None))
    assert found.startswith("edition 1's root is stated as 0x0 ")


@pytest.mark.parametrize(("what", "lie"), BELIEFS.items(), ids=BELIEFS.keys())
def test_log_contradictions__the_history_or_an_epoch_is_false__is_found(
    sold: Sold, nodes: Nodes, what: str, lie: dict[str, Any]
) -> None:
    """Nor is another history believed, nor that another committee serves."""
    (found,) = held(nodes.agreement(honest), replace(logged(sold), **lie))
    assert found.startswith(f"{what} is stated as ")


@pytest.mark.parametrize("known", [{}, {1: "true", 2: "invented"}], ids=["hidden", "invented"])
def test_log_contradictions__edition_invented_or_hidden__is_found(
    sold: Sold, nodes: Nodes, known: dict[int, str]
) -> None:
    """How many editions were sealed is proven, so that none can be added or left out."""
    state = logged(sold)
    editions = {number: replace(state.editions[1], edition_id=number) for number in known}
    (found,) = held(nodes.agreement(honest), replace(state, editions=editions))
    assert found.startswith(f"history's editions is stated as {len(known):#x} ")


def test_log_contradictions__k_nodes_forge_together__are_found_by_one_honest_proof(
    sold: Sold, nodes: Nodes
) -> None:
    """What the caller believes counts: that the nodes say the same again is no help to them."""
    lie = sold.lying(ContractName.REGISTRY, "editionOf", 3, 7)

    def forging_unproving(request: dict[str, Any]) -> Answer | None:
        return unproving(request) or lie(request)

    def proving_only(request: dict[str, Any]) -> Answer | None:
        return silent(request) if request["method"] == "eth_call" else None

    asked = nodes.agreement(forging_unproving, proving_only, forging_unproving, agree=2)
    told = asked.edition(1, asked.finalized().number)
    assert told.history_count == 7
    assert held(asked, logged(sold), told)[0].startswith("edition 1's historyCount is stated as ")


@pytest.mark.parametrize("many", [1, 3])
def test_log_contradictions__the_truth__are_none(sold: Sold, nodes: Nodes, many: int) -> None:
    """A log that leaves nothing out and invents nothing is what is proven."""
    state = logged(sold)
    asked = nodes.agreement(*[honest] * many, agree=many)
    assert held(asked, state, *state.editions.values()) == ()
    assert asked.proves is True
    assert asked.alarm is None


def test_log_contradictions__no_node_proves__are_none_and_it_is_known(
    sold: Sold, nodes: Nodes
) -> None:
    """Without proofs nothing is contradicted: what k nodes say is all there is."""
    asked = nodes.agreement(unproving)
    assert held(asked, replace(logged(sold), history_count=5)) == ()
    assert asked.proves is False


def test_log_contradictions__proven_before__asks_nothing(sold: Sold, nodes: Nodes) -> None:
    """Below one state root nothing changes, so a proof is good for ever."""
    node, state = nodes.proxy(honest), logged(sold)
    asked = nodes.over(node)
    final = asked.finalized().number
    assert asked.log_contradictions(state, (), final) == ()
    before = len(node.asked)
    assert asked.log_contradictions(state, (), final) == ()
    assert len(node.asked) == before
    assert asked.log_contradictions(state, state.editions.values(), final) == ()
    assert node.methods()[before:] == ["eth_getProof"] * 2


def test_finalized__lie_about_an_edition_ended__ends_the_alarm(sold: Sold, nodes: Nodes) -> None:
    """The alarm tells what is wrong, and is over once the nodes say what they prove."""
    lies, lie = Event(), sold.lying(ContractName.REGISTRY, "editionOf", 3, 7)
    lies.set()
    asked = nodes.agreement(lambda request: lie(request) if lies.is_set() else None)
    told = asked.edition(1, asked.finalized().number)
    with capture_logs() as events:
        assert held(asked, logged(sold), told)
    assert [event["event"] for event in events] == ["nodes.contradicted"]
    asked.finalized()
    assert asked.alarm is not None
    assert asked.alarm.startswith("the proofs about the log with editions 1 at block ")
    assert "edition 1's historyCount is stated as 0x7" in asked.alarm
    lies.clear()
    asked.finalized()
    assert asked.alarm is None
