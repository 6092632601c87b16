"""What a contributor's or buyer's own client needs from the service: the HTTP API as a protocol.

The wire shapes are those of the OpenAPI document; the adapter in `client` maps problem+json back
to the error tree.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol

from dao_backend.core.facts import Facts
from dao_backend.core.model import Address
from dao_backend.core.submission import Outcome, Submission


@dataclass(frozen=True, slots=True)
class BundleFacts:
    """A keeper's bundle for a licence: whether it is handed over now, and if not, why."""

    index: int
    reason: str | None
    """Why it is not handed over, as a stable name; None where it is."""
    sentence: str | None
    """The same for people."""
    cid: str | None
    length: int | None

    @property
    def ready(self) -> bool:
        """Whether it is handed over now."""
        return self.reason is None


class Gateway(Protocol):
    """Raises the error tree: what the service refused, or ResourceError where it is silent."""

    def facts(self) -> Facts: ...

    def put_envelope(self, chunks: Iterable[bytes]) -> str:
        """Upload an envelope as a stream; the CID under which the service stored it."""
        ...

    def envelope(self, cid: str) -> Iterator[bytes]: ...

    def submit(self, submission: Submission) -> Outcome: ...

    def register(self, contribution_id: bytes) -> bytes:
        """Have an appraised submission registered by the relayer; transaction hash."""
        ...

    def withdraw(self, contribution_id: bytes, deadline: int, signature: bytes) -> bytes:
        """Have a withdrawal relayed; transaction hash."""
        ...

    def vote(self, proposal_id: int, support: int, voter: Address, signature: bytes) -> bytes:
        """Have a ballot relayed; transaction hash."""
        ...

    def manifest(self, edition_id: int) -> bytes:
        """The published file of an attested edition."""
        ...

    def bundles(
        self, licence_id: int, asker: Address | None = None, asked_key: bytes | None = None
    ) -> tuple[BundleFacts, ...]: ...

    def bundle(self, licence_id: int, index: int, offset: int = 0) -> Iterator[bytes]:
        """A keeper's bundle from `offset` on; NotReleased with the keeper's reason."""
        ...

    def read(self, path: str, query: dict[str, str] | None = None) -> object:
        """Any other public resource of the API as decoded JSON, e.g. `/v1/editions`."""
        ...

    def write(self, path: str, body: object) -> object:
        """POST a JSON body to any other resource; the decoded answer."""
        ...
