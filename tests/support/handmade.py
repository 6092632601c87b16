"""Contributions by somebody who does not use our client: every part can be made wrong."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from dao_backend.core import message
from dao_backend.core.crypto import ContentKey
from dao_backend.core.envelope import SALT, Encryptor, context
from dao_backend.core.identity import committee_hash, contribution_id, key_id
from dao_backend.core.merkle import list_root
from dao_backend.core.message import Metadata
from dao_backend.core.model import Record
from dao_backend.core.shares import (
    deal,
    seal_for_appraiser,
    seal_share,
    seat_of,
    share_commitment,
)
from dao_backend.core.submission import Submission
from dao_backend.core.typed import digest, record_hash
from tests.support.running_dao import RunningDao

Spoil = Callable[[bytes], bytes]


def unchanged(data: bytes) -> bytes:
    """Leave it as it is."""
    return data


@dataclass(frozen=True, slots=True)
class Maker:
    """Makes whole submissions, with the given parts spoiled before anything is signed."""

    dao: RunningDao
    member: int
    message: Spoil = unchanged
    """What is done to the message before it is encrypted."""
    envelope: Spoil = unchanged
    """What is done to the envelope before it is stored."""
    shares: Callable[[Sequence[bytes]], Sequence[bytes]] = tuple
    """What is done to the shares before they are committed to."""
    name: str = "steps.py"
    media_type: str = "text/x-python"

    def make(self, text: bytes) -> Submission:
        """Sealed, stored and signed."""
        facts, drawn = self.dao.system.facts, self.dao.drawn
        where, committee = facts.addresses, facts.committee
        signer = self.dao.chain.signer(self.member)
        nonce, key = drawn(32), ContentKey(drawn(32))
        identity = contribution_id(where.chain_id, where.registry, signer.address, nonce)
        encryptor = Encryptor(key, drawn(SALT), context(where.chain_id, where.registry, identity))
        sealed = encryptor.update(self.message(framed(self.metadata, text))) + encryptor.finish()
        blob = self.dao.system.blobs.put([self.envelope(bytes(sealed))])
        shares = self.shares(deal(key, identity, committee).shares)
        commitments = tuple(
            share_commitment(identity, committee_hash(committee), index, share)
            for index, share in enumerate(shares, 1)
        )
        record = Record(
            contribution_id=identity,
            contributor=signer.address,
            collection=0,
            cid_digest=blob.digest,
            length=blob.length,
            envelope_commitment=encryptor.commitment,
            key_id=key_id(identity, key.raw),
            share_root=list_root(commitments),
            epoch=committee.epoch,
        )
        return Submission(
            record=record,
            nonce=nonce,
            contributor_signature=signer.sign_digest(digest(where.domain("DataRegistry"), record)),
            commitments=commitments,
            sealed_shares=tuple(
                seal_share(keeper.sealing_key, seat_of(record, committee, keeper.index), share)
                for keeper, share in zip(committee.keepers, shares, strict=True)
            ),
            sealed_content_key=seal_for_appraiser(
                facts.appraiser.sealing_key, record_hash(record), key
            ),
        )

    @property
    def metadata(self) -> Metadata:
        """What the message says of itself."""
        return Metadata(self.media_type, self.name)


def framed(metadata: Metadata, text: bytes) -> bytes:
    """A whole message."""
    return b"".join(bytes(piece) for piece in message.frame(metadata, [text]))
