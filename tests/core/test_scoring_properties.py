"""What holds of every score, whatever is handed in."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dao_backend.core.scoring import (
    Member,
    MemberScore,
    Policy,
    Reason,
    ReasonCode,
    Score,
    SketchKey,
)
from tests.support.appraisal import ALICE, BOB, Appraiser, file, functions, prose

SHARES = (
    ReasonCode.REPEATED_LINES,
    ReasonCode.REPEATS_ITSELF,
    ReasonCode.REPEATS_OWN,
    ReasonCode.IN_POOL,
    ReasonCode.NOISE,
)
FILES = st.builds(
    file,
    st.sampled_from(["a.py", "b.txt", "c.csv", "d.json", "e.jsonl", "f.sol", "g.bin"]),
    st.one_of(
        st.binary(max_size=2_000),
        st.text(max_size=500).map(str.encode),
        st.builds(prose, st.integers(1, 60), st.integers(0, 9)).map(str.encode),
        st.builds(functions, st.integers(1, 30), st.integers(0, 9)).map(str.encode),
    ),
)


@pytest.fixture
def appraiser() -> Appraiser:
    """An appraiser with the default policy and an empty pool."""
    return Appraiser()


def codes(score: Score) -> list[ReasonCode]:
    """The codes of a score's summary."""
    return [why.code for why in score.reasons]


def paid(line: MemberScore) -> int:
    """A member's paid bytes, recomputed from what is printed."""
    numerator, denominator = line.normalised_bytes, 1
    for why in line.reasons:
        numerator, denominator = numerator * why.weight, denominator * 10_000
    return numerator // denominator


def share(why: Reason, known: str, compared: str, policy: Policy) -> int:
    """A counted share, recomputed from a reason's figures."""
    exact = why.figure(known) * 10_000 // why.figure(compared)
    if exact >= policy.near_duplicate:
        return 10_000
    return exact - exact % policy.share_step


@given(st.lists(FILES, max_size=5), FILES)
def test_recompute__any_submission__gives_the_printed_units(
    members: list[Member], known: Member
) -> None:
    """Every paid byte follows from the printed weights, and every share from its figures."""
    appraiser = Appraiser()
    appraiser.register(known)
    score = appraiser.score(*members)
    assert [paid(line) for line in score.members] == [line.paid_bytes for line in score.members]
    assert score.paid_bytes == sum(line.paid_bytes for line in score.members)
    assert score.units == score.paid_bytes // appraiser.policy.bytes_per_unit
    for why in (why for line in score.members for why in line.reasons if why.code in SHARES):
        assert why.weight == 10_000 - why.figure("share")
        names = {figure.name for figure in why.figures}
        if {"known", "compared"} <= names:
            assert share(why, "known", "compared", appraiser.policy) == why.figure("share")
        if {"random", "checked"} <= names:
            assert share(why, "random", "checked", appraiser.policy) == why.figure("share")


@given(st.lists(FILES, max_size=4), st.integers(1, 500))
def test_appraise__same_input_in_other_chunks__scores_the_same(
    members: list[Member], size: int
) -> None:
    """How a stream is cut, and how often it is scored, changes nothing."""

    def chunked(member: Member) -> Member:
        data = member.data
        assert isinstance(data, bytes)
        parts = (data[at : at + size] for at in range(0, len(data), size))
        return replace(member, data=parts)

    appraiser = Appraiser()
    whole = appraiser.score(*members)
    assert appraiser.score(*map(chunked, members)) == whole
    assert appraiser.score(*members) == whole


@given(st.lists(FILES, min_size=1, max_size=4), st.data())
def test_appraise__a_duplicate_added__never_earns_more(
    members: list[Member], data: st.DataObject
) -> None:
    """One cannot be paid for the same bytes twice."""
    copy = data.draw(st.sampled_from(members))
    appraiser = Appraiser()
    assert appraiser.score(*members, replace(copy, name="copy.txt")).units <= (
        appraiser.score(*members).units
    )


@given(st.lists(FILES, min_size=1, max_size=4))
def test_appraise__what_is_registered__earns_nothing_again(members: list[Member]) -> None:
    """Every submission is a duplicate of itself."""
    appraiser = Appraiser()
    appraiser.register(*members, by=ALICE)
    assert appraiser.score(*members, by=ALICE).units == 0
    assert appraiser.score(*members, by=BOB).units == 0


@given(st.integers(20, 300), st.integers(0, 9), st.data())
def test_appraise__text_split_in_two__earns_no_more_than_whole(
    lines: int, seed: int, data: st.DataObject
) -> None:
    """Units are rounded down, so cutting a file up gains nothing."""
    at = data.draw(st.integers(0, lines))
    text = prose(lines, seed).splitlines(keepends=True)
    head, tail = "".join(text[:at]), "".join(text[at:])
    whole = Appraiser().score(file("a.txt", head + tail)).units
    appraiser = Appraiser()
    first = appraiser.score(file("a.txt", head)).units
    appraiser.register(file("a.txt", head))
    assert first + appraiser.score(file("b.txt", tail)).units <= whole
    assert Appraiser().score(file("a.txt", head), file("b.txt", tail)).units <= whole + 1


def test_appraise__other_key__gives_another_sketch_and_the_same_units_for_new_content() -> None:
    """Scores of new content do not depend on the secret; sketches say nothing without it."""
    members = [file("a.py", functions(40)), file("b.txt", prose(40))]
    ours, other = Appraiser(), Appraiser(key=SketchKey(b"other key".ljust(32)))
    assert ours.score(*members).units == other.score(*members).units
    known = set(ours.score(*members).sketch.fingerprints)
    assert not known & set(other.score(*members).sketch.fingerprints)
