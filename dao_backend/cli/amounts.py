"""Money as people write and read it: `1.5` or `1.5 ether`, `5000 wei`; always exact, never a float.

Assets other than the native coin are counted in their smallest unit, because what a token calls
one whole is its own affair.
"""

from __future__ import annotations

import re
from decimal import Decimal

from dao_backend.errors import InputError

DECIMALS = 18
"""Digits of the native coin."""
_UNITS = {"": DECIMALS, "ether": DECIMALS, "eth": DECIMALS, "gwei": 9, "wei": 0}
_AMOUNT = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*([A-Za-z]*)")
_READABLE = 10**12
"""From so many wei on, an amount is shown in ether."""
_MAX = 2**256 - 1


def parse_native(text: str) -> int:
    """Wei of an amount of native coin; InputError."""
    found = _AMOUNT.fullmatch(text.strip())
    unit = found[2].lower() if found else ""
    if found is None or unit not in _UNITS:
        raise InputError(f"{text!r} is no amount: write 1.5 (ether) or 5000 wei")
    wei = _exact(found[1], _UNITS[unit])
    if wei is None:
        raise InputError(f"{text!r} has more digits than its unit")
    return wei


def parse_tokens(text: str) -> int:
    """Smallest units of an ERC-20 token; InputError."""
    wanted = text.strip()
    if not re.fullmatch(r"[0-9]+", wanted) or int(wanted) > _MAX:
        raise InputError(f"{text!r} is no whole number of the token's smallest units")
    return int(wanted)


def native_text(wei: int) -> str:
    """An amount of native coin with its unit, exact."""
    if wei and wei < _READABLE:
        return f"{wei} wei"
    whole, part = divmod(wei, 10**DECIMALS)
    digits = f"{part:0{DECIMALS}}".rstrip("0")
    return f"{whole}.{digits} ether" if digits else f"{whole} ether"


def bytes_text(count: int) -> str:
    """A size in bytes, rounded for people."""
    size = Decimal(count)
    for unit in ("bytes", "KiB", "MiB"):
        if size < 1024:
            return f"{count} bytes" if unit == "bytes" else f"{size:.1f} {unit}"
        size /= 1024
    return f"{size:.1f} GiB"


def duration_text(seconds: int) -> str:
    """A length of time in its two largest units."""
    parts = []
    for name, length in (("d", 86400), ("h", 3600), ("min", 60), ("s", 1)):
        count, seconds = divmod(seconds, length)
        if count:
            parts.append(f"{count} {name}")
    return " ".join(parts[:2]) or "0 s"


def _exact(number: str, digits: int) -> int | None:
    """`number` × 10^`digits`, None where that is no whole number that fits 256 bits."""
    whole, _, part = number.partition(".")
    part = part.rstrip("0")
    if len(part) > digits:
        return None
    value = int(whole + part.ljust(digits, "0"))
    return value if value <= _MAX else None
