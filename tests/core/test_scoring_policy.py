"""The policy: canonical, named by its hash, and strict about what it reads."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dao_backend.core.scoring import Policy
from dao_backend.core.scoring.policy import counted_share
from dao_backend.errors import InputError


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("weight_text", 10_001),
        ("weight_text", -1),
        ("near_duplicate", 10_001),
        ("bytes_per_unit", 0),
        ("sample_one_in", 0),
        ("version", 2),
        ("bytes_per_unit", 64.0),
        ("bytes_per_unit", True),
    ],
)
def test_make_policy__value_out_of_range__is_refused_by_name(field: str, value: object) -> None:
    """A value that would make scores wrong or ambiguous names its field."""
    with pytest.raises(InputError, match=field.partition("_")[0]):
        replace(Policy(), **{field: value})


@pytest.mark.parametrize(
    "text", [b"", b"[]", b"{}", b"[" * 4_000, b"[" * 100_000, b'{"version":1}']
)
def test_read_policy__not_a_whole_policy__is_refused(text: bytes) -> None:
    """Missing fields are never filled in silently."""
    with pytest.raises(InputError):
        Policy.from_json(text)


def test_read_policy__unknown_field__is_refused() -> None:
    """A field that this version does not know would be a rule that is not kept."""
    values = json.loads(Policy().to_json()) | {"weight_poetry": 10_000}
    with pytest.raises(InputError, match="exactly the fields"):
        Policy.from_json(json.dumps(values).encode())


def test_read_policy__its_own_json__is_the_same_policy() -> None:
    """Writing and reading changes nothing, and the name is the SHA-256 of the file."""
    policy = replace(Policy(), weight_text=6_500)
    assert Policy.from_json(policy.to_json()) == policy
    assert policy.digest == hashlib.sha256(policy.to_json()).digest()
    assert policy.digest != Policy().digest


@given(whole=st.integers(1, 10**9), data=st.data())
def test_count_share__any_part__is_a_whole_step_and_never_falls_as_the_part_grows(
    whole: int, data: st.DataObject
) -> None:
    """A larger known part never counts less, and no share shows more than its step."""
    part = data.draw(st.integers(0, whole))
    more = data.draw(st.integers(part, whole))
    policy = Policy()
    assert counted_share(part, whole, policy) % policy.share_step == 0
    assert counted_share(part, whole, policy) <= counted_share(more, whole, policy)
    assert counted_share(whole, whole, policy) == 10_000
