"""Nodes that lie, held against what the agreed state root proves."""

from __future__ import annotations

from collections.abc import Callable
from threading import Event
from typing import Any

import pytest
from structlog.testing import capture_logs

from dao_backend.chain.artifacts import ContractName, abi_of
from dao_backend.core.packing import hex_of
from dao_backend.errors import NodesDisagree
from tests.chain.agreement.asking import contradicted
from tests.chain.nodes import (
    LICENCE,
    THIEF,
    Nodes,
    Sold,
    honest,
    silent,
    unproving,
)
from tests.support.core_actors import seed, wallet
from tests.support.rpc_proxy import Answer

KEY_DELAY = 601


# --- lies ------------------------------------------------------------------------------------


def test_contradictions__licence_forged_by_the_only_node__is_found(
    sold: Sold, nodes: Nodes
) -> None:
    """One node alone cannot give a licence away while it proves its storage."""
    asked = nodes.agreement(sold.forging_licence())
    with capture_logs() as events:
        found = contradicted(asked)
    assert len(found) == 1
    assert found[0].startswith(f"licence 1's holder is stated as {int(THIEF, 16):#x} and proven")
    assert asked.alarm is not None
    assert found[0] in asked.alarm
    assert [event["event"] for event in events] == ["nodes.contradicted"]


def test_contradictions__k_nodes_forge_together__are_found_by_one_honest_proof(
    sold: Sold, nodes: Nodes
) -> None:
    """Against all who answer alike, one valid proof suffices."""
    lie = sold.forging_licence()

    def forging_unproving(request: dict[str, Any]) -> Answer | None:
        return unproving(request) or lie(request)

    def proving_only(request: dict[str, Any]) -> Answer | None:
        return silent(request) if request["method"] == "eth_call" else None

    asked = nodes.agreement(forging_unproving, proving_only, forging_unproving, agree=2)
    assert "holder" in contradicted(asked)[0]
    assert asked.proves


LIES = [
    (ContractName.LICENCE, "licenceOf", 1, 2**40, "licence 1's expiry"),
    (ContractName.LICENCE, "licenceOf", 3, 2, "licence 1's status"),
    (ContractName.LICENCE, "licenceOf", 4, 1, "licence 1's collection"),
    (ContractName.LICENCE, "licenceOf", 5, 1, "licence 1's purposes"),
    (ContractName.LICENCE, "licenceOf", 6, 1, "licence 1's issuedAt"),
    (ContractName.LICENCE, "licenceOf", 7, 1, "licence 1's royaltyBps"),
    (ContractName.LICENCE, "licenceOf", 8, 1, "licence 1's lapsed"),
    (ContractName.KEEPERS, "deliveryOf", 1, 2**40, "delivery 1's deliverBy"),
    (ContractName.KEEPERS, "deliveryOf", 6, 0b1110, "delivery 1's posted"),
    (ContractName.KEEPERS, "deliveryOf", 7, 5, "delivery 1's deliveredAt"),
    (ContractName.KEEPERS, "editionRoot", 0, 5, "edition root"),
    (ContractName.KEEPERS, "committeeOf", 0, 1, "committee 1's threshold"),
    (ContractName.KEEPERS, "keeperOf", 1, int(THIEF, 16), "committee 1's hash"),
    (ContractName.KEEPERS, "currentEpoch", 0, 2, "KeeperRegistry's _epoch"),
    (ContractName.REGISTRY, "historyHead", 0, 5, "history head"),
    (ContractName.REGISTRY, "historyCount", 0, 5, "history's count"),
    (ContractName.DESK, "requestOf", 0, int(THIEF, 16), "request 1's buyer"),
    (ContractName.DESK, "requestOf", 1, 4, "request 1's status"),
    (ContractName.DESK, "requestOf", 2, 2**40, "request 1's executeBy"),
]


@pytest.mark.parametrize(
    ("contract", "function", "word", "value", "what"), LIES, ids=[lie[-1] for lie in LIES]
)
def test_contradictions__one_forged_word__is_found(
    sold: Sold,
    nodes: Nodes,
    contract: ContractName,
    function: str,
    word: int,
    value: int,
    what: str,
) -> None:
    """Every word that a release rests on is held against its proof."""
    found = contradicted(nodes.agreement(sold.lying(contract, function, word, value)))
    assert any(each.startswith(f"{what} is stated as ") for each in found)


def test_contradictions__licence_denied__is_found(sold: Sold, nodes: Nodes) -> None:
    """That there is no delivery is disproved as well."""
    asked = nodes.agreement(sold.lying(ContractName.KEEPERS, "deliveryOf", 0, 0))
    assert any(
        each.startswith("delivery 1's editionId is stated as 0x0") for each in contradicted(asked)
    )


def test_contradictions__key_rotated_in_the_log_alone__is_found(sold: Sold, nodes: Nodes) -> None:
    """A release key that was never announced is not what receipts must name."""
    asked = nodes.agreement(sold.forging_key())
    found = contradicted(asked)
    assert [each.split(" is stated")[0] for each in found] == ["expected root and release key"]


def test_contradictions__rotation_left_out_of_the_log__is_found(
    sold: Sold, nodes: Nodes, rotated: int
) -> None:
    """Nor can the old key be kept alive by hiding its successor."""
    topic = hex_of(abi_of(ContractName.LICENCE).events["ReleaseKeyRotated"].topic)
    hiding = sold.changing(
        "eth_getLogs", lambda asked, true: [log for log in true if log["topics"][0] != topic]
    )
    found = contradicted(nodes.agreement(hiding), rotated)
    assert [each.split(" is stated")[0] for each in found] == ["expected root and release key"]


def spoilt(true: Any) -> object:
    """A proof with another value for its first slot."""
    first, *others = true["storageProof"]
    return {**true, "storageProof": [{**first, "value": "0x7"}, *others]}


def truncated(true: Any) -> object:
    """A proof without the node that holds the account."""
    return {**true, "accountProof": true["accountProof"][:-1]}


@pytest.mark.parametrize("change", [spoilt, truncated])
def test_contradictions__forged_proof__names_the_node(
    sold: Sold, nodes: Nodes, change: Callable[[Any], object]
) -> None:
    """A proof that does not lead to the agreed root is a lie, whoever else proves the truth."""
    liar = nodes.proxy(sold.changing("eth_getProof", lambda asked, true: change(true)))
    asked = nodes.over(nodes.proxy(honest), liar, nodes.proxy(honest), agree=2)
    with pytest.raises(NodesDisagree, match=rf"^{liar.url}: the proof of ") as refused:
        contradicted(asked)
    assert asked.alarm == str(refused.value)
    with pytest.raises(NodesDisagree):
        asked.head()


def test_contradictions__proof_of_another_block__names_the_node(sold: Sold, nodes: Nodes) -> None:
    """What was true before is proven against another root."""
    old = sold.chain.rpc.read
    earlier = sold.changing("eth_getProof", lambda asked, _: old("eth_getProof", *asked[:2], "0x9"))
    with pytest.raises(NodesDisagree, match="does not lead to the state root"):
        contradicted(nodes.agreement(earlier))


def test_contradictions__lie_ended__are_none_and_the_alarm_is_over(
    sold: Sold, nodes: Nodes
) -> None:
    """What was contradicted is asked anew, and answered once it is true."""
    lies, lie = Event(), sold.forging_licence()
    lies.set()
    asked = nodes.agreement(lambda request: lie(request) if lies.is_set() else None)
    final = asked.finalized().number
    assert asked.contradictions(LICENCE, final)
    assert asked.contradictions(LICENCE, final)
    lies.clear()
    assert asked.contradictions(LICENCE, final) == ()
    assert asked.alarm is None
    licence = asked.licence(LICENCE, final)
    assert licence is not None
    assert licence.holder != THIEF


def test_finalized__lie_ended__ends_the_alarm_unasked(sold: Sold, nodes: Nodes) -> None:
    """Nobody has to ask about the licence again: whoever follows the chain notices."""
    lies, lie = Event(), sold.forging_licence()
    lies.set()
    asked = nodes.agreement(lambda request: lie(request) if lies.is_set() else None)
    assert contradicted(asked)
    asked.finalized()
    assert asked.alarm is not None
    lies.clear()
    asked.finalized()
    assert asked.alarm is None


def test_contradictions__next_committee_forged_by_the_only_node__are_found(
    sold: Sold, nodes: Nodes
) -> None:
    """Who is to follow is proven before that committee serves: shares are handed over to it."""
    before = sold.chain.snapshot()
    size = len(sold.dao.reader.committee(1).keepers)
    rows = [(wallet(400 + each), seed("sealing", each), "http://next") for each in range(size)]
    sold.dao.by_vote(ContractName.KEEPERS, "changeCommittee", rows)
    sold.chain.rpc.once("anvil_mine", hex(5))
    asked_of = hex_of(abi_of(ContractName.KEEPERS).functions["keeperOf"].selector) + f"{2:064x}"

    def thief(asked: list[Any], true: str) -> str:
        mine = str(asked[0]["data"]).startswith(asked_of)
        return f"{true[:66]}{int(THIEF, 16):064x}{true[130:]}" if mine else true

    found = contradicted(nodes.agreement(sold.changing("eth_call", thief)), 0)
    assert len(found) == 1
    assert found[0].startswith("committee 2's hash is stated")
    assert contradicted(nodes.agreement(honest), 0) == ()
    sold.chain.revert(before)


# --- no proofs -------------------------------------------------------------------------------
