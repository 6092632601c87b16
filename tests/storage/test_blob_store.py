"""What every blob store does; each test runs over each adapter."""

from __future__ import annotations

import io
import json
import random
import tracemalloc
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dao_backend.core.cid import Cid
from dao_backend.core.unixfs import Builder, chunks
from dao_backend.errors import CidMismatch, InputError, NotFound
from dao_backend.ports.blobs import BlobStore
from tests.storage.conftest import Bench, Change

MIB = 1024 * 1024
VECTORS = json.loads(
    (Path(__file__).parents[1] / "vectors" / "unixfs-cids.json").read_text(encoding="utf-8")
)["vectors"]


class BrokenOff(Exception):
    """What a source raises that is not about input or output."""


def vector_bytes(length: int) -> bytes:
    """The bytes that the vectors are made of."""
    return bytes((7 * i + 13 * (i >> 8) + 29 * (i >> 16)) % 256 for i in range(length))


def some_bytes(length: int, seed: int) -> bytes:
    """Bytes that no other test stores."""
    return random.Random(seed).randbytes(length)


def cid_of(data: bytes) -> Cid:
    """The CID, computed without any store."""
    builder = Builder()
    for chunk in chunks([data]):
        builder.add(chunk)
    return builder.finish().cid


def cut_off(data: bytes, error: Exception) -> Iterator[bytes]:
    """A source that breaks off after these bytes."""
    yield data
    raise error


def flipped(chunk: bytes) -> bytes:
    """One bit changed in the middle."""
    middle = len(chunk) // 2
    return chunk[:middle] + bytes([chunk[middle] ^ 1]) + chunk[middle + 1 :]


def shortened(chunk: bytes) -> bytes:
    """The last byte gone."""
    return chunk[:-1]


@pytest.mark.parametrize("error", [BrokenOff("gone"), ConnectionResetError("gone")])
def test_put__source_breaks_off__its_error_comes_through_and_nothing_is_kept(
    store: BlobStore, error: Exception
) -> None:
    """An upload cut off half-way leaves no blob, neither the whole nor what came."""
    data = some_bytes(5 * MIB, 1)
    with pytest.raises(type(error), match="gone"):
        store.put(cut_off(data[: 3 * MIB], error), expected=cid_of(data))
    assert not store.has(cid_of(data))
    assert not store.has(cid_of(data[: 3 * MIB]))


@pytest.mark.parametrize("length", [10, 2 * MIB])
def test_put__other_bytes_than_expected__refused_and_not_kept(
    store: BlobStore, length: int
) -> None:
    """Bytes that do not have the announced CID are not stored."""
    data, other = some_bytes(length, 2), some_bytes(length, 3)
    with pytest.raises(CidMismatch, match=cid_of(data)):
        store.put([other], expected=cid_of(data))
    assert not store.has(cid_of(data))
    assert not store.has(cid_of(other))


def test_put__refused_bytes_that_were_stored_before__stay_stored(store: BlobStore) -> None:
    """A wrong announcement cannot take away what somebody else stored."""
    data = some_bytes(2 * MIB, 4)
    blob = store.put([data])
    with pytest.raises(CidMismatch):
        store.put([data], expected=cid_of(b"another"))
    assert store.has(blob.cid)
    assert b"".join(store.open(blob.cid)) == data


@pytest.mark.parametrize(
    "text", ["", "../../etc/passwd", "QmWfVY9y3xjsixTgbd9AorQxH7VtMpzfx2HaWtsoUYecaX"]
)
def test_open__no_cid_of_the_profile__refused(store: BlobStore, text: str) -> None:
    """Only canonical CIDs reach a path or a node."""
    for call in (store.open, store.has, store.length, store.delete):
        with pytest.raises(InputError):
            call(text)


@pytest.mark.parametrize("length", [10, 2 * MIB])
def test_open__blob_that_was_never_stored__not_found(store: BlobStore, length: int) -> None:
    """An unknown CID is told apart from a broken store, by the call itself."""
    cid = cid_of(some_bytes(length, 5))
    assert not store.has(cid)
    with pytest.raises(NotFound):
        store.open(cid)
    with pytest.raises(NotFound):
        store.length(cid)


@pytest.mark.parametrize("length", [0, 10, 2 * MIB])
def test_open__offset_outside_the_blob__refused(store: BlobStore, length: int) -> None:
    """A range that begins behind the end is an error of the caller."""
    blob = store.put([some_bytes(length, 6)])
    for offset, count in ((length + 1, None), (-1, None), (0, -1)):
        with pytest.raises(InputError):
            store.open(blob.cid, offset, count)


@pytest.mark.parametrize("change", [flipped, shortened])
@pytest.mark.parametrize("chunk", [0, 1, 2])
def test_open__damaged_chunk__named_and_never_handed_out(
    bench: Bench, chunk: int, change: Change
) -> None:
    """Bytes before the bad chunk may come, the bad chunk never does."""
    data = some_bytes(2 * MIB + 99, 7 + chunk + 10 * (change is flipped))
    blob = bench.store.put([data])
    bench.damage(blob, data, chunk, change)
    got = b""
    with pytest.raises(CidMismatch, match=rf"{blob.cid}.* chunk"):  # noqa: PT012
        for piece in bench.store.open(blob.cid):
            got += piece
    assert data.startswith(got)
    assert len(got) <= chunk * MIB


@pytest.mark.parametrize("change", [flipped, shortened])
def test_open__damaged_blob_of_one_chunk__refused(bench: Bench, change: Change) -> None:
    """A small blob is checked before its first byte goes out, and its length is not believed."""
    data = some_bytes(1000, 40 + (change is flipped))
    blob = bench.store.put([data])
    bench.damage(blob, data, 0, change)
    with pytest.raises(CidMismatch):
        bench.store.open(blob.cid)
    with pytest.raises(CidMismatch):
        bench.store.length(blob.cid)


def test_open__range_touches_a_damaged_chunk__refused_though_the_rest_is_read(
    bench: Bench,
) -> None:
    """A range is proved chunk by chunk: one beside the damage is served, one inside is not."""
    data = some_bytes(3 * MIB, 50)
    blob = bench.store.put([data])
    bench.damage(blob, data, 1, flipped)
    assert b"".join(bench.store.open(blob.cid, 2 * MIB + 5, 100)) == data[2 * MIB + 5 :][:100]
    with pytest.raises(CidMismatch, match=r"chunk 1 \(bytes 1048576 to 2097152\)"):
        list(bench.store.open(blob.cid, MIB + 5, 1))


def test_delete__unknown_blob__nothing_happens(store: BlobStore) -> None:
    """Deleting can be repeated."""
    cid = cid_of(some_bytes(10, 51))
    store.delete(cid)
    assert not store.has(cid)


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: str(vector["length"]))
def test_put__vector__has_the_cid_that_other_implementations_give(
    store: BlobStore, vector: dict[str, object]
) -> None:
    """A blob keeps its CID wherever it moves."""
    data = vector_bytes(int(str(vector["length"])))
    blob = store.put(io.BytesIO(data), expected=str(vector["cid"]))
    assert (blob.cid, blob.length) == (vector["cid"], len(data))
    assert Cid.of(blob.digest, blob.length) == vector["cid"]
    assert b"".join(store.open(blob.cid)) == data
    assert store.length(blob.cid) == len(data)
    assert store.has(blob.cid)


def test_put__same_bytes_in_other_pieces__same_blob(store: BlobStore) -> None:
    """How the bytes arrive does not matter, and storing them again changes nothing."""
    data = some_bytes(3 * MIB + 1, 52)
    whole = store.put(io.BytesIO(data))
    crumbs = store.put(data[at : at + 70_001] for at in range(0, len(data), 70_001))
    assert crumbs == whole == store.put([data])
    assert b"".join(store.open(whole.cid)) == data


def test_put__same_bytes_at_once_from_many__one_intact_blob(store: BlobStore) -> None:
    """Uploads of the same content do not disturb each other."""
    data = some_bytes(4 * MIB + 7, 53)
    with ThreadPoolExecutor(4) as pool:
        blobs = set(pool.map(lambda _: store.put(chunks([data])), range(8)))
    assert len(blobs) == 1
    assert b"".join(store.open(cid_of(data))) == data


def test_put_and_open__long_blob__take_little_memory(store: BlobStore) -> None:
    """Memory does not grow with the blob."""
    block = some_bytes(MIB, 54)
    tracemalloc.start()
    try:
        blob = store.put(block for _ in range(48))
        total = sum(len(piece) for piece in store.open(blob.cid))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert total == 48 * MIB
    assert peak < 12 * MIB


def test_delete__stored_blob__is_no_longer_kept(store: BlobStore) -> None:
    """What is deleted is forgotten, and can be stored again."""
    data = some_bytes(MIB + 1, 55)
    blob = store.put([data])
    store.delete(blob.cid)
    assert not store.has(blob.cid)
    assert store.put([data]) == blob
    assert b"".join(store.open(blob.cid)) == data


def test_health__working_store__says_what_it_is(store: BlobStore) -> None:
    """An operator reads in one line what stands behind the store."""
    assert store.health()


@given(offset=st.integers(0, 3 * MIB + 77), length=st.none() | st.integers(0, 4 * MIB))
@settings(
    deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_open__any_range__is_that_part_of_the_bytes(
    store: BlobStore, offset: int, length: int | None
) -> None:
    """Reading a range is reading everything and cutting."""
    data = some_bytes(3 * MIB + 77, 56)
    blob = store.put([data]) if not store.has(cid_of(data)) else None
    assert blob is None or blob.cid == cid_of(data)
    end = None if length is None else offset + length
    assert b"".join(store.open(cid_of(data), offset, length)) == data[offset:end]
