"""Which blocks several nodes agree on: the head, the newest final one, and one by its number.

A height counts once k nodes have it: fewer than k that lie can neither push it beyond what an
honest node has, nor, among k honest ones, hold it back below all of them.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeVar

from dao_backend.chain import headers
from dao_backend.chain.headers import Header
from dao_backend.chain.node import LATEST, Node
from dao_backend.chain.panel import Member, Panel, count, values
from dao_backend.core.deployment import Finality
from dao_backend.errors import ChainUnavailable, NodesDisagree, NotFound

T = TypeVar("T")
KEPT = 512
"""Final headers that are remembered, and no answer about a block longer than its header: a keeper
may take minutes from its first question about one to the proofs that it holds the answers to."""


@dataclass(frozen=True, slots=True)
class _Named:
    """What a node calls final, with the headers that came along."""

    number: int
    header: Header | None
    head: Header


class Heights:
    """Blocks of one chain as `agree` nodes of a panel show them."""

    def __init__(
        self,
        panel: Panel,
        agree: int,
        finality: Finality | None,
        clock: Callable[[], float] | None,
    ) -> None:
        self._panel = panel
        self._agree = agree
        self._finality = finality
        self._clock = clock
        self._final = -1
        self._headers: dict[int, Header] = {}
        self._lock = threading.Lock()

    def is_final(self, number: int) -> bool:
        """Whether `finalized` has answered this block or a later one."""
        return number <= self._final

    def known(self, number: int) -> Header | None:
        """A header that `finalized` has answered lately."""
        return self._headers.get(number)

    def showing(self, number: int) -> tuple[Member, ...]:
        """The nodes that have a say about a final block: they have given it, or a later one."""
        return tuple(member for member in self._panel.members if member.shown >= number)

    def head(self) -> Header:
        """The newest block that k nodes have; Divided where they have different ones there."""
        given = values(self._panel.ask(lambda member: _header(member.node, LATEST)), self._agree)
        heads = {id(member): header for member, header in given}
        number = self._kth([header.number for _, header in given])
        self._require_timely([header.timestamp for _, header in given])

        def shown(member: Member) -> Header:
            head = heads[id(member)]
            return head if head.number == number else _numbered(member.node, number)

        return count(self._panel.ask(shown, [member for member, _ in given]), self._agree)

    def finalized(self) -> Header:
        """The newest block that k nodes call final, as k nodes show it; Divided."""
        given = values(self._panel.ask(self._named), self._agree)
        named = {id(member): found for member, found in given}
        number = self._kth([found.number for _, found in given])
        self._require_timely([found.head.timestamp for _, found in given])

        def shown(member: Member) -> Header:
            found = named[id(member)]
            same = found.header is not None and found.number == number
            return found.header if same and found.header else _numbered(member.node, number)

        replies = self._panel.ask(shown, [member for member, _ in given])
        agreed = count(replies, self._agree)
        for reply in replies:
            if reply.outcome == agreed:
                reply.member.shown = max(reply.member.shown, number)
        self._remember(agreed)
        return agreed

    def header(self, number: int) -> Header:
        """The block at a height; Divided. NotFound where no node has come so far."""
        among = self.showing(number) if self.is_final(number) else None
        replies = self._panel.ask(lambda member: _numbered(member.node, number), among)
        if all(isinstance(reply.outcome, _Missing) for reply in replies):
            raise NotFound(f"the chain has no block {number}")
        return count(replies, self._agree)

    def _named(self, member: Member) -> _Named:
        node = member.node
        head = _header(node, LATEST) if self._needs_head(node) else None
        confirmations = self._confirmations(node)
        if head is not None and confirmations is not None:
            number = max(0, head.number - confirmations)
            return _Named(number, None, head)
        final = _header(node, "finalized")
        return _Named(final.number, final, head or final)

    def _needs_head(self, node: Node) -> bool:
        bounded = self._finality is not None and self._clock is not None
        return bounded or self._confirmations(node) is not None

    def _confirmations(self, node: Node) -> int | None:
        return node.confirmations if self._finality is None else self._finality.confirmations

    def _kth(self, found: list[int]) -> int:
        return sorted(found, reverse=True)[self._agree - 1]

    def _remember(self, header: Header) -> None:
        with self._lock:
            self._headers.pop(header.number, None)
            self._headers[header.number] = header
            for number in list(self._headers)[:-KEPT]:
                del self._headers[number]
            self._final = max(self._final, header.number)

    def _require_timely(self, heads: list[int]) -> None:
        """The k-th newest head must be neither too old nor too far ahead of this machine."""
        if self._finality is None or self._clock is None:
            return
        head, now = self._kth(heads), int(self._clock())
        bounds = self._finality
        if head < now - bounds.header_max_age:
            raise ChainUnavailable(_untimely(head, now, "the node stands still"))
        if head > now + bounds.header_max_ahead:
            raise ChainUnavailable(_untimely(head, now, "the node is wrong about the time"))


class _Missing(ChainUnavailable):
    """A node that has not come so far is no liar: it is silent."""


def _numbered(node: Node, number: int) -> Header:
    found = _header(node, number)
    if found.number != number:
        raise NodesDisagree(f"asked for block {number}, it gives block {found.number}")
    return found


def _header(node: Node, where: int | str) -> Header:
    try:
        return headers.header(node.header(where))
    except NotFound as error:
        raise _Missing(str(error)) from error


def _untimely(head: int, now: int, cause: str) -> str:
    return (
        f"the newest block is of {_utc(head)}, this machine's clock says {_utc(now)}: "
        f"{cause}, or this machine's clock is wrong"
    )


def _utc(timestamp: int) -> str:
    try:
        return f"{datetime.fromtimestamp(timestamp, UTC):%Y-%m-%d %H:%M:%S} UTC"
    except (OSError, OverflowError, ValueError):
        return f"second {timestamp}"
