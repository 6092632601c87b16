"""The manifest of an edition: which contributions, with how many units, under which root.

Entries are sorted by contribution id. The root is that of OpenZeppelin's standard Merkle tree
over leaves keccak256(keccak256(abi.encode(record's fields, units))), so that a contract can
check membership; it is what the keepers attest. It is a pure function of chain events.
A `Summary` is made from entries one by one, so that an edition of any size fits; `manifest_file`
is the published form.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from dao_backend.core.history import active_at
from dao_backend.core.merkle import SetTree, set_root, set_tree
from dao_backend.core.model import Address, Contribution, Edition, Record
from dao_backend.core.packing import address_word, hex_of, keccak256, uint
from dao_backend.errors import InputError, ManifestMismatch, NotFound

Commitments = tuple[bytes, ...]
"""The n share commitments of one contribution, in index order; () where they are not known."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One contribution of an edition: its record and its units."""

    record: Record
    units: int


@dataclass(frozen=True, slots=True)
class Manifest:
    """The entries of one collection as of `history_count`, by ascending contribution id."""

    chain_id: int
    registry: Address
    collection: int
    history_count: int
    entries: tuple[Entry, ...]

    def __post_init__(self) -> None:
        for _ in in_order(self.collection, self.entries):
            pass

    @property
    def total_units(self) -> int:
        """Units of all entries together: what the edition's revenue is divided by."""
        return sum(entry.units for entry in self.entries)


@dataclass(frozen=True, slots=True)
class Published:
    """A manifest with the share commitments of every entry, in the order of the entries."""

    manifest: Manifest
    commitments: tuple[Commitments, ...]


@dataclass(frozen=True, slots=True)
class Summary:
    """All that is said of a manifest as a whole."""

    chain_id: int
    registry: Address
    collection: int
    history_count: int
    count: int
    """How many entries it has."""
    total_units: int
    root: bytes


def summarise(
    chain_id: int,
    registry: Address,
    collection: int,
    history_count: int,
    entries: Iterable[Entry],
) -> Summary:
    """The summary of a manifest whose entries come one by one, by ascending contribution id.

    Keeps 32 bytes of each. Raise ManifestMismatch for an entry that is not in its place or of
    another collection, InputError for no entries, which have no root.
    """
    count = total_units = 0

    def leaves() -> Iterator[bytes]:
        nonlocal count, total_units
        for entry in in_order(collection, entries):
            count += 1
            total_units += entry.units
            yield leaf(entry)

    found = _root(leaves())
    return Summary(chain_id, registry, collection, history_count, count, total_units, found)


def in_order(collection: int, entries: Iterable[Entry]) -> Iterator[Entry]:
    """The same entries; ManifestMismatch at the first that cannot stand where it stands."""
    before = b""
    for entry in entries:
        record = entry.record
        if record.contribution_id <= before:
            raise ManifestMismatch("entries are not in strictly ascending order of their id")
        if record.collection != collection:
            raise ManifestMismatch(f"an entry is not of collection {collection}")
        before = record.contribution_id
        yield entry


def build(
    chain_id: int,
    registry: Address,
    collection: int,
    history_count: int,
    contributions: Iterable[Contribution],
) -> Manifest:
    """The manifest of `collection` after the first `history_count` changes of the registry."""
    active = active_at(contributions, collection, history_count)
    entries = sorted(
        (Entry(found.record, found.units) for found in active),
        key=lambda entry: entry.record.contribution_id,
    )
    return Manifest(chain_id, registry, collection, history_count, tuple(entries))


def check_edition(manifest: Manifest | Summary, edition: Edition) -> None:
    """Raise ManifestMismatch unless `manifest` is what `edition` sealed.

    The same point of the same collection's history, the same units in all, and the attested root
    once there is one.
    """
    sealed = (edition.collection, edition.history_count, edition.total_units)
    built = (manifest.collection, manifest.history_count, manifest.total_units)
    if built != sealed:
        raise ManifestMismatch(
            f"edition {edition.edition_id} was sealed over (collection, changes, units) "
            f"{sealed}, but the manifest has {built}"
        )
    if edition.root is not None and edition.root != root(manifest):
        raise ManifestMismatch(
            f"the manifest's root is not the one of edition {edition.edition_id}"
        )


def leaf(entry: Entry) -> bytes:
    """The entry's double-hashed leaf."""
    record = entry.record
    fields = (
        record.contribution_id
        + address_word(record.contributor)
        + uint(record.collection, 8)
        + record.cid_digest
        + uint(record.length, 64)
        + record.envelope_commitment
        + record.key_id
        + record.share_root
        + uint(record.epoch, 32)
        + uint(entry.units, 64)
    )
    return keccak256(keccak256(fields))


def tree(manifest: Manifest) -> SetTree:
    """The whole tree; raise InputError for a manifest without entries, which has no root."""
    if not manifest.entries:
        raise InputError("an edition without contributions has no root")
    return set_tree([leaf(entry) for entry in manifest.entries])


def root(manifest: Manifest | Summary) -> bytes:
    """The edition root; raise InputError for a manifest without entries."""
    if isinstance(manifest, Summary):
        return manifest.root
    return _root(leaf(entry) for entry in manifest.entries)


def _root(leaves: Iterable[bytes]) -> bytes:
    try:
        return set_root(leaves)
    except InputError as error:
        raise InputError("an edition without contributions has no root") from error


def proof(manifest: Manifest, contribution: bytes) -> tuple[bytes, ...]:
    """Proof for Solidity's `MerkleProof` that `contribution` (an id) is in the edition.

    Raise NotFound when it is not. Builds the whole tree: for many proofs keep `tree(manifest)`.
    """
    for entry in manifest.entries:
        if entry.record.contribution_id == contribution:
            return tree(manifest).proof(leaf(entry))
    raise NotFound(f"contribution {hex_of(contribution)} is not in this edition")
