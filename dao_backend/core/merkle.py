"""Merkle trees over Keccak-256, one for each question that is asked of them.

`list_root` answers "are these exactly the entries, in this order?": the hash tree of RFC 6962
section 2.1 with Keccak-256. A leaf is hash(0x00 ‖ leaf), a node hash(0x01 ‖ left ‖ right), and
a list of n > 1 splits at the largest power of two below n. Order and number are bound.

`set_tree` answers "is this entry among them?" to a contract: the "standard tree" of
OpenZeppelin's merkle-tree library, verified by its Solidity `MerkleProof`. Leaves (already
hashed twice by the caller) are sorted, then stored backwards at the end of an array of 2n - 1
nodes, in which the children of i are 2i + 1 and 2i + 2 and a node is hash(smaller ‖ larger).
The order in which leaves are given makes no difference.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from dao_backend.core.packing import keccak256
from dao_backend.errors import InputError

Hash = Callable[[bytes], bytes]
_NODE = 32
"""Bytes of a leaf and of every node above it."""


def list_root(leaves: Sequence[bytes], hashed: Hash = keccak256) -> bytes:
    """Root of the ordered tree; raise InputError for no leaves."""
    if not leaves:
        raise InputError("a tree needs at least one leaf")
    if len(leaves) == 1:
        return hashed(b"\x00" + leaves[0])
    cut = _split(len(leaves))
    return hashed(b"\x01" + list_root(leaves[:cut], hashed) + list_root(leaves[cut:], hashed))


def list_path(leaves: Sequence[bytes], index: int, hashed: Hash = keccak256) -> tuple[bytes, ...]:
    """Sibling hashes from leaf `index` (from 0) up to the root (RFC 6962 section 2.1.1)."""
    if not 0 <= index < len(leaves):
        raise InputError(f"there is no leaf {index} among {len(leaves)}")
    if len(leaves) == 1:
        return ()
    cut = _split(len(leaves))
    if index < cut:
        return *list_path(leaves[:cut], index, hashed), list_root(leaves[cut:], hashed)
    return *list_path(leaves[cut:], index - cut, hashed), list_root(leaves[:cut], hashed)


def list_root_from_path(
    leaf: bytes, index: int, size: int, path: Sequence[bytes], hashed: Hash = keccak256
) -> bytes:
    """The root that `path` leads to from `leaf` at `index` of `size`.

    Raise InputError when a path of that length cannot belong to that place.
    """
    if not 0 <= index < size:
        raise InputError(f"there is no leaf {index} among {size}")
    if size == 1:
        if path:
            raise InputError("the path is longer than the tree is deep")
        return hashed(b"\x00" + leaf)
    if not path:
        raise InputError("the path is shorter than the tree is deep")
    cut = _split(size)
    *below, sibling = path
    if index < cut:
        left = list_root_from_path(leaf, index, cut, below, hashed)
        return hashed(b"\x01" + left + sibling)
    right = list_root_from_path(leaf, index - cut, size - cut, below, hashed)
    return hashed(b"\x01" + sibling + right)


def _split(size: int) -> int:
    """Largest power of two below `size` (size > 1)."""
    return 1 << ((size - 1).bit_length() - 1)


@dataclass(frozen=True, slots=True)
class SetTree:
    """OpenZeppelin's standard tree; `nodes[0]` is the root, leaves are the last ones."""

    nodes: tuple[bytes, ...]

    @property
    def root(self) -> bytes:
        """The hash that commits to the set of leaves."""
        return self.nodes[0]

    def proof(self, leaf: bytes) -> tuple[bytes, ...]:
        """Siblings from `leaf` to the root; raise InputError when it is not in the tree."""
        first_leaf = len(self.nodes) // 2
        try:
            place = self.nodes.index(leaf, first_leaf)
        except ValueError:
            raise InputError("that leaf is not in the tree") from None
        siblings = []
        while place > 0:
            siblings.append(self.nodes[place + 1 if place % 2 else place - 1])
            place = (place - 1) // 2
        return tuple(siblings)


def set_tree(leaves: Sequence[bytes]) -> SetTree:
    """Build the standard tree over hashed leaves of 32 bytes; raise InputError for none."""
    if not leaves:
        raise InputError("a tree needs at least one leaf")
    nodes = [b""] * (len(leaves) - 1) + sorted(leaves, reverse=True)
    for place in range(len(leaves) - 2, -1, -1):
        nodes[place] = _pair(nodes[2 * place + 1], nodes[2 * place + 2])
    return SetTree(tuple(nodes))


def set_root(leaves: Iterable[bytes]) -> bytes:
    """`set_tree(leaves).root` for any number of leaves, in 32 bytes of memory for each.

    Raise InputError for none, or one that has not 32 bytes. The array of nodes is filled from its
    end: each node takes the two oldest that have no parent yet, so that they form a queue. Its
    place in the queue is free by then.
    """
    queue = bytearray()
    for leaf in leaves:
        if len(leaf) != _NODE:
            raise InputError(f"a leaf has {_NODE} bytes, not {len(leaf)}")
        queue += leaf
    size = len(queue)
    if not size:
        raise InputError("a tree needs at least one leaf")
    np.frombuffer(queue, f"S{_NODE}").sort()
    taken = added = 0
    while added < size - _NODE:
        left = bytes(queue[taken : taken + _NODE])
        taken = (taken + _NODE) % size
        right = bytes(queue[taken : taken + _NODE])
        taken = (taken + _NODE) % size
        queue[added : added + _NODE] = _pair(left, right)
        added += _NODE
    return bytes(queue[taken : taken + _NODE])


def proves(root: bytes, leaf: bytes, proof: Sequence[bytes]) -> bool:
    """What Solidity's `MerkleProof.verify` answers."""
    for sibling in proof:
        leaf = _pair(leaf, sibling)
    return leaf == root


def _pair(left: bytes, right: bytes) -> bytes:
    return keccak256(left + right if left < right else right + left)
