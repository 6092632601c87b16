"""Shamir's scheme over GF(2^8): what it refuses, that it agrees with a second implementation."""

from __future__ import annotations

import hashlib
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dao_backend.core.shamir import combine, combine_many, dealt_coefficients, split
from dao_backend.errors import InputError, InvalidShareIndex, NotEnoughShares
from tests.support.core_actors import seed

SECRETS = st.binary(min_size=32, max_size=32)
COMMITTEES = st.integers(1, 12).flatmap(lambda size: st.tuples(st.integers(1, size), st.just(size)))


def slow_product(left: int, right: int) -> int:
    """Carry-less multiplication, then long division by 0x11B: another way to the same product."""
    product = 0
    for bit in range(8):
        product ^= (left << bit) if right >> bit & 1 else 0
    for bit in range(14, 7, -1):
        product ^= (0x11B << (bit - 8)) if product >> bit & 1 else 0
    return product


def slow_share(secret: bytes, coefficients: bytes, x: int) -> bytes:
    """The polynomials' values at x, one byte and one power at a time."""
    degree = len(coefficients) // 32
    share = bytearray()
    for place, byte in enumerate(secret):
        value, power = byte, x
        for coefficient in coefficients[place * degree : (place + 1) * degree]:
            value ^= slow_product(coefficient, power)
            power = slow_product(power, x)
        share.append(value)
    return bytes(share)


def test_split__secret_of_31_bytes__is_refused() -> None:
    """A secret has 32 bytes."""
    with pytest.raises(InputError):
        split(bytes(31), b"", 1)


def test_split__ragged_coefficients__is_refused() -> None:
    """Every secret byte has the same number of coefficients."""
    with pytest.raises(InputError):
        split(bytes(32), bytes(33), 3)


@pytest.mark.parametrize("size", [0, 1, 256])
def test_split__size_below_threshold_or_above_255__is_refused(size: int) -> None:
    """There are as many distinct non-zero x as 255, and at least t are needed."""
    with pytest.raises(InvalidShareIndex):
        split(bytes(32), bytes(32), size)


def test_combine__fewer_than_threshold__is_refused() -> None:
    """Two shares of a threshold of three give nothing."""
    with pytest.raises(NotEnoughShares):
        combine({1: bytes(32), 2: bytes(32)}, 3)


def test_combine_many__no_share__is_refused() -> None:
    """Nothing combines to nothing."""
    with pytest.raises(NotEnoughShares):
        combine_many([], np.zeros((1, 0, 32), np.uint8))


@pytest.mark.parametrize("index", [0, -1, 256])
def test_combine__index_out_of_range__is_refused(index: int) -> None:
    """X = 0 is the secret itself, and x has one byte."""
    with pytest.raises(InvalidShareIndex):
        combine({index: bytes(32), 2: bytes(32)}, 2)


def test_combine_many__duplicate_index__is_refused() -> None:
    """The same share twice is one share."""
    with pytest.raises(InvalidShareIndex):
        combine_many([2, 2], np.zeros((1, 2, 32), np.uint8))


@pytest.mark.parametrize("shape", [(5, 3, 32), (5, 2, 31), (2, 32)])
def test_combine_many__other_shape__is_refused(shape: tuple[int, ...]) -> None:
    """Shares come as (count, t, 32)."""
    with pytest.raises(InputError):
        combine_many([1, 2], np.zeros(shape, np.uint8))


def test_combine__share_of_31_bytes__is_refused() -> None:
    """A share has 32 bytes."""
    with pytest.raises(InputError):
        combine({1: bytes(31), 2: bytes(32)}, 2)


def test_dealt_coefficients__any__are_shake_256_of_everything_bound() -> None:
    """Coefficients follow from key, contribution, committee, t and n alone."""
    number = [value.to_bytes(32, "big") for value in (3, 5)]
    parts = b"ddao/shamir/1" + seed("c") + seed("h") + number[0] + number[1] + seed("k")
    expected = hashlib.shake_256(parts).digest(64)
    assert dealt_coefficients(seed("k"), seed("c"), seed("h"), 3, 5) == expected


def test_split__threshold_one__gives_the_secret_to_everybody() -> None:
    """A committee with threshold one holds copies: a single custodian is the same code."""
    assert split(seed("s"), b"", 3) == (seed("s"),) * 3


@pytest.mark.parametrize(("threshold", "size"), [(2, 3), (3, 5)])
def test_combine__every_choice_of_t_shares__is_the_secret(threshold: int, size: int) -> None:
    """Any t of the n shares rebuild the secret."""
    secret = seed("s")
    shares = split(secret, dealt_coefficients(secret, seed("c"), seed("h"), threshold, size), size)
    for chosen in combinations(range(1, size + 1), threshold):
        assert combine({index: shares[index - 1] for index in chosen}, threshold) == secret


@given(secret=SECRETS, committee=COMMITTEES)
def test_split__any_committee__agrees_with_a_second_implementation(
    secret: bytes, committee: tuple[int, int]
) -> None:
    """Shares are those of byte-wise polynomial evaluation, written a second time."""
    threshold, size = committee
    coefficients = dealt_coefficients(secret, seed("c"), seed("h"), threshold, size)
    shares = split(secret, coefficients, size)
    assert shares == tuple(slow_share(secret, coefficients, x) for x in range(1, size + 1))


@given(secret=SECRETS, committee=COMMITTEES, data=st.data())
def test_combine__any_choice_of_at_least_t__is_the_secret(
    secret: bytes, committee: tuple[int, int], data: st.DataObject
) -> None:
    """Any set of at least t shares, in any order, rebuilds the secret."""
    threshold, size = committee
    shares = split(secret, dealt_coefficients(secret, seed("c"), seed("h"), *committee), size)
    order = data.draw(st.permutations(range(1, size + 1)))
    chosen = order[: data.draw(st.integers(threshold, size))]
    assert combine({index: shares[index - 1] for index in chosen}, threshold) == secret


@given(secret=SECRETS, other=SECRETS)
def test_split__below_threshold__fits_every_secret(secret: bytes, other: bytes) -> None:
    """One share of two is possible under any other secret: it alone tells nothing."""
    coefficients = dealt_coefficients(secret, seed("c"), seed("h"), 2, 2)
    share = split(secret, coefficients, 2)[0]
    fitting = bytes(a ^ b for a, b in zip(share, other, strict=True))
    assert split(other, fitting, 2)[0] == share


@given(secrets=st.lists(SECRETS, min_size=1, max_size=20))
def test_combine_many__many_keys__are_those_combined_one_by_one(secrets: list[bytes]) -> None:
    """Combining a block of keys is combining each of them."""
    rows = []
    for number, secret in enumerate(secrets):
        coefficients = dealt_coefficients(secret, seed("c", number), seed("h"), 3, 5)
        shares = split(secret, coefficients, 5)
        rows.append([list(shares[index - 1]) for index in (5, 1, 4)])
    combined = combine_many([5, 1, 4], np.array(rows, np.uint8))
    assert [row.tobytes() for row in combined] == secrets
