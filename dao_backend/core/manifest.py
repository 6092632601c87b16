"""The manifest of an edition: which contributions, with how many units, under which root.

Entries are sorted by contribution id. The root is that of OpenZeppelin's standard Merkle tree
over leaves keccak256(keccak256(abi.encode(record's fields, units))), so that a contract can
check membership; it is what the keepers attest. The published file is the entries as canonical
JSON lines with each one's share commitments, which the entry's `shareRoot` commits to.
Root and file are pure functions of chain events and the keepers' public records.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from dao_backend.core.history import active_at
from dao_backend.core.merkle import SetTree, list_root, set_tree
from dao_backend.core.model import Address, Contribution, Edition, Record, address
from dao_backend.core.packing import address_word, bytes_of, hex_of, keccak256, uint
from dao_backend.core.records import record_from_json
from dao_backend.core.typed import message_json
from dao_backend.errors import InputError, ManifestMismatch, NotFound

VERSION = 1
_BRACKETS = 2
"""Opening ones in the line of an entry: its own, and its commitments'."""
_UNREADABLE = (KeyError, TypeError, ValueError, OverflowError, AttributeError, InputError)

Commitments = tuple[bytes, ...]
"""The n share commitments of one contribution, in index order."""


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
        ids = [entry.record.contribution_id for entry in self.entries]
        if any(left >= right for left, right in pairwise(ids)):
            raise ManifestMismatch("entries are not in strictly ascending order of their id")
        if any(entry.record.collection != self.collection for entry in self.entries):
            raise ManifestMismatch(f"an entry is not of collection {self.collection}")

    @property
    def total_units(self) -> int:
        """Units of all entries together: what the edition's revenue is divided by."""
        return sum(entry.units for entry in self.entries)


@dataclass(frozen=True, slots=True)
class Published:
    """A manifest with the share commitments of every entry, in the order of the entries."""

    manifest: Manifest
    commitments: tuple[Commitments, ...]


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


def check_edition(manifest: Manifest, edition: Edition) -> None:
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


def root(manifest: Manifest) -> bytes:
    """The edition root; raise InputError for a manifest without entries."""
    return tree(manifest).root


def proof(manifest: Manifest, contribution: bytes) -> tuple[bytes, ...]:
    """Proof for Solidity's `MerkleProof` that `contribution` (an id) is in the edition.

    Raise NotFound when it is not. Builds the whole tree: for many proofs keep `tree(manifest)`.
    """
    for entry in manifest.entries:
        if entry.record.contribution_id == contribution:
            return tree(manifest).proof(leaf(entry))
    raise NotFound(f"contribution {hex_of(contribution)} is not in this edition")


def encode(published: Published) -> Iterator[bytes]:
    """The file, line by line: a header, then one line for each entry.

    Raise ManifestMismatch when commitments do not belong to the entry's share root.
    """
    manifest = published.manifest
    yield _line(_header(manifest))
    for entry, commitments in zip(manifest.entries, published.commitments, strict=True):
        _check_commitments(entry, commitments)
        yield _entry_line(entry, commitments)


def decode(lines: Iterable[bytes], chain_id: int, registry: Address, edition: Edition) -> Published:
    """Read a file given as lines with their line ends, as an open binary file yields them.

    `edition` is what the chain says, with its attested root. Raise ManifestMismatch unless these
    are byte for byte the file of that edition of that registry.
    """
    entries: list[Entry] = []
    commitments: list[Commitments] = []
    header = b""
    for number, line in enumerate(lines):
        if number == 0:
            header = line
            continue
        entry, own = _parse(line, number + 1)
        _check_commitments(entry, own)
        entries.append(entry)
        commitments.append(own)
    manifest = _under_header(header, entries)
    if (manifest.chain_id, manifest.registry) != (chain_id, registry):
        raise ManifestMismatch("the manifest is of another registry or chain")
    check_edition(manifest, edition)
    return Published(manifest, tuple(commitments))


def _header(manifest: Manifest) -> dict[str, object]:
    return {
        "version": VERSION,
        "chainId": manifest.chain_id,
        "registry": manifest.registry,
        "collection": manifest.collection,
        "historyCount": manifest.history_count,
        "count": len(manifest.entries),
        "root": hex_of(root(manifest)),
    }


def _line(value: dict[str, object]) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode() + b"\n"


def _entry_line(entry: Entry, commitments: Sequence[bytes]) -> bytes:
    units = {"units": str(entry.units)}
    shares = {"shareCommitments": [hex_of(commitment) for commitment in commitments]}
    return _line(message_json(entry.record) | units | shares)


def _check_commitments(entry: Entry, commitments: Sequence[bytes]) -> None:
    if not commitments or list_root(commitments) != entry.record.share_root:
        name = hex_of(entry.record.contribution_id)
        raise ManifestMismatch(f"share commitments of {name} do not have its share root")


def _object(line: bytes) -> dict[str, Any]:
    """The object in a line; ValueError for one with more inside it than any line has.

    The parser recurses, and other libraries set how deep it may.
    """
    if line.count(b"{") + line.count(b"[") > _BRACKETS:
        raise ValueError("nested too deeply")
    found = json.loads(line)
    if not isinstance(found, dict):
        raise ValueError("no object")  # noqa: TRY004  # one error for everything unreadable
    return found


def _parse(line: bytes, number: int) -> tuple[Entry, Commitments]:
    try:
        found = _object(line)
        record = record_from_json(found)
        entry = Entry(record, int(found["units"]))
        commitments = tuple(bytes_of(text) for text in found["shareCommitments"])
        if _entry_line(entry, commitments) != line:
            raise ManifestMismatch(f"line {number} is not in canonical form")
    except _UNREADABLE as error:
        raise ManifestMismatch(f"line {number} is no entry of a manifest") from error
    return entry, commitments


def _under_header(line: bytes, entries: Sequence[Entry]) -> Manifest:
    try:
        found = _object(line)
        manifest = Manifest(
            chain_id=int(found["chainId"]),
            registry=address(found["registry"]),
            collection=int(found["collection"]),
            history_count=int(found["historyCount"]),
            entries=tuple(entries),
        )
        canonical = _line(_header(manifest))
    except _UNREADABLE as error:
        raise ManifestMismatch("the first line is no header of a manifest") from error
    if canonical != line:
        raise ManifestMismatch("the header does not describe the entries that follow it")
    return manifest
