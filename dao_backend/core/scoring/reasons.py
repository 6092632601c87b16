"""Why a score is what it is: a closed list of codes, each with sentence, weight and figures.

A member's paid bytes are its normalised bytes times the weights of all its reasons:
`paid = bytes × w₁ × … × wₙ ÷ 10,000ⁿ`, rounded down once.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from dao_backend.core.scoring.policy import WHOLE


class ReasonCode(StrEnum):
    """Every reason there is, in the order in which summaries list them."""

    EMPTY = "empty"
    BLANK = "blank"
    NOT_TEXT = "not-text"
    BINARY = "binary"
    PLAIN_TEXT = "plain-text"
    PYTHON = "python"
    PYTHON_INVALID = "python-invalid"
    TOO_DEEP = "too-deep"
    NOT_PARSED = "not-parsed"
    MOSTLY_PROSE = "mostly-prose"
    JSON = "json"
    JSON_INVALID = "json-invalid"
    TABLE = "table"
    TABLE_INVALID = "table-invalid"
    NO_HEADER = "no-header"
    LABELLED = "labelled"
    UNLABELLED = "unlabelled"
    MIXED_COLUMNS = "mixed-columns"
    SOURCE = "source"
    UNBALANCED = "unbalanced"
    MINIFIED = "minified"
    NOISE = "noise"
    REPEATED_LINES = "repeated-lines"
    REPEATS_ITSELF = "repeats-itself"
    REPEATS_OWN = "repeats-own"
    IN_POOL = "in-pool"
    RENAMED_COPY = "renamed-copy"
    LIMIT = "limit"
    AMOUNT = "amount"
    TOO_SMALL = "too-small"


@dataclass(frozen=True, slots=True)
class Figure:
    """A named whole number that a reason was computed from."""

    name: str
    value: int


@dataclass(frozen=True, slots=True)
class Reason:
    """One factor of a score: `weight` in basis points, `figures` to recompute it from."""

    code: ReasonCode
    sentence: str
    weight: int
    figures: tuple[Figure, ...] = ()

    def figure(self, name: str) -> int:
        """Value of the figure called `name`; raises KeyError where there is none."""
        for figure in self.figures:
            if figure.name == name:
                return figure.value
        raise KeyError(name)


def reason(code: ReasonCode, sentence: str, weight: int, **figures: int) -> Reason:
    """Make a reason; figures keep the order in which they are given."""
    return Reason(code, sentence, weight, tuple(Figure(*item) for item in figures.items()))


def weighted(size: int, reasons: Iterable[Reason]) -> int:
    """`size` bytes times the product of all weights, rounded down once."""
    numerator, denominator = size, 1
    for item in reasons:
        numerator *= item.weight
        denominator *= WHOLE
    return numerator // denominator


def percent(share: int) -> str:
    """Basis points as people read them: 1250 → `12.5 %`."""
    tenths = share // 10
    return f"{tenths // 10} %" if tenths % 10 == 0 else f"{tenths // 10}.{tenths % 10} %"
