"""Share a secret among n so that any t rebuild it: Shamir's scheme over GF(2^8), byte by byte.

The field is GF(2)[x] / (x^8 + x^4 + x^3 + x + 1), polynomial 0x11B. Share i is the value at
x = i of one polynomial of degree t - 1 per secret byte, whose constant term is the secret.
Coefficients are arguments (`dealt_coefficients` derives them); nothing here is random.

Splitting handles secrets with additions, shifts and masks over whole arrays: no branch and no
look-up depends on them, only on the public x. Combining looks products up by the bytes of
shares, which leaves traces in the cache: it runs on the machine of the buyer, who is about to
hold the secret in the clear anyway, and never on a keeper's.
Source: A. Shamir, How to Share a Secret, 1979.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from dao_backend.core.model import require_bytes
from dao_backend.core.packing import uint
from dao_backend.errors import InputError, InvalidShareIndex, NotEnoughShares

SECRET = 32
"""Bytes of a secret and of each share."""
MAX_SHARES = 255
_POLYNOMIAL = 0x11B
_DOMAIN = b"ddao/shamir/1"

Bytes = NDArray[np.uint8]


def dealt_coefficients(
    content_key: bytes, contribution: bytes, committee: bytes, threshold: int, size: int
) -> bytes:
    """The 32·(t - 1) coefficient bytes of the one dealing of this key to this committee.

    SHAKE-256("ddao/shamir/1" ‖ contributionId ‖ committeeHash ‖ t ‖ n ‖ content key), where
    bytes j·(t - 1) … (j + 1)·(t - 1) - 1 belong to secret byte j, the coefficient of x first.
    """
    require_bytes("content key", content_key, SECRET)
    seed = _DOMAIN + contribution + committee + uint(threshold) + uint(size) + content_key
    return hashlib.shake_256(seed).digest(SECRET * (threshold - 1))


def split(secret: bytes, coefficients: bytes, size: int) -> tuple[bytes, ...]:
    """Shares 1…`size` of a 32-byte secret; the threshold is 1 + len(coefficients) / 32.

    Raise InputError when the coefficients do not fit, InvalidShareIndex when `size` is below the
    threshold or above 255.
    """
    require_bytes("secret", secret, SECRET)
    if len(coefficients) % SECRET:
        raise InputError(f"{len(coefficients)} coefficient bytes are no multiple of {SECRET}")
    threshold = 1 + len(coefficients) // SECRET
    if not threshold <= size <= MAX_SHARES:
        raise InvalidShareIndex(f"{size} shares cannot have a threshold of {threshold}")
    terms = np.frombuffer(coefficients, np.uint8).reshape(SECRET, threshold - 1).T
    points = np.arange(1, size + 1, dtype=np.uint8).reshape(size, 1)
    values = np.zeros((size, SECRET), np.uint8)
    for term in terms[::-1]:
        values = _times(values ^ term, points)
    values ^= np.frombuffer(secret, np.uint8)
    return tuple(row.tobytes() for row in values)


def combine(shares: Mapping[int, bytes], threshold: int) -> bytes:
    """The secret behind shares given by index; every share given takes part.

    Raise NotEnoughShares below the threshold, InvalidShareIndex for an index outside 1…255.
    """
    if len(shares) < threshold:
        raise NotEnoughShares(f"{len(shares)} of the {threshold} shares needed")
    for index, share in shares.items():
        require_bytes(f"share {index}", share, SECRET)
    rows = np.frombuffer(b"".join(shares.values()), np.uint8).reshape(1, len(shares), SECRET)
    return combine_many(list(shares), rows).tobytes()


def combine_many(indexes: Sequence[int], shares: Bytes) -> Bytes:
    """Secrets, shape (count, 32), behind `shares` of shape (count, t, 32), all at `indexes`.

    Raise InvalidShareIndex for a duplicate, zero or out-of-range index, NotEnoughShares for none,
    InputError when the shapes do not fit.
    """
    _require_indexes(indexes)
    if shares.shape != (len(shares), len(indexes), SECRET):
        raise InputError(f"shares of shape {shares.shape} do not fit {len(indexes)} indexes")
    secrets = np.zeros((len(shares), SECRET), np.uint8)
    for place, weight in enumerate(_weights_at_zero(indexes)):
        products = shares[:, place, :].tobytes().translate(_product_table(weight))
        secrets ^= np.frombuffer(products, np.uint8).reshape(secrets.shape)
    return secrets


def _times(values: Bytes, points: Bytes) -> Bytes:
    """Products in the field, broadcast; `values` are secret, `points` public."""
    product = np.zeros(np.broadcast_shapes(values.shape, points.shape), np.uint8)
    for bit in range(8):
        product ^= values & (-(points >> bit & 1)).astype(np.uint8)
        carry = (-(values >> 7)).astype(np.uint8)
        values = np.left_shift(values, np.uint8(1)) ^ (carry & np.uint8(_POLYNOMIAL & 0xFF))
    return product


def _require_indexes(indexes: Sequence[int]) -> None:
    if not indexes:
        raise NotEnoughShares("no share was given")
    for index in indexes:
        if not 1 <= index <= MAX_SHARES:
            raise InvalidShareIndex(f"share index {index} is not between 1 and {MAX_SHARES}")
    if len(set(indexes)) < len(indexes):
        raise InvalidShareIndex(f"a share index appears twice among {list(indexes)}")


def _multiply(left: int, right: int) -> int:
    """Product of two public field elements."""
    product = 0
    while right:
        product ^= left * (right & 1)
        left = left << 1 ^ _POLYNOMIAL * (left >> 7)
        right >>= 1
    return product


def _inverse(value: int) -> int:
    """value^254: the multiplicative inverse of a public, non-zero field element."""
    result = 1
    for _ in range(254):
        result = _multiply(result, value)
    return result


def _weights_at_zero(indexes: Sequence[int]) -> list[int]:
    """Lagrange weights at x = 0: Π x_m / (x_m - x_j) over m ≠ j; minus is exclusive or."""
    weights = []
    for own in indexes:
        weight = 1
        for other in indexes:
            if other != own:
                weight = _multiply(weight, _multiply(other, _inverse(other ^ own)))
        weights.append(weight)
    return weights


def _product_table(weight: int) -> bytes:
    """Every byte times `weight`."""
    return bytes(_multiply(byte, weight) for byte in range(256))
