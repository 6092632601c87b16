"""A DAO with a guardian, and the guardian's verbs."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from tests.contracts.dao import DAY, Dao
from tests.contracts.desk_stand import appoint
from tests.contracts.votes import VoteHelper

if TYPE_CHECKING:
    from ape.api import AccountAPI, ReceiptAPI

MANDATE = 365 * DAY
"""What `appoint` gives, from its proposal on."""
MAX_PAUSE = 7 * DAY
BETWEEN = 37 * DAY
"""From the begin of a pause to the begin of the next, at least."""


def found(dao: Dao, members: Iterable[AccountAPI], guardian: AccountAPI) -> None:
    """Give each member 300 units and the council its guardian, by the votes of the first."""
    first, *_ = members = list(members)
    for member in members:
        dao.contribute(member, 300)
    dao.publish()
    appoint(dao, first, guardian)


def cancel(vote: VoteHelper, sender: AccountAPI) -> ReceiptAPI:
    """Have the council cancel a proposal."""
    return vote.dao.council.cancel(*vote._arguments(), sender=sender)


def brake(dao: Dao, guardian: AccountAPI, duration: int = MAX_PAUSE) -> int:
    """Pause; give the first second in which everything works again."""
    dao.council.pause(duration, sender=guardian)
    return int(dao.council.lastPause().until)
