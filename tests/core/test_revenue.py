"""Money: cuts, entitlements and statements, to the smallest unit."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dao_backend.core.model import NATIVE
from dao_backend.core.revenue import (
    Cuts,
    Holding,
    Split,
    due,
    entitlement,
    split_deposit,
    statement,
    totals_due,
)
from dao_backend.errors import InputError
from tests.support.core_actors import wallet

AMOUNTS = st.integers(0, 2**128 - 1)
UNITS = st.lists(st.integers(1, 2**56 - 1), min_size=1, max_size=30)
CUTS = st.builds(Cuts, st.integers(0, 2_000), st.integers(0, 1_000))
TOKEN = wallet(77)


@pytest.mark.parametrize(("reserve", "keepers"), [(2_001, 0), (0, 1_001), (-1, 0), (0, -1)])
def test_cuts__above_the_contracts_bounds__are_refused(reserve: int, keepers: int) -> None:
    """The reserve takes at most a fifth, the keepers at most a tenth."""
    with pytest.raises(InputError):
        Cuts(reserve, keepers)


def test_split_deposit__negative__is_refused() -> None:
    """Nobody deposits less than nothing."""
    with pytest.raises(InputError):
        split_deposit(-1, Cuts(0, 0))


@pytest.mark.parametrize(("units", "total"), [(0, 0), (2, 1), (-1, 5)])
def test_entitlement__units_that_are_no_share__is_refused(units: int, total: int) -> None:
    """A share is a part of something."""
    with pytest.raises(InputError):
        entitlement(100, units, total)


def test_due__more_claimed_than_earned__is_refused() -> None:
    """A claim above the entitlement cannot have happened, and is not shown as zero."""
    with pytest.raises(InputError):
        due(100, 1, 2, 51)


def test_split_deposit__odd_amount__rounds_cuts_down() -> None:
    """9,999 at 5 % and 2.5 % is 499 and 249; members get all the rest."""
    assert split_deposit(9_999, Cuts(500, 250)) == Split(9_251, 499, 249)


def test_statement__two_assets__each_line_can_be_done_again() -> None:
    """Every line states what it is made of, and its sum in words."""
    lines = statement(
        [
            Holding(3, NATIVE, 30, 90, (700, 300), 100),
            Holding(4, NATIVE, 1, 3, (100,), 0),
            Holding(3, TOKEN, 30, 90, (), 0),
        ]
    )
    assert [(line.received, line.entitled, line.due) for line in lines] == [
        (1000, 333, 233),
        (100, 33, 33),
        (0, 0, 0),
    ]
    assert lines[0].formula == "1000 × 30 ÷ 90 = 333, rounded down; 333 - 100 claimed = 233"
    assert totals_due(lines) == {NATIVE: 266, TOKEN: 0}


@given(amount=AMOUNTS, cuts=CUTS)
def test_split_deposit__any__is_exactly_the_whole(amount: int, cuts: Cuts) -> None:
    """No unit is lost or made by cutting, and no cut exceeds its rate."""
    parts = split_deposit(amount, cuts)
    assert parts.members + parts.reserve + parts.keepers == amount
    assert min(parts.members, parts.reserve, parts.keepers) >= 0
    assert parts.reserve * 10_000 <= amount * cuts.reserve_bps
    assert parts.keepers * 10_000 <= amount * cuts.keeper_bps


@given(received=AMOUNTS, units=UNITS)
def test_entitlement__all_members__is_at_most_what_was_received(
    received: int, units: list[int]
) -> None:
    """Payouts never exceed deposits, and what stays behind is below one unit per member."""
    paid = sum(entitlement(received, own, sum(units)) for own in units)
    assert 0 <= received - paid < len(units)


@given(deposits=st.lists(AMOUNTS, min_size=1, max_size=8), units=UNITS, data=st.data())
def test_due__claimed_at_any_times__adds_up_to_the_entitlement(
    deposits: list[int], units: list[int], data: st.DataObject
) -> None:
    """Claiming often or once pays the same, and never more than was there."""
    total, received, claimed = sum(units), 0, [0] * len(units)
    for amount in deposits:
        received += amount
        for member in data.draw(st.sets(st.integers(0, len(units) - 1))):
            claimed[member] += due(received, units[member], total, claimed[member])
        assert sum(claimed) <= received
    final = [
        paid + due(received, own, total, paid) for own, paid in zip(units, claimed, strict=True)
    ]
    assert final == [entitlement(received, own, total) for own in units]
