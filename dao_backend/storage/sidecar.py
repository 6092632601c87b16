"""The file beside a blob of more than one chunk: the digests of its hash tree.

    version(1)=1 ‖ blob length(8, big-endian) ‖ digests of the leaves ‖ of level 1 ‖ … ‖ root

Version 1 stands for profile unixfs-v1-2025. Nothing in it is trusted: its reader proves every
digest against the CID, and it can be made again from the blob.
"""

from __future__ import annotations

from dao_backend.core.unixfs import DIGEST, UNIXFS_V1_2025, Tree
from dao_backend.errors import CidMismatch

_VERSION = b"\x01"
_HEADER = 9


def encode_sidecar(tree: Tree) -> bytes:
    """The sidecar's bytes: 9, and 32 for each node of the tree."""
    return _VERSION + tree.length.to_bytes(_HEADER - 1, "big") + b"".join(tree.levels)


def decode_sidecar(data: bytes) -> Tree:
    """Read a sidecar; CidMismatch where it is cut off, too long, or of another version."""
    length = int.from_bytes(data[1:_HEADER], "big")
    if data[:1] != _VERSION or len(data) < _HEADER or length // UNIXFS_V1_2025.chunk > len(data):
        raise CidMismatch("the sidecar is not one of version 1")
    counts = UNIXFS_V1_2025.counts(length)
    if len(data) != _HEADER + DIGEST * sum(counts):
        raise CidMismatch(f"the sidecar has {len(data)} bytes: too few or too many")
    levels, at = [], _HEADER
    for count in counts:
        levels.append(data[at : at + DIGEST * count])
        at += DIGEST * count
    return Tree(length, tuple(levels))
