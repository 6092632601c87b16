"""Bounds that settings keep, each refusal saying which values there are."""

from __future__ import annotations

from collections.abc import Iterable

from dao_backend.errors import InputError

MINUTE = 60
HOUR = 60 * MINUTE
DAY = 24 * HOUR


def within(name: str, value: int, low: int, high: int) -> int:
    """Give `value` back; raise InputError that names the bounds unless it lies between them."""
    if not low <= value <= high:
        raise InputError(f"{name} is {value}: choose a value from {low} to {high}")
    return value


def distinct(name: str, values: Iterable[object]) -> None:
    """Raise InputError when one of `values` is listed twice."""
    listed = list(values)
    for value in listed:
        if listed.count(value) > 1:
            raise InputError(f"{name} {value!r} is listed twice: remove one of them")
