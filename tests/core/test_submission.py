"""Submissions and outcomes in JSON: what travels over HTTP and lies in the database."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dao_backend.core.model import Appraisal
from dao_backend.core.submission import (
    Outcome,
    ReasonLine,
    Submission,
    outcome_from_json,
    outcome_json,
    submission_from_json,
    submission_json,
)
from dao_backend.errors import InputError
from tests.core.test_records import RECORDS
from tests.support.core_actors import committee, dealt, seed

WORDS = st.binary(min_size=32, max_size=32)
SIGNATURES = st.binary(min_size=65, max_size=65)
SUBMISSIONS = st.builds(
    Submission,
    record=RECORDS,
    nonce=WORDS,
    contributor_signature=st.one_of(SIGNATURES, st.just(b"")),
    commitments=st.lists(WORDS, max_size=5).map(tuple),
    sealed_shares=st.lists(st.binary(max_size=140), max_size=5).map(tuple),
    sealed_content_key=st.binary(max_size=130),
)
REASONS = st.builds(ReasonLine, st.text(max_size=20), st.text(max_size=80), st.integers(0, 10_000))
APPRAISALS = st.builds(Appraisal, WORDS, st.integers(0, 2**64 - 1), st.integers(0, 2**48 - 1))
OUTCOMES = st.builds(
    Outcome,
    contribution_id=WORDS,
    units=st.integers(0, 2**64 - 1),
    reasons=st.lists(REASONS, max_size=4).map(tuple),
    policy=WORDS,
    appraisal=st.one_of(st.none(), APPRAISALS),
    appraiser_signature=st.one_of(st.none(), SIGNATURES),
    intake_receipts=st.lists(st.none() | SIGNATURES, max_size=5).map(tuple),
)
DEALT = dealt(1, committee(2, 3))
SUBMISSION = Submission(
    DEALT.record, seed("nonce", 1), bytes(65), DEALT.dealing.commitments, (b"a", b"b", b"c"), b"k"
)
OUTCOME = Outcome(
    seed("id"), 7, (ReasonLine("amount", "7 units", 10_000),), seed("policy"),
    Appraisal(seed("record"), 7, 99), bytes(65), (bytes(65),),
)  # fmt: skip
BAD: tuple[Any, ...] = (None, 7, "x", [None], {"a": 1}, ["0xZZ"], float("inf"), [float("inf")])

Read = Callable[[Any], object]
READERS: dict[str, tuple[Read, dict[str, Any]]] = {
    "submission": (submission_from_json, submission_json(SUBMISSION)),
    "outcome": (outcome_from_json, outcome_json(OUTCOME)),
}


@given(SUBMISSIONS)
def test_submission__through_json__is_the_same(submission: Submission) -> None:
    """What a client sends is what the database gives back."""
    again = submission_from_json(json.loads(json.dumps(submission_json(submission))))
    assert again == submission


@given(OUTCOMES)
def test_outcome__through_json__is_the_same(outcome: Outcome) -> None:
    """What the appraiser said is what the client reads, to the last unit."""
    assert outcome_from_json(json.loads(json.dumps(outcome_json(outcome)))) == outcome


@pytest.mark.parametrize(("read", "whole"), READERS.values(), ids=READERS.keys())
def test_read__field_missing__is_refused(read: Read, whole: dict[str, Any]) -> None:
    """Half of it is none of it."""
    for name in whole:
        with pytest.raises(InputError):
            read({key: value for key, value in whole.items() if key != name})


@pytest.mark.parametrize(("read", "whole"), READERS.values(), ids=READERS.keys())
@pytest.mark.parametrize("bad", BAD, ids=repr)
def test_read__field_of_another_kind__is_an_input_error(
    read: Read, whole: dict[str, Any], bad: object
) -> None:
    """Whatever stands in a field, nothing but an InputError comes out, or what can be read."""
    refused = 0
    for name in whole:
        try:
            read({**whole, name: bad})
        except InputError:
            refused += 1
    assert refused >= len(whole) - 2


@pytest.mark.parametrize("read", [submission_from_json, outcome_from_json])
@pytest.mark.parametrize("found", [None, [], "text", 7])
def test_read__no_object_at_all__is_refused(read: Read, found: object) -> None:
    """Other JSON values are refused."""
    with pytest.raises(InputError):
        read(found)


@pytest.mark.parametrize("units", [float("inf"), float("nan"), "7.5", "0x7", "", None])
def test_outcome__units_that_are_no_number__are_refused(units: object) -> None:
    """Units are whole numbers."""
    with pytest.raises(InputError):
        outcome_from_json({**outcome_json(OUTCOME), "units": units})


def test_outcome__without_an_appraisal__says_so_in_json() -> None:
    """What scored nothing has null where the appraisal would be."""
    nothing = Outcome(seed("id"), 0, (), seed("policy"), None, None, ())
    found = outcome_json(nothing)
    assert found["appraisal"] is None
    assert found["appraiserSignature"] is None
