"""Checks proofs of storage (eth_getProof, EIP-1186) against a block's state root.

Each node of the trie counts by the hash of its bytes, so a proof is right or it leads nowhere:
whoever holds an agreed state root needs to believe nobody about the words below it.
"""

from __future__ import annotations

from collections.abc import Sequence

import rlp  # type: ignore[import-untyped]  # neither library ships types
from trie import HexaryTrie  # type: ignore[import-untyped]
from trie.constants import BLANK_NODE_HASH  # type: ignore[import-untyped]
from trie.exceptions import (  # type: ignore[import-untyped]
    BadTrieProof,
    InvalidNibbles,
    InvalidNode,
    ValidationError,
)

from dao_backend.chain.headers import Header
from dao_backend.chain.node import Node
from dao_backend.chain.slots import Claim
from dao_backend.chain.wire import AccountProof
from dao_backend.core.model import Address
from dao_backend.core.packing import address_bytes, hex_of, keccak256, uint
from dao_backend.errors import NodesDisagree

_MALFORMED = (
    BadTrieProof,
    InvalidNibbles,
    InvalidNode,
    ValidationError,
    rlp.DecodingError,
    RecursionError,
    TypeError,
    ValueError,
)
_ACCOUNT_FIELDS = 4
"""Nonce, balance, storage root, hash of the code."""
_WORD = 32


def proven_words(
    state_root: bytes, account: Address, slots: Sequence[int], proof: AccountProof
) -> tuple[int, ...]:
    """The account's words at `slots`, in that order; 0 where nothing is stored.

    Raises NodesDisagree where the proof does not lead from the state root to the words that the
    node states.
    """
    if len(proof.slots) != len(slots):
        raise NodesDisagree(f"{len(proof.slots)} slots are proven instead of {len(slots)}")
    storage = _storage_root(_value(state_root, address_bytes(account), proof.nodes, "account"))
    return tuple(
        _word(storage, slot, claimed.value, claimed.nodes)
        for slot, claimed in zip(slots, proof.slots, strict=True)
    )


def mismatches(node: Node, header: Header, claims: Sequence[Claim]) -> tuple[str, ...]:
    """What a node proves of the words in `claims`, where that is not what they state.

    Raises ChainUnavailable where the node serves no proofs, NodesDisagree where one is false.
    """
    words: dict[tuple[Address, int], int] = {}
    for contract in dict.fromkeys(claim.contract for claim in claims):
        slots = sorted({claim.slot for claim in claims if claim.contract == contract})
        proof = node.proof(contract, slots, header.number)
        proven = proven_words(header.state_root, contract, slots, proof)
        words.update({(contract, slots[place]): word for place, word in enumerate(proven)})
    held = ((claim, claim.field.of(words[claim.contract, claim.slot])) for claim in claims)
    return tuple(
        f"{claim.what} is stated as {claim.value:#x} and proven to be {value:#x}"
        for claim, value in held
        if value != claim.value
    )


def _storage_root(account: bytes) -> bytes:
    if not account:
        return bytes(BLANK_NODE_HASH)
    fields = rlp.decode(account)
    if not isinstance(fields, list) or len(fields) != _ACCOUNT_FIELDS:
        raise NodesDisagree("what the proof leads to is no account")
    return bytes(fields[2])


def _word(storage: bytes, slot: int, claimed: int, nodes: Sequence[bytes]) -> int:
    what = f"slot {hex_of(uint(slot))}"
    found = _value(storage, uint(slot), nodes, what)
    word = int.from_bytes(rlp.decode(found), "big") if found else 0
    if word != claimed:
        raise NodesDisagree(f"the proof of {what} leads to {word:#x}, not {claimed:#x} as stated")
    return word


def _value(root: bytes, key: bytes, nodes: Sequence[bytes], what: str) -> bytes:
    """What the trie below `root` holds for `key`, empty where it holds nothing."""
    try:
        decoded = [rlp.decode(node) for node in nodes]
        return bytes(HexaryTrie.get_from_proof(root, keccak256(key), decoded))
    except _MALFORMED as error:
        raise NodesDisagree(f"the proof of {what} does not lead to the state root") from error
