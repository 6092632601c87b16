"""One keeper's place in its committee, and the tools it works with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from dao_backend.core.crypto import SecretKey
from dao_backend.ports.blobs import BlobStore
from dao_backend.ports.chain import ChainReader, ChainWriter, Signer
from dao_backend.ports.keepers import Custody


@dataclass(frozen=True, slots=True)
class Office:
    """One keeper's place and tools."""

    index: int
    operator: Signer
    sealing_secret: SecretKey
    chain: ChainReader
    relay: ChainWriter
    """Pays for posting receipts; the operator's signature is what counts."""
    custody: Custody
    bundles: BlobStore
    randomness: Callable[[int], bytes]
