"""Recomputes a block's hash from the fields of its header, so that no node is believed about it.

The hash is keccak-256 over the RLP list of the header's fields (yellow paper, section 4.3). Forks
have added fields at its end, in this order: EIP-1559, 4895, 4844 (two), 4788 and 7685. A header
with further fields, whose place in the list is not known here, gives no hash: that is no lie of
the node, but nothing it says about that block can be checked.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import rlp  # type: ignore[import-untyped]  # the library ships no types

from dao_backend.chain import wire
from dao_backend.core.packing import hex_of, keccak256
from dao_backend.errors import ChainUnavailable, NodesDisagree
from dao_backend.ports.chain import Block

_FIRST = (
    "parentHash",
    "sha3Uncles",
    "miner",
    "stateRoot",
    "transactionsRoot",
    "receiptsRoot",
    "logsBloom",
    "difficulty",
    "number",
    "gasLimit",
    "gasUsed",
    "timestamp",
    "extraData",
    "mixHash",
    "nonce",
)
_ADDED = (
    "baseFeePerGas",
    "withdrawalsRoot",
    "blobGasUsed",
    "excessBlobGas",
    "parentBeaconBlockRoot",
    "requestsHash",
)
_NUMBERS = frozenset(
    {
        "difficulty",
        "number",
        "gasLimit",
        "gasUsed",
        "timestamp",
        "baseFeePerGas",
        "blobGasUsed",
        "excessBlobGas",
    }
)
_SIZES = {"miner": 20, "logsBloom": 256, "nonce": 8}
"""Bytes of what is neither a number nor a hash."""
_BESIDE = frozenset({"hash", "size", "totalDifficulty", "transactions", "uncles", "withdrawals"})
"""What nodes put beside the header's own fields."""
_HASH_SIZE = 32


@dataclass(frozen=True, slots=True)
class Header:
    """What is read of a header once its hash has been recomputed."""

    number: int
    hash: bytes
    parent_hash: bytes
    timestamp: int
    state_root: bytes

    @property
    def block(self) -> Block:
        """The block's place, identity and time."""
        return Block(self.number, self.hash, self.parent_hash, self.timestamp)


def header(answer: object) -> Header:
    """The header in an answer of eth_getBlockByNumber.

    Raises ChainUnavailable where the answer is no header or has fields that are not known here,
    NodesDisagree where its hash is not that of its fields.
    """
    fields = wire.fields(answer)
    claimed, recomputed = wire.data(fields.get("hash")), _hash(fields)
    number = wire.quantity(fields.get("number"))
    if claimed != recomputed:
        further = sorted(_present(fields) - set(_FIRST) - set(_ADDED) - _BESIDE)
        if further:
            raise ChainUnavailable(
                f"the hash of block {number} cannot be recomputed: its header has fields that "
                f"are not known here: {', '.join(further)}"
            )
        raise NodesDisagree(
            f"the header of block {number} has the hash {hex_of(recomputed)}, "
            f"not {hex_of(claimed)} as stated"
        )
    return Header(
        number=number,
        hash=claimed,
        parent_hash=wire.data(fields["parentHash"]),
        timestamp=wire.quantity(fields["timestamp"]),
        state_root=wire.data(fields["stateRoot"]),
    )


def _hash(fields: Mapping[str, object]) -> bytes:
    present = _present(fields)
    added = [name for name in _ADDED if name in present]
    if added != list(_ADDED[: len(added)]):
        raise ChainUnavailable("the header lacks a field of an earlier fork")
    return keccak256(rlp.encode([_item(name, fields.get(name)) for name in (*_FIRST, *added)]))


def _present(fields: Mapping[str, object]) -> set[str]:
    """Names that have a value; some nodes send null for what a block does not have."""
    return {name for name, value in fields.items() if value is not None}


def _item(name: str, value: object) -> bytes:
    if name in _NUMBERS:
        number = wire.quantity(value)
        if number < 0:
            raise ChainUnavailable(f"the header's {name} is negative")
        return number.to_bytes((number.bit_length() + 7) // 8, "big")
    found = wire.data(value)
    if name != "extraData" and len(found) != _SIZES.get(name, _HASH_SIZE):
        raise ChainUnavailable(f"the header's {name} has {len(found)} bytes")
    return found
