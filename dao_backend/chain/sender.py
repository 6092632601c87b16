"""Sends the transactions of one account: simulate, number, sign, send, wait, replace if stuck.

    submit ──► estimate (a refusal is decoded, it costs nothing) ──► funds? ──► nonce, sign, send
    wait   ──► receipt? ──no──► pause ──► stuck? ──► same nonce, higher fee … ──► TransactionLost

The nonce is given out and used up under one lock, so that threads can share a sender and a
refused transaction leaves no gap. Nothing is ever sent twice under two nonces.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from dao_backend.chain.contracts.base import Action
from dao_backend.chain.fees import Fee, FeeMarket
from dao_backend.chain.node import Node
from dao_backend.chain.rpc import RpcRefusal
from dao_backend.chain.wire import MinedTransaction
from dao_backend.core.model import Address
from dao_backend.core.packing import hex_of, keccak256
from dao_backend.errors import (
    ChainUnavailable,
    ContractRefused,
    DaoError,
    InsufficientFunds,
    TransactionLost,
)
from dao_backend.ports.chain import Signer

GAS_CAP = 16_777_216
"""Gas that one transaction may have (EIP-7825)."""
_GAS_PERCENT = 120
"""The state may change between simulation and mining."""
_GAS_FOR_NEW_SLOTS = 120_000
"""A simulation runs at the newest block's timestamp, where a checkpoint is written over; mined a
second later it takes new slots, five at most for each message. What is not used is not paid."""
_PIPELINE = 32
"""Transactions of a series that may be under way at once."""


@dataclass(frozen=True, slots=True)
class Timing:
    """How a sender waits, in seconds."""

    first_look: float = 0.005
    longest_pause: float = 1.0
    stuck: float = 45.0
    """Without a block for so long, a transaction is replaced by one with a higher fee."""
    lost: float = 300.0


@dataclass(slots=True)
class Pending:
    """A transaction on its way: what it does, its number, and every form in which it was sent."""

    action: Action
    nonce: int
    gas: int
    fee: Fee
    sent_at: float
    hashes: list[bytes] = field(default_factory=list)


class Sender:
    """The one place that uses an account's nonces."""

    def __init__(
        self,
        node: Node,
        signer: Signer,
        timing: Timing | None = None,
        clock: Callable[[], float] = time.monotonic,
        pause: Callable[[float], object] = time.sleep,
    ) -> None:
        self._node = node
        self._signer = signer
        self._timing = timing or Timing()
        self._clock = clock
        self._pause = pause
        self._fees = FeeMarket(node, clock)
        self._lock = threading.Lock()
        self._next: int | None = None
        self._under_way = 0

    @property
    def account(self) -> Address:
        """Whose transactions these are."""
        return self._signer.address

    def send(self, action: Action) -> MinedTransaction:
        """Submit and wait."""
        return self.wait(self.submit(action))

    def send_all(self, actions: Iterable[Action]) -> Iterator[MinedTransaction]:
        """Send a series with several under way at once; results come in the order given.

        An error ends the series, after the results of what was submitted before it.
        """
        under_way: deque[Pending] = deque()
        for action in actions:
            try:
                under_way.append(self.submit(action))
            except DaoError:
                yield from map(self.wait, under_way)
                raise
            if len(under_way) >= _PIPELINE:
                yield self.wait(under_way.popleft())
        yield from map(self.wait, under_way)

    def submit(self, action: Action) -> Pending:
        """Simulate and send, without waiting for a block.

        Raises ContractRefused, InsufficientFunds, ChainUnavailable, WrongNetwork.
        """
        funds = self._node.balance(self.account)
        self._require(funds, action.value, "the amount to send")
        gas = self._gas(action)
        fee = self._fees.fee()
        self._require(funds, action.value + gas * fee.maximum, "the amount to send and its gas")
        return self._number(action, gas, fee)

    def _gas(self, action: Action) -> int:
        """A limit that also holds when the transaction is mined in a later second."""
        estimate = self._node.estimate(action, self.account) * _GAS_PERCENT // 100
        room = _GAS_FOR_NEW_SLOTS * action.parts if action.data else 0
        return min(GAS_CAP, estimate + room)

    def wait(self, pending: Pending) -> MinedTransaction:
        """The receipt, after replacing the transaction if it is stuck.

        Raises TransactionLost (its text names the hash), ContractRefused when the transaction was
        mined but reverted because the state had changed.
        """
        try:
            mined = self._await_block(pending)
        finally:
            with self._lock:
                self._under_way -= 1
        if not mined.succeeded:
            self._explain_revert(pending, mined)
        return mined

    def _number(self, action: Action, gas: int, fee: Fee) -> Pending:
        """Give the action the next nonce and send it."""
        with self._lock:
            if self._next is None or not self._under_way:
                self._next = self._node.transaction_count(self.account, pending=True)
            pending = Pending(action, self._next, gas, fee, self._clock())
            self._next = None  # asked again, unless the node takes the transaction
            try:
                self._broadcast(pending)
            except RpcRefusal as error:
                if "nonce too low" not in str(error).lower():
                    raise _pool_refusal(error, self.account) from error
                # The key is in use elsewhere too: take the number that is free now.
                pending.nonce = self._node.transaction_count(self.account, pending=True)
                self._broadcast_again(pending)
            self._next = pending.nonce + 1
            self._under_way += 1
        return pending

    def _await_block(self, pending: Pending) -> MinedTransaction:
        lost_at = pending.sent_at + self._timing.lost
        stuck_at = pending.sent_at + self._timing.stuck
        pause = self._timing.first_look
        while (mined := self._mined(pending)) is None:
            now = self._clock()
            if now >= lost_at:
                raise self._lost(pending)
            if now >= stuck_at:
                self._replace(pending)
                stuck_at = now + self._timing.stuck
            self._pause(pause)
            pause = min(self._timing.longest_pause, pause * 1.5)
        return mined

    def _mined(self, pending: Pending) -> MinedTransaction | None:
        found = (self._node.mined(transaction) for transaction in reversed(pending.hashes))
        return next((receipt for receipt in found if receipt is not None), None)

    def _broadcast(self, pending: Pending) -> None:
        """Sign with the pending nonce and fee, and hand over; RpcRefusal, ChainUnavailable."""
        raw = self._signer.sign_transaction(self._fields(pending))
        try:
            self._node.send(raw)
        except RpcRefusal as error:
            if not _is_known(error):
                raise
        pending.hashes.append(keccak256(raw))

    def _broadcast_again(self, pending: Pending) -> None:
        try:
            self._broadcast(pending)
        except RpcRefusal as error:
            raise _pool_refusal(error, self.account) from error

    def _replace(self, pending: Pending) -> None:
        """Send the same transaction again with a higher fee; harmless when it was just mined."""
        higher = self._fees.fee().at_least(pending.fee.raised())
        replacement = Pending(pending.action, pending.nonce, pending.gas, higher, pending.sent_at)
        try:
            self._broadcast(replacement)
        except (ChainUnavailable, RpcRefusal):
            return  # the pool refuses, or does not answer: what is there already still counts
        pending.fee = higher
        pending.hashes += replacement.hashes

    def _fields(self, pending: Pending) -> dict[str, object]:
        fields: dict[str, object] = {
            "type": 2,
            "chainId": self._node.chain_id,
            "nonce": pending.nonce,
            "gas": pending.gas,
            "maxFeePerGas": pending.fee.maximum,
            "maxPriorityFeePerGas": pending.fee.tip,
            "value": pending.action.value,
            "data": pending.action.data,
        }
        if pending.action.to is not None:
            fields["to"] = pending.action.to
        return fields

    def _require(self, funds: int, needed: int, what: str) -> None:
        if funds < needed:
            raise InsufficientFunds(
                f"{self.account} holds {funds} wei, {what} may take {needed} wei"
            )

    def _lost(self, pending: Pending) -> TransactionLost:
        with self._lock:
            self._next = None
        named = " or ".join(hex_of(transaction) for transaction in pending.hashes)
        return TransactionLost(f"transaction {named} was sent but is in no block yet")

    def _explain_revert(self, pending: Pending, mined: MinedTransaction) -> None:
        """Raise the reason of a reverted transaction, as its block shows it."""
        self._node.replay(pending.action, self.account, mined.block)
        transaction = hex_of(mined.hash)
        raise ContractRefused("", {}, f"transaction {transaction} reverted without a reason")


def _is_known(error: RpcRefusal) -> bool:
    """Whether the pool refuses only because it holds this very transaction."""
    said = str(error).lower()
    return "already known" in said or "already imported" in said


def _pool_refusal(error: RpcRefusal, account: Address) -> DaoError:
    if "insufficient funds" in str(error).lower():
        return InsufficientFunds(f"{account} cannot pay for this transaction")
    return ChainUnavailable(f"the node does not take the transaction: {error}")
