"""Sealing a contribution: what leaves this machine, and what it can be opened with."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from dao_backend.core.cid import Cid
from dao_backend.core.content import open_content
from dao_backend.core.crypto import ContentKey
from dao_backend.core.envelope import context
from dao_backend.core.identity import contribution_id, key_id
from dao_backend.core.message import Metadata
from dao_backend.core.shares import (
    check_dealing,
    open_for_appraiser,
    open_share,
    recover,
    seat_of,
)
from dao_backend.core.submission import submission_json
from dao_backend.core.typed import record_hash, recover_signer
from dao_backend.errors import CidMismatch, EmptyContent, InputError, StorageFull
from dao_backend.service.contributing import Sealed, Wish, contribute, seal_contribution
from dao_backend.service.sources import open_source
from tests.support.core_actors import sealing_secret
from tests.support.running_dao import ALICE, RunningDao, program

TEXT = program(1)


def wish(dao: RunningDao, blocks: Iterable[bytes], collection: int = 0) -> Wish:
    """What Alice wants to contribute."""
    metadata = Metadata("text/x-python", "steps.py")
    return Wish(dao.chain.signer(ALICE).address, collection, metadata, blocks)


def keys_of(dao: RunningDao, sealed: Sealed) -> list[ContentKey]:
    """The content key as each pair of keepers would recover it."""
    committee = dao.system.facts.committee
    shares = {
        index: open_share(
            sealing_secret(1, index),
            sealed.sealed_shares[index - 1],
            seat_of(sealed.record, committee, index),
            sealed.commitments[index - 1],
        )
        for index in (1, 2, 3)
    }
    return [
        recover({index: shares[index] for index in pair}, sealed.record, sealed.commitments,
                committee, prove_dealing=True)
        for pair in ((1, 2), (1, 3), (2, 3))
    ]  # fmt: skip


# --- refusals -------------------------------------------------------------------------------


def test_seal__unknown_collection__is_refused_before_anything_is_stored(young: RunningDao) -> None:
    """A collection that the DAO does not have gets nothing, not even an upload."""
    stored: list[object] = []
    with pytest.raises(InputError, match="no collection 7"):
        seal_contribution(young.system.facts, wish(young, [TEXT], 7), young.drawn, stored.append)
    assert not stored


def test_seal__store_names_another_cid__is_a_mismatch(young: RunningDao) -> None:
    """A store that answers for other bytes than were sent is not believed."""

    def put(chunks: Iterable[bytes]) -> str:
        young.gateway.put_envelope(chunks)
        return young.gateway.put_envelope([b"something else"])

    with pytest.raises(CidMismatch, match="the store answered"):
        seal_contribution(young.system.facts, wish(young, [TEXT]), young.drawn, put)


def test_seal__store_keeps_only_the_beginning__is_a_mismatch(young: RunningDao) -> None:
    """An upload that was cut off on the other side is noticed here."""

    def put(chunks: Iterable[bytes]) -> str:
        whole = b"".join(chunks)
        return young.gateway.put_envelope([whole[:-1]])

    with pytest.raises(CidMismatch):
        seal_contribution(young.system.facts, wish(young, [TEXT]), young.drawn, put)


def test_seal__store_is_full__passes_the_error_on(young: RunningDao) -> None:
    """What the store says reaches the contributor."""

    def put(chunks: Iterator[bytes]) -> str:
        next(iter(chunks))
        raise StorageFull("no space left")

    with pytest.raises(StorageFull):
        seal_contribution(young.system.facts, wish(young, [TEXT]), young.drawn, put)


def test_contribute__empty_file__is_refused(young: RunningDao, tmp_path: Path) -> None:
    """An empty file is refused with its name, and nothing is stored."""
    path = tmp_path / "empty.txt"
    path.write_bytes(b"")
    with pytest.raises(EmptyContent):
        open_source(path, 2**20)


# --- what is sealed -------------------------------------------------------------------------


def test_seal__a_file__opens_with_any_two_keepers(young: RunningDao) -> None:
    """The envelope under the record's CID opens with the key that any two shares give."""
    sealed = young.sealed(ALICE, TEXT)
    record, where = sealed.record, young.dao.addresses
    cid = Cid.of(record.cid_digest, record.length)
    envelope = b"".join(young.gateway.envelope(cid))
    bound = context(where.chain_id, where.registry, record.contribution_id)
    for key in keys_of(young, sealed):
        metadata, data = open_content(key, bound, envelope)
        assert (metadata.name, data) == ("steps.py", TEXT)


def test_seal__a_file__makes_a_record_that_belongs_together(young: RunningDao) -> None:
    """Id, key id, length and dealing in the record are those of the contribution."""
    sealed = young.sealed(ALICE, TEXT)
    record, where = sealed.record, young.dao.addresses
    key = keys_of(young, sealed)[0]
    member = young.chain.signer(ALICE).address
    expected = contribution_id(where.chain_id, where.registry, member, sealed.nonce)
    assert record.contribution_id == expected
    assert record.key_id == key_id(record.contribution_id, key.raw)
    assert check_dealing(key, record, young.system.facts.committee)
    opened = open_for_appraiser(
        sealing_secret(9, 1), sealed.sealed_content_key, record_hash(record)
    )
    assert opened == key


def test_seal__twice__shares_nothing(young: RunningDao) -> None:
    """The same content sealed again has another id, key, envelope and dealing."""
    one, two = young.sealed(ALICE, TEXT), young.sealed(ALICE, TEXT)
    fields = ("contribution_id", "cid_digest", "envelope_commitment", "key_id", "share_root")
    assert all(getattr(one.record, name) != getattr(two.record, name) for name in fields)
    assert not set(one.sealed_shares) & set(two.sealed_shares)


def test_seal__what_is_handed_in__holds_no_key_and_no_plaintext(young: RunningDao) -> None:
    """Neither the submission nor the envelope shows key, shares, name or content."""
    submission = young.submission(ALICE, TEXT, "a-telling-name.py")
    record = submission.record
    envelope = b"".join(young.gateway.envelope(Cid.of(record.cid_digest, record.length)))
    text = json.dumps(submission_json(submission)) + envelope.hex() + repr(submission)
    sealed = Sealed(
        record,
        submission.nonce,
        submission.commitments,
        submission.sealed_shares,
        submission.sealed_content_key,
    )
    (key, *_) = keys_of(young, sealed)
    assert key.raw.hex() not in text
    assert b"a-telling-name".hex() not in text
    assert TEXT[:40].hex() not in text
    assert young.system.facts.appraiser.sealing_key.hex() not in envelope.hex()


def test_sign__a_record__is_the_contributors_consent(young: RunningDao) -> None:
    """What is signed is the record, in the registry's domain."""
    submission = young.submission(ALICE, TEXT)
    domain = young.dao.addresses.domain("DataRegistry")
    signer = recover_signer(domain, submission.record, submission.contributor_signature)
    assert signer == submission.record.contributor


@pytest.mark.parametrize("size", [1, 2**20 - 100, 2**20 + 1, 3 * 2**20])
def test_seal__any_size__streams_and_tells_how_far_it_is(young: RunningDao, size: int) -> None:
    """Progress rises to the envelope's length, and chunks have at most 1 MiB."""
    told: list[int] = []
    sizes: list[int] = []

    def put(chunks: Iterable[bytes]) -> str:
        def measured() -> Iterator[bytes]:
            for chunk in chunks:
                sizes.append(len(chunk))
                yield chunk

        return young.gateway.put_envelope(measured())

    blocks = [bytes(min(2**20, size - at)) for at in range(0, size, 2**20)]
    sealed = seal_contribution(
        young.system.facts, wish(young, blocks), young.drawn, put, told.append
    )
    assert told == sorted(told)
    assert told[-1] == sealed.record.length == sum(sizes)
    assert max(sizes) <= 2**20


def test_contribute__a_folder__is_appraised_and_not_registered(
    young: RunningDao, tmp_path: Path
) -> None:
    """One call seals a folder, hands it in and gives the appraiser's answer; nothing is minted."""
    folder = tmp_path / "package"
    folder.mkdir()
    for number in (1, 2):
        (folder / f"part{number}.py").write_bytes(program(number))
    source = open_source(folder, 2**20)
    signer, facts = young.chain.signer(ALICE), young.system.facts
    gateway: Any = young.gateway
    outcome = contribute(gateway, facts, source, 0, signer, young.drawn)
    assert outcome.units > 0
    assert outcome.appraisal is not None
    assert young.system.chain.history() == (bytes(32), 0)


def test_contribute__facts_of_another_chain__is_refused_on_arrival(young: RunningDao) -> None:
    """What was sealed for another chain's DAO is not taken by this one."""
    facts = young.system.facts
    elsewhere = replace(facts, addresses=replace(facts.addresses, chain_id=1))
    sealed = young.sealed(ALICE, TEXT, facts=elsewhere)
    with pytest.raises(InputError, match="nonce"):
        young.gateway.submit(young.signed(ALICE, sealed))
