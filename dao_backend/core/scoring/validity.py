"""Chooses the check for each kind of member, and holds back what has to be judged in one piece."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, assert_never

from dao_backend.core.scoring.json_text import JsonLinesCheck, judge_json
from dao_backend.core.scoring.kinds import Kind
from dao_backend.core.scoring.policy import Policy
from dao_backend.core.scoring.python_source import ParseBudget, judge_python
from dao_backend.core.scoring.reasons import Reason, ReasonCode, reason
from dao_backend.core.scoring.source_text import judge_source
from dao_backend.core.scoring.table import TableCheck


class Check(Protocol):
    """Watches the lines of one member and says at the end how valid it is."""

    def feed(self, lines: list[bytes]) -> None:
        """Take whole lines, without their ends."""

    def finish(self) -> list[Reason]:
        """The reasons, one at least."""


def check_for(kind: Kind, policy: Policy, budget: ParseBudget) -> Check:
    """A fresh check for one member of this kind."""
    match kind:
        case Kind.PYTHON:
            return _WholeFile(policy, lambda text: [judge_python(text, policy, budget)])
        case Kind.JSON:
            return _WholeFile(policy, lambda text: [judge_json(text, policy)])
        case Kind.SOURCE:
            return _WholeFile(policy, lambda text: judge_source(text, policy))
        case Kind.JSON_LINES:
            return JsonLinesCheck(policy)
        case Kind.TABLE:
            return TableCheck(policy)
        case Kind.TEXT:
            return _Fixed(reason(ReasonCode.PLAIN_TEXT, "is plain text", policy.weight_text))
        case Kind.BINARY:
            sentence = "is binary, which cannot be judged"
            return _Fixed(reason(ReasonCode.BINARY, sentence, policy.weight_binary))
    assert_never(kind)


class _Fixed:
    """A verdict that needs no look at the content."""

    def __init__(self, verdict: Reason) -> None:
        self._verdict = verdict

    def feed(self, lines: list[bytes]) -> None:
        """Nothing to look at."""

    def finish(self) -> list[Reason]:
        """The verdict."""
        return [self._verdict]


class _WholeFile:
    """Gathers a file up to the size that is parsed; above that it counts as text."""

    def __init__(self, policy: Policy, judge: Callable[[bytes], list[Reason]]) -> None:
        self._policy = policy
        self._judge = judge
        self._lines: list[bytes] = []
        self._size = 0

    def feed(self, lines: list[bytes]) -> None:
        """Keep the lines while the file may still be parsed."""
        self._size += sum(map(len, lines)) + len(lines)
        if self._size <= self._policy.max_parse_bytes:
            self._lines += lines
        else:
            self._lines.clear()

    def finish(self) -> list[Reason]:
        """The judge's reasons, or that the file is too large for it."""
        most = self._policy.max_parse_bytes
        if self._size <= most:
            return self._judge(b"\n".join(self._lines))
        sentence = "is larger than what is parsed, so it counts as text; split it to be parsed"
        weight = self._policy.weight_text
        return [reason(ReasonCode.NOT_PARSED, sentence, weight, bytes=self._size, most_bytes=most)]
