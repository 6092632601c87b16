"""The chain's whole log, folded and held against the registry's history head."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dao_backend.cli.session import Session

if TYPE_CHECKING:
    from dao_backend.core.state import State


@dataclass(frozen=True, slots=True)
class Log:
    """What the log says."""

    state: State
    formed: Mapping[int, int]
    """Chain time at which the committee of each epoch was formed."""


def chain_log(session: Session) -> Log:
    """Everything up to now; HistoryMismatch where the node left events out."""
    from dao_backend.core.events import CommitteeFormed
    from dao_backend.core.history import require_history
    from dao_backend.core.ledger import fold
    from dao_backend.core.state import State

    chain = session.client.chain
    session.screen.say("Reading the chain's log …")
    head = chain.head().number
    events = chain.logs(chain.addresses.first_block, head)
    state = fold(State(), events)
    require_history(state.history_head, state.history_count, *chain.history(head))
    formed = {
        event.fact.epoch: event.timestamp
        for event in events
        if isinstance(event.fact, CommitteeFormed)
    }
    return Log(state, formed)
