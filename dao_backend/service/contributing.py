"""Turn a file, a folder or a stream into a sealed contribution: envelope, record, sealed shares.

The same code runs on the contributor's own machine and, for those who cannot encrypt, in the
service. It needs public facts and random bytes; the content key never leaves this module except
sealed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from dao_backend.core.content import seal_blocks
from dao_backend.core.crypto import Buffer, ContentKey
from dao_backend.core.envelope import SALT, Encryptor, context
from dao_backend.core.facts import Facts
from dao_backend.core.identity import contribution_id, key_id
from dao_backend.core.message import Metadata
from dao_backend.core.model import Address, Record
from dao_backend.core.shares import deal, seal_for_appraiser, seal_share, seat_of
from dao_backend.core.submission import Outcome, Submission
from dao_backend.core.typed import digest, record_hash
from dao_backend.core.unixfs import Builder, Tree, chunks
from dao_backend.errors import CidMismatch, InputError
from dao_backend.ports.chain import Signer
from dao_backend.ports.gateway import Gateway
from dao_backend.service.sources import Source

Randomness = Callable[[int], bytes]
"""So many bytes from the system's secure source."""

Put = Callable[[Iterable[bytes]], str]
"""Stores an envelope given in chunks of 1 MiB and says under which CID."""

Progress = Callable[[int], None]
"""Told how many bytes of the envelope have been passed on so far."""


@dataclass(frozen=True, slots=True)
class Sealed:
    """Everything of a contribution but the contributor's signature."""

    record: Record
    nonce: bytes
    commitments: tuple[bytes, ...]
    sealed_shares: tuple[bytes, ...]
    sealed_content_key: bytes

    def signed(self, signature: bytes) -> Submission:
        """What is handed in: nothing in it can be opened by the service."""
        return Submission(
            record=self.record,
            nonce=self.nonce,
            contributor_signature=signature,
            commitments=self.commitments,
            sealed_shares=self.sealed_shares,
            sealed_content_key=self.sealed_content_key,
        )


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants to contribute, and where to."""

    contributor: Address
    collection: int
    metadata: Metadata
    blocks: Iterable[Buffer]


def seal_contribution(
    facts: Facts, wish: Wish, randomness: Randomness, put: Put, progress: Progress | None = None
) -> Sealed:
    """Encrypt, store and deal.

    Raises InputError for an unknown collection, CidMismatch where the store names other bytes,
    and whatever `wish.blocks` and `put` raise; then nothing refers to what was stored.
    """
    if wish.collection not in {collection.number for collection in facts.collections}:
        raise InputError(f"this DAO has no collection {wish.collection}")
    where = facts.addresses
    nonce, content_key = randomness(32), ContentKey(randomness(32))
    identity = contribution_id(where.chain_id, where.registry, wish.contributor, nonce)
    bound = context(where.chain_id, where.registry, identity)
    encryptor = Encryptor(content_key, randomness(SALT), bound)
    tree = _store(seal_blocks(encryptor, wish.metadata, wish.blocks), put, progress)
    dealing = deal(content_key, identity, facts.committee)
    record = Record(
        contribution_id=identity,
        contributor=wish.contributor,
        collection=wish.collection,
        cid_digest=tree.blob.digest,
        length=tree.length,
        envelope_commitment=encryptor.commitment,
        key_id=key_id(identity, content_key.raw),
        share_root=dealing.share_root,
        epoch=facts.committee.epoch,
    )
    sealed_shares = tuple(
        seal_share(keeper.sealing_key, seat_of(record, facts.committee, keeper.index), share)
        for keeper, share in zip(facts.committee.keepers, dealing.shares, strict=True)
    )
    appraiser = facts.appraiser.sealing_key
    sealed_key = seal_for_appraiser(appraiser, record_hash(record), content_key)
    return Sealed(record, nonce, dealing.commitments, sealed_shares, sealed_key)


def sign(facts: Facts, sealed: Sealed, signer: Signer) -> Submission:
    """The contributor's consent: one EIP-712 signature over the record."""
    message = digest(facts.addresses.domain("DataRegistry"), sealed.record)
    return sealed.signed(signer.sign_digest(message))


def contribute(
    gateway: Gateway,
    facts: Facts,
    source: Source,
    collection: int,
    signer: Signer,
    randomness: Randomness,
    progress: Progress | None = None,
) -> Outcome:
    """Seal a source here, hand it in, and return the appraiser's answer; nothing is registered."""
    wish = Wish(signer.address, collection, source.metadata, source.blocks())
    sealed = seal_contribution(facts, wish, randomness, gateway.put_envelope, progress)
    return gateway.submit(sign(facts, sealed, signer))


def _store(envelope: Iterable[bytes | bytearray], put: Put, progress: Progress | None) -> Tree:
    """Pass the envelope on while its CID is computed here; CidMismatch if the store disagrees."""
    builder = Builder()

    def passed() -> Iterator[bytes]:
        done = 0
        for chunk in chunks(bytes(piece) for piece in envelope):
            builder.add(chunk)
            yield chunk
            done += len(chunk)
            if progress is not None:
                progress(done)

    stored = put(passed())
    tree = builder.finish()
    if stored != tree.cid:
        raise CidMismatch(f"the store answered {stored} for an envelope with CID {tree.cid}")
    return tree
