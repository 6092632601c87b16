"""The Gateway of a buyer that has keepers and a store of envelopes, and no service."""

from __future__ import annotations

from collections.abc import Iterator

from dao_backend.errors import ServiceUnavailable
from dao_backend.service.editions import EditionDesk
from dao_backend.storage.embedded import EmbeddedBlobStore


class KeeperGateway:
    """What a buyer's program asks a service: here it comes from the keepers themselves."""

    def __init__(self, editions: EditionDesk, envelopes: EmbeddedBlobStore) -> None:
        self._editions = editions
        self._envelopes = envelopes

    def envelope(self, cid: str) -> Iterator[bytes]:
        return self._envelopes.open(cid)

    def manifest(self, edition_id: int) -> bytes:
        return b"".join(self._editions.manifest(edition_id))

    def bundle(self, licence_id: int, index: int, offset: int = 0) -> Iterator[bytes]:
        raise ServiceUnavailable(f"no service relays bundle {index} of licence {licence_id}")
