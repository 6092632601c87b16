"""The service's desk with some of its parts replaced."""

from __future__ import annotations

from typing import Any

from dao_backend.core.events import Contributed
from dao_backend.service.keepers import Keepers
from dao_backend.service.submissions import SubmissionDesk
from tests.support.running_dao import RunningDao


def asked(*keepers: Any) -> Keepers:
    """These keepers, in index order, as the service asks them."""
    return Keepers(lambda seat: keepers[seat.index - 1])


def desk(dao: RunningDao, **parts: Any) -> SubmissionDesk:
    """The service's desk with some of its parts replaced."""
    system = dao.system
    own = {
        "chain": system.chain,
        "relay": system.relay,
        "blobs": system.blobs,
        "keepers": asked(*system.keepers),
        "appraiser": system.submissions._appraiser,
        "pending": system.pending,
        "index": system.index,
        "clock": lambda: 0,
    }
    return SubmissionDesk(**(own | parts))


def registrations(dao: RunningDao) -> int:
    """How many contributions the chain has."""
    return sum(isinstance(fact, Contributed) for fact in dao.dao.facts())
