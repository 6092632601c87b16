"""What a keeper could state and send that holds to every form, and is wrong."""

from __future__ import annotations

from collections.abc import Sequence

from dao_backend.core import bundle as bundles
from dao_backend.core.bundle import Bound
from dao_backend.core.crypto import ContentKey
from dao_backend.core.envelope import SALT
from dao_backend.core.model import Receipt
from dao_backend.core.packing import keccak256
from dao_backend.core.typed import digest
from dao_backend.core.unixfs import Builder, chunks
from dao_backend.ports.keepers import Bundle
from tests.support.core_actors import seed
from tests.support.running_dao import RunningDao, identities


def bundle_with_wrong_shares(dao: RunningDao, number: int) -> bytes:
    """The first keeper's bundle for a licence, well-formed, with other shares in it."""
    return bundle_of(dao, number, [seed("wrong share", place) for place in range(3)])


def bundle_of(dao: RunningDao, number: int, shares: Sequence[bytes]) -> bytes:
    """The first keeper's bundle for a licence, well-formed, with these shares in it."""
    where = dao.dao.addresses
    licence, edition = dao.system.chain.licence(number), dao.system.chain.edition(1)
    assert licence is not None
    assert edition.root is not None
    bound = Bound(
        where.chain_id, where.desk, number, edition.root, 1, licence.release_key, seed("block")
    )
    return b"".join(bundles.write(bound, ContentKey(seed("key")), bytes(SALT), shares))


def post_receipt_of(dao: RunningDao, number: int, bundle: bytes) -> Bundle:
    """The first keeper states on chain that this is its bundle; what it says of it."""
    licence, edition = dao.system.chain.licence(number), dao.system.chain.edition(1)
    assert licence is not None
    assert edition.root is not None
    builder = Builder()
    for chunk in chunks([bundle]):
        builder.add(chunk)
    built = builder.finish()
    receipt = Receipt(
        licence_id=number,
        index=1,
        bundle_digest=built.cid.digest,
        bundle_length=len(bundle),
        count=3,
        edition_root=edition.root,
        release_key_hash=keccak256(licence.release_key),
    )
    signer = identities().keepers[0].operator
    domain = dao.dao.addresses.domain("KeeperRegistry")
    signature = signer.sign_digest(digest(domain, receipt))
    dao.system.relay.post_receipt_for(receipt, signature)
    return Bundle(built.cid, len(bundle), receipt, signature)
