"""Figures in words: durations, times, money, purposes, short forms. Pure, for people.

Times are unix seconds of chain time, money is in the smallest unit of its asset.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from urllib.parse import quote

from dao_backend.api.pages.parts import Code, Foreign, Link, Moment, Money, Number, Text
from dao_backend.core.model import NATIVE, Address, Purpose
from dao_backend.core.packing import hex_of

COIN = 10**18
"""Wei in one ether, as the native coin is counted on every chain of this kind."""
_SHOWN_DECIMALS = 6
_LAST_YEAR = 9999
_STEPS = (("year", 31_536_000), ("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1))
_SIZES = ("bytes", "KiB", "MiB", "GiB", "TiB", "PiB")

PURPOSES = {
    Purpose.TRAIN_FOUNDATION: "train foundation models",
    Purpose.FINE_TUNE: "fine-tune models",
    Purpose.EVALUATE: "evaluate models",
    Purpose.RETRIEVE: "retrieve passages while answering",
    Purpose.RESEARCH: "do research",
}


def listed(words: Sequence[str]) -> str:
    """`a, b and c`."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} and {words[-1]}"


def purposes(of: Purpose) -> str:
    """What may be done with the data, as verbs."""
    return listed([words for purpose, words in PURPOSES.items() if purpose in of]) or "nothing"


def counted(count: int, noun: str, plural: str | None = None) -> str:
    """`1 unit`, `2,000 units`."""
    return f"{count:,} {noun if count == 1 else plural or noun + 's'}"


def number(value: int) -> Number:
    """A count."""
    return Number(f"{value:,}")


def percent(part: int, whole: int) -> str:
    """A share with at most one decimal, rounded to nearest; of nothing it is 0 %."""
    if not whole:
        return "0 %"
    return f"{part * 100 / whole:.1f}".removesuffix(".0") + " %"


def basis_points(bps: int) -> str:
    """`500` as `5 %`."""
    return f"{bps / 100:.2f}".rstrip("0").rstrip(".") + " %"


def duration(seconds: int) -> str:
    """The two largest units: `1 hour 12 minutes`."""
    left, found = max(seconds, 0), list[str]()
    for name, size in _STEPS:
        count, left = divmod(left, size)
        if count:
            found.append(counted(count, name))
        elif found:
            break
        if len(found) == 2:
            break
    return " ".join(found) or "0 seconds"


def relative(time: int, now: int) -> str:
    """`in 5 minutes`, `now`, `2 days ago`."""
    if time == now:
        return "now"
    return f"in {duration(time - now)}" if time > now else f"{duration(now - time)} ago"


def moment(time: int, now: int) -> Moment:
    """A time of the chain, seen from `now`."""
    try:
        when = datetime.fromtimestamp(time, UTC)
    except (ValueError, OverflowError, OSError):
        when = datetime(_LAST_YEAR, 12, 31, 23, 59, 59, tzinfo=UTC)
    iso = when.strftime("%Y-%m-%dT%H:%M:%SZ")
    return Moment(iso, f"{when.day} {when:%B %Y, %H:%M:%S} UTC", relative(time, now))


def size(length: int) -> str:
    """`1.5 MiB`."""
    value, unit = float(length), 0
    while value >= 1024 and unit < len(_SIZES) - 1:
        value, unit = value / 1024, unit + 1
    if unit == 0:
        return counted(length, "byte")
    return f"{value:.1f}".removesuffix(".0") + f" {_SIZES[unit]}"


def money(amount: int, asset: Address) -> Money:
    """An amount for people: ether with at most six decimals, or the token's smallest units."""
    if asset != NATIVE:
        return Money(f"{amount:,} of token {asset[:6]}…{asset[-4:]}", f"{amount} of {asset}")
    exact = f"{amount} wei"
    if 0 < amount < 10 ** (18 - _SHOWN_DECIMALS):
        return Money(f"{amount:,} wei", exact)
    whole, rest = divmod(amount, COIN)
    decimals = f"{rest:018d}"
    shown = decimals[:_SHOWN_DECIMALS].rstrip("0")
    about = "≈ " if decimals[_SHOWN_DECIMALS:].strip("0") else ""
    return Money(f"{about}{whole:,}{'.' + shown if shown else ''} ether", exact)


def account(address: Address, *, member: bool = False) -> Code:
    """An account; a member's leads to its page."""
    return Code(address[:-4], address[-4:], f"/members/{address}" if member else None)


def hashed(value: bytes, href: str | None = None) -> Code:
    """A hash or key."""
    return code(hex_of(value), href)


def terms_hash(value: bytes) -> Code | Text:
    """The hash of the terms' text; zero where no text was filed."""
    return hashed(value) if any(value) else Text("none filed")


def code(text: str, href: str | None = None) -> Code:
    """Any long name whose two ends tell it apart."""
    return Code(text[:-4], text[-4:], href)


def first_line(text: str, longest: int = 90) -> str:
    """The first line with something on it, cut to `longest` characters."""
    line = next((line.strip() for line in text.splitlines() if line.strip()), "")
    return line if len(line) <= longest else line[: longest - 1].rstrip() + "…"


def collection(number: int, names: Mapping[int, str]) -> Foreign | Link:
    """The way to a collection, under its name where that is known."""
    href = f"/collections/{number}"
    name = names.get(number)
    return Link(f"collection {number}", href) if name is None else Foreign(name, href)


def following(here: str, cursor: str | None, name: str = "after") -> str | None:
    """The address of the next rows of the list at `here`, None after the last."""
    if cursor is None:
        return None
    return f"{here}{'&' if '?' in here else '?'}{name}={quote(cursor)}"
