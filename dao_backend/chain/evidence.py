"""Proofs of what was stated at final blocks, and the contradictions that are not settled yet."""

from __future__ import annotations

import threading

import structlog

from dao_backend.chain.headers import Header
from dao_backend.chain.heights import Heights
from dao_backend.chain.panel import Panel, refuse_lies
from dao_backend.chain.proofs import mismatches
from dao_backend.chain.slots import Claim

Subject = int | tuple[int, ...]
"""The licence that something was stated of; or the editions, where the log itself was."""
_KEPT = 256
"""Statements found true that are remembered; the oldest go first."""
log = structlog.get_logger()


class Evidence:
    """What the nodes of a panel prove below the agreed headers."""

    def __init__(self, panel: Panel, heights: Heights) -> None:
        self._panel = panel
        self._heights = heights
        self._contradicted: dict[Subject, str] = {}
        self._upheld: dict[tuple[bytes, tuple[Claim, ...]], None] = {}
        self._lock = threading.Lock()
        self._proves: bool | None = None

    @property
    def proves(self) -> bool | None:
        """Whether the nodes served proofs when last asked; None before."""
        return self._proves

    @property
    def sentence(self) -> str | None:
        """What was contradicted last, None where everything is settled."""
        return next(iter(self._contradicted.values()), None)

    @property
    def subjects(self) -> tuple[Subject, ...]:
        """What the unsettled contradictions are about."""
        return tuple(self._contradicted)

    def mismatches(self, header: Header, stated: tuple[Claim, ...]) -> tuple[str, ...]:
        """What is proven otherwise than stated; one valid proof suffices.

        What was proven once is not asked again: nothing below a state root changes. Raises
        NodesDisagree where a proof does not lead to the state root.
        """
        if (header.hash, stated) in self._upheld:
            return ()
        among = self._heights.showing(header.number)
        replies = self._panel.ask(
            lambda member: mismatches(member.node, header, stated), among or None
        )
        refuse_lies(replies)
        proofs = [reply.outcome for reply in replies if isinstance(reply.outcome, tuple)]
        self._proves = bool(proofs)
        found = tuple(dict.fromkeys(sentence for proof in proofs for sentence in proof))
        if proofs and not found:
            self._uphold(header.hash, stated)
        return found

    def note(self, subject: Subject, block: int, found: tuple[str, ...]) -> None:
        """Keep what was found of a subject in mind, or that nothing is contradicted any more."""
        self._contradicted.pop(subject, None)
        if found:
            self._contradicted[subject] = f"{about(subject, block)}: {'; '.join(found)}"
            log.error("nodes.contradicted", about=words(subject), block=block, proven=found)

    def _uphold(self, block_hash: bytes, stated: tuple[Claim, ...]) -> None:
        with self._lock:
            self._upheld[block_hash, stated] = None
            for oldest in list(self._upheld)[:-_KEPT]:
                del self._upheld[oldest]


def about(subject: Subject, block: int) -> str:
    """What is asked for of a subject."""
    return f"the proofs about {words(subject)} at block {block}"


def words(subject: Subject) -> str:
    """The subject's name."""
    if isinstance(subject, int):
        return f"licence {subject}"
    return f"the log with editions {', '.join(map(str, subject))}" if subject else "the log"
