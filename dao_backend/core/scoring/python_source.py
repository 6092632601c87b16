"""Judges Python source: it must parse, and hold code rather than prose.

The parser is only given what it can take: bounded size and tokens, and with them bounded memory and
stack. CPython's own limits (200 open brackets, 100 indents, its recursion guard) end most hostile
nesting with an exception; any tree deeper than the policy's limit, far below those, is refused, so
that every machine says the same.
The grammar is that of Python 3.11, whichever interpreter runs.
"""

from __future__ import annotations

import ast
import operator
import threading
import warnings
from collections.abc import Callable

from dao_backend.core.scoring.normalise import normalised
from dao_backend.core.scoring.policy import Policy
from dao_backend.core.scoring.reasons import Reason, ReasonCode, reason

_GRAMMAR = (3, 11)
_QUIET = threading.Lock()
"""Changing the warning filters is not thread-safe."""
_WORD_BYTES = bytes(
    code for code in range(256) if code >= 128 or chr(code).isalnum() or code in b"_ \t\n"
)
_WITHOUT_NODES = {
    *("ctx", "op", "ops", "id", "attr", "arg", "name", "names", "kind", "module", "level"),
    *("type_comment", "is_async", "simple", "conversion"),
}
"""Fields that hold words, numbers or operators."""


class ParseBudget:
    """Bytes of Python source that may still be parsed in this submission."""

    def __init__(self, limit: int) -> None:
        self._left = limit

    def take(self, size: int) -> bool:
        """Use `size` bytes up; False, and nothing is used, where so many are not left."""
        if size > self._left:
            return False
        self._left -= size
        return True


def judge_python(source: bytes, policy: Policy, budget: ParseBudget) -> Reason:
    """Judge a whole file, given as UTF-8."""
    tokens = count_tokens(source)
    if tokens > policy.max_python_tokens or not budget.take(len(source)):
        return reason(
            ReasonCode.NOT_PARSED,
            "is more Python than is parsed at a time, so it counts as text; split it to be parsed",
            policy.weight_text,
            tokens=tokens,
            most_tokens=policy.max_python_tokens,
            most_bytes_of_all=policy.max_python_bytes,
        )
    try:
        tree = parse(source.decode())
    except (RecursionError, MemoryError):
        return _too_deep(policy)
    except (SyntaxError, ValueError) as error:
        line = (error.lineno or 0) if isinstance(error, SyntaxError) else 0
        return reason(
            ReasonCode.PYTHON_INVALID, f"does not parse as Python 3.11 (line {line})", 0, line=line
        )
    depth, nodes = measure(tree, policy.max_nesting)
    return _too_deep(policy) if depth > policy.max_nesting else _substance(nodes, source, policy)


def _too_deep(policy: Policy) -> Reason:
    sentence = f"nests deeper than {policy.max_nesting} levels"
    return reason(ReasonCode.TOO_DEEP, sentence, 0, most_levels=policy.max_nesting)


def _substance(nodes: int, source: bytes, policy: Policy) -> Reason:
    size = sum(map(len, normalised(source.split(b"\n"))))
    if nodes * policy.min_bytes_of_code < size:
        sentence = "parses as Python but is mostly comments or literal text, so it counts as text"
        code, weight = ReasonCode.MOSTLY_PROSE, policy.weight_text
    else:
        sentence, code, weight = "parses as Python 3.11", ReasonCode.PYTHON, policy.weight_python
    return reason(code, sentence, weight, syntax_nodes=nodes, bytes=size)


def count_tokens(source: bytes) -> int:
    """An upper estimate of tokens, at the speed of memory: words, and every other visible byte."""
    return len(source.translate(None, _WORD_BYTES)) + len(source.split())


def parse(text: str) -> ast.Module:
    """Parse with the policy's grammar, silent about dubious escapes whatever `-W` says.

    Raises SyntaxError, ValueError, RecursionError or MemoryError.
    """
    with _QUIET, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ast.parse(text, feature_version=_GRAMMAR)


def measure(tree: ast.AST, limit: int) -> tuple[int, int]:
    """Depth and number of nodes, level by level without recursion; stops one level past `limit`.

    Names and literals are counted but not looked into: nothing is below them.
    """
    level: list[ast.AST] = [tree]
    depth = nodes = 0
    while level and depth <= limit:
        depth += 1
        nodes += len(level)
        below: list[object] = []
        for node in level:
            for value in _CHILDREN[type(node)](node):
                if type(value) is list:
                    below += value
                else:
                    below.append(value)
        level = [item for item in below if isinstance(item, ast.AST)]
    return depth, nodes


def _children_of(kind: type[ast.AST]) -> Callable[[ast.AST], tuple[object, ...]]:
    names = [name for name in kind._fields if name not in _WITHOUT_NODES]
    match names:
        case ["value"] if kind is ast.Constant:
            return lambda _: ()
        case []:
            return lambda _: ()
        case [only]:
            return lambda node: (getattr(node, only, None),)
        case _:
            return operator.attrgetter(*names)


_CHILDREN = {
    kind: _children_of(kind)
    for kind in vars(ast).values()
    if isinstance(kind, type) and issubclass(kind, ast.AST)
}
"""How to reach the children of each class of node."""
