"""What travels to and from a keeper: the same after the way through JSON, or refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dao_backend.core.access import Allowed, Denied, Reason
from dao_backend.core.cid import Cid
from dao_backend.core.model import Receipt
from dao_backend.core.strict_json import json_in
from dao_backend.core.typed_keepers import Cause, Erasure, HandoverAsk
from dao_backend.errors import InputError
from dao_backend.ports import keeper_release_wire as release_wire
from dao_backend.ports import keeper_wire as wire
from dao_backend.ports.keepers import (
    Bundle,
    HandedShare,
    HandoverProgress,
    Intake,
    KeeperStatus,
    Tombstone,
)
from tests.core.test_records import RECORDS
from tests.support import shelf_keeper as shelf
from tests.support.core_actors import wallet

SAFE = 2**53 - 1
WORDS = st.binary(min_size=32, max_size=32)
LISTS = st.lists(WORDS, max_size=5).map(tuple)
SIGNATURES = st.binary(min_size=65, max_size=65)
INDEXES = st.integers(0, 255)
COUNTS = st.integers(0, SAFE)
WIDE = st.integers(0, 2**64 - 1)
SENTENCES = st.text(max_size=200)
BYTES = st.binary(max_size=200)
TIMES = st.integers(0, 2**48 - 1)

INTAKES = st.builds(Intake, RECORDS, WORDS, SIGNATURES | st.just(b""), INDEXES, LISTS, BYTES)
DECISIONS = st.one_of(
    st.builds(Allowed, WORDS, st.integers(0, 2**40 - 1)),
    st.builds(Denied, st.sampled_from(Reason), SENTENCES),
)
RECEIPTS = st.builds(Receipt, WIDE, INDEXES, WORDS, WIDE, WIDE, WORDS, WORDS)
CIDS = st.builds(Cid.of, WORDS, WIDE)
BUNDLES = st.none() | st.builds(Bundle, CIDS, WIDE, RECEIPTS, SIGNATURES)
ERASURES = st.builds(Erasure, WORDS, INDEXES, st.sampled_from(Cause), TIMES)
TOMBSTONES = st.builds(Tombstone, ERASURES, SIGNATURES)
ASKS = st.builds(HandoverAsk, st.integers(0, 2**32 - 1), INDEXES, WORDS, TIMES)
SHARES = st.lists(st.builds(HandedShare, RECORDS, LISTS, BYTES), max_size=3).map(tuple)
PROGRESS = st.builds(
    HandoverProgress, st.integers(0, 2**32 - 1), COUNTS, COUNTS, st.none() | SIGNATURES
)
STATUSES = st.builds(
    KeeperStatus,
    version=st.text(max_size=20),
    operator=st.integers(0, 20).map(wallet),
    index=INDEXES,
    final_block=COUNTS,
    final_time=COUNTS,
    shares=COUNTS,
    missing=LISTS,
    forgone=LISTS,
    bundles=COUNTS,
    delayed=st.lists(COUNTS, max_size=5).map(tuple),
    running_for=COUNTS,
    proves=st.none() | st.booleans(),
    alarm=st.none() | SENTENCES,
    handover=st.none() | PROGRESS,
)
EVERYTHING: dict[str, tuple[Any, Callable[..., Any], Callable[[Any], Any]]] = {
    "intake": (st.tuples(INTAKES), wire.intake_json, wire.intake_from_json),
    "receipt": (st.tuples(SIGNATURES), wire.receipt_json, wire.receipt_from_json),
    "commitments": (st.tuples(LISTS), wire.commitments_json, wire.commitments_from_json),
    "attestation": (
        st.tuples(WORDS, SIGNATURES),
        wire.attestation_json,
        wire.attestation_from_json,
    ),
    "standing": (
        st.tuples(DECISIONS, BUNDLES),
        release_wire.standing_json,
        release_wire.standing_from_json,
    ),
    "tombstone": (st.tuples(TOMBSTONES), wire.tombstone_json, wire.tombstone_from_json),
    "ask": (st.tuples(ASKS, LISTS, SIGNATURES), wire.ask_json, wire.ask_from_json),
    "shares": (st.tuples(SHARES), wire.handed_json, wire.handed_from_json),
    "status": (st.tuples(STATUSES), wire.status_json, wire.status_from_json),
}
DENIED = Denied(Reason.LAPSED, "No.")
EXAMPLES: dict[str, tuple[Callable[[Any], Any], dict[str, Any]]] = {
    "intake": (wire.intake_from_json, wire.intake_json(shelf.INTAKE)),
    "receipt": (wire.receipt_from_json, wire.receipt_json(shelf.SIGNATURE)),
    "commitments": (wire.commitments_from_json, wire.commitments_json(shelf.COMMITMENTS)),
    "attestation": (
        wire.attestation_from_json,
        wire.attestation_json(bytes(32), shelf.SIGNATURE),
    ),
    "allowed": (
        release_wire.standing_from_json,
        release_wire.standing_json(shelf.ALLOWED, shelf.BUNDLE),
    ),
    "denied": (release_wire.standing_from_json, release_wire.standing_json(DENIED, shelf.BUNDLE)),
    "tombstone": (wire.tombstone_from_json, wire.tombstone_json(shelf.TOMBSTONE)),
    "ask": (wire.ask_from_json, wire.ask_json(shelf.ASK, (bytes(32),), shelf.SIGNATURE)),
    "shares": (wire.handed_from_json, wire.handed_json(shelf.HANDED)),
    "status": (wire.status_from_json, wire.status_json(shelf.STATUS)),
}
WRONG: tuple[Any, ...] = (7.5, {"a": 1}, ["0xZZ"], [[]], "0x1", "ü" * 3000, -1, 2**70, "-1", "٣")
"""What no field can be."""
WRONG_TEXTS: tuple[Any, ...] = (7, 7.5, True, {"a": 1}, ["text"], "ü" * 3000)

Path = tuple[str | int, ...]


def paths_in(found: Any, so_far: Path = ()) -> list[Path]:
    """Every place in a JSON value that holds a field."""
    inner: list[tuple[str | int, Any]] = []
    if isinstance(found, dict):
        inner = list(found.items())
    elif isinstance(found, list) and found:
        inner = [(0, found[0])]
    here = [so_far] if so_far and isinstance(so_far[-1], str) else []
    return here + [path for name, each in inner for path in paths_in(each, (*so_far, name))]


def changed(found: Any, path: Path, change: Callable[[Any, Any], None]) -> Any:
    """A copy in which `change` was applied to the holder and the name of one field."""
    copy = json.loads(json.dumps(found))
    holder = copy
    for name in path[:-1]:
        holder = holder[name]
    change(holder, path[-1])
    return copy


PLACES = [(name, path) for name, (_, found) in EXAMPLES.items() for path in paths_in(found)]
TEXTS = frozenset({"sentence", "alarm", "version"})
"""Fields that hold any text that is not too long."""


@pytest.mark.parametrize(("name", "path"), PLACES)
def test_read__field_missing__is_an_input_error(name: str, path: Path) -> None:
    """Half of an answer is none."""
    read, found = EXAMPLES[name]
    with pytest.raises(InputError):
        read(changed(found, path, lambda holder, key: holder.pop(key)))


@pytest.mark.parametrize(
    ("name", "path"), [each for each in PLACES if "record" not in each[1][:-1]]
)
def test_read__field_of_another_kind__is_an_input_error(name: str, path: Path) -> None:
    """Whatever else stands in a field, it is refused, and nothing is rounded or guessed."""
    read, found = EXAMPLES[name]
    for wrong in WRONG_TEXTS if path[-1] in TEXTS else WRONG:
        with pytest.raises(InputError):
            read(changed(found, path, lambda holder, key, said=wrong: holder.update({key: said})))


@pytest.mark.parametrize(("read", "found"), EXAMPLES.values(), ids=EXAMPLES.keys())
def test_read__no_object_at_all__is_an_input_error(
    read: Callable[[Any], Any], found: dict[str, Any]
) -> None:
    """Other JSON values are refused."""
    for other in (None, [], [found], "text", 7, True):
        with pytest.raises(InputError):
            read(other)


def test_read__numbers_beyond_their_field__are_refused() -> None:
    """A number that the chain could not hold is never taken over."""
    intake = wire.intake_json(shelf.INTAKE)
    for wrong in ({"collection": 256}, {"epoch": 2**32}, {"length": str(2**64)}):
        with pytest.raises(InputError):
            wire.intake_from_json({**intake, "record": {**intake["record"], **wrong}})
    ask = wire.ask_json(shelf.ASK, (), shelf.SIGNATURE)
    for wrong in ({"epoch": 2**32}, {"index": 256}, {"askedAt": 2**48}, {"index": True}):
        with pytest.raises(InputError):
            wire.ask_from_json({**ask, "ask": {**ask["ask"], **wrong}})


def test_read_status__too_many_delayed__is_refused() -> None:
    """A status names at most a hundred delayed licences."""
    whole = replace(shelf.STATUS, delayed=tuple(range(wire.DELAYED)))
    assert wire.status_from_json(wire.status_json(whole)) == whole
    more = replace(shelf.STATUS, delayed=tuple(range(wire.DELAYED + 1)))
    with pytest.raises(InputError):
        wire.status_from_json(wire.status_json(more))


@pytest.mark.parametrize("kind", ["missing", "forgone"])
def test_read_status__too_many_missing__is_refused(kind: str) -> None:
    """A status names at most a thousand missing shares, and at most a thousand forgone ones."""
    whole = replace(shelf.STATUS, **{kind: (bytes(32),) * wire.MISSING})
    assert wire.status_from_json(wire.status_json(whole)) == whole
    more = replace(shelf.STATUS, **{kind: (bytes(32),) * (wire.MISSING + 1)})
    with pytest.raises(InputError):
        wire.status_from_json(wire.status_json(more))


def test_status__alarm_without_end__is_cut() -> None:
    """A keeper whose alarm is a long story is still heard."""
    loud = replace(shelf.STATUS, alarm="x" * 10_000)
    said = wire.status_from_json(wire.status_json(loud)).alarm
    assert said == "x" * 2_000


@pytest.mark.parametrize(
    "body", [b"", b"{", b"\xff", b"NaN", b'{"a":Infinity}', b"[" * 60_000, b"1" * 5_000]
)
def test_json_in__no_json__is_an_input_error(body: bytes) -> None:
    """Half a body, other bytes, numbers that JSON does not have, and nesting are all refused."""
    with pytest.raises(InputError):
        json_in(body, brackets=100)


def test_json_in__brackets__are_counted() -> None:
    """As many as allowed are read, one more is not."""
    assert json_in(b"[[[]]]", brackets=3) == [[[]]]
    with pytest.raises(InputError):
        json_in(b"[[[]]]", brackets=2)


@pytest.mark.parametrize(("made", "write", "read"), EVERYTHING.values(), ids=EVERYTHING.keys())
@given(data=st.data())
def test_wire__through_json__is_the_same(
    made: Any, write: Callable[..., Any], read: Callable[[Any], Any], data: st.DataObject
) -> None:
    """What one side says is what the other side reads, to the last bit."""
    values = data.draw(made)
    again = read(json.loads(json.dumps(write(*values))))
    assert again == (values if len(values) > 1 else values[0])


@pytest.mark.parametrize(("read", "found"), EXAMPLES.values(), ids=EXAMPLES.keys())
def test_read__more_than_known__is_ignored(
    read: Callable[[Any], Any], found: dict[str, Any]
) -> None:
    """A later keeper may say more."""
    assert read({**found, "motto": "all for all"}) == read(found)


@pytest.mark.parametrize(("read", "found"), EXAMPLES.values(), ids=EXAMPLES.keys())
def test_wire__wide_integers__are_text(read: Callable[[Any], Any], found: dict[str, Any]) -> None:
    """Nothing that JavaScript reads loses a digit."""

    def numbers(value: Any) -> list[int]:
        if isinstance(value, dict):
            return [number for each in value.values() for number in numbers(each)]
        if isinstance(value, list):
            return [number for each in value for number in numbers(each)]
        return [value] if isinstance(value, int) else []

    assert all(number <= SAFE for number in numbers(found))
    assert read(found) is not None
