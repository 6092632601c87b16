"""Two trees: one for lists, one for sets."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dao_backend.core.merkle import (
    list_path,
    list_root,
    list_root_from_path,
    proves,
    set_root,
    set_tree,
)
from dao_backend.core.packing import bytes_of, keccak256
from dao_backend.errors import InputError

HASHES = st.lists(st.binary(min_size=32, max_size=32), min_size=1, max_size=40)
ZEROS_INSIDE = st.lists(st.sampled_from((0, 1, 127, 128, 255)), min_size=32, max_size=32).map(bytes)
"""Hashes that begin, end and are filled with zeros, and differ in their last byte alone."""
CT_LEAVES = [
    bytes.fromhex(text)
    for text in (
        "", "00", "10", "2021", "3031", "40414243", "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]  # fmt: skip
CT_ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
"""The tree heads that Certificate Transparency's implementations test against, sizes 1 to 8."""


def sha256(data: bytes) -> bytes:
    """The hash of RFC 6962."""
    return hashlib.sha256(data).digest()


def test_list_root__no_leaves__is_refused() -> None:
    """There is no tree over nothing."""
    with pytest.raises(InputError):
        list_root([])


@pytest.mark.parametrize("index", [-1, 3])
def test_list_path__leaf_outside__is_refused(index: int) -> None:
    """A path starts at a leaf that is there."""
    with pytest.raises(InputError):
        list_path([bytes(32)] * 3, index)


@pytest.mark.parametrize(("index", "size", "steps"), [(0, 1, 1), (0, 3, 1), (0, 3, 3), (3, 3, 2)])
def test_list_root_from_path__impossible_length_or_place__is_refused(
    index: int, size: int, steps: int
) -> None:
    """A path of the wrong length for its place leads nowhere."""
    with pytest.raises(InputError):
        list_root_from_path(bytes(32), index, size, [bytes(32)] * steps)


def test_set_tree__no_leaves__is_refused() -> None:
    """There is no tree over nothing."""
    with pytest.raises(InputError):
        set_tree([])


def test_set_tree_proof__foreign_leaf__is_refused() -> None:
    """Only what is in the tree has a proof; an inner node has none."""
    tree = set_tree([keccak256(b"a"), keccak256(b"b"), keccak256(b"c")])
    for foreign in (keccak256(b"d"), tree.nodes[1]):
        with pytest.raises(InputError):
            tree.proof(foreign)


@pytest.mark.parametrize("size", range(1, 9))
def test_list_root__with_sha256__is_the_published_tree_head_of_rfc_6962(size: int) -> None:
    """With SHA-256 in place of Keccak-256 the list tree is Certificate Transparency's."""
    assert list_root(CT_LEAVES[:size], sha256).hex() == CT_ROOTS[size - 1]


def test_list_root__leaves_swapped__differs() -> None:
    """The list tree binds the order."""
    assert list_root([bytes(32), b"\x01" * 32]) != list_root([b"\x01" * 32, bytes(32)])


def test_set_tree__entries_of_the_openzeppelin_library__has_its_root_and_proofs() -> None:
    """Roots and proofs are those of npm's @openzeppelin/merkle-tree, made once with it."""
    vectors = json.loads(
        (Path(__file__).parent.parent / "vectors" / "openzeppelin-merkle-tree.json").read_text()
    )
    for case in vectors["trees"]:
        tree = set_tree([bytes_of(leaf) for leaf in case["leaves"]])
        assert tree.root == bytes_of(case["root"])
        for leaf, proof in zip(case["leaves"], case["proofs"], strict=True):
            assert tree.proof(bytes_of(leaf)) == tuple(bytes_of(text) for text in proof)


@given(leaves=HASHES, data=st.data())
def test_list_path__any_leaf__leads_to_the_root(leaves: list[bytes], data: st.DataObject) -> None:
    """Every leaf's path gives the root, from its own place only when another leaf is there."""
    index = data.draw(st.integers(0, len(leaves) - 1))
    path = list_path(leaves, index)
    assert list_root_from_path(leaves[index], index, len(leaves), path) == list_root(leaves)
    other = keccak256(leaves[index])
    assert list_root_from_path(other, index, len(leaves), path) != list_root(leaves)


@given(leaves=HASHES, data=st.data())
def test_set_tree__any_order__proves_every_leaf(leaves: list[bytes], data: st.DataObject) -> None:
    """The root does not depend on the order given, and every leaf has a valid proof."""
    tree = set_tree(leaves)
    assert set_tree(data.draw(st.permutations(leaves))).root == tree.root
    leaf = data.draw(st.sampled_from(leaves))
    assert proves(tree.root, leaf, tree.proof(leaf))
    assert not proves(tree.root, keccak256(leaf), tree.proof(leaf))


def test_set_root__no_leaves__is_refused() -> None:
    """There is no tree over nothing."""
    with pytest.raises(InputError, match="at least one leaf"):
        set_root([])


def test_set_root__leaf_of_another_length__is_refused() -> None:
    """A leaf that is no hash would move all that follow it."""
    with pytest.raises(InputError, match="a leaf has 32 bytes, not 31"):
        set_root([bytes(32), bytes(31)])


@given(leaves=st.lists(st.binary(min_size=32, max_size=32) | ZEROS_INSIDE, min_size=1, max_size=70))
def test_set_root__any_leaves__is_the_root_of_the_tree(leaves: list[bytes]) -> None:
    """The root in little memory is that of the whole tree, whatever the leaves and their order."""
    assert set_root(iter(leaves)) == set_tree(leaves).root
