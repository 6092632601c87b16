"""Encrypt for contributors who cannot: the same code as on their own machine, run by the service.

Plaintext passes through memory a block at a time and is never written anywhere. Who uses this
trusts the service's operator with the content; what comes out is the same sealed contribution,
which still needs the contributor's own signature.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from dao_backend.core.crypto import Buffer
from dao_backend.core.facts import Facts
from dao_backend.core.message import Metadata
from dao_backend.core.model import Address
from dao_backend.core.submission import Outcome, Submission
from dao_backend.ports.blobs import BlobStore
from dao_backend.ports.pending import Pending
from dao_backend.service.contributing import Randomness, Wish, seal_contribution
from dao_backend.service.sources import bounded
from dao_backend.service.submissions import SubmissionDesk


@dataclass(frozen=True, slots=True)
class Draft:
    """What is to be encrypted, for whom, and into which collection."""

    contributor: Address
    collection: int
    metadata: Metadata


class DraftDesk:
    """Makes drafts, and hands them in once their contributor has signed."""

    def __init__(
        self,
        facts: Callable[[], Facts],
        blobs: BlobStore,
        pending: Pending,
        submissions: SubmissionDesk,
        randomness: Randomness,
        clock: Callable[[], int],
    ) -> None:
        self._facts = facts
        self._blobs = blobs
        self._pending = pending
        self._submissions = submissions
        self._randomness = randomness
        self._clock = clock

    def seal(self, draft: Draft, blocks: Iterable[Buffer]) -> Submission:
        """Encrypt, store and deal; everything but the signature, which is left empty.

        InputError for an unknown collection, EmptyContent, ContentTooLarge, StorageFull, and
        whatever `blocks` raises; then nothing is kept.
        """
        facts = self._facts()
        wish = Wish(
            draft.contributor, draft.collection, draft.metadata, bounded(blocks, facts.max_bytes)
        )
        sealed = seal_contribution(facts, wish, self._randomness, self._put)
        unsigned = sealed.signed(b"")
        self._pending.add_draft(unsigned, self._clock())
        return unsigned

    def sign(self, contribution_id: bytes, signature: bytes) -> Outcome:
        """Hand a draft in under its contributor's signature; NotFound for an unknown draft."""
        unsigned = self._pending.draft(contribution_id)
        return self._submissions.submit(replace(unsigned, contributor_signature=signature))

    def _put(self, chunks: Iterable[bytes]) -> str:
        return self._blobs.put(chunks).cid
