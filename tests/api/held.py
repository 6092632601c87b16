"""Contributions of whose content there is nothing, with shares that every keeper holds."""

from __future__ import annotations

from dao_backend.core.events import Contributed
from dao_backend.ports.custody import StoredShare
from tests.support.core_actors import sealing_secret
from tests.support.stand import Stand


def register(stand: Stand, number: int) -> None:
    """Register contribution `number`, so that keepers attest an edition with it."""
    sent = stand.dao.register(number)
    (record,) = (each.fact.record for each in sent.events if isinstance(each.fact, Contributed))
    for keeper in stand.keepers:
        key = sealing_secret(1, keeper.index).public
        share = StoredShare(record, (bytes(32),) * 3, bytes(129), bytes(65), key)
        keeper._office.custody.add(share)
