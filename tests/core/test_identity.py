"""Names that follow from public facts."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import pytest
from eth_abi import encode
from eth_utils import keccak

from dao_backend.core.identity import committee_hash, contribution_id, key_id
from dao_backend.errors import InputError
from tests.support.core_actors import CHAIN, KEEPER_REGISTRY, REGISTRY, committee, seed, wallet


def test_contribution_id__nonce_of_31_bytes__is_refused() -> None:
    """A nonce has 32 bytes."""
    with pytest.raises(InputError):
        contribution_id(CHAIN, REGISTRY, wallet(1), bytes(31))


def test_key_id__short_key__is_refused() -> None:
    """A content key has 32 bytes."""
    with pytest.raises(InputError):
        key_id(bytes(32), bytes(16))


def test_contribution_id__any__is_the_hash_of_the_abi_encoding() -> None:
    """The id is keccak256(abi.encode(chainId, registry, contributor, nonce)), as on chain."""
    encoded = encode(
        ["uint256", "address", "address", "bytes32"], [CHAIN, REGISTRY, wallet(1), seed("n")]
    )
    assert contribution_id(CHAIN, REGISTRY, wallet(1), seed("n")) == keccak(encoded)


def test_contribution_id__any_part_changed__differs() -> None:
    """Chain, registry, contributor and nonce each change the id."""
    ids = {
        contribution_id(CHAIN, REGISTRY, wallet(1), seed("n")),
        contribution_id(CHAIN + 1, REGISTRY, wallet(1), seed("n")),
        contribution_id(CHAIN, KEEPER_REGISTRY, wallet(1), seed("n")),
        contribution_id(CHAIN, REGISTRY, wallet(2), seed("n")),
        contribution_id(CHAIN, REGISTRY, wallet(1), seed("m")),
    }
    assert len(ids) == 5


def test_key_id__any__is_sha256_over_domain_contribution_and_key() -> None:
    """The key id is SHA-256("ddao/key/1" ‖ contributionId ‖ content key)."""
    expected = hashlib.sha256(b"ddao/key/1" + seed("c") + seed("k")).digest()
    assert key_id(seed("c"), seed("k")) == expected


def test_committee_hash__two_of_three__is_the_hash_of_its_words() -> None:
    """The committee hash is keccak256 of the ABI words, written out here by hand."""
    members = committee(2, 3)
    number = lambda value: value.to_bytes(32, "big")  # noqa: E731  # read as a notation
    operators = b"".join(bytes(12) + bytes.fromhex(k.operator[2:]) for k in members.keepers)
    keys = b"".join(k.sealing_key for k in members.keepers)
    head = number(CHAIN) + bytes(12) + bytes.fromhex(KEEPER_REGISTRY[2:]) + number(1) + number(2)
    words = head + number(192) + number(320) + number(3) + operators + number(3) + keys
    assert committee_hash(members) == keccak(words)


def test_committee_hash__any_part_but_endpoint_changed__differs() -> None:
    """Chain, registry, epoch, threshold and every keeper's key are inside; endpoints may move."""
    base = committee(2, 3)
    first, *others = base.keepers
    moved = replace(base, keepers=(replace(first, endpoint="elsewhere"), *others))
    changed = [
        replace(base, chain_id=1),
        replace(base, registry=REGISTRY),
        replace(base, epoch=2),
        replace(base, threshold=3),
        replace(base, keepers=(replace(first, operator=wallet(9)), *others)),
        replace(base, keepers=(replace(first, sealing_key=seed("k")), *others)),
    ]
    assert committee_hash(moved) == committee_hash(base)
    assert len({committee_hash(one) for one in [base, *changed]}) == 7
