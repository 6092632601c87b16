"""A keeper's own view of the chain, at finality, checked against the registry's history head.

Nothing is taken from the service's index. A node that leaves out an event, or changes one, cannot
produce the history head that the contract states, and the view does not move.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass

from dao_backend.core import manifest
from dao_backend.core.history import require_history
from dao_backend.core.ledger import fold
from dao_backend.core.manifest import Manifest
from dao_backend.core.model import Edition
from dao_backend.core.state import State
from dao_backend.errors import ChainUnavailable, HistoryMismatch, ManifestMismatch, NotFound
from dao_backend.ports.chain import Block, ChainReader


@dataclass(frozen=True, slots=True)
class FinalView:
    """What the log said up to a finalized block; checked against the head the registry states."""

    block: Block | None
    """The newest block folded in, None before the first."""
    state: State


class FinalLedger:
    """Keeps the newest checked view. Raises ChainUnavailable, WrongNetwork, HistoryMismatch."""

    def __init__(self, chain: ChainReader) -> None:
        self._chain = chain
        self._lock = threading.Lock()
        self._view = FinalView(None, State())
        self._doubted = False

    @property
    def view(self) -> FinalView:
        """The newest view that was checked."""
        return self._view

    def refresh(self) -> FinalView:
        """Read on to the finalized block; the view moves as a whole or not at all.

        HistoryMismatch where the log does not fold to the stated head, or where a block that was
        final before is another one now.
        """
        with self._lock:
            known, final = self._view.block, self._chain.finalized()
            first, state = self._chain.addresses.first_block, State()
            if known is not None:
                self._require_same_past(known)
                if not self._doubted:
                    first, state = known.number + 1, self._view.state
            if final.number >= first:
                state = fold(state, self._chain.logs(first, final.number))
                require_history(
                    state.history_head, state.history_count, *self._chain.history(final.number)
                )
                self._view, self._doubted = FinalView(final, state), False
            return self._view

    def distrust(self) -> None:
        """Read the whole log anew at the next refresh: something in it was not as the chain says.

        The history head covers contributions alone; other events can be left out unnoticed.
        """
        self._doubted = True

    def _require_same_past(self, known: Block) -> None:
        try:
            found = self._chain.block(known.number)
        except NotFound as error:
            raise ChainUnavailable(
                f"the node has no block {known.number}, which was final: it is far behind"
            ) from error
        if found.hash != known.hash:
            raise HistoryMismatch(f"block {known.number} was final and has another hash now")


def manifest_of(chain: ChainReader, view: FinalView, edition: Edition) -> Manifest:
    """The manifest of a sealed edition; ManifestMismatch if it is not what was sealed.

    `edition` is the contract's word at the view's block; the log must have sealed the same.
    """
    if view.state.editions.get(edition.edition_id) != edition:
        raise ManifestMismatch(f"the log does not seal edition {edition.edition_id} like that")
    where = chain.addresses
    built = manifest.build(
        where.chain_id,
        where.registry,
        edition.collection,
        edition.history_count,
        view.state.contributions.values(),
    )
    manifest.check_edition(built, edition)
    return built
