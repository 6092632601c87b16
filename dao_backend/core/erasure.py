"""When a keeper may erase its share of a contribution, decided from the final log alone.

    withdrawn ──► newer edition sealed without it ──► no licence awaits delivery of it ──► erase

A licence awaits delivery until its time for that is over, or until enough receipts are final and
this keeper's own is among them: its bundle then holds the share, sealed to the buyer.
"""

from __future__ import annotations

from dao_backend.core.model import Address, Contribution, Edition, RequestStatus
from dao_backend.core.state import State

_OVER = (RequestStatus.CANCELLED, RequestStatus.REFUNDED)


def is_erasable(found: Contribution, state: State, now: int, keeper: int) -> bool:
    """Whether keeper `keeper` may erase its share, as of the final `state` at the time `now`."""
    gone = found.withdrawn_at
    if gone is None:
        return False
    collection = found.record.collection
    editions = [each for each in state.editions.values() if each.collection == collection]
    newest = max(editions, key=lambda each: each.edition_id, default=None)
    if newest is not None and _holds(newest, found):
        return False
    holding = {each.edition_id for each in editions if _holds(each, found)}
    return not any(
        delivery.edition_id in holding and _awaited(state, licence_id, now, keeper)
        for licence_id, delivery in state.deliveries.items()
    )


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
    newest = max(epoch for epoch, _ in state.keepers)
    if state.keepers[(newest, keeper)].operator == operator:
        return False
    return not any(
        delivery.epoch < serving and _awaited(state, licence_id, now, keeper)
        for licence_id, delivery in state.deliveries.items()
    )


def _holds(edition: Edition, found: Contribution) -> bool:
    gone = found.withdrawn_at
    return found.history_count <= edition.history_count and (
        gone is None or edition.history_count < gone
    )


def _awaited(state: State, licence_id: int, now: int, keeper: int) -> bool:
    """Whether a licence's delivery may still need this keeper's share."""
    delivery = state.deliveries[licence_id]
    if state.requests[licence_id].status in _OVER or now > delivery.deliver_by:
        return False
    posted = {receipt.index for receipt in delivery.receipts}
    threshold = state.committees[delivery.epoch].threshold
    return keeper not in posted or len(posted) < threshold
