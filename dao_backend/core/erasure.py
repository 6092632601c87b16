"""When a keeper may erase its share of a contribution, decided from the final log alone.

    withdrawn ──► in no edition to come ──► not in the newest one ──► no licence awaits it ──► erase

Grants are made on a collection's newest edition alone, attested or not: an older one is sold no
more. An edition describes the end of a second, and one that is sealed later in a second may still
list what was withdrawn in it: only what was withdrawn before the final block's own second counts.
A licence awaits delivery until its time for that is over, suspended or not, or until enough
receipts are final and this keeper's own is among them: its bundle then holds the share, sealed to a
release key that can be rotated no more.
What may be erased once may be erased ever after: no later block can need the share again.
"""

from __future__ import annotations

from dataclasses import dataclass

from dao_backend.core.model import Address, Contribution, Edition, RequestStatus
from dao_backend.core.seats import newest_epoch
from dao_backend.core.state import State

_OVER = (RequestStatus.CANCELLED, RequestStatus.REFUNDED)


@dataclass(frozen=True, slots=True)
class Needs:
    """What shares are still needed for, as of one final block."""

    settled: int
    """Changes of the history that every edition from now on takes into account."""
    editions: frozenset[Edition]
    """Those that can be sold, and those that a licence awaits this keeper's bundle of."""


def needs(state: State, settled: int, now: int, keeper: int) -> Needs:
    """What keeper `keeper`'s shares are needed for, as of the final `state` at the time `now`."""
    newest = {each.collection: each for _, each in sorted(state.editions.items())}
    awaited = {
        state.editions[delivery.edition_id]
        for licence_id, delivery in state.deliveries.items()
        if _awaited(state, licence_id, now, keeper)
    }
    return Needs(settled, frozenset(newest.values()) | awaited)


def is_erasable(found: Contribution, needed: Needs) -> bool:
    """Whether nothing needs the share of a contribution any more."""
    gone = found.withdrawn_at
    if gone is None or gone > needed.settled:
        return False
    return not any(_holds(edition, found, gone) for edition in needed.editions)


def is_succeeded(state: State, now: int, keeper: int, operator: Address) -> bool:
    """Whether another operator sits at index `keeper` now and holds all shares of it.

    Its committee serves, and nothing is left to be delivered by an earlier one.
    """
    serving = state.serving_epoch
    seat = state.keepers.get((serving, keeper))
    if seat is None or seat.operator == operator:
        return False
    if keeper not in state.holding.get(serving, frozenset()):
        return False
    if state.keepers[(newest_epoch(state), keeper)].operator == operator:
        return False
    return not any(
        delivery.epoch < serving and _awaited(state, licence_id, now, keeper)
        for licence_id, delivery in state.deliveries.items()
    )


def _holds(edition: Edition, found: Contribution, gone: int) -> bool:
    return (
        edition.collection == found.record.collection
        and found.history_count <= edition.history_count < gone
    )


def _awaited(state: State, licence_id: int, now: int, keeper: int) -> bool:
    """Whether a licence's delivery may still need this keeper's share.

    One that the desk has no request of, as another issued it, counts until its time is over.
    """
    delivery, request = state.deliveries[licence_id], state.requests.get(licence_id)
    if now > delivery.deliver_by or (request is not None and request.status in _OVER):
        return False
    posted = {receipt.index for receipt in delivery.receipts}
    threshold = state.committees[delivery.epoch].threshold
    return keeper not in posted or len(posted) < threshold
