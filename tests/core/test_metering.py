"""Metering terms that contracts take, and where a meter stands."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dao_backend.core.metering import HOUR, UNMETERED, YEAR, Metering, Phase, Reading

METERING = Metering(unit_price=1, minimum=10, bond=25, period=HOUR)
READING = Reading(
    metering=METERING,
    reported_until=1_000,
    silent_periods=0,
    balance=25,
    lapsed=False,
    closed_at=None,
    now=2_000,
)


@pytest.mark.parametrize(
    "metering",
    [
        replace(METERING, unit_price=0),
        replace(METERING, minimum=0),
        replace(METERING, bond=9),
        replace(METERING, unit_price=26),
        replace(METERING, period=HOUR - 1),
        replace(METERING, period=YEAR + 1),
        Metering(period=HOUR),
    ],
)
def test_problem__terms_that_no_contract_takes__is_named(metering: Metering) -> None:
    """The bounds are those of IAccessDesk."""
    assert metering.problem


@pytest.mark.parametrize(
    "metering",
    [
        UNMETERED,
        METERING,
        replace(METERING, bond=10),
        replace(METERING, unit_price=25),
        replace(METERING, period=YEAR),
    ],
)
def test_problem__terms_within_bounds__is_none(metering: Metering) -> None:
    """Unmetered, and up to each bound."""
    assert metering.problem is None


@pytest.mark.parametrize(
    ("reading", "phase"),
    [
        (READING, Phase.REPORTED),
        (replace(READING, silent_periods=1), Phase.SILENT),
        (replace(READING, silent_periods=1, lapsed=True), Phase.LAPSED),
        (replace(READING, lapsed=True, closed_at=2_000), Phase.CLOSING),
        (replace(READING, closed_at=2_000, now=1_999 + HOUR), Phase.CLOSING),
        (replace(READING, closed_at=2_000, now=2_000 + HOUR), Phase.CLOSED),
    ],
)
def test_phase__each_state__has_its_sentence(reading: Reading, phase: Phase) -> None:
    """Closing comes before lapsing, and lapsing before silence."""
    assert reading.phase is phase
    assert reading.sentence.endswith(".")


def test_reading__silence__costs_no_more_than_is_left() -> None:
    """Ten for each period, until the bond is empty; what is missing fills it again."""
    silent = [replace(READING, silent_periods=periods).minimum_due for periods in range(4)]
    assert silent == [0, 10, 20, 25]
    assert [replace(READING, balance=left).missing for left in (0, 24, 25, 30)] == [25, 1, 0, 0]
    assert READING.report_by == 1_000 + HOUR
