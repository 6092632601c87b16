"""Manifests of final editions, rebuilt from the book entry by entry.

A summary is made once for each edition and kept: it reads the whole collection. Whoever reads the
entries again proves by a digest that they are those that were summarised.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from itertools import islice

from dao_backend.core.manifest import Commitments, Entry, Summary, check_edition, summarise
from dao_backend.core.manifest_file import lines
from dao_backend.core.model import Edition
from dao_backend.core.packing import hex_of
from dao_backend.core.typed import record_hash
from dao_backend.errors import HistoryMismatch, ManifestMismatch, NotFound
from dao_backend.keeper.holding import forgone
from dao_backend.keeper.ledger import FinalView
from dao_backend.keeper.office import Office

Reading = Callable[[], AbstractContextManager[FinalView]]
"""`FinalLedger.reading`: while it is held, the book is what was checked."""
BATCH = 1_000
"""Contributions that custody is asked about at once."""


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What an edition's manifest came to."""

    summary: Summary
    records: bytes
    """SHA-256 over all record hashes in manifest order."""


class Editions:
    """The manifests that one keeper attests, publishes and builds bundles by."""

    def __init__(self, office: Office, reading: Reading) -> None:
        self._office = office
        self._reading = reading
        self._lock = threading.Lock()
        self._known: dict[tuple[int, Edition], Rebuilt] = {}
        """By reading of the log, as what was doubted is of no account any more, and by edition
        without its root, which is attested later; nothing else in it changes."""

    def rebuilt(self, view: FinalView, edition: Edition) -> Rebuilt:
        """The manifest of a sealed edition; ManifestMismatch if it is not what was sealed.

        `edition` is the contract's word at the view's block; the log must have sealed the same.
        HistoryMismatch while the log is doubted, InputError where nothing is in the edition.
        """
        if view.state.editions.get(edition.edition_id) != edition:
            raise ManifestMismatch(f"the log does not seal edition {edition.edition_id} like that")
        if edition.history_count > view.state.history_count:
            raise ManifestMismatch(f"edition {edition.edition_id} is of a history to come")
        read = view.reading, replace(edition, root=None)
        with self._lock:
            if read not in self._known:
                self._known[read] = self._rebuild(*read)
                self._office.at("manifest")
            found = self._known[read]
        check_edition(found.summary, edition)
        return found

    def file(self, edition: Edition, rebuilt: Rebuilt) -> Iterator[bytes]:
        """The manifest file, line by line; NotFound where the commitments of one are missing.

        What the operator goes on without stands in it without commitments.
        """
        return lines(rebuilt.summary, self._listed(edition, rebuilt))

    def _rebuild(self, reading: int, edition: Edition) -> Rebuilt:
        """The book stands still meanwhile: what is read on is in it before it is checked."""
        where, seen = self._office.chain.addresses, hashlib.sha256()
        with self._reading() as view:
            if view.reading != reading:
                raise HistoryMismatch("the log was read anew meanwhile: try again")
            summary = summarise(
                where.chain_id,
                where.registry,
                edition.collection,
                edition.history_count,
                _hashed(self._entries(edition), seen),
            )
        check_edition(summary, edition)
        return Rebuilt(summary, seen.digest())

    def _entries(self, edition: Edition) -> Iterator[Entry]:
        return self._office.book.entries(edition.collection, edition.history_count)

    def _listed(self, edition: Edition, rebuilt: Rebuilt) -> Iterator[tuple[Entry, Commitments]]:
        seen = hashlib.sha256()
        entries = _hashed(self._entries(edition), seen)
        while batch := list(islice(entries, BATCH)):
            ids = [entry.record.contribution_id for entry in batch]
            known = self._office.custody.commitments(ids)
            without = dict.fromkeys(forgone(self._office, ids, known), ())
            for named, entry in zip(ids, batch, strict=True):
                listed = known.get(named, without.get(named))
                if listed is None:
                    raise NotFound(f"no share of contribution {hex_of(named)} is held here")
                yield entry, listed
        require_same(rebuilt, seen.digest())


def require_same(rebuilt: Rebuilt, records: bytes) -> None:
    """Raise ManifestMismatch unless the entries with this digest are those that were summarised."""
    if records != rebuilt.records:
        raise ManifestMismatch("the book changed while an edition was read from it: try again")


def _hashed(entries: Iterable[Entry], seen: hashlib._Hash) -> Iterator[Entry]:
    """The same entries, each one's record hash put into `seen`."""
    for entry in entries:
        seen.update(record_hash(entry.record))
        yield entry
