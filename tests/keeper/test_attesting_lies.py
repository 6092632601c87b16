"""Nodes that invent an edition or a history, alike: what a keeper signs and erases on their word.

A signature over an invented list would be as good on the real chain as any other.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import reduce
from typing import Any

import pytest

from dao_backend.chain.agreement import Agreement
from dao_backend.chain.artifacts import ContractName, abi_of
from dao_backend.core.events import Contributed, LogEvent
from dao_backend.core.history import CHANGES, GENESIS, next_head
from dao_backend.core.packing import hex_of
from dao_backend.core.typed import Attestation, recover_signer
from dao_backend.errors import HistoryMismatch, ManifestMismatch, NodesDisagree
from tests.chain.nodes import Nodes, honest, silent, unproving
from tests.support import lying_nodes as lies
from tests.support.anvil import running_chain
from tests.support.local_dao import KEEPERS, LocalDao
from tests.support.rpc_proxy import Answer, Meddle, RpcProxy
from tests.support.running_dao import ALICE, BOB, Meddled, RunningDao, program
from tests.support.running_fixtures import PROGRAMS, SOLD

WORD = 64
"""Characters of one word in an answer."""
EDITION = 2
"""The next one after what stands in the stage `sold`."""


@pytest.fixture
def nodes(sold: RunningDao) -> Iterator[Nodes]:
    """Opens nodes."""
    opened = Nodes(sold.chain, sold.dao)
    yield opened
    opened.close()


def both(*meddles: Meddle) -> Meddle:
    """Meddle as the first that has something to say."""

    def meddle(request: dict[str, Any]) -> Answer | None:
        return next((found for each in meddles if (found := each(request)) is not None), None)

    return meddle


def proving_only(request: dict[str, Any]) -> Answer | None:
    """Know nothing but headers and proofs."""
    return silent(request) if request["method"] in ("eth_call", "eth_getLogs") else None


def put(data: str, word: int, value: int) -> str:
    """The same words with another one in that place."""
    at = 2 + WORD * word
    return f"{data[:at]}{value:064x}{data[at + WORD :]}"


def earlier_edition(dao: RunningDao) -> Meddle:
    """State that edition 2 was sealed one contribution earlier, in calls and in the log."""
    count, units = len(PROGRAMS), len(PROGRAMS) * 1000
    selector = hex_of(abi_of(ContractName.REGISTRY).functions["editionOf"].selector)
    topic = hex_of(abi_of(ContractName.REGISTRY).events["EditionSealed"].topic)

    def told(asked: list[Any], true: str) -> str:
        if asked[0]["data"] != f"{selector}{EDITION:064x}":
            return true
        return put(put(true, 2, units), 3, count)

    def logged(entry: dict[str, Any]) -> dict[str, Any]:
        if entry["topics"][:2] != [topic, f"0x{EDITION:064x}"]:
            return entry
        return {**entry, "data": put(put(entry["data"], 1, units), 2, count)}

    return both(
        lies.changing(dao.chain, told, "eth_call"),
        lies.changing(dao.chain, lambda _, true: [logged(each) for each in true], "eth_getLogs"),
    )


def sealed(dao: RunningDao) -> None:
    """One contribution more, and an edition with it that nobody has attested; final."""
    dao.contribute(ALICE, program(8), "d.py")
    dao.pass_time(3600)
    dao.system.editions.seal(0)
    dao.settle_down()


@contextmanager
def invented(dao: RunningDao) -> Iterator[Meddle]:
    """A history that never was, of another chain: Bob withdraws, and an edition is sealed."""
    dao.settle_down()
    since = dao.chain.height() + 1
    with running_chain() as other:
        other.rpc.once("anvil_loadState", dao.chain.rpc.once("anvil_dumpState"))
        other.rpc.once("evm_setTime", hex(dao.chain.node.head().timestamp + 1))
        there = LocalDao(other, dao.dao.addresses, dao.dao.reader, dao.dao.logs)
        there.writer(BOB).withdraw(bobs(dao))
        assert there.seal() == EDITION
        dao.chain.time.mine(other.height() - dao.chain.height())
        dao.chain.time.advance(2 * 3600)
        dao.chain.time.finalize()
        yield lies.of_another_history(dao.chain, other, since)


def bobs(dao: RunningDao) -> bytes:
    """What Bob contributed."""
    bob = dao.chain.signer(BOB).address
    contributions = dao.system.local[0]._office.book.contributions()
    (found,) = (each.record for each in contributions if each.record.contributor == bob)
    return found.contribution_id


def alike(nodes: Nodes, lie: Meddle) -> Agreement:
    """Two nodes that lie alike, of which two have to agree, and one that proves its storage."""
    liar = both(unproving, lie)
    return nodes.agreement(liar, proving_only, liar, agree=2)


def require_signed(dao: RunningDao, given: tuple[bytes, bytes]) -> None:
    """It is a signature of keeper 1 over edition 2."""
    root, signature = given
    signed = Attestation(EDITION, root)
    domain = dao.dao.addresses.domain("KeeperRegistry")
    assert recover_signer(domain, signed, signature) == dao.chain.signer(KEEPERS[0]).address


def test_attestation__k_nodes_forge_the_edition_alike__signs_nothing(
    sold: RunningDao, nodes: Nodes
) -> None:
    """One node that proves its storage outweighs all that say the same of an edition."""
    sealed(sold)
    chain = alike(nodes, earlier_edition(sold))
    with sold.keeper(1, chain=lambda _: chain) as keeper:
        for _ in range(2):
            with pytest.raises(NodesDisagree, match="edition 2's totalUnits is stated as 0xbb8 "):
                keeper.attestation(EDITION)
        assert "edition 2's historyCount" in keeper.status().alarm


def test_attestation__k_nodes_invent_a_history_alike__signs_nothing(
    sold: RunningDao, nodes: Nodes
) -> None:
    """Nor is an edition signed that was sealed in an invented history."""
    with invented(sold) as lie:
        chain = alike(nodes, lie)
        with sold.keeper(1, chain=lambda _: chain) as keeper:
            with pytest.raises(NodesDisagree, match="history head is stated as "):
                keeper.attestation(EDITION)
            assert "history head" in keeper.status().alarm


def test_attestation__k_nodes_invent_a_history_and_none_proves__rests_on_them(
    sold: RunningDao, nodes: Nodes
) -> None:
    """Where no node serves proofs, k that lie alike are believed: the status says so."""
    with invented(sold) as lie:
        liar = both(unproving, lie)
        chain = nodes.agreement(liar, unproving_and_silent, liar, agree=2)
        with sold.keeper(1, chain=lambda _: chain) as keeper:
            require_signed(sold, keeper.attestation(EDITION))
            assert keeper.status().proves is False


def unproving_and_silent(request: dict[str, Any]) -> Answer | None:
    """Know nothing but headers."""
    return unproving(request) or proving_only(request)


def test_attestation__lie_ended__signs_the_true_edition(sold: RunningDao, nodes: Nodes) -> None:
    """The log is read anew, and what was made of the invented one is of no account."""
    sealed(sold)
    proxies = [nodes.proxy(both(unproving, earlier_edition(sold))), nodes.proxy(honest)]
    chain = telling_alone(nodes, proxies)
    with sold.keeper(1, chain=lambda _: chain) as keeper, sold.keeper(2) as other:
        with pytest.raises(NodesDisagree):
            keeper.attestation(EDITION)
        proxies[0].meddle = honest
        given = keeper.attestation(EDITION)
        require_signed(sold, given)
        assert given[0] == other.attestation(EDITION)[0]
        assert keeper.status().alarm is None


def telling_alone(nodes: Nodes, proxies: list[RpcProxy]) -> Agreement:
    """The first node tells everything; the second only gives headers and proofs."""
    proxies[1].meddle = proving_only
    return nodes.over(*proxies)


def test_sweep__k_nodes_invent_a_withdrawal_alike__erases_nothing(
    sold: RunningDao, nodes: Nodes
) -> None:
    """What nobody withdrew is not destroyed while one node proves its storage."""
    sold.deliver(SOLD)
    with invented(sold) as lie:
        chain = alike(nodes, lie)
        with sold.keeper(1, chain=lambda _: chain) as keeper:
            with pytest.raises(NodesDisagree, match="history head is stated as "):
                keeper.work()
            assert keeper._office.custody.sealed_to([bobs(sold)])


def test_attestation__log_was_forged_for_a_while__signs_what_the_true_one_gives(
    sold: RunningDao,
) -> None:
    """What was made of a list that was read before counts for nothing once it is read anew.

    Without proofs a forged log of the same length and units is believed for as long as it lasts.
    """
    sealed(sold)
    lying = [True]

    def logs(real: Any, first: int, last: int) -> list[LogEvent]:
        return [forged(each) if lying else each for each in real.logs(first, last)]

    def history(real: Any, block: int) -> tuple[bytes, int]:
        head, count = real.history(block)
        facts = [each.fact for each in logs(real, 0, block) if isinstance(each.fact, CHANGES)]
        return (reduce(next_head, facts, GENESIS) if lying else head), count

    meddled = {"logs": logs, "history": history, "log_contradictions": lambda *_: ()}
    with (
        sold.keeper(1, chain=lambda real: Meddled(real, **meddled)) as keeper,
        sold.keeper(2) as other,
    ):
        true, _signature = other.attestation(EDITION)
        keeper._ledger.refresh()
        deceived = keeper._editions.rebuilt(keeper._ledger.view, sold.agreement.edition(EDITION))
        assert deceived.summary.root != true
        lying.clear()
        sold.chain.time.finalize()
        sold.contribute(ALICE, program(9), "e.py")
        with pytest.raises(HistoryMismatch):
            keeper.attestation(EDITION)
        assert keeper.attestation(EDITION)[0] == true


def forged(event: LogEvent) -> LogEvent:
    """The same event, but that what was contributed has another length."""
    if not isinstance(event.fact, Contributed):
        return event
    record = replace(event.fact.record, length=7)
    return replace(event, fact=replace(event.fact, record=record))


def test_rebuilt__edition_of_a_history_to_come__is_refused(sold: RunningDao) -> None:
    """What is sealed over changes that the log does not hold yet has no manifest."""
    sold.settle_down()
    with sold.keeper(1) as keeper:
        view = keeper._ledger.refresh()
        later = replace(view.state.editions[1], history_count=view.state.history_count + 1)
        state = replace(view.state, editions={1: later})
        with pytest.raises(ManifestMismatch, match="edition 1 is of a history to come"):
            keeper._editions.rebuilt(replace(view, state=state), later)
