"""Bundles: for one licence, one edition, one keeper and one key."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dao_backend.core import bundle
from dao_backend.core.crypto import ContentKey, SecretKey, blake2b_256, seal
from dao_backend.errors import (
    BindingMismatch,
    ChunkCorrupt,
    CommitmentMismatch,
    EnvelopeError,
    InputError,
    InvalidMessage,
    LowOrderKey,
    SealBroken,
    TruncatedEnvelope,
)
from tests.support.core_actors import CHAIN, DESK, seed, wallet

BUYER = SecretKey(seed("release key"))
BOUND = bundle.Bound(CHAIN, DESK, 7, seed("root"), 2, BUYER.public, seed("block"))
SHARES = [seed("share", number) for number in range(3)]
FACTS_START, FACTS_END = 1, 182


def written(bound: bundle.Bound = BOUND, shares: list[bytes] | None = None) -> bytes:
    """A bundle's bytes."""
    key, salt = ContentKey(seed("bundle key")), seed("salt")[:24]
    return b"".join(bundle.write(bound, key, salt, SHARES if shares is None else shares))


def read(data: bytes, bound: bundle.Bound = BOUND, count: int = 3, step: int = 1000) -> bytes:
    """What the buyer reads, fed in steps."""
    pieces = [data[at : at + step] for at in range(0, len(data), step)]
    return bundle.read(BUYER, bound, count, pieces)


@pytest.mark.parametrize(
    "change",
    [
        {"chain_id": 1},
        {"desk": wallet(1)},
        {"licence_id": 8},
        {"edition_root": seed("other root")},
        {"index": 3},
        {"block_hash": seed("other block")},
    ],
    ids=lambda change: next(iter(change)),
)
def test_read__bundle_for_anything_else__is_refused(change: dict[str, object]) -> None:
    """A bundle of another chain, desk, licence, edition, keeper or block is not this one."""
    with pytest.raises(BindingMismatch):
        read(written(replace(BOUND, **change)))


def test_read__bundle_for_another_release_key__is_refused() -> None:
    """The service cannot substitute the buyer's key: the header says whose it is."""
    other = SecretKey(seed("another key"))
    with pytest.raises(BindingMismatch):
        read(written(replace(BOUND, release_key=other.public)))
    with pytest.raises(InputError):
        bundle.read(other, BOUND, 3, [written()])


def test_read__header_rewritten_to_this_licence__is_refused() -> None:
    """Facts pasted over another bundle's header do not open it: they are inside the seal."""
    foreign = bytearray(written(replace(BOUND, licence_id=8)))
    foreign[FACTS_START:FACTS_END] = BOUND.facts()
    with pytest.raises(BindingMismatch):
        read(bytes(foreign))


def test_read__key_sealed_anew_over_another_envelope__is_refused() -> None:
    """An envelope opens under its own binding only, even to somebody who knows its key."""
    foreign = bytearray(written(replace(BOUND, licence_id=8)))
    inside = b"ddao/bundle/1" + BOUND.binding() + ContentKey(seed("bundle key")).raw
    foreign[FACTS_START : bundle.HEADER] = BOUND.facts() + seal(BUYER.public, inside)
    with pytest.raises(CommitmentMismatch):
        read(bytes(foreign))


def test_read__sealed_key_broken__is_refused() -> None:
    """A flipped bit in the sealed key does not open."""
    data = bytearray(written())
    data[bundle.HEADER - 1] ^= 1
    with pytest.raises(SealBroken):
        read(bytes(data))


def test_read__unknown_version__is_refused() -> None:
    """A reader of version 1 says so when it meets another."""
    with pytest.raises(InvalidMessage):
        read(b"\x02" + written()[1:])


@pytest.mark.parametrize("length", [0, 1, bundle.HEADER - 1, bundle.HEADER, bundle.HEADER + 60])
def test_read__cut_off__is_refused(length: int) -> None:
    """A bundle that ends early is never taken for a small one."""
    with pytest.raises(TruncatedEnvelope):
        read(written()[:length])


def test_read__extended__is_refused() -> None:
    """Bytes after the last chunk are noticed."""
    with pytest.raises(EnvelopeError):
        read(written() + b"\x00")


@pytest.mark.parametrize("count", [2, 4])
def test_read__more_or_fewer_shares_than_the_edition__is_refused(count: int) -> None:
    """A bundle holds one share for each entry of the manifest."""
    with pytest.raises(InvalidMessage):
        read(written(), count=count)


def test_read__far_more_than_the_edition__stops_reading() -> None:
    """An endless bundle is given up as soon as it is longer than it may be."""
    data = written(shares=[bytes(32)] * 2000)

    def pieces() -> Iterator[bytes]:
        yield data[:40_000]
        raise AssertionError("asked for more than was needed")

    with pytest.raises(InvalidMessage):
        bundle.read(BUYER, BOUND, 3, pieces())


def test_write__low_order_release_key__is_refused() -> None:
    """Shares are not sealed to a key that everybody can open."""
    with pytest.raises(LowOrderKey):
        written(replace(BOUND, release_key=bytes(32)))


def test_write__share_of_31_bytes__is_refused() -> None:
    """A share has 32 bytes."""
    with pytest.raises(InputError):
        written(shares=[bytes(31)])


def test_binding__any__is_blake2b_of_the_facts_in_the_header() -> None:
    """The header's 181 bytes are exactly what the binding hashes."""
    facts = written()[FACTS_START:FACTS_END]
    assert facts == BOUND.facts()
    assert BOUND.binding() == blake2b_256(b"ddao/bundle/1" + facts)
    assert bundle.read_header(written()).block_hash == seed("block")


@pytest.mark.parametrize("count", [0, 1, 511, 512, 513, 40_000])
def test_read__what_was_written__is_the_shares_and_has_the_length_foretold(count: int) -> None:
    """Bundles of any size come back, and their length follows from the number of shares."""
    shares = [number.to_bytes(32, "big") for number in range(count)]
    data = written(shares=shares)
    assert len(data) == bundle.length_of(count)
    assert read(data, count=count, step=65_536) == b"".join(shares)


@given(place=st.integers(bundle.HEADER, bundle.length_of(3) - 1), bit=st.integers(0, 7))
def test_read__any_bit_of_the_envelope_flipped__is_refused(place: int, bit: int) -> None:
    """No bit of the shares can change unnoticed."""
    data = bytearray(written())
    data[place] ^= 1 << bit
    with pytest.raises((ChunkCorrupt, CommitmentMismatch)):
        read(bytes(data))


@given(step=st.integers(1, 700))
def test_read__fed_in_any_steps__is_the_same(step: int) -> None:
    """How the bundle arrives makes no difference."""
    assert read(written(), step=step) == b"".join(SHARES)
