"""The index keeps the widest value of every field of every event, as the contracts' ABI has it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from eth_abi.abi import encode

from dao_backend.chain.abi import Event, Parameter
from dao_backend.chain.artifacts import ContractName, abi_of
from dao_backend.chain.decode import Decoder, homes_of
from dao_backend.chain.wire import RawLog
from dao_backend.core import events as e
from dao_backend.core.facts import Addresses
from dao_backend.core.model import Address
from dao_backend.database import OtherTables, open_database
from dao_backend.index.schema import KINDS, VERSION, metadata
from dao_backend.index.sqlite import SqliteIndex
from tests.support.core_actors import seed, wallet
from tests.support.indexed import LAST, STORY, block, told

WIDEST = 2**64 - 1


@pytest.fixture
def index(tmp_path: Path) -> Iterator[SqliteIndex]:
    """An index that has read nothing."""
    index = SqliteIndex(tmp_path / "index.sqlite")
    yield index
    index.close()


def widest(parameter: Parameter, kind: str) -> Any:
    """The widest value of a type; structs and lists field by field."""
    if kind.endswith("]"):
        inner, _, size = kind[:-1].rpartition("[")
        return [widest(parameter, inner)] * int(size or 1)
    if kind.startswith("("):
        return tuple(widest(each, each.kind) for each in parameter.components)
    if kind.startswith("uint"):
        # Enumerations and bit sets have fewer values than their integers.
        few = {"purposes": 15, "support": 2}
        return few.get(parameter.name, 2 ** int(kind[4:]) - 1)
    if kind == "address":
        return wallet(77)
    if kind.startswith("bytes"):
        return bytes([0xFF]) * int(kind[5:] or 40)
    return {"string": "words", "bool": True}[kind]


def encoded(parameters: Sequence[Parameter]) -> bytes:
    """Their widest values as a contract writes them."""
    kinds = [each.kind for each in parameters]
    return encode(kinds, [widest(each, each.kind) for each in parameters])


def logged(emitter: Address, event: Event, number: int) -> RawLog:
    """The log of an event with the widest values."""
    topics = (event.topic, *(encoded([each]) for each in event.inputs if each.indexed))
    return RawLog(
        emitter=emitter,
        topics=topics,
        data=encoded([each for each in event.inputs if not each.indexed]),
        block=number,
        block_hash=seed("block", number),
        index=0,
        transaction=seed("transaction", number),
        timestamp=1_700_000_000,
    )


def widest_story() -> list[e.LogEvent]:
    """Every event that the index keeps, once, in a block of its own."""
    names = Addresses.__dataclass_fields__
    fields: dict[str, Any] = {name: wallet(100 + at) for at, name in enumerate(names)}
    addresses = Addresses(**fields)
    decoder, homes = Decoder(addresses), homes_of(addresses)
    story: list[e.LogEvent] = []
    for contract in ContractName:
        for event in abi_of(contract).events.values() if contract in homes else ():
            number = len(story) + 1
            found = decoder.event(logged(homes[contract], event, number), 1_700_000_000)
            story += [found] if found else []
    return story


def test_open__file_of_the_version_before__says_to_delete_it(tmp_path: Path) -> None:
    """Its integers have another form; the index is made anew from the chain."""
    path = tmp_path / "index.sqlite"
    open_database(path, metadata, VERSION - 1).dispose()
    with pytest.raises(OtherTables, match="delete the file and start again"):
        SqliteIndex(path)


def test_apply__widest_values_of_every_event__are_read_back(index: SqliteIndex) -> None:
    """What any account can have logged is kept as it was logged."""
    story = widest_story()
    assert {type(event.fact).__name__ for event in story} == set(KINDS)
    index.apply(story, block(len(story)))
    assert index.events(limit=500).rows == tuple(story)


def test_lookup__widest_ids__are_found_with_what_belongs_to_them(index: SqliteIndex) -> None:
    """Facts about one licence, request or offer are joined by ids of all 64 bits."""
    story = widest_story()
    index.apply(story, block(len(story)))
    licence = index.licence(WIDEST)
    assert licence.licence.licence_id == WIDEST
    assert [(each.bundle_length, each.count) for each in licence.receipts] == [(WIDEST, WIDEST)]
    request = index.request(WIDEST)
    assert (request.request_id, request.offer_id) == (WIDEST, WIDEST)
    offer = index.offer(WIDEST)
    assert (offer.replaces, offer.replaced_by) == (WIDEST, WIDEST)
    assert index.dispute(WIDEST).bond_paid
    assert index.meter(WIDEST).used == 2**128 - 1
    assert [each.licence_id for each in index.royalties(licence_id=WIDEST).rows] == [WIDEST]
    proposal = index.proposal(2**256 - 1)
    assert (proposal.request_id, proposal.vote_end) == (WIDEST, 2**256 - 1)
    assert proposal.eta == 2**256 - 1


def test_totals__lengths_of_all_64_bits__are_added_exactly(index: SqliteIndex) -> None:
    """The sum passes 64 bits, as one appraiser can let it."""
    told(index, STORY, LAST)
    before = index.totals().bytes_stored
    own = [event.fact for event in STORY if isinstance(event.fact, e.Contributed)]
    assert before == sum(fact.record.length for fact in own)
    template = next(event for event in STORY if isinstance(event.fact, e.Contributed))
    assert isinstance(template.fact, e.Contributed)
    for at, length in enumerate((WIDEST, WIDEST - 1, 2**63), start=1):
        record = replace(template.fact.record, contribution_id=seed("wide", at), length=length)
        fact = replace(template.fact, record=record)
        place = e.Position(LAST + at, 0)
        index.apply([replace(template, position=place, fact=fact)], block(LAST + at))
    assert index.totals().bytes_stored == before + WIDEST + WIDEST - 1 + 2**63
