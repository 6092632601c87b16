"""The history chain: no change can be left out, moved, altered or invented."""

from __future__ import annotations

from dataclasses import replace

import pytest
from eth_abi import encode as abi_encode
from eth_utils import keccak

from dao_backend.core import events as e
from dao_backend.core.history import GENESIS, Change, active_at, check_history, history_step
from dao_backend.core.ledger import fold
from dao_backend.core.model import (
    HistoryKind,
)
from dao_backend.core.state import State
from dao_backend.core.typed import record_hash
from dao_backend.errors import HistoryMismatch
from tests.support.core_actors import seed, wallet
from tests.support.story import (
    RECORDS,
    contributed,
    whole_story,
    withdrawn,
)

LEFT = e.Left(wallet(3), 62, (7, 0, 2**48 - 1))
CHANGES: list[Change] = [
    contributed(0), contributed(1), withdrawn(0), LEFT, contributed(2), contributed(3),
    withdrawn(2),
]  # fmt: skip


def head_of(changes: list[Change]) -> bytes:
    """The registry's head after changes, computed with eth_abi as Solidity does."""
    head = bytes(32)
    for change in changes:
        if isinstance(change, e.Contributed):
            identity, kind = change.record.contribution_id, 1
            words = [record_hash(change.record), change.units, change.appraiser]
            data = abi_encode(["bytes32", "uint56", "address"], words)
        elif isinstance(change, e.Left):
            identity, kind = bytes(12) + bytes.fromhex(change.member[2:]), 3
            data = abi_encode(["uint8", "uint56[3]"], [change.tenure, change.units])
        else:
            identity, kind = change.contribution_id, 2
            data = abi_encode(["uint56"], [change.units])
        parts = [head, kind, identity, keccak(data)]
        head = keccak(abi_encode(["bytes32", "uint8", "bytes32", "bytes32"], parts))
    return head


@pytest.mark.parametrize("missing", range(len(CHANGES)))
def test_check_history__event_omitted__is_refused(missing: int) -> None:
    """A node that leaves one change out is found out, whichever it is."""
    seen = [change for number, change in enumerate(CHANGES) if number != missing]
    with pytest.raises(HistoryMismatch):
        check_history(seen, head_of(CHANGES), len(CHANGES))


@pytest.mark.parametrize("place", range(len(CHANGES) - 1))
def test_check_history__events_swapped__is_refused(place: int) -> None:
    """The order of changes is part of the history."""
    seen = [*CHANGES[:place], CHANGES[place + 1], CHANGES[place], *CHANGES[place + 2 :]]
    with pytest.raises(HistoryMismatch):
        check_history(seen, head_of(CHANGES), len(CHANGES))


@pytest.mark.parametrize(
    "changed",
    [
        replace(contributed(0), units=11),
        replace(contributed(0), appraiser=wallet(9)),
        replace(contributed(0), record=replace(RECORDS[0], length=1)),
        replace(contributed(0), record=replace(RECORDS[0], contributor=wallet(9))),
    ],
)
def test_check_history__event_changed__is_refused(changed: e.Contributed) -> None:
    """Units, appraiser and every field of the record are inside the history."""
    with pytest.raises(HistoryMismatch):
        check_history([changed, *CHANGES[1:]], head_of(CHANGES), len(CHANGES))


@pytest.mark.parametrize(
    "changed",
    [
        replace(LEFT, member=wallet(4)),
        replace(LEFT, tenure=61),
        replace(LEFT, units=(7, 1, 2**48 - 1)),
        replace(LEFT, units=(0, 7, 2**48 - 1)),
    ],
)
def test_check_history__departure_changed__is_refused(changed: e.Left) -> None:
    """Who left, in which tenure and with how many units of each collection, is in the history."""
    with pytest.raises(HistoryMismatch):
        check_history(
            [change if change != LEFT else changed for change in CHANGES],
            head_of(CHANGES),
            len(CHANGES),
        )


def test_check_history__event_invented__is_refused() -> None:
    """A change that never was does not fit."""
    with pytest.raises(HistoryMismatch):
        check_history([*CHANGES, contributed(4)], head_of(CHANGES), len(CHANGES))
    with pytest.raises(HistoryMismatch):
        check_history([*CHANGES, contributed(4)], head_of(CHANGES), len(CHANGES) + 1)


def test_check_history__whole_log__is_accepted() -> None:
    """The log as it was gives the head that the contract states; so does an empty one."""
    check_history(CHANGES, head_of(CHANGES), len(CHANGES))
    check_history([], GENESIS, 0)


def test_history_step__any__is_the_hash_of_the_abi_encoding() -> None:
    """One step is keccak256(abi.encode(head, kind, id, dataHash))."""
    words = [seed("head"), 2, seed("id"), seed("data")]
    expected = keccak(abi_encode(["bytes32", "uint8", "bytes32", "bytes32"], words))
    assert history_step(seed("head"), HistoryKind.WITHDRAWN, seed("id"), seed("data")) == expected


def test_active_at__any_count__is_what_stood_then() -> None:
    """Before its withdrawal a contribution stands, afterwards it does not."""
    found = fold(State(), whole_story()).contributions.values()
    standing = [
        {one.record.contribution_id for one in active_at(found, 0, count)} for count in range(7)
    ]
    first, third, fifth = (RECORDS[n].contribution_id for n in (0, 2, 4))
    everybody = {first, third, fifth}
    assert standing == [
        set(), {first}, {first}, {first, third}, {first, third}, everybody, {first, fifth},
    ]  # fmt: skip
