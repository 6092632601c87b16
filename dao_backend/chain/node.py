"""One node of one chain: blocks, finality, state at a block, logs, fees, raw transactions, proofs.

The chain id is compared once, before the first request; another one raises WrongNetwork.
A contract that refuses raises ContractRefused with its decoded error.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import TypeVar

from dao_backend.chain import wire
from dao_backend.chain.contracts.base import Action, Call
from dao_backend.chain.refusals import refusal
from dao_backend.chain.rpc import Rpc, RpcRefusal
from dao_backend.core.model import Address
from dao_backend.core.packing import hex_of, uint
from dao_backend.errors import ChainUnavailable, DaoError, NotFound, WrongNetwork
from dao_backend.ports.chain import Block

T = TypeVar("T")
LATEST = "latest"
HASHES_ONLY = False
"""For eth_getBlockByNumber: transactions by hash, not whole."""


class Node:
    """A connection to one chain, safe to share between threads.

    `confirmations` blocks on top make a block final; None follows the node's `finalized` tag.
    """

    def __init__(self, rpc: Rpc, chain_id: int, confirmations: int | None = None) -> None:
        self.chain_id = chain_id
        self._rpc = rpc
        self._confirmations = confirmations
        self._checked = False
        self._lock = threading.Lock()

    @property
    def place(self) -> str:
        """Scheme, host and port, without the path, in which providers keep their access keys."""
        return self._rpc.place

    @property
    def confirmations(self) -> int | None:
        """Blocks on top of a final one; None where the node's `finalized` tag is followed."""
        return self._confirmations

    def header(self, where: int | str) -> object:
        """A block's header as the node sends it, by height or tag; raise NotFound."""
        return self._header(where if isinstance(where, str) else hex(where))

    def proof(self, account: Address, slots: Sequence[int], block: int) -> wire.AccountProof:
        """What eth_getProof answers; raise ChainUnavailable where the node serves no proofs."""
        keys = [hex_of(uint(slot)) for slot in slots]
        return wire.proof(self._read("eth_getProof", account, keys, hex(block)))

    def head(self) -> Block:
        """The newest block."""
        return self._block(LATEST)

    def finalized(self) -> Block:
        """The newest final block."""
        if self._confirmations is None:
            return self._block("finalized")
        return self.block(max(0, self.head().number - self._confirmations))

    def block(self, number: int) -> Block:
        """The block at a height; raise NotFound when the chain has not come so far."""
        return self._block(hex(number))

    def call(self, call: Call[T], block: int | None = None) -> T:
        """What a contract answers at `block`; raise ContractRefused when it refuses."""
        where = LATEST if block is None else hex(block)
        fields = {"to": call.to, "data": hex_of(call.data)}
        return call.read(wire.data(self._read("eth_call", fields, where)))

    def replay(self, action: Action, sender: Address, block: int) -> None:
        """Run an action at `block` without sending it; raise ContractRefused when it refuses."""
        self._read("eth_call", _fields(action, sender), hex(block))

    def estimate(self, action: Action, sender: Address) -> int:
        """Gas that an action takes now; raise ContractRefused when it would revert."""
        return wire.quantity(self._read("eth_estimateGas", _fields(action, sender)))

    def balance(self, account: Address, block: int | None = None) -> int:
        """Native coin of an account, in wei."""
        where = LATEST if block is None else hex(block)
        return wire.quantity(self._read("eth_getBalance", account, where))

    def code(self, account: Address) -> bytes:
        """Deployed code, empty where there is no contract."""
        return wire.data(self._read("eth_getCode", account, LATEST))

    def transaction_count(self, account: Address, *, pending: bool = False) -> int:
        """How many transactions of an account were mined, or also wait to be."""
        where = "pending" if pending else LATEST
        return wire.quantity(self._read("eth_getTransactionCount", account, where))

    def base_fee(self) -> int:
        """Base fee per gas of the newest block, in wei."""
        return wire.base_fee(self._header(LATEST))

    def tip(self) -> int:
        """The priority fee per gas that the node proposes, in wei."""
        return wire.quantity(self._read("eth_maxPriorityFeePerGas"))

    def logs(
        self, first: int, last: int, emitters: Sequence[Address], topics: Sequence[bytes]
    ) -> list[wire.RawLog]:
        """Logs of blocks first…last; RpcRefusal where the node finds the range too wide."""
        self._require_network()
        wanted = {
            "fromBlock": hex(first),
            "toBlock": hex(last),
            "address": list(emitters),
            "topics": [[hex_of(topic) for topic in topics]],
        }
        return wire.logs(self._rpc.read("eth_getLogs", wanted))

    def send(self, raw: bytes) -> bytes:
        """Hand a signed transaction over, once; the hash. RpcRefusal where the pool says no."""
        self._require_network()
        return wire.data(self._rpc.once("eth_sendRawTransaction", hex_of(raw)))

    def mined(self, transaction: bytes) -> wire.MinedTransaction | None:
        """The receipt of a transaction, None while it is not in a block."""
        found = self._read("eth_getTransactionReceipt", hex_of(transaction))
        return None if found is None else wire.mined(found)

    def input_of(self, transaction: bytes) -> bytes:
        """What a transaction carried: call data, or creation code with arguments; NotFound."""
        found = self._read("eth_getTransactionByHash", hex_of(transaction))
        if found is None:
            raise NotFound(f"the chain has no transaction {hex_of(transaction)}")
        return wire.input_of(found)

    def close(self) -> None:
        """Close the connections."""
        self._rpc.close()

    def _block(self, where: str) -> Block:
        return wire.block(self._header(where))

    def _header(self, where: str) -> object:
        found = self._read("eth_getBlockByNumber", where, HASHES_ONLY)
        if found is None:
            raise NotFound(f"the chain has no block {where}")
        return found

    def _read(self, method: str, *parameters: object) -> object:
        self._require_network()
        try:
            return self._rpc.read(method, *parameters)
        except RpcRefusal as error:
            raise _mapped(error) from error

    def _require_network(self) -> None:
        if self._checked:
            return
        with self._lock:
            try:
                served = wire.quantity(self._rpc.read("eth_chainId"))
            except RpcRefusal as error:
                raise _mapped(error) from error
            if served != self.chain_id:
                message = f"the node serves chain {served}, this DAO lives on chain {self.chain_id}"
                raise WrongNetwork(message)
            self._checked = True


def _fields(action: Action, sender: Address) -> dict[str, object]:
    fields: dict[str, object] = {"from": sender, "data": hex_of(action.data)}
    if action.to is not None:
        fields["to"] = action.to
    if action.value:
        fields["value"] = hex(action.value)
    return fields


def _mapped(error: RpcRefusal) -> DaoError:
    """ContractRefused where a contract reverted, else ChainUnavailable."""
    reverted = "revert" in str(error).lower()
    data = _revert_data(error.data)
    if data is not None or reverted:
        return refusal(data or b"", str(error))
    return ChainUnavailable(f"the node refuses: {error}")


def _revert_data(found: object) -> bytes | None:
    """The bytes a contract reverted with, in the shapes that nodes send them."""
    if isinstance(found, dict):
        return _revert_data(found.get("data", found.get("result")))
    if not isinstance(found, str):
        return None
    digits = found.removeprefix("Reverted ")
    try:
        return bytes.fromhex(digits[2:]) if digits.startswith("0x") else None
    except ValueError:
        return None
