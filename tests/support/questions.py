"""What tests ask keepers' processes about a licence, and the nodes that these are given."""

from __future__ import annotations

from functools import partial

import pytest

from dao_backend.core.access import Decision, Denied, Reason
from dao_backend.errors import DaoError
from tests.support.anvil import Chain
from tests.support.committee import Committee, unless_silent
from tests.support.keeper_machine import Entry
from tests.support.keeper_program import eventually

SLOWER = 0.2
"""Seconds between two looks, as every node of three is asked."""


def others(chain: Chain) -> tuple[str, str]:
    """Two honest nodes: one, under two names."""
    return chain.url, chain.url.replace("127.0.0.1", "localhost")


def asks(committee: Committee, index: int, *nodes: str, entry: Entry | None = None) -> None:
    """Start a keeper again with these nodes, more than half of which have to agree."""
    committee.stop(index)
    keeper = committee.keepers[index]
    keeper.configure(rpc=nodes, agree=len(nodes) // 2 + 1, pause=SLOWER)
    committee.start(index, entry or Entry())


def next_block(committee: Committee) -> None:
    """Let something be final that no keeper has asked about yet."""
    committee.chain.time.mine(1)


def decision(committee: Committee, index: int, licence: int) -> Decision | None:
    """What a keeper says of a licence; None where it can say nothing."""
    with committee.remote(index) as keeper:
        return unless_silent(lambda: keeper.release(licence))


def reason(committee: Committee, index: int, licence: int) -> Reason | None:
    """Why it hands nothing over."""
    found = decision(committee, index, licence)
    return found.reason if isinstance(found, Denied) else None


def alarm(committee: Committee, index: int) -> str | None:
    """What alarms it."""
    return committee.status(index).alarm


def gives_nothing(committee: Committee, index: int, licence: int) -> None:
    """See that no byte of its bundle comes."""
    with pytest.raises(DaoError):
        committee.bundle(licence, index)


def recovers(committee: Committee, licence: int) -> None:
    """See that all hand over again, and that nothing alarms them."""
    for index in (1, 2, 3):
        eventually(partial(committee.hands_over, licence, index))
        eventually(lambda at=index: alarm(committee, at) is None)  # type: ignore[misc]
