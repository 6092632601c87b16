"""The published file of a keeper that knows no commitments of what it goes on without."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dao_backend.core import manifest as m
from dao_backend.core import manifest_file
from dao_backend.core.model import Contribution, Edition
from dao_backend.errors import ManifestMismatch
from tests.support.core_actors import CHAIN, REGISTRY, committee, dealt, wallet

DEALT = sorted(
    (dealt(number, committee(2, 3)) for number in range(5)),
    key=lambda one: one.record.contribution_id,
)
MANIFEST = m.build(
    CHAIN,
    REGISTRY,
    0,
    5,
    [
        Contribution(one.record, units=10, appraiser=wallet(50), history_count=number)
        for number, one in enumerate(DEALT, 1)
    ],
)
WHOLE = m.Published(MANIFEST, tuple(one.dealing.commitments for one in DEALT))
EDITION = Edition(1, 0, 1_700_000_000, 50, 5, 1, m.root(MANIFEST))
NONE = b'"shareCommitments":[]'


def without(*places: int) -> m.Published:
    """The whole manifest, with no commitments at these places."""
    known = enumerate(WHOLE.commitments)
    return replace(WHOLE, commitments=tuple(() if at in places else own for at, own in known))


def read(lines: list[bytes]) -> m.Published:
    """What a buyer does with the file of that edition."""
    return manifest_file.decode(lines, CHAIN, REGISTRY, EDITION)


@pytest.mark.parametrize("count", [1, 2])
def test_encode__some_of_the_commitments__is_refused(count: int) -> None:
    """All or none: with some of them a keeper could not be told from its neighbour."""
    first, *rest = WHOLE.commitments
    with pytest.raises(ManifestMismatch, match="do not have its share root"):
        list(manifest_file.encode(replace(WHOLE, commitments=(first[:count], *rest))))


@pytest.mark.parametrize(
    "spoiled",
    [
        b'"shareCommitments":null',
        b'"shareCommitments":""',
        b'"shareCommitments":{}',
        b'"shareCommitments":[ ]',
        b'"shareCommitments":[""]',
        b'"shareCommitments":["0x"]',
        b'"shareCommitments":[[]]',
        b'"shareCommitments":[],"shareCommitments":[]',
        b'"shares":[]',
    ],
)
def test_decode__no_commitments_in_another_form__is_refused(spoiled: bytes) -> None:
    """There is one way to say that none are known."""
    lines = list(manifest_file.encode(without(2)))
    assert NONE in lines[3]
    lines[3] = lines[3].replace(NONE, spoiled)
    with pytest.raises(ManifestMismatch):
        read(lines)


@pytest.mark.parametrize("places", [(), (2,), (0, 4), range(5)])
def test_decode__commitments_not_known__is_the_manifest_byte_for_byte(places: list[int]) -> None:
    """The entries and their root are the same, whatever the keeper knows of their shares."""
    published = without(*places)
    lines = list(manifest_file.encode(published))
    assert read(lines) == published
    assert list(manifest_file.encode(read(lines))) == lines
    assert [at for at, line in enumerate(lines[1:]) if NONE in line] == list(places)
