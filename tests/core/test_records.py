"""Records in JSON: the same way back, and nothing else gets through."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dao_backend.core.model import Record
from dao_backend.core.records import record_from_json
from dao_backend.core.typed import message_json, record_hash
from dao_backend.errors import InputError
from tests.support.core_actors import committee, dealt, wallet

RECORD = dealt(1, committee(2, 3)).record
WORDS = st.binary(min_size=32, max_size=32)
RECORDS = st.builds(
    Record,
    contribution_id=WORDS,
    contributor=st.integers(0, 20).map(wallet),
    collection=st.integers(0, 2**8 - 1),
    cid_digest=WORDS,
    length=st.integers(0, 2**64 - 1),
    envelope_commitment=WORDS,
    key_id=WORDS,
    share_root=WORDS,
    epoch=st.integers(0, 2**32 - 1),
)


def changed(**fields: Any) -> dict[str, Any]:
    """The JSON of a record with fields replaced."""
    return {**message_json(RECORD), **fields}


@pytest.mark.parametrize("name", message_json(RECORD))
def test_read__field_missing__is_refused(name: str) -> None:
    """A record is whole or none."""
    found = message_json(RECORD)
    del found[name]
    with pytest.raises(InputError, match=name):
        record_from_json(found)


@pytest.mark.parametrize("name", message_json(RECORD))
@pytest.mark.parametrize(
    "value", [None, [], {}, "", "0x", "abc", "0xABCD", 1.5e400, float("nan"), "1" * 5000, -1]
)
def test_read__field_of_another_kind__is_refused_or_kept_out_of_hashes(
    name: str, value: object
) -> None:
    """Whatever stands in a field, the answer is a record or an InputError."""
    try:
        found = record_from_json(changed(**{name: value}))
    except InputError:
        return
    with pytest.raises(InputError):
        record_hash(found)


@pytest.mark.parametrize("found", [None, [], "record", 7])
def test_read__no_object_at_all__is_refused(found: Any) -> None:
    """Other JSON values are no record."""
    with pytest.raises(InputError):
        record_from_json(found)


def test_read__address_without_checksum__is_refused() -> None:
    """An address is written in one way."""
    with pytest.raises(InputError):
        record_from_json(changed(contributor=RECORD.contributor.lower()))


def test_read__more_fields_than_known__are_ignored() -> None:
    """A later version may say more."""
    assert record_from_json(changed(note="new")) == RECORD


@given(RECORDS)
def test_read__what_was_written__is_the_same_record(record: Record) -> None:
    """Every record survives the way through JSON text."""
    assert record_from_json(json.loads(json.dumps(message_json(record)))) == record
