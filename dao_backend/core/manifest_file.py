"""The published file of a manifest: a header, then one canonical JSON line for each entry.

A line is the entry with its n share commitments, which the entry's `shareRoot` commits to, or with
none, by which nobody can check a share: the keeper that wrote the file knows none, and goes on
without. The file is a pure function of chain events and the keepers' public records. It is written
line by line, and read byte for byte as it is written, or not at all.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from dao_backend.core.manifest import (
    Commitments,
    Entry,
    Manifest,
    Published,
    Summary,
    check_edition,
    summarise,
)
from dao_backend.core.merkle import list_root
from dao_backend.core.model import Address, Edition, address
from dao_backend.core.packing import bytes_of, hex_of
from dao_backend.core.records import record_from_json
from dao_backend.core.typed import message_json
from dao_backend.errors import InputError, ManifestMismatch

VERSION = 1
_BRACKETS = 2
"""Opening ones in the line of an entry: its own, and its commitments'."""
_UNREADABLE = (KeyError, TypeError, ValueError, OverflowError, AttributeError, InputError)


def encode(published: Published) -> Iterator[bytes]:
    """The file of a manifest in memory; see `lines`."""
    manifest = published.manifest
    listed = zip(manifest.entries, published.commitments, strict=True)
    yield from lines(_summary(manifest), listed)


def lines(summary: Summary, listed: Iterable[tuple[Entry, Commitments]]) -> Iterator[bytes]:
    """The file, line by line: a header, then one line for each entry.

    `listed` gives the entries that were summarised, in their order, each with its commitments or
    with (). Raise ManifestMismatch when commitments do not belong to the entry's share root, or
    there is another number of entries.
    """
    yield _line(_header(summary))
    count = 0
    for entry, commitments in listed:
        _check_commitments(entry, commitments)
        count += 1
        yield _entry_line(entry, commitments)
    if count != summary.count:
        raise ManifestMismatch(f"{count} entries are not the {summary.count} of the header")


def decode(given: Iterable[bytes], chain_id: int, registry: Address, edition: Edition) -> Published:
    """Read a file given in lines with their line ends, as an open binary file yields them.

    `edition` is what the chain says, with its attested root. Raise ManifestMismatch unless these
    are byte for byte the file of that edition of that registry.
    """
    entries: list[Entry] = []
    commitments: list[Commitments] = []
    header = b""
    for number, line in enumerate(given):
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


def _summary(manifest: Manifest) -> Summary:
    return summarise(
        manifest.chain_id,
        manifest.registry,
        manifest.collection,
        manifest.history_count,
        manifest.entries,
    )


def _header(summary: Summary) -> dict[str, object]:
    return {
        "version": VERSION,
        "chainId": summary.chain_id,
        "registry": summary.registry,
        "collection": summary.collection,
        "historyCount": summary.history_count,
        "count": summary.count,
        "root": hex_of(summary.root),
    }


def _line(value: dict[str, object]) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode() + b"\n"


def _entry_line(entry: Entry, commitments: Sequence[bytes]) -> bytes:
    units = {"units": str(entry.units)}
    shares = {"shareCommitments": [hex_of(commitment) for commitment in commitments]}
    return _line(message_json(entry.record) | units | shares)


def _check_commitments(entry: Entry, commitments: Sequence[bytes]) -> None:
    if commitments and list_root(commitments) != entry.record.share_root:
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
        canonical = _line(_header(_summary(manifest)))
    except _UNREADABLE as error:
        raise ManifestMismatch("the first line is no header of a manifest") from error
    if canonical != line:
        raise ManifestMismatch("the header does not describe the entries that follow it")
    return manifest
