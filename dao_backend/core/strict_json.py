"""JSON that somebody else wrote, read field by field: a value of the stated type, or InputError.

Bytes are 0x and lower-case hexadecimal digits. Whole numbers of at most 53 bits are JSON numbers,
those of wider types decimal text, as JavaScript would round them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NoReturn

from dao_backend.core.model import require_bytes
from dao_backend.core.packing import bytes_of, hex_of
from dao_backend.core.typed import JSON_SAFE_BITS
from dao_backend.errors import InputError

_DECIMAL = re.compile(r"[0-9]{1,78}", re.ASCII)
LONGEST = 2_000
"""Most characters of a text for people."""


def json_in(body: bytes, brackets: int) -> Any:  # noqa: ANN401 - JSON has no narrower type
    """What JSON bytes say; InputError unless they are JSON with at most `brackets` opening ones.

    The parser recurses: without a bound, a short body could use up the stack.
    """
    if body.count(b"[") + body.count(b"{") > brackets:
        raise InputError("the JSON has too many lists and objects in it")
    try:
        return json.loads(body, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise InputError("this is no JSON") from error


@contextmanager
def reading(what: str) -> Iterator[None]:
    """Turn whatever a malformed value makes Python say into InputError."""
    try:
        yield
    except (KeyError, TypeError, ValueError, OverflowError, AttributeError) as error:
        raise InputError(f"this is no {what}: {error}") from error


def whole(value: object, bits: int) -> int:
    """An unsigned integer of a type that is `bits` wide."""
    if bits > JSON_SAFE_BITS:
        right = isinstance(value, str) and _DECIMAL.fullmatch(value) is not None
    else:
        right = isinstance(value, int) and not isinstance(value, bool)
    if not right:
        raise InputError(f"{type(value).__name__} is no whole number of {bits} bits")
    number = int(str(value))
    if not 0 <= number < 1 << bits:
        raise InputError(f"a number does not fit {bits} bits")
    return number


def octets(value: object, length: int | None = None) -> bytes:
    """Bytes, exactly `length` of them where that is given."""
    found = bytes_of(text(value, None))
    if length is not None:
        require_bytes("a field", found, length)
    return found


def words(value: object) -> tuple[bytes, ...]:
    """A list of 32 bytes each."""
    return tuple(octets(each, 32) for each in items(value))


def items(value: object) -> list[Any]:
    """A list of anything."""
    if not isinstance(value, list):
        raise InputError(f"{type(value).__name__} is no list")
    return value


def text(value: object, longest: int | None = LONGEST) -> str:
    """Text, at most `longest` characters of it."""
    if not isinstance(value, str) or (longest is not None and len(value) > longest):
        raise InputError(f"{type(value).__name__} is no text, or a very long one")
    return value


def flag(value: object) -> bool:
    """True or false."""
    if not isinstance(value, bool):
        raise InputError(f"{type(value).__name__} is neither true nor false")
    return value


def hexes(values: Sequence[bytes]) -> list[str]:
    """The other way: a list of bytes, ready for `json.dumps`."""
    return [hex_of(each) for each in values]


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")
