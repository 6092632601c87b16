"""Sketches and the pool: keyed, serialisable, forgetting what was withdrawn."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dao_backend.core.scoring import Holder, MemoryPool, Sketch, SketchKey
from dao_backend.core.scoring.sketch import Domain, finish
from dao_backend.errors import InputError
from tests.support.appraisal import ALICE, BOB

FIRST, SECOND = Holder(b"1" * 32, ALICE), Holder(b"2" * 32, BOB)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x02",
        b"\x01\x00",
        b"\x01" + (5).to_bytes(8, "big") * 2,
        b"\x01" + (6).to_bytes(8, "big") + (5).to_bytes(8, "big"),
        b"\x01" + (1 << 63).to_bytes(8, "big"),
    ],
)
def test_read_sketch__other_version_length_or_order__is_refused(data: bytes) -> None:
    """Only the one canonical form of a sketch is read."""
    with pytest.raises(InputError):
        Sketch.from_bytes(data)


def test_make_key__wrong_length__is_refused() -> None:
    """A short key would be guessable."""
    with pytest.raises(InputError, match="sketch key"):
        SketchKey(b"short")


def test_add_to_pool__id_already_there__is_refused() -> None:
    """One contribution has one sketch."""
    pool = MemoryPool()
    pool.add(FIRST, Sketch.of([1]))
    with pytest.raises(InputError, match="already in the pool"):
        pool.add(FIRST, Sketch.of([2]))


@given(st.lists(st.integers(0, 2**63 - 1)))
def test_write_sketch__any_fingerprints__reads_back_the_same(values: list[int]) -> None:
    """The stored form loses nothing and has one form per set."""
    sketch = Sketch.of(values)
    assert Sketch.from_bytes(sketch.to_bytes()) == sketch
    assert set(sketch.fingerprints) == set(values)


@given(st.binary(), st.binary())
def test_fingerprint__another_key_or_domain__is_unrelated(data: bytes, secret: bytes) -> None:
    """Without the key nobody can test a guess, and domains never mix."""
    key, other = SketchKey(b"k" * 32), SketchKey(b"o" * 32)
    ours = key.fingerprint(Domain.PIECE, data)
    assert 0 <= ours < 2**63
    assert ours != other.fingerprint(Domain.PIECE, data)
    assert ours != key.fingerprint(Domain.WHOLE, data)
    assert key.name != other.name


@given(st.binary(max_size=300), st.binary(max_size=300))
def test_run_fingerprint__fed_in_parts__equals_all_at_once(head: bytes, tail: bytes) -> None:
    """Large members are fingerprinted without being held."""
    key = SketchKey(b"k" * 32)
    running = key.running(Domain.WHOLE)
    running.update(head)
    running.update(tail)
    assert finish(running) == key.fingerprint(Domain.WHOLE, head + tail)


def test_show_key__repr__hides_the_secret() -> None:
    """A key that reaches a log says only its name."""
    assert "kkkk" not in repr(SketchKey(b"k" * 32))
    assert SketchKey(b"k" * 32).name.hex() in repr(SketchKey(b"k" * 32))


def test_find_in_pool__own_and_others__answers_own_first_then_the_earliest() -> None:
    """Each contributor is shown its own contribution where it holds the fingerprint."""
    pool = MemoryPool()
    pool.add(FIRST, Sketch.of([1, 2]))
    pool.add(SECOND, Sketch.of([2, 3]))
    assert pool.find([1, 2, 3, 4], BOB) == {1: FIRST, 2: SECOND, 3: SECOND}
    assert pool.find([2], ALICE) == {2: FIRST}


def test_remove_from_pool__shared_fingerprint__stays_known_through_the_other() -> None:
    """A withdrawal forgets what only the leaver held."""
    pool = MemoryPool()
    pool.add(FIRST, Sketch.of([1, 2]))
    pool.add(SECOND, Sketch.of([2, 3]))
    pool.remove(FIRST.contribution_id)
    pool.remove(FIRST.contribution_id)
    assert pool.find([1, 2, 3], ALICE) == {2: SECOND, 3: SECOND}
