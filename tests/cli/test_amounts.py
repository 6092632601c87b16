"""Money and time as people write and read them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dao_backend.cli.amounts import (
    bytes_text,
    duration_text,
    native_text,
    parse_native,
    parse_tokens,
)
from dao_backend.cli.clock import clock
from dao_backend.errors import InputError


@pytest.mark.parametrize(
    "text",
    ["", "-1", "1,5", "1.5 dollars", "0.5 wei", "1.0000000000000000001", "1e3", "٣", "1 2", ".5"],
)
def test_parse_native__no_amount__refused(text: str) -> None:
    """What is not exactly an amount with a known unit is not guessed at."""
    with pytest.raises(InputError):
        parse_native(text)


def test_parse_native__beyond_256_bits__refused() -> None:
    """No chain could hold it."""
    with pytest.raises(InputError):
        parse_native("1" + "0" * 70)


@pytest.mark.parametrize("text", ["1.5", "-1", "", "ten", "1" + "0" * 80])
def test_parse_tokens__no_whole_number__refused(text: str) -> None:
    """Tokens are counted in their smallest unit, which cannot be cut."""
    with pytest.raises(InputError):
        parse_tokens(text)


@pytest.mark.parametrize(
    ("text", "wei"),
    [
        ("1.5", 15 * 10**17),
        ("1.5 ether", 15 * 10**17),
        ("2eth", 2 * 10**18),
        ("3 gwei", 3 * 10**9),
        ("5000 wei", 5000),
        ("1.50", 15 * 10**17),
        ("0", 0),
    ],
)
def test_parse_native__amount__is_exact(text: str, wei: int) -> None:
    """The unit is ether unless another one is named."""
    assert parse_native(text) == wei


@given(st.integers(0, 2**256 - 1))
def test_native_text__any_amount__reads_back(wei: int) -> None:
    """What is shown is the exact amount, in a form that can be typed again."""
    assert parse_native(native_text(wei)) == wei


def test_native_text__small_amounts__are_in_wei() -> None:
    """Dust is not shown as a row of zeros."""
    assert native_text(999) == "999 wei"
    assert native_text(0) == "0 ether"


def test_bytes_and_duration_text__typical__are_short() -> None:
    """Sizes and times are rounded for people."""
    assert bytes_text(512) == "512 bytes"
    assert bytes_text(64 * 1024**2) == "64.0 MiB"
    assert bytes_text(3 * 1024**3) == "3.0 GiB"
    assert duration_text(0) == "0 s"
    assert duration_text(93_784) == "1 d 2 h"


def test_clock__before_and_after__says_how_far() -> None:
    """A moment is shown with its distance from the chain's own time."""
    assert clock(1_767_225_660, 1_767_225_600) == "2026-01-01 00:01:00 UTC, in 1 min"
    assert clock(1_767_225_600, 1_767_225_660) == "2026-01-01 00:00:00 UTC, 1 min ago"
