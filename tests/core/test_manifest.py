"""The manifest: which contributions stand in an edition, its root, its file."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

import pytest
from eth_abi import encode as abi_encode
from eth_utils import keccak
from hypothesis import given
from hypothesis import strategies as st

from dao_backend.core import manifest as m
from dao_backend.core import manifest_file
from dao_backend.core.merkle import proves
from dao_backend.core.model import Contribution, Edition
from dao_backend.errors import InputError, ManifestMismatch, NotFound
from tests.support.core_actors import CHAIN, REGISTRY, committee, dealt, seed, wallet

MEMBERS = committee(2, 3)
DEALT = [dealt(number, MEMBERS, collection=number % 2) for number in range(12)]
CONTRIBUTIONS = [
    Contribution(one.record, units=10 + number, appraiser=wallet(50), history_count=number + 1)
    for number, one in enumerate(DEALT)
]
COMMITMENTS = {one.record.contribution_id: one.dealing.commitments for one in DEALT}


def manifest_of(collection: int = 0, count: int = 12) -> m.Manifest:
    """The manifest of the twelve contributions."""
    return m.build(CHAIN, REGISTRY, collection, count, CONTRIBUTIONS)


def published(manifest: m.Manifest) -> m.Published:
    """The manifest with everybody's share commitments."""
    ids = [entry.record.contribution_id for entry in manifest.entries]
    return m.Published(manifest, tuple(COMMITMENTS[identity] for identity in ids))


def lines_of(manifest: m.Manifest) -> list[bytes]:
    """The file."""
    return list(manifest_file.encode(published(manifest)))


def edition(**changed: object) -> Edition:
    """The edition that was sealed over the twelve."""
    sealed = Edition(
        edition_id=1,
        collection=0,
        timepoint=1_700_000_000,
        total_units=manifest_of().total_units,
        history_count=12,
        epoch=1,
        root=m.root(manifest_of()),
    )
    return replace(sealed, **changed)


def read(lines: list[bytes]) -> m.Published:
    """What a buyer does with the file of that edition."""
    return manifest_file.decode(lines, CHAIN, REGISTRY, edition())


SPOILED: dict[str, Callable[[list[bytes]], list[bytes]]] = {
    "empty": lambda lines: [],
    "header only": lambda lines: lines[:1],
    "entry missing": lambda lines: lines[:-1],
    "entry twice": lambda lines: [*lines, lines[-1]],
    "swapped": lambda lines: [lines[0], lines[2], lines[1], *lines[3:]],
    "no line end": lambda lines: [*lines[:-1], lines[-1].rstrip()],
    "spaces": lambda lines: [*lines[:-1], lines[-1].replace(b":", b": ")],
    "upper case": lambda lines: [*lines[:-1], lines[-1].replace(b"0x", b"0X", 1)],
    "unknown field": lambda lines: [*lines[:-1], lines[-1].replace(b"{", b'{"a":1,', 1)],
    "field missing": lambda lines: [*lines[:-1], lines[-1].replace(b'"units"', b'"unit"')],
    "other units": lambda lines: [*lines[:-1], lines[-1].replace(b'"units":"', b'"units":"1')],
    "no json": lambda lines: [*lines[:-1], b"{\n"],
    "no object": lambda lines: [*lines[:-1], b"[]\n"],
    "not utf-8": lambda lines: [*lines[:-1], b"\xff\n"],
    "other chain": lambda lines: [lines[0].replace(b"31337", b"1"), *lines[1:]],
    "other registry": lambda lines: [
        lines[0].replace(REGISTRY.encode(), wallet(1).encode()), *lines[1:],
    ],
    "other collection": lambda lines: [
        lines[0].replace(b'"collection":0', b'"collection":1'), *lines[1:],
    ],
    "other version": lambda lines: [lines[0].replace(b'"version":1', b'"version":2'), *lines[1:]],
    "other count": lambda lines: [lines[0].replace(b'"count":6', b'"count":5'), *lines[1:]],
    "no header": lambda lines: lines[1:],
}  # fmt: skip


@pytest.mark.parametrize("how", SPOILED)
def test_decode__any_other_bytes__is_refused(how: str) -> None:
    """A file is read byte for byte as it is written, or not at all."""
    lines = lines_of(manifest_of())
    spoiled = SPOILED[how](lines)
    assert spoiled != lines
    with pytest.raises(ManifestMismatch):
        read(spoiled)


def test_decode__another_editions_file__is_refused() -> None:
    """A sound file of another point in the history is not taken for this edition's."""
    with pytest.raises(ManifestMismatch):
        read(lines_of(manifest_of(count=11)))


def test_encode__foreign_commitments__is_refused() -> None:
    """Commitments are published only under the share root of their own record."""
    sound = published(manifest_of())
    turned = m.Published(sound.manifest, (*sound.commitments[1:], sound.commitments[0]))
    with pytest.raises(ManifestMismatch):
        list(manifest_file.encode(turned))


def test_encode__commitments_in_another_order__is_refused() -> None:
    """Nobody can be blamed for another keeper's share by swapping commitments."""
    sound = published(manifest_of())
    first, second, third = sound.commitments[0]
    swapped = m.Published(sound.manifest, ((second, first, third), *sound.commitments[1:]))
    with pytest.raises(ManifestMismatch):
        list(manifest_file.encode(swapped))


@pytest.mark.parametrize("change", [lambda e: e[::-1], lambda e: (e[0], e[0])])
def test_manifest__entries_unsorted_or_repeated__is_refused(
    change: Callable[[tuple[m.Entry, ...]], tuple[m.Entry, ...]],
) -> None:
    """Entries ascend by contribution id, each once."""
    base = manifest_of()
    with pytest.raises(ManifestMismatch):
        replace(base, entries=change(base.entries))


def test_manifest__entry_of_another_collection__is_refused() -> None:
    """An edition is of one collection."""
    with pytest.raises(ManifestMismatch):
        replace(manifest_of(), collection=1)


def summarised(entries: Iterable[m.Entry], collection: int = 0) -> m.Summary:
    """The summary of entries that come one by one."""
    return m.summarise(CHAIN, REGISTRY, collection, 12, iter(entries))


@pytest.mark.parametrize("change", [lambda e: e[::-1], lambda e: (e[0], e[0])])
def test_summarise__entries_unsorted_or_repeated__is_refused(
    change: Callable[[tuple[m.Entry, ...]], tuple[m.Entry, ...]],
) -> None:
    """What comes one by one is held to the same order."""
    with pytest.raises(ManifestMismatch, match="ascending order"):
        summarised(change(manifest_of().entries))


def test_summarise__entry_of_another_collection__is_refused() -> None:
    """An edition is of one collection, however it is read."""
    with pytest.raises(ManifestMismatch, match="not of collection 1"):
        summarised(manifest_of().entries, collection=1)


def test_summarise__no_entries__is_refused() -> None:
    """Nothing has no root."""
    with pytest.raises(InputError, match="without contributions"):
        summarised(())


@pytest.mark.parametrize("count", [5, 7])
def test_lines__another_number_of_entries_than_summarised__is_refused(count: int) -> None:
    """A file whose header says another number of entries than follow is never finished."""
    sound = published(manifest_of())
    listed = list(zip(sound.manifest.entries, sound.commitments, strict=True))
    summary = summarised(sound.manifest.entries)
    with pytest.raises(ManifestMismatch, match=f"{count} entries are not the 6"):
        list(manifest_file.lines(summary, (listed + listed)[:count]))


def test_summarise__entries_one_by_one__says_what_the_whole_manifest_says() -> None:
    """Root, count and units are those of the manifest in memory, and so is the file."""
    whole = published(manifest_of())
    found = summarised(whole.manifest.entries)
    assert found == m.Summary(
        CHAIN, REGISTRY, 0, 12, 6, whole.manifest.total_units, m.tree(whole.manifest).root
    )
    m.check_edition(found, edition())
    listed = zip(whole.manifest.entries, whole.commitments, strict=True)
    assert list(manifest_file.lines(found, listed)) == lines_of(manifest_of())


@pytest.mark.parametrize(
    "changed",
    [{"collection": 1}, {"total_units": 1}, {"history_count": 11}, {"root": seed("other")}],
    ids=lambda changed: next(iter(changed)),
)
def test_check_edition__summary_differs_from_the_chain__is_refused(
    changed: dict[str, object],
) -> None:
    """A summary is held against everything that the chain says of the edition."""
    with pytest.raises(ManifestMismatch):
        m.check_edition(summarised(manifest_of().entries), edition(**changed))


def test_root__no_entries__is_refused() -> None:
    """An edition that everybody has left has no root, and nothing in it can be sold."""
    with pytest.raises(InputError):
        m.root(manifest_of(count=0))


def test_proof__contribution_outside__is_not_found() -> None:
    """There is no proof of what the edition does not hold."""
    with pytest.raises(NotFound):
        m.proof(manifest_of(), DEALT[1].record.contribution_id)


@pytest.mark.parametrize(
    "changed",
    [{"collection": 1}, {"total_units": 1}, {"history_count": 11}, {"root": seed("other")}],
    ids=lambda changed: next(iter(changed)),
)
def test_check_edition__any_figure_differs__is_refused(changed: dict[str, object]) -> None:
    """A manifest is held against everything that the chain says of the edition."""
    with pytest.raises(ManifestMismatch):
        m.check_edition(manifest_of(), edition(**changed))


def test_check_edition__as_sealed__is_accepted() -> None:
    """The rebuilt manifest is that of the edition, before and after its attestation."""
    m.check_edition(manifest_of(), edition())
    m.check_edition(manifest_of(), edition(root=None))


def test_build__withdrawn__stands_in_older_editions_only() -> None:
    """A withdrawal takes effect at its place in the history, not before and not after."""
    gone = replace(CONTRIBUTIONS[0], withdrawn_at=8)
    rest = [gone, *CONTRIBUTIONS[1:]]
    identity = gone.record.contribution_id
    for count in range(13):
        built = m.build(CHAIN, REGISTRY, 0, count, rest)
        ids = {entry.record.contribution_id for entry in built.entries}
        assert (identity in ids) == (1 <= count < 8)


def test_build__two_collections__holds_only_its_own() -> None:
    """The two manifests part the twelve contributions between them."""
    assert [len(manifest_of(number).entries) for number in (0, 1, 2)] == [6, 6, 0]
    assert manifest_of().total_units == sum(10 + number for number in range(0, 12, 2))


def test_leaf__any__is_the_double_hash_of_the_abi_encoding() -> None:
    """A leaf is what Solidity computes with abi.encode and two keccak256."""
    entry = manifest_of().entries[0]
    record = entry.record
    encoded = abi_encode(
        ["bytes32", "address", "uint8", "bytes32", "uint64", "bytes32", "bytes32", "bytes32",
         "uint32", "uint64"],
        [record.contribution_id, record.contributor, record.collection, record.cid_digest,
         record.length, record.envelope_commitment, record.key_id, record.share_root,
         record.epoch, entry.units],
    )  # fmt: skip
    assert m.leaf(entry) == keccak(keccak(encoded))


def test_decode__what_was_encoded__is_the_manifest_and_its_commitments() -> None:
    """The file gives back everything it was made from."""
    assert read(lines_of(manifest_of())) == published(manifest_of())


@given(
    order=st.permutations(CONTRIBUTIONS),
    gone=st.dictionaries(st.integers(0, 11), st.integers(13, 20)),
    count=st.integers(1, 20),
)
def test_build__events_in_any_order__is_the_same_manifest_with_sound_proofs(
    order: list[Contribution], gone: dict[int, int], count: int
) -> None:
    """A manifest is a function of the set of contributions and the history count."""
    left = [replace(CONTRIBUTIONS[n], withdrawn_at=gone.get(n)) for n in range(12)]
    by_id = {one.record.contribution_id: one for one in left}
    shuffled = [by_id[one.record.contribution_id] for one in order]
    built = m.build(CHAIN, REGISTRY, 0, count, shuffled)
    assert built == m.build(CHAIN, REGISTRY, 0, count, left)
    for entry in built.entries:
        path = m.proof(built, entry.record.contribution_id)
        assert proves(m.root(built), m.leaf(entry), path)
        assert not proves(m.root(built), m.leaf(replace(entry, units=entry.units + 1)), path)
