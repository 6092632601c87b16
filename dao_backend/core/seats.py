"""Who sits at a keeper's index, epoch by epoch, as the final log has it."""

from __future__ import annotations

from dao_backend.core.model import Address, Keeper
from dao_backend.core.state import State


def newest_epoch(state: State) -> int:
    """The epoch that contributions are dealt to; 0 before the first."""
    return max(state.committees, default=0)


def seat_in(state: State, epoch: int, index: int, operator: Address) -> Keeper | None:
    """The seat of `operator` at `index` of that committee; None where another one has it."""
    found = state.keepers.get((epoch, index))
    return found if found is not None and found.operator == operator else None


def last_seat(state: State, index: int, operator: Address) -> tuple[int, Keeper] | None:
    """The newest epoch in which `operator` sits at `index`, with its seat; None for no epoch."""
    for epoch in range(newest_epoch(state), 0, -1):
        found = seat_in(state, epoch, index, operator)
        if found is not None:
            return epoch, found
    return None


def is_anothers(state: State, licence_id: int, index: int, operator: Address) -> bool:
    """Whether the committee that delivers the licence has another operator at `index`."""
    delivery = state.deliveries.get(licence_id)
    return delivery is not None and seat_in(state, delivery.epoch, index, operator) is None
