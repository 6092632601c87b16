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

from collections.abc import Iterator
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


@dataclass(frozen=True, slots=True)
class Why:
    """One reason for which a keeper's share of something withdrawn is still needed."""

    edition_id: int
    licence_id: int | None
    """The licence that awaits this keeper's bundle of the edition; None while that is for sale."""
    until: int | None
    """Chain time after which that licence is delivered no more."""


def needs(state: State, settled: int, now: int, keeper: int) -> Needs:
    """What keeper `keeper`'s shares are needed for, as of the final `state` at the time `now`."""
    editions = (state.editions[why.edition_id] for why in _reasons(state, now, keeper))
    return Needs(settled, frozenset(editions))


def why_needed(state: State, found: Contribution, now: int, keeper: int) -> tuple[Why, ...]:
    """Why `needs` keep this keeper's share of something withdrawn; what is for sale comes first."""
    gone = found.withdrawn_at
    if gone is None:
        return ()
    return tuple(
        why
        for why in _reasons(state, now, keeper)
        if _holds(state.editions[why.edition_id], found, gone)
    )


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


def _reasons(state: State, now: int, keeper: int) -> Iterator[Why]:
    """Whatever anything may be needed for: each collection's newest edition, open deliveries."""
    newest = {each.collection: each for _, each in sorted(state.editions.items())}
    for edition in newest.values():
        yield Why(edition.edition_id, None, None)
    for licence_id, delivery in state.deliveries.items():
        if _awaited(state, licence_id, now, keeper):
            yield Why(delivery.edition_id, licence_id, delivery.deliver_by)


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
