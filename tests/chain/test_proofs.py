"""Storage proofs: the right one is believed, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
import rlp
from hypothesis import given
from hypothesis import strategies as st

from dao_backend.chain import slots, wire
from dao_backend.chain.headers import header
from dao_backend.chain.proofs import proven_words
from dao_backend.chain.wire import AccountProof, SlotProof
from dao_backend.core.model import Address
from dao_backend.errors import ChainUnavailable, NodesDisagree
from tests.chain.nodes import LICENCE, Sold, sold_licence
from tests.support.core_actors import wallet

ABSENT = slots.entry(slots.DELIVERIES, 999)


class Proven:
    """A proof of two words of the keeper registry, one of them empty."""

    def __init__(self, sold: Sold) -> None:
        self.node = sold.chain.node
        self.number = sold.chain.height()
        self.account: Address = sold.dao.addresses.keepers
        self.slots = (slots.entry(slots.DELIVERIES, LICENCE), ABSENT)
        self.root = header(self.node.header(self.number)).state_root
        self.proof = self.node.proof(self.account, self.slots, self.number)

    def words(self, proof: AccountProof) -> tuple[int, ...]:
        """What a proof gives in the place of the true one."""
        return proven_words(self.root, self.account, self.slots, proof)

    def nodes(self) -> list[tuple[int, int]]:
        """Place of every trie node: 0 for the account's, else the slot's number."""
        lists = (self.proof.nodes, *(slot.nodes for slot in self.proof.slots))
        return [(where, at) for where, nodes in enumerate(lists) for at in range(len(nodes))]

    def spoilt(self, where: int, at: int, byte: int, flip: int) -> AccountProof:
        """The proof with one byte of one trie node flipped."""
        nodes = list(self.proof.nodes if where == 0 else self.proof.slots[where - 1].nodes)
        found = bytearray(nodes[at])
        found[byte % len(found)] ^= flip
        nodes[at] = bytes(found)
        if where == 0:
            return replace(self.proof, nodes=tuple(nodes))
        changed = list(self.proof.slots)
        changed[where - 1] = replace(changed[where - 1], nodes=tuple(nodes))
        return replace(self.proof, slots=tuple(changed))


@pytest.fixture(scope="module")
def sold() -> Iterator[Sold]:
    """A DAO with a delivered licence."""
    with sold_licence() as found:
        yield found


@pytest.fixture(scope="module")
def proven(sold: Sold) -> Proven:
    """A true proof."""
    return Proven(sold)


@given(data=st.data())
def test_prove__any_byte_of_any_node_flipped__is_refused(
    proven: Proven, data: st.DataObject
) -> None:
    """Not one byte of a proof can be another one."""
    where, at = data.draw(st.sampled_from(proven.nodes()))
    byte = data.draw(st.integers(0, 4096))
    flip = data.draw(st.integers(1, 255))
    with pytest.raises(NodesDisagree, match="does not lead to the state root"):
        proven.words(proven.spoilt(where, at, byte, flip))


def test_prove__every_byte_of_the_last_nodes_flipped__is_refused(proven: Proven) -> None:
    """The nodes that hold the values have no byte that does not count."""
    last = dict(proven.nodes())
    for where, at in last.items():
        for byte in range(32):
            with pytest.raises(NodesDisagree):
                proven.words(proven.spoilt(where, at, byte, 1))


@given(data=st.data())
def test_prove__a_node_left_out__is_refused(proven: Proven, data: st.DataObject) -> None:
    """A proof with a gap proves nothing, not even that a slot is empty."""
    where, at = data.draw(st.sampled_from([pair for pair in proven.nodes() if pair[0] > 0]))
    nodes = list(proven.proof.slots[where - 1].nodes)
    del nodes[at]
    changed = list(proven.proof.slots)
    changed[where - 1] = replace(changed[where - 1], nodes=tuple(nodes))
    with pytest.raises(NodesDisagree):
        proven.words(replace(proven.proof, slots=tuple(changed)))


@given(junk=st.lists(st.binary(max_size=64), max_size=4))
def test_prove__junk_for_nodes__is_refused(proven: Proven, junk: list[bytes]) -> None:
    """Whatever a node sends for a proof, the refusal is always the same."""
    with pytest.raises(NodesDisagree, match=r"^the proof of account does not lead"):
        proven.words(replace(proven.proof, nodes=tuple(junk)))


@given(
    junk=st.lists(
        st.recursive(
            st.binary(max_size=40),
            lambda inner: st.lists(inner, min_size=2, max_size=2) | st.lists(inner, max_size=17),
        ),
        max_size=4,
    )
)
def test_prove__well_formed_junk__is_refused(proven: Proven, junk: list[object]) -> None:
    """Lists in lists are no trie, whatever their lengths."""
    nodes = tuple(rlp.encode(each) for each in junk)
    with pytest.raises(NodesDisagree):
        proven.words(replace(proven.proof, nodes=nodes))


def test_prove__lists_without_end__are_refused(proven: Proven) -> None:
    """A node cannot bring the reader down with lists nested thousands deep."""
    deep = b"\xc0"
    for _ in range(3000):
        size = len(deep)
        head = bytes([0xC0 + size]) if size < 56 else b"\xf9" + size.to_bytes(2, "big")
        deep = head + deep if size < 56 or size > 255 else b"\xf8" + bytes([size]) + deep
    with pytest.raises(NodesDisagree):
        proven.words(replace(proven.proof, nodes=(deep,)))


def test_prove__other_value_stated__is_refused(proven: Proven) -> None:
    """The value that a node states beside a proof must be the proof's."""
    first, second = proven.proof.slots
    lie = replace(proven.proof, slots=(replace(first, value=first.value + 1), second))
    with pytest.raises(NodesDisagree, match=rf"leads to {first.value:#x}, not "):
        proven.words(lie)


def test_prove__empty_slot_stated_as_full__is_refused(proven: Proven) -> None:
    """That nothing is stored is proven too."""
    first, second = proven.proof.slots
    with pytest.raises(NodesDisagree, match="leads to 0x0, not 0x7 as stated"):
        proven.words(replace(proven.proof, slots=(first, replace(second, value=7))))


def test_prove__slots_exchanged__is_refused(proven: Proven) -> None:
    """A word proves nothing about another slot."""
    first, second = proven.proof.slots
    with pytest.raises(NodesDisagree):
        proven.words(replace(proven.proof, slots=(second, first)))


def test_prove__fewer_slots_than_asked__is_refused(proven: Proven) -> None:
    """A node cannot leave a slot out."""
    with pytest.raises(NodesDisagree, match=r"^1 slots are proven instead of 2$"):
        proven.words(replace(proven.proof, slots=proven.proof.slots[:1]))


def test_prove__other_contracts_proof__is_refused(sold: Sold, proven: Proven) -> None:
    """A true proof of another account's storage is none of this one's."""
    other = proven.node.proof(sold.dao.addresses.desk, proven.slots, proven.number)
    with pytest.raises(NodesDisagree):
        proven.words(other)


def test_prove__earlier_blocks_proof__is_refused(proven: Proven) -> None:
    """What was true at another block proves nothing about this one."""
    earlier = proven.node.proof(proven.account, proven.slots, 12)
    with pytest.raises(NodesDisagree):
        proven.words(earlier)


@pytest.mark.parametrize(
    "answer", [None, {}, {"accountProof": "0x", "storageProof": []}, {"accountProof": [5]}]
)
def test_proof__malformed_answer__is_unavailable(
    sold: Sold, proven: Proven, answer: object
) -> None:
    """An answer that is no proof at all counts as none."""
    with pytest.raises(ChainUnavailable):
        wire.proof(answer)


def test_prove__true_proof__gives_the_words(sold: Sold, proven: Proven) -> None:
    """The words are those that the contract's own view is made of, or empty."""
    delivery, absent = proven.words(proven.proof)
    stated = sold.dao.reader.delivery(LICENCE)
    assert stated is not None
    assert slots.DELIVERY_EDITION.of(delivery) == stated.edition_id
    assert slots.DELIVERY_DELIVER_BY.of(delivery) == stated.deliver_by
    assert slots.DELIVERY_POSTED.of(delivery) == 0b110
    assert slots.DELIVERY_DELIVERED_AT.of(delivery) == stated.delivered_at
    assert absent == 0


def test_prove__account_that_is_not_there__has_empty_words(sold: Sold, proven: Proven) -> None:
    """An address without an account has nothing in its storage, and that is proven."""
    nobody = wallet(12345)
    proof = proven.node.proof(nobody, (5,), proven.number)
    assert proven_words(proven.root, nobody, (5,), proof) == (0,)
    with pytest.raises(NodesDisagree):
        proven_words(proven.root, nobody, (5,), replace(proof, slots=(SlotProof(1, ()),)))
