"""Judges JSON and JSON Lines: they must parse, within a stated nesting.

Numbers are checked for form and never converted, so a number of a million digits costs nothing.
"""

from __future__ import annotations

import json
import re
from itertools import accumulate

from dao_backend.core.scoring.policy import Policy
from dao_backend.core.scoring.reasons import Reason, ReasonCode, reason

_STRING = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"?+', re.DOTALL)
_NOT_BRACKETS = bytes(code for code in range(256) if code not in b"[]{}")
_STEP = {ord("["): 1, ord("{"): 1, ord("]"): -1, ord("}"): -1}


def judge_json(text: bytes, policy: Policy) -> Reason:
    """Judge one JSON document."""
    depth = nesting(text)
    if depth > policy.max_nesting:
        sentence = f"nests deeper than {policy.max_nesting} levels"
        return reason(
            ReasonCode.TOO_DEEP, sentence, 0, levels=depth, most_levels=policy.max_nesting
        )
    try:
        _parse(text)
    except ValueError as error:
        line = error.lineno if isinstance(error, json.JSONDecodeError) else 0
        return reason(
            ReasonCode.JSON_INVALID, f"does not parse as JSON (line {line})", 0, line=line
        )
    return reason(ReasonCode.JSON, "parses as JSON", policy.weight_json, levels=depth)


class JsonLinesCheck:
    """Takes the lines of a JSON Lines file; every line that is not empty is one document."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self._fault: Reason | None = None
        self._line = 0
        self._documents = 0

    def feed(self, lines: list[bytes]) -> None:
        """Take whole lines."""
        for line in lines:
            if self._fault:
                return
            self._line += 1
            if line.strip():
                self._documents += 1
                self._one(line)

    def _one(self, line: bytes) -> None:
        verdict = judge_json(line, self._policy)
        if not verdict.weight:
            sentence = f"line {self._line} {verdict.sentence}"
            self._fault = reason(verdict.code, sentence, 0, line=self._line)

    def finish(self) -> list[Reason]:
        """One reason: the first fault, or the number of documents."""
        sentence = "every line parses as JSON"
        weight = self._policy.weight_json
        good = reason(ReasonCode.JSON, sentence, weight, documents=self._documents)
        return [self._fault or good]


def nesting(text: bytes) -> int:
    """Greatest number of brackets open at once, strings left out."""
    brackets = _STRING.sub(b"", text).translate(None, _NOT_BRACKETS)
    return max(accumulate(map(_STEP.__getitem__, brackets)), default=0)


def _parse(text: bytes) -> None:
    json.loads(text.decode(), parse_int=len, parse_float=len, parse_constant=_refuse)


def _refuse(name: str) -> None:
    raise ValueError(f"{name} is not JSON")
