"""Whether a record was made and signed by the contributor that it names, for this registry."""

from __future__ import annotations

from dao_backend.core.identity import contribution_id
from dao_backend.core.model import Domain, Record
from dao_backend.core.typed import recover_signer
from dao_backend.errors import InvalidSignature, RecordMismatch


def require_consent(registry: Domain, record: Record, nonce: bytes, signature: bytes) -> None:
    """Raise unless the contributor signed this record for this registry, and the id is its own.

    RecordMismatch for an id that does not follow from contributor and nonce; InvalidSignature for
    another signer, chain or contract. Contract wallets (ERC-1271) can only be checked on chain:
    they register by their own transaction.
    """
    expected = contribution_id(registry.chain_id, registry.contract, record.contributor, nonce)
    if record.contribution_id != expected:
        raise RecordMismatch("the contribution id does not follow from contributor and nonce")
    signer = recover_signer(registry, record, signature)
    if signer != record.contributor:
        raise InvalidSignature(
            f"the record of {record.contributor} was signed by {signer}, "
            "or for another chain or contract"
        )
