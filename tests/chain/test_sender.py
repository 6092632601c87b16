"""Transactions of one account: numbered without gaps, replaced when stuck, never doubled."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from dao_backend.chain.anvil import CHAIN_ID
from dao_backend.chain.contracts.base import Action
from dao_backend.chain.contracts.registry import DataRegistry
from dao_backend.chain.node import Node
from dao_backend.chain.rpc import Rpc
from dao_backend.chain.sender import Sender, Timing
from dao_backend.core.packing import hex_of
from dao_backend.errors import (
    ChainUnavailable,
    ContractRefused,
    InsufficientFunds,
    TransactionLost,
)
from tests.support.anvil import Chain
from tests.support.core_actors import wallet
from tests.support.local_dao import LocalDao
from tests.support.rpc_proxy import Answer, proxied, rpc_error

SENDER = 700
TO = wallet(701)


class Hurried:
    """A clock that jumps at every look, and a pause that does what the test wants meanwhile."""

    def __init__(self, step: float) -> None:
        self.now = 0.0
        self.step = step
        self.meanwhile: list[object] = []

    def clock(self) -> float:
        """Seconds, more at every call."""
        self.now += self.step
        return self.now

    def pause(self, seconds: float) -> None:
        """Let the next planned thing happen."""
        if self.meanwhile:
            self.meanwhile.pop(0)()  # type: ignore[operator]


def _nonces(chain: Chain, hashes: list[bytes]) -> list[int]:
    found = [chain.rpc.read("eth_getTransactionByHash", hex_of(each)) for each in hashes]
    return sorted(int(each["nonce"], 16) for each in found)  # type: ignore[index]


@pytest.fixture
def by_hand(chain: Chain) -> Iterator[Chain]:
    """A chain that mines only when told to."""
    chain.mine_by_hand()
    yield chain
    chain.mine_at_once()


def test_send__empty_account__is_refused_before_sending(chain: Chain) -> None:
    """Who cannot pay is told by how much, and no nonce is used."""
    sender = chain.sender(SENDER)
    chain.fund(sender.account, 20_000)
    with pytest.raises(InsufficientFunds, match="holds 20000 wei"):
        sender.send(Action(TO, value=10**18))
    with pytest.raises(InsufficientFunds, match="its gas"):
        sender.send(Action(TO, value=1))
    assert chain.node.transaction_count(sender.account, pending=True) == 0


def test_send__contract_refuses__costs_nothing(dao: LocalDao) -> None:
    """A refusal is decoded from the simulation: nothing is sent, nothing is paid."""
    sender = dao.chain.sender(SENDER)
    before = dao.chain.node.balance(sender.account)
    with pytest.raises(ContractRefused) as refused:
        sender.send(DataRegistry(dao.addresses.registry).seal(9))
    assert refused.value.name == "CollectionUnknown"
    assert dao.chain.node.balance(sender.account) == before


def test_send__time_passes_before_mining__tells_the_reason(dao: LocalDao) -> None:
    """A transaction that passed the simulation and reverted in its block names the reason."""
    sender = dao.chain.sender(SENDER)
    soon = dao.chain.node.head().timestamp + 60
    one = dao.registration(1, deadline=soon)
    action = DataRegistry(dao.addresses.registry).contribute_for(
        one.record, one.nonce, one.appraisal, one.appraiser_signature, one.contributor_signature
    )
    dao.chain.mine_by_hand()
    pending = sender.submit(action)
    dao.chain.time.advance(120)
    dao.chain.mine_at_once()
    with pytest.raises(ContractRefused, match="The appraisal ended at"):
        sender.wait(pending)


def test_wait__never_mined__is_lost_with_its_hash(by_hand: Chain) -> None:
    """A transaction that no block takes is named, so that it can be looked for."""
    hurried = Hurried(step=40)
    signer = by_hand.signer(SENDER)
    timing = Timing(stuck=1000)
    sender = Sender(by_hand.node, signer, timing, hurried.clock, hurried.pause)
    pending = sender.submit(Action(TO, value=1))
    with pytest.raises(TransactionLost, match=hex_of(pending.hashes[0])):
        sender.wait(pending)


@pytest.mark.parametrize(
    ("said", "error"),
    [
        ("transaction underpriced", ChainUnavailable),
        ("insufficient funds for gas * price + value", InsufficientFunds),
    ],
)
def test_submit__pool_refuses__leaves_no_gap(
    chain: Chain, said: str, error: type[Exception]
) -> None:
    """A transaction that the pool does not take gives its number back."""
    refusals = [said]

    def meddle(request: dict[str, Any]) -> Answer | None:
        sends = request["method"] == "eth_sendRawTransaction"
        return rpc_error(request, -32000, refusals.pop()) if sends and refusals else None

    with proxied(chain.url, meddle) as proxy:
        rpc = Rpc(proxy.url)
        sender = Sender(Node(rpc, CHAIN_ID), chain.signer(SENDER))
        with pytest.raises(error):
            sender.submit(Action(TO, value=1))
        assert sender.send(Action(TO, value=2)).succeeded
        rpc.close()
    assert chain.node.balance(TO) == 2


def test_submit__pool_knows_it_already__is_no_error(chain: Chain) -> None:
    """A transaction that arrived twice is the same transaction."""

    def meddle(request: dict[str, Any]) -> Answer | None:
        if request["method"] != "eth_sendRawTransaction":
            return None
        chain.rpc.once("eth_sendRawTransaction", *request["params"])
        return rpc_error(request, -32000, "already known")

    with proxied(chain.url, meddle) as proxy:
        rpc = Rpc(proxy.url)
        sender = Sender(Node(rpc, CHAIN_ID), chain.signer(SENDER))
        assert sender.send(Action(TO, value=2)).succeeded
        rpc.close()
    assert chain.node.balance(TO) == 2


def test_send__plain_transfer__moves_the_money(chain: Chain) -> None:
    """What arrives is what was sent; the sender pays gas besides."""
    sender = chain.sender(SENDER)
    before = chain.node.balance(sender.account)
    mined = sender.send(Action(TO, value=5))
    assert mined.succeeded
    assert chain.node.balance(TO) == 5
    assert chain.node.balance(sender.account) < before - 5


def test_wait__stuck__replaces_it_under_the_same_nonce(by_hand: Chain) -> None:
    """A higher fee gets a stuck transaction mined, once."""
    hurried = Hurried(step=1)
    sender = Sender(
        by_hand.node,
        by_hand.signer(SENDER),
        Timing(stuck=3, lost=1000),
        hurried.clock,
        hurried.pause,
    )
    pending = sender.submit(Action(TO, value=3))
    stuck = pending.fee
    hurried.meanwhile = [lambda: None] * 6 + [lambda: by_hand.time.mine(1)]
    mined = sender.wait(pending)
    assert len(pending.hashes) > 1
    assert mined.hash == pending.hashes[-1]
    assert pending.fee.maximum > stuck.maximum * 1.1
    assert pending.fee.tip > stuck.tip * 1.1
    assert by_hand.node.balance(TO) == 3
    assert by_hand.node.transaction_count(sender.account) == 1


def test_send__key_used_elsewhere__takes_the_free_number(by_hand: Chain) -> None:
    """Another process with the same key costs a repetition, not the transaction."""
    here, elsewhere = by_hand.sender(SENDER), by_hand.sender(SENDER)
    first = here.submit(Action(TO, value=1))
    second = elsewhere.submit(Action(TO, value=2))
    by_hand.time.mine(1)
    third = here.submit(Action(TO, value=4))
    by_hand.time.mine(1)
    assert all(here.wait(each).succeeded for each in (first, third))
    assert elsewhere.wait(second).succeeded
    assert by_hand.node.balance(TO) == 7


def test_send__after_blocks_were_taken_back__is_mined(chain: Chain) -> None:
    """A reorganisation that drops transactions leaves no gap in the numbers."""
    sender = chain.sender(SENDER)
    sender.send(Action(TO, value=1))
    sender.send(Action(TO, value=1))
    chain.reorganise(2)
    assert sender.send(Action(TO, value=1)).succeeded


def test_send__many_threads__keep_numbers_unique(chain: Chain) -> None:
    """Threads that share a sender use every nonce exactly once."""
    sender = chain.sender(SENDER)

    def pay(_: int) -> bytes:
        return sender.send(Action(TO, value=1)).hash

    with ThreadPoolExecutor(8) as pool:
        hashes = list(pool.map(pay, range(40)))
    assert _nonces(chain, hashes) == list(range(40))
    assert chain.node.balance(TO) == 40


def test_send_all__a_long_series__comes_back_in_order(chain: Chain) -> None:
    """Many transactions under way at once are mined once each, in the order given."""
    sender = chain.sender(SENDER)
    results = list(sender.send_all(Action(TO, value=value) for value in range(1, 81)))
    assert [each.block for each in results] == sorted(each.block for each in results)
    assert _nonces(chain, [each.hash for each in results]) == list(range(80))
    assert chain.node.balance(TO) == sum(range(1, 81))


def test_send_all__one_is_refused__gives_the_others_first(dao: LocalDao) -> None:
    """The error comes after the results of what was sent before it."""
    sender = dao.chain.sender(SENDER)
    refused = DataRegistry(dao.addresses.registry).seal(9)
    series = sender.send_all([Action(TO, value=1), Action(TO, value=2), refused])
    assert next(series).succeeded
    assert next(series).succeeded
    with pytest.raises(ContractRefused):
        next(series)
    assert dao.chain.node.balance(TO) == 3
