"""The hash tree over a blob: its shape, and proofs of single leaves.

That the CIDs are those of other implementations is tested with the stores.
"""

from __future__ import annotations

from hashlib import sha256
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dao_backend.core.cid import Cid, Codec
from dao_backend.core.model import ROOT_CHUNK
from dao_backend.core.unixfs import (
    Builder,
    Profile,
    Tree,
    chunks,
    decode_node,
    encode_node,
    leaf_digests,
    root_length,
)
from dao_backend.errors import CidMismatch, InputError

SMALL = Profile(chunk=4, links=3)
LONGEST = 4 * 3**4


def tree_of(data: bytes, profile: Profile = SMALL) -> Tree:
    """The tree over some bytes."""
    builder = Builder(profile)
    for chunk in chunks([data], profile.chunk):
        builder.add(chunk)
    return builder.finish()


def proved(tree: Tree, leaves: range, length: int, levels: tuple[bytes, ...]) -> list[bytes]:
    """Digests of leaves, proved with the nodes of these levels."""

    def children(level: int, index: int, _digest: bytes) -> bytes:
        return levels[level - 1][SMALL.slice(index)] if level <= len(levels) else b""

    return list(leaf_digests(tree.cid, length, leaves, children, SMALL))


@pytest.mark.parametrize("chunk", [b"12345", b"1"])
def test_add__after_a_short_chunk_or_too_long__refused(chunk: bytes) -> None:
    """Chunks have one length, but for the last."""
    builder = Builder(SMALL)
    builder.add(b"123")
    with pytest.raises(InputError):
        builder.add(chunk)


def test_encode_node__wrong_number_of_children__refused() -> None:
    """The size says how many children there are."""
    for digests in (b"", bytes(32), bytes(96), bytes(63)):
        with pytest.raises(InputError):
            encode_node(1, 8, digests, SMALL)
    with pytest.raises(InputError):
        encode_node(1, 16, bytes(128), SMALL)


@pytest.mark.parametrize(
    "block", [b"", b"\x0a", b"\x12", b"text", b"\x0a\x02\x08\x01", b"\x12\xff"]
)
def test_decode_node__something_else__refused(block: bytes) -> None:
    """A block that is no file node is refused, not misread."""
    with pytest.raises(CidMismatch):
        decode_node(block)


def test_decode_node__any_cut_of_a_node__refused_or_no_root() -> None:
    """A node that was cut off is not taken for a root."""
    node = encode_node(1, 2 * ROOT_CHUNK, bytes(64))
    cid = Cid.make(Codec.DAG_PB, sha256(node).digest())
    assert root_length(cid, node) == 2 * ROOT_CHUNK
    for end in range(len(node)):
        with pytest.raises(CidMismatch):
            root_length(cid, node[:end])


def test_leaf_digests__codec_does_not_fit_the_length__refused() -> None:
    """A raw CID never names a long blob, nor a tree a short one."""
    for codec, length in ((Codec.RAW, 5), (Codec.DAG_PB, 4)):
        cid = Cid.make(codec, bytes(32))
        with pytest.raises(CidMismatch):
            list(leaf_digests(cid, length, range(1), lambda *_: bytes(64), SMALL))


@given(st.binary(min_size=5, max_size=LONGEST), st.data())
def test_leaf_digests__any_changed_digest_on_the_way__refused(
    content: bytes, data: st.DataObject
) -> None:
    """No node between a leaf and the CID can be altered."""
    tree = tree_of(content)
    level = data.draw(st.integers(0, len(tree.levels) - 2))
    at = data.draw(st.integers(0, len(tree.levels[level]) - 1))
    changed = bytearray(tree.levels[level])
    changed[at] ^= 1
    levels = (*tree.levels[:level], bytes(changed), *tree.levels[level + 1 :])
    with pytest.raises(CidMismatch):
        proved(tree, range(len(tree.levels[0]) // 32), tree.length, levels)


@given(st.binary(min_size=5, max_size=LONGEST), st.integers(5, LONGEST))
def test_leaf_digests__another_length__refused(content: bytes, length: int) -> None:
    """The CID commits to the length: no reader can be told another."""
    tree = tree_of(content)
    if length == tree.length:
        length += 1
    with pytest.raises(CidMismatch):
        proved(tree, range(1), length, tree.levels)


@given(st.binary(max_size=LONGEST), st.data())
def test_leaf_digests__any_range__are_the_hashes_of_those_chunks(
    content: bytes, data: st.DataObject
) -> None:
    """Any run of leaves is proved on its own."""
    tree = tree_of(content)
    hashes = [sha256(chunk).digest() for chunk in chunks([content], 4)] or [sha256().digest()]
    start = data.draw(st.integers(0, len(hashes)))
    stop = data.draw(st.integers(start, len(hashes)))
    assert proved(tree, range(start, stop), tree.length, tree.levels) == hashes[start:stop]


@given(st.integers(1, 10**15).filter(lambda size: size > ROOT_CHUNK))
def test_counts__any_length__every_node_has_at_most_1024_children(length: int) -> None:
    """The shape follows from the length, up to petabytes."""
    profile = Profile()
    counts = profile.counts(length)
    assert counts[-1] == 1
    assert all(1 <= below - 1024 * (above - 1) <= 1024 for below, above in pairwise(counts))
    last = [profile.size(level, count - 1, length) for level, count in enumerate(counts)]
    assert all(0 < size <= profile.span(level) for level, size in enumerate(last))
    assert last[-1] == length


@given(st.lists(st.binary(max_size=9)), st.integers(1, 5))
def test_chunks__any_pieces__are_cut_to_length(given_pieces: list[bytes], size: int) -> None:
    """Nothing is lost or moved, and only the last chunk is shorter."""
    cut = list(chunks(given_pieces, size))
    assert b"".join(cut) == b"".join(given_pieces)
    assert all(len(chunk) == size for chunk in cut[:-1])
    assert all(cut)
