"""Figures in words: never wrong, whatever the figure."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dao_backend.api.pages import commands, trust, words
from dao_backend.api.pages.tally import LENGTH, tally
from dao_backend.cli.amounts import parse_native
from dao_backend.core.model import NATIVE, Address, Purpose
from tests.support.core_actors import committee

WEI = st.integers(0, 2**128)
TIME = st.integers(0, 2**48)
TOKEN = Address("0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf")


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        (0, "0 ether"),
        (1, "1 wei"),
        (10**12 - 1, "999,999,999,999 wei"),
        (10**12, "0.000001 ether"),
        (10**12 + 1, "≈ 0.000001 ether"),
        (10**18, "1 ether"),
        (1_250_000_000_000_000_000, "1.25 ether"),
        (1_234 * 10**18, "1,234 ether"),
    ],
)
def test_show__amount_of_ether__is_short_and_marked_where_cut(amount: int, text: str) -> None:
    """Six decimals at most; what is cut says so, what is tiny is shown in wei."""
    assert words.money(amount, NATIVE).text == text


@given(amount=WEI)
def test_show__any_amount__is_exact_or_marked(amount: int) -> None:
    """An unmarked amount is exact, a marked one is below the truth by less than a millionth."""
    shown = words.money(amount, NATIVE)
    assert shown.exact == f"{amount} wei"
    number, _, unit = shown.text.removeprefix("≈ ").partition(" ")
    value = Decimal(number.replace(",", "")) * (1 if unit == "wei" else 10**18)
    if shown.text.startswith("≈"):
        assert 0 < amount - value < 10**12
    else:
        assert value == amount


@given(amount=WEI)
def test_write__any_price__is_read_back_by_the_command_line(amount: int) -> None:
    """A command that a page shows offers exactly the price that the page means."""
    assert parse_native(commands.plain_ether(amount)) == amount


def test_show__amount_of_a_token__names_the_token() -> None:
    """A token's decimals are its own affair: its smallest units are shown, and whose they are."""
    shown = words.money(1_000, TOKEN)
    assert shown.text == "1,000 of token 0x7E5F…5Bdf"
    assert shown.exact == f"1000 of {TOKEN}"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (-5, "0 seconds"),
        (0, "0 seconds"),
        (1, "1 second"),
        (59, "59 seconds"),
        (60, "1 minute"),
        (3_725, "1 hour 2 minutes"),
        (3_605, "1 hour"),
        (86_400 * 30, "30 days"),
        (31_536_000 + 86_400, "1 year 1 day"),
    ],
)
def test_say__length_of_time__in_its_two_largest_units(seconds: int, text: str) -> None:
    """Two neighbouring units at most, without zeros."""
    assert words.duration(seconds) == text


@given(time=TIME, now=TIME)
def test_say__any_time__is_on_the_right_side_of_now(time: int, now: int) -> None:
    """The future is "in", the past is "ago", and the exact time never fails to be written."""
    moment = words.moment(time, now)
    assert (moment.relative == "now") == (time == now)
    assert moment.relative.startswith("in ") == (time > now)
    assert moment.relative.endswith(" ago") == (time < now)
    assert moment.iso.endswith("Z")


def test_say__time_beyond_the_calendar__is_its_last_second() -> None:
    """A deadline that no calendar holds is still shown."""
    assert words.moment(2**48 - 1, 0).iso == "9999-12-31T23:59:59Z"


@pytest.mark.parametrize(
    ("length", "text"),
    [(0, "0 bytes"), (1, "1 byte"), (1023, "1,023 bytes"), (1024, "1 KiB"), (3 * 2**39, "1.5 TiB")],
)
def test_say__size__in_the_unit_that_fits(length: int, text: str) -> None:
    """Sizes are rounded to a tenth."""
    assert words.size(length) == text


def test_say__purposes__as_verbs_for_every_one_there_is() -> None:
    """Each purpose has words, and none has the words of another."""
    said = [words.purposes(each) for each in Purpose]
    assert len(set(said)) == len(Purpose)
    assert "nothing" not in said
    assert words.purposes(Purpose.EVALUATE | Purpose.RESEARCH) == "evaluate models and do research"


@given(text=st.text(max_size=300))
def test_cut__first_line__is_short_and_of_the_text(text: str) -> None:
    """A name made from a description is one line of it, cut where it is long."""
    line = words.first_line(text, 20)
    assert len(line) <= 20
    assert line.removesuffix("…") in text


@given(
    votes=st.tuples(*[st.integers(0, 2**60)] * 3),
    quorum=st.none() | st.integers(0, 2**60),
)
def test_draw__any_tally__fits_the_bar(votes: tuple[int, int, int], quorum: int | None) -> None:
    """Parts follow one another inside the bar, and those that count reach the mark or do not."""
    drawn = tally(*votes, quorum, 1)
    end = 0
    for segment in drawn.segments:
        assert segment.start == end
        end += segment.width
    assert end <= LENGTH
    if quorum is None:
        assert drawn.quorum_at is None
        return
    assert drawn.quorum_at is not None
    assert 0 <= drawn.quorum_at <= LENGTH
    counting = drawn.segments[2].start
    reached = votes[0] + votes[1] >= quorum
    assert ("is reached" in drawn.quorum) == reached
    assert counting >= drawn.quorum_at - 2 if reached else counting <= drawn.quorum_at


@pytest.mark.parametrize(
    ("threshold", "size", "who", "few"),
    [
        (1, 1, "the one keeper", None),
        (1, 3, "any one of the 3 keepers", None),
        (2, 3, "any 2 of the 3 keepers together", "nothing by themselves; it takes 2"),
        (3, 5, "any 3 of the 5 keepers together", "nothing by themselves; it takes 3"),
        (3, 4, "any 3 of the 4 keepers together", "refuse: 2 refusing keepers hold up"),
        (3, 3, "all 3 keepers together", "refuse: 1 refusing keeper"),
    ],
)
def test_say__power_of_a_committee__follows_from_its_threshold(
    threshold: int, size: int, who: str, few: str | None
) -> None:
    """Who can read everything, and who can hold a delivery up, is worked out for each committee."""
    keepers = committee(threshold, size)
    assert trust.together(keepers) == who
    found = trust.too_few(keepers)
    assert found is None if few is None else found is not None and found.can.startswith(few)
