"""Names that can be computed by anyone from public facts, before or without any transaction."""

from __future__ import annotations

import hashlib
from functools import lru_cache

from eth_abi.abi import encode

from dao_backend.core.model import Address, Committee, require_bytes
from dao_backend.core.packing import address_word, keccak256, uint

_KEY_DOMAIN = b"ddao/key/1"


def contribution_id(chain_id: int, registry: Address, contributor: Address, nonce: bytes) -> bytes:
    """keccak256(abi.encode(chainId, registry, contributor, nonce)).

    `nonce` is 32 random bytes from the contributor's client. Because the contributor's address
    is inside, nobody else can register the same id first.
    """
    require_bytes("nonce", nonce, 32)
    return keccak256(uint(chain_id) + address_word(registry) + address_word(contributor) + nonce)


def key_id(contribution: bytes, content_key: bytes) -> bytes:
    """SHA-256("ddao/key/1" ‖ contributionId ‖ content key): published, tells nothing of the key."""
    require_bytes("contribution id", contribution, 32)
    require_bytes("content key", content_key, 32)
    return hashlib.sha256(_KEY_DOMAIN + contribution + content_key).digest()


@lru_cache(maxsize=64)  # asked for with every share of a release
def committee_hash(committee: Committee) -> bytes:
    """keccak256(abi.encode(chainId, keeperRegistry, epoch, t, operators[], sealingKeys[]))."""
    types = ["uint256", "address", "uint32", "uint8", "address[]", "bytes32[]"]
    operators = [keeper.operator for keeper in committee.keepers]
    keys = [keeper.sealing_key for keeper in committee.keepers]
    head = [committee.chain_id, committee.registry, committee.epoch, committee.threshold]
    return keccak256(encode(types, [*head, operators, keys]))
