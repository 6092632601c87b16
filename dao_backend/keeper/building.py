"""Builds the one bundle of a licence, in a stream, and writes it down.

    contributions of the edition ──► shares from custody ──► opened, checked ──► encrypted ──► file

What the operator goes on without leaves a gap in its place. Nothing of it is held in memory but a
few batches. The bundle gets its name only once the last of it is on disk, and exists for nobody
before it is logged.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence

from dao_backend.core import bundle as bundles
from dao_backend.core.bundle import Bound
from dao_backend.core.crypto import ContentKey
from dao_backend.core.envelope import SALT
from dao_backend.core.identity import committee_hash
from dao_backend.core.model import Committee, Edition, Licence, Receipt
from dao_backend.core.packing import hex_of, keccak256
from dao_backend.core.shamir import SECRET as SHARE
from dao_backend.core.typed import digest
from dao_backend.errors import InvalidShareIndex, NotFound, RecordMismatch
from dao_backend.keeper.editions import Rebuilt, require_same
from dao_backend.keeper.holding import forgone, lacking
from dao_backend.keeper.office import Office
from dao_backend.keeper.opening import Batch, Sealed, open_all
from dao_backend.ports.book import Outline
from dao_backend.ports.chain import Block
from dao_backend.ports.keepers import BundleEntry, SealedShare

_COMMITMENT = 32


class Builder:
    """Makes bundles for one keeper."""

    def __init__(self, office: Office) -> None:
        self._office = office

    def build(
        self, licence: Licence, edition: Edition, rebuilt: Rebuilt, block: Block
    ) -> BundleEntry:
        """The bundle as it was logged; where another process was quicker, that one's.

        `block` is the final one at which the decision was made. ShareError, RecordMismatch,
        NotFound, ManifestMismatch, ResourceError: nothing was built then.
        """
        office, summary = self._office, rebuilt.summary
        bound = self._bound(licence, summary.root, block)
        key = ContentKey(office.randomness(32))
        shares = self._shares(edition, rebuilt)
        blob = office.bundles.put(bundles.write(bound, key, office.randomness(SALT), shares))
        office.at("written")
        receipt = Receipt(
            licence_id=licence.licence_id,
            index=office.index,
            bundle_digest=blob.digest,
            bundle_length=blob.length,
            count=summary.count,
            edition_root=summary.root,
            release_key_hash=keccak256(licence.release_key),
        )
        domain = office.chain.addresses.domain("KeeperRegistry")
        signature = office.operator.sign_digest(digest(domain, receipt))
        return self._log(BundleEntry(licence.licence_id, blob.cid, blob.length, receipt, signature))

    def _log(self, built: BundleEntry) -> BundleEntry:
        office = self._office
        try:
            office.custody.log_bundle(built)
        except RecordMismatch:
            logged = office.custody.bundle(built.licence_id)
            if logged is None:
                raise
            office.bundles.delete(built.cid)
            return logged
        office.at("logged")
        return built

    def _bound(self, licence: Licence, root: bytes, block: Block) -> Bound:
        where = self._office.chain.addresses
        return Bound(
            chain_id=where.chain_id,
            desk=where.desk,
            licence_id=licence.licence_id,
            edition_root=root,
            index=self._office.index,
            release_key=licence.release_key,
            block_hash=block.hash,
        )

    def _shares(self, edition: Edition, rebuilt: Rebuilt) -> Iterator[bytes]:
        """The opened shares and gaps in manifest order; each is of the record that is on chain."""
        for opened in open_all(self._office, self._batches(edition, rebuilt)):
            for at in range(0, len(opened), SHARE):
                yield opened[at : at + SHARE]

    def _batches(self, edition: Edition, rebuilt: Rebuilt) -> Iterator[Batch]:
        """Everything that is to be opened; ManifestMismatch unless it is what was summarised."""
        office, seen = self._office, hashlib.sha256()
        committees: dict[int, bytes] = {}
        for page in office.book.outlines(edition.collection, edition.history_count):
            for epoch in {outline.epoch for outline in page} - committees.keys():
                committees[epoch] = self._hash_of(office.chain.committee(epoch))
            seen.update(b"".join([outline.record_hash for outline in page]))
            ids = [outline.contribution_id for outline in page]
            held = office.custody.sealed(ids)
            if len(held) + len(forgone(office, ids, held)) < len(page):
                raise NotFound(lacking(office, edition) or "what was missed came meanwhile")
            yield _batch(page, held, committees, office.index)
        require_same(rebuilt, seen.digest())

    def _hash_of(self, committee: Committee) -> bytes:
        if not 1 <= self._office.index <= len(committee.keepers):
            raise InvalidShareIndex(
                f"the committee of epoch {committee.epoch} has no keeper {self._office.index}"
            )
        return committee_hash(committee)


def _batch(
    page: Sequence[Outline],
    held: Mapping[bytes, SealedShare],
    committees: Mapping[int, bytes],
    index: int,
) -> Batch:
    """The page as it is to be opened; what is not held has been forgone."""
    batch: list[Sealed | None] = []
    own = slice((index - 1) * _COMMITMENT, index * _COMMITMENT)
    for named, record_hash, epoch in page:
        kept = held.get(named)
        if kept is None:
            batch.append(None)
            continue
        if kept.record_hash != record_hash:
            raise RecordMismatch(
                f"the record of {hex_of(named)} on chain is not the one that was taken in"
            )
        _, commitments, sealed_share, sealed_to = kept
        committee = committees[epoch]
        batch.append(
            Sealed(named, record_hash, committee, commitments[own], sealed_share, sealed_to)
        )
    return batch
