"""Nodes that lie to a keeper's process, and what it still hands out.

Keeper 1 asks three nodes, two of which have to agree; keeper 2 asks the liar alone; keeper 3 asks
an honest one alone. Two of the three keepers suffice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from dao_backend.chain.artifacts import ContractName
from dao_backend.core.access import Reason
from dao_backend.errors import NotReleased
from tests.chain.nodes import foreign, half, honest
from tests.support import lying_nodes as lies
from tests.support.anvil import Chain, running_chain
from tests.support.committee import Committee
from tests.support.core_actors import seed
from tests.support.keeper_machine import Entry
from tests.support.keeper_program import eventually
from tests.support.local_dao import LocalDao
from tests.support.lying_nodes import telling
from tests.support.questions import (
    alarm,
    asks,
    gives_nothing,
    next_block,
    others,
    reason,
    recovers,
)
from tests.support.raw_server import raw_server, response
from tests.support.rpc_proxy import Answer, Meddle, RpcProxy, proxied
from tests.support.running_dao import ALICE, BOB, RELEASE_SECRET, program

Lie = Callable[[Chain], Meddle]
DAYS = 3 * 24 * 3600
LIAR = "node 3"
"""The liar's place in the settings of keeper 1."""


@pytest.fixture(scope="module")
def shift(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """By how much the clock of keeper 2 is wrong."""
    found = tmp_path_factory.mktemp("clock") / "shift"
    found.write_text("0")
    return found


@pytest.fixture(scope="module")
def liar(committee: Committee, shift: Path) -> Iterator[RpcProxy]:
    """A node that is honest until it is told to lie; two keepers ask it."""
    with proxied(committee.chain.url, honest) as proxy:
        asks(committee, 1, *others(committee.chain), proxy.url)
        asks(committee, 2, proxy.url, entry=Entry(clock=shift))
        yield proxy
        proxy.meddle = honest
        for index in (1, 2):
            committee.stop(index)


@pytest.fixture(scope="module")
def ready(committee: Committee, liar: RpcProxy) -> int:
    """A licence that every keeper hands its bundle over of."""
    licence = committee.sell().request_id
    committee.deliver(licence)
    return licence


# --- nodes that lie ---------------------------------------------------------------------------

RELEASE_KEY, THIEFS_KEY = RELEASE_SECRET.public, seed("the thief's release key")
FORGERIES: dict[str, tuple[Lie, Reason]] = {
    "invented block": (lies.inventing, Reason.HISTORY_MISMATCH),
    "forged proof": (lies.spoiling_proofs, Reason.NODES_DISAGREE),
    "key forged in calls": (
        lambda chain: lies.substituting(chain, RELEASE_KEY, THIEFS_KEY, "eth_call"),
        Reason.PROOF_MISMATCH,
    ),
    "key forged in calls and log": (
        lambda chain: lies.substituting(chain, RELEASE_KEY, THIEFS_KEY, "eth_call", "eth_getLogs"),
        Reason.PROOF_MISMATCH,
    ),
}


@pytest.mark.parametrize(("lie", "alone"), FORGERIES.values(), ids=FORGERIES.keys())
def test_release__node_forges__refused_and_the_node_named(
    committee: Committee, liar: RpcProxy, ready: int, lie: Lie, alone: Reason
) -> None:
    """A lie about what is final stops keepers that see through it, alone or among three."""
    with telling(liar, lie(committee.chain)):
        next_block(committee)
        eventually(lambda: reason(committee, 1, ready) is Reason.NODES_DISAGREE)
        eventually(lambda: reason(committee, 2, ready) is alone)
        said = eventually(lambda: alarm(committee, 1))
        assert LIAR in said
        assert eventually(lambda: alarm(committee, 2))
        for index in (1, 2):
            with pytest.raises(NotReleased):
                committee.bundle(ready, index)
        assert committee.hands_over(ready, 3)
    next_block(committee)
    recovers(committee, ready)


def test_release__node_hides_a_withdrawal__refused_until_it_tells(
    committee: Committee, liar: RpcProxy, ready: int
) -> None:
    """A log without a withdrawal is not what the contracts say, nor what other nodes say."""
    gone = committee.contribute(ALICE, program(3), "c.py")
    hiding = lies.hiding(committee.chain, ContractName.REGISTRY, "Withdrawn")
    with telling(liar, hiding):
        committee.withdraw(ALICE, gone)
        refuse_an_incomplete_log(committee, liar, ready)
    recovers(committee, ready)


def test_release__node_hides_a_contribution__refused_until_it_tells(
    committee: Committee, liar: RpcProxy, ready: int
) -> None:
    """Nor is a log without a contribution."""
    hiding = lies.hiding(committee.chain, ContractName.REGISTRY, "Contributed")
    with telling(liar, hiding):
        committee.contribute(BOB, program(4), "d.py")
        refuse_an_incomplete_log(committee, liar, ready)
    recovers(committee, ready)


def refuse_an_incomplete_log(committee: Committee, liar: RpcProxy, licence: int) -> None:
    """See that keeper 1 names the liar, and keeper 2 what the log lacks."""
    said = eventually(lambda: alarm(committee, 1))
    assert "the log of blocks" in said
    assert LIAR in said
    assert eventually(lambda: alarm(committee, 2))
    assert reason(committee, 1, licence) is Reason.NODES_DISAGREE
    assert reason(committee, 2, licence) is Reason.HISTORY_MISMATCH
    for index in (1, 2):
        with pytest.raises(NotReleased):
            committee.bundle(licence, index)


def test_release__grant_that_never_was__builds_nothing(
    committee: Committee, liar: RpcProxy, ready: int
) -> None:
    """A whole history in which the vote passed, in log and calls, deceives no keeper."""
    request = committee.dao.file()
    committee.settle_down()
    number, since = request.request_id, committee.chain.height() + 1
    with running_chain() as other:
        other.rpc.once("anvil_loadState", committee.chain.rpc.once("anvil_dumpState"))
        later = committee.chain.node.head().timestamp + 1
        other.rpc.once("evm_setTime", hex(later))  # its clock did not come along
        there = LocalDao(other, committee.dao.addresses, committee.dao.reader, committee.dao.logs)
        there.grant(request, ALICE, BOB)
        with telling(liar, lies.of_another_history(committee.chain, other, since)):
            committee.chain.time.mine(other.height() - committee.chain.height())
            committee.settle_down()
            said = eventually(lambda: alarm(committee, 1))
            assert LIAR in said
            eventually(lambda: reason(committee, 2, number) is Reason.PROOF_MISMATCH)
            eventually(lambda: "is stated as" in (alarm(committee, 2) or ""))
            assert reason(committee, 1, number) is Reason.NODES_DISAGREE
            for index in (1, 2):
                with pytest.raises(NotReleased):
                    committee.bundle(number, index)
    next_block(committee)
    recovers(committee, ready)
    for index in (1, 2):
        assert reason(committee, index, number) is Reason.VOTE_NOT_PASSED
        with committee.keepers[index].custody() as custody:
            assert custody.bundle(number) is None


# --- nodes of no use --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lie", "told"),
    [
        (lies.far_ahead, "the node refuses"),
        (lambda _chain: half, "is not a JSON-RPC node"),
        (lambda _chain: lies.closing, "no answer from"),
    ],
    ids=["far ahead", "half an answer", "closes"],
)
def test_release__node_of_no_use__goes_on_with_the_others(
    committee: Committee, liar: RpcProxy, lie: Lie, told: str
) -> None:
    """Two that agree are enough, and nobody contradicts them; whom it leaves alone says so."""
    with telling(liar, lie(committee.chain)):
        licence = committee.sell().request_id
        committee.deliver(licence, 1, 3)
        assert alarm(committee, 1) is None
        eventually(lambda: told in (alarm(committee, 2) or ""))
        gives_nothing(committee, 2, licence)
        with committee.keepers[2].custody() as custody:
            assert custody.bundle(licence) is None
    next_block(committee)
    committee.deliver(licence, 2)
    assert alarm(committee, 2) is None


def test_release__node_stands_still__alarms_whom_it_leaves_behind(
    committee: Committee, liar: RpcProxy, ready: int, shift: Path
) -> None:
    """An old head hides what came since from one keeper alone, until its age gives it away."""
    with telling(liar, lies.standing_still(committee.chain)):
        licence = committee.sell().request_id
        committee.deliver(licence, 1, 3)
        assert alarm(committee, 1) is None
        assert reason(committee, 2, licence) is Reason.UNKNOWN_LICENCE
        shift.write_text(str(DAYS))
        eventually(lambda: "the node stands still" in (alarm(committee, 2) or ""))
        gives_nothing(committee, 2, ready)
    shift.write_text("0")
    committee.deliver(licence, 2)
    assert alarm(committee, 2) is None


def test_release__node_hangs__goes_on_with_the_others(
    committee: Committee, liar: RpcProxy, ready: int
) -> None:
    """A node that never answers is waited for once, and then left out."""
    over = Event()

    def hanging(_request: dict[str, Any]) -> Answer | None:
        over.wait(60)
        return 0, b""

    try:
        with telling(liar, hanging):
            licence = committee.sell().request_id
            committee.deliver(licence, 1, 3)
            assert alarm(committee, 1) is None
    finally:
        over.set()
    committee.deliver(licence, 2)


def test_release__liar_taken_out__goes_on(committee: Committee, liar: RpcProxy, ready: int) -> None:
    """Other nodes in the settings, and everything is as it was, the earlier bundle too."""
    before = committee.bundle(ready, 1)
    with telling(liar, lies.inventing(committee.chain)):
        next_block(committee)
        eventually(lambda: alarm(committee, 1))
        asks(committee, 1, *others(committee.chain))
        eventually(partial(committee.hands_over, ready, 1))
        assert alarm(committee, 1) is None
    assert committee.bundle(ready, 1) == before


def test_start__node_of_another_chain_or_that_breaks_off__goes_on_with_the_others(
    committee: Committee, liar: RpcProxy, ready: int
) -> None:
    """Whoever serves another chain has no say, as little as one who dies over each answer."""
    dying = response(b'{"jsonrpc": "2.0", "id": 1, "resu', length=400)
    with ExitStack() as stack:
        broken = stack.enter_context(raw_server(dying))
        stack.enter_context(telling(liar, foreign))
        asks(committee, 1, *others(committee.chain), liar.url)
        committee.stop(2)
        committee.keepers[2].configure(rpc=(liar.url,))
        committee.start(2, seated=False)
        asks(committee, 3, *others(committee.chain), broken.url)
        for index in (1, 3):
            eventually(partial(committee.hands_over, ready, index))
            assert alarm(committee, index) is None
        eventually(lambda: "serves chain 1" in (alarm(committee, 2) or ""))
        gives_nothing(committee, 2, ready)
    eventually(partial(committee.hands_over, ready, 2))
