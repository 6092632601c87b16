"""Turns a node's JSON into values: quantities, bytes, blocks, logs, receipts, proofs.

Every parser raises ChainUnavailable when the JSON is not what the Ethereum JSON-RPC
specification says, so that a lying or broken node never causes a KeyError somewhere else.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import ParamSpec, TypeVar

from dao_backend.chain.abi import checksummed
from dao_backend.core.model import Address
from dao_backend.errors import ChainUnavailable
from dao_backend.ports.chain import Block

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class RawLog:
    """One log entry as the node gives it."""

    emitter: Address
    topics: tuple[bytes, ...]
    data: bytes
    block: int
    block_hash: bytes
    transaction: bytes
    index: int
    timestamp: int | None
    """Time of the block, where the node adds it."""


@dataclass(frozen=True, slots=True)
class MinedTransaction:
    """A transaction's receipt."""

    hash: bytes
    block: int
    succeeded: bool
    gas_used: int
    contract: Address | None
    """The created contract, None for a call."""
    logs: tuple[RawLog, ...]


@dataclass(frozen=True, slots=True)
class SlotProof:
    """What a node claims of one storage slot, with the trie's nodes that are to prove it."""

    value: int
    nodes: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class AccountProof:
    """The trie's nodes for an account, and its slots in the order in which they were asked for."""

    nodes: tuple[bytes, ...]
    slots: tuple[SlotProof, ...]


def _strict(parse: Callable[P, T]) -> Callable[P, T]:
    @wraps(parse)
    def checked(*arguments: P.args, **named: P.kwargs) -> T:
        try:
            return parse(*arguments, **named)
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            message = "the node's answer is not what JSON-RPC says"
            raise ChainUnavailable(message) from error

    return checked


@_strict
def quantity(value: object) -> int:
    """An integer from its 0x form."""
    return _int(value)


@_strict
def data(value: object) -> bytes:
    """Bytes from their 0x form."""
    return _bytes(value)


@_strict
def fields(value: object) -> dict[str, object]:
    """An object's members by name, still as JSON."""
    return _object(value)


@_strict
def block(value: object) -> Block:
    """A block from its header."""
    fields = _object(value)
    return Block(
        number=_int(fields["number"]),
        hash=_bytes(fields["hash"]),
        parent_hash=_bytes(fields["parentHash"]),
        timestamp=_int(fields["timestamp"]),
    )


@_strict
def base_fee(value: object) -> int:
    """The base fee per gas (wei) of a block's header."""
    return _int(_object(value)["baseFeePerGas"])


@_strict
def logs(value: object) -> list[RawLog]:
    """The answer of eth_getLogs."""
    return [_log(entry) for entry in _list(value)]


@_strict
def mined(value: object) -> MinedTransaction:
    """A transaction's receipt."""
    fields = _object(value)
    created = fields.get("contractAddress")
    return MinedTransaction(
        hash=_bytes(fields["transactionHash"]),
        block=_int(fields["blockNumber"]),
        succeeded=_int(fields["status"]) == 1,
        gas_used=_int(fields["gasUsed"]),
        contract=Address(checksummed(str(created))) if created else None,
        logs=tuple(_log(entry) for entry in _list(fields["logs"])),
    )


@_strict
def proof(value: object) -> AccountProof:
    """The answer of eth_getProof (EIP-1186), as the node claims it."""
    found = _object(value)
    entries = [_object(entry) for entry in _list(found["storageProof"])]
    return AccountProof(
        nodes=tuple(_bytes(node) for node in _list(found["accountProof"])),
        slots=tuple(
            SlotProof(_int(entry["value"]), tuple(_bytes(node) for node in _list(entry["proof"])))
            for entry in entries
        ),
    )


@_strict
def input_of(value: object) -> bytes:
    """What a transaction carried, from the answer of eth_getTransactionByHash."""
    return _bytes(_object(value)["input"])


def _log(value: object) -> RawLog:
    fields = _object(value)
    time = fields.get("blockTimestamp")
    return RawLog(
        emitter=Address(checksummed(str(fields["address"]))),
        topics=tuple(_bytes(topic) for topic in _list(fields["topics"])),
        data=_bytes(fields["data"]),
        block=_int(fields["blockNumber"]),
        block_hash=_bytes(fields["blockHash"]),
        transaction=_bytes(fields["transactionHash"]),
        index=_int(fields["logIndex"]),
        timestamp=None if time is None else _int(time),
    )


def _object(value: object) -> dict[str, object]:
    if not isinstance(value, dict):
        raise TypeError("not an object")
    return value


def _list(value: object) -> list[object]:
    if not isinstance(value, list):
        raise TypeError("not a list")
    return value


def _int(value: object) -> int:
    if not isinstance(value, str):
        raise TypeError("not a quantity")
    return int(value, 16)


def _bytes(value: object) -> bytes:
    if not isinstance(value, str) or not value.startswith("0x"):
        raise TypeError("not bytes")
    return bytes.fromhex(value[2:])
