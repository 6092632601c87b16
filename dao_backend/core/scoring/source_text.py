"""Judges source code in languages with braces (Solidity, JavaScript, C …) without their parsers.

Comments and strings are left out; then every bracket must close the one opened last, lines must be
of a length that people write, and something other than comments must remain.
"""

from __future__ import annotations

import re

from dao_backend.core.scoring.policy import WHOLE, Policy
from dao_backend.core.scoring.reasons import Reason, ReasonCode, reason

_ASIDE = re.compile(
    rb"//[^\n]*+"
    rb"|/\*(?:.*?\*/|.*+)"
    rb'|"[^"\\\n]*+(?:\\.[^"\\\n]*+)*+"?+'
    rb"|'[^'\\\n]*+(?:\\.[^'\\\n]*+)*+'?+"
    rb"|`[^`\\]*+(?:\\.[^`\\]*+)*+`?+",
    re.DOTALL,
)
_NOT_BRACKETS = bytes(code for code in range(256) if code not in b"()[]{}")
_BLANKS = b" \t\n\r\f\v"
_OPENED_BY = {ord(")"): ord("("), ord("]"): ord("["), ord("}"): ord("{")}
_LONG_LINE = 500
_LEAST_CODE = 1_000
"""Share of the bytes that must be neither comment nor string."""


def judge_source(text: bytes, policy: Policy) -> list[Reason]:
    """Judge a whole file; reasons for its brackets and, where it is so, for being minified."""
    code = _ASIDE.sub(b" ", text)
    visible, of_code = _visible(text), _visible(code)
    if of_code * WHOLE < visible * _LEAST_CODE:
        sentence = "is mostly comments or strings, so it counts as text"
        weight = policy.weight_text
        return [
            reason(ReasonCode.MOSTLY_PROSE, sentence, weight, bytes=visible, code_bytes=of_code)
        ]
    return [_brackets(code, policy), *_minified(text, policy)]


def _visible(text: bytes) -> int:
    return len(text.translate(None, _BLANKS))


def _brackets(code: bytes, policy: Policy) -> Reason:
    brackets = code.translate(None, _NOT_BRACKETS)
    wrong = first_unbalanced(brackets)
    if wrong is None:
        sentence, weight = "is source code whose brackets balance", policy.weight_source
        return reason(ReasonCode.SOURCE, sentence, weight, brackets=len(brackets))
    sentence = f"has brackets that do not balance (bracket {wrong} of {len(brackets)})"
    weight = policy.weight_unbalanced
    return reason(ReasonCode.UNBALANCED, sentence, weight, bracket=wrong, brackets=len(brackets))


def first_unbalanced(brackets: bytes) -> int | None:
    """Number, from 1, of the first bracket without its partner; None if all match."""
    opened: list[tuple[int, int]] = []
    for number, bracket in enumerate(brackets, 1):
        if bracket not in _OPENED_BY:
            opened.append((bracket, number))
        elif not opened or opened.pop()[0] != _OPENED_BY[bracket]:
            return number
    return opened[-1][1] if opened else None


def _minified(text: bytes, policy: Policy) -> list[Reason]:
    lines = text.split(b"\n")
    long = sum(len(line) for line in lines if len(line) > _LONG_LINE)
    if long * 2 <= len(text):
        return []
    sentence = f"is minified: most of it stands in lines above {_LONG_LINE} bytes"
    weight = policy.weight_minified
    return [
        reason(ReasonCode.MINIFIED, sentence, weight, bytes=len(text), bytes_in_long_lines=long)
    ]
