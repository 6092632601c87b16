"""A keeper that gives what a test has put on its shelf, and a server for it on a real socket.

It stands behind the wire in tests of the wire; what real keepers decide is tested with real ones.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from dao_backend.core.access import Allowed, Decision, Denied
from dao_backend.core.model import Address, Receipt
from dao_backend.core.typed_keepers import Cause, Erasure, HandoverAsk
from dao_backend.core.unixfs import Builder
from dao_backend.errors import NotReleased
from dao_backend.ports.keepers import (
    Bundle,
    HandedShare,
    HandoverProgress,
    Intake,
    KeeperStatus,
    Tombstone,
)
from dao_backend.wiring.server import ApiServer, bound
from tests.support.core_actors import committee, dealt, seed, wallet

INDEX = 2
SIGNATURE = bytes(range(65))
DEALT = dealt(1, committee(2, 3))
CONTRIBUTION = DEALT.record.contribution_id
COMMITMENTS = DEALT.dealing.commitments
INTAKE = Intake(DEALT.record, seed("nonce"), SIGNATURE, INDEX, COMMITMENTS, b"sealed" * 20)
LINES = tuple(b'{"line":%d}\n' % number for number in range(20_000))
CONTENT = b"".join(seed("content", number) for number in range(100_000))
"""3.2 MB: several chunks."""
RECEIPT = Receipt(7, INDEX, seed("digest"), len(CONTENT), 3, seed("root"), seed("key hash"))
ALLOWED = Allowed(seed("release key"), 2**40 - 1)
TOMBSTONE = Tombstone(Erasure(CONTRIBUTION, INDEX, Cause.WITHDRAWN, 1_800_000_000), SIGNATURE)
ASK = HandoverAsk(2, INDEX, seed("ids"), 1_800_000_000)
HANDED = (HandedShare(DEALT.record, COMMITMENTS, b"sealed anew"),) * 3
STATUS = KeeperStatus(
    version="1.2.3",
    operator=wallet(102),
    index=INDEX,
    final_block=123_456,
    final_time=1_800_000_000,
    shares=41,
    missing=(seed("missing"),),
    forgone=(seed("forgone"), seed("given up")),
    bundles=5,
    delayed=(7, 2**53 - 1),
    running_for=99,
    proves=True,
    alarm=None,
    handover=HandoverProgress(2, 50, 41, SIGNATURE),
)


def _cid() -> str:
    builder = Builder()
    for start in range(0, len(CONTENT), 1024 * 1024):
        builder.add(CONTENT[start : start + 1024 * 1024])
    return builder.finish().cid


BUNDLE = Bundle(_cid(), len(CONTENT), RECEIPT, SIGNATURE)


@dataclass
class ShelfKeeper:
    """See `ports.keepers.Keeper`; `asked` are the calls that came, `trouble` what they meet."""

    decision: Decision = ALLOWED
    bundle_built: Bundle | None = BUNDLE
    trouble: Callable[[], None] = lambda: None
    broken_at: int | None = None
    """Where a bundle breaks off with `trouble` instead of before it begins."""
    asked: list[tuple[str, Any]] = field(default_factory=list)

    @property
    def index(self) -> int:
        return INDEX

    def take_in(self, intake: Intake) -> bytes:
        self._ask("take_in", intake)
        return SIGNATURE

    def commitments(self, contribution_id: bytes) -> tuple[bytes, ...]:
        self._ask("commitments", contribution_id)
        return COMMITMENTS

    def attestation(self, edition_id: int) -> tuple[bytes, bytes]:
        self._ask("attestation", edition_id)
        return seed("root"), SIGNATURE

    def manifest(self, edition_id: int) -> Iterator[bytes]:
        self._ask("manifest", edition_id)
        return iter(LINES)

    def release(
        self, licence_id: int, asker: Address | None = None, asked_key: bytes | None = None
    ) -> Decision:
        self._ask("release", (licence_id, asker, asked_key))
        return self.decision

    def bundle_facts(self, licence_id: int) -> Bundle | None:
        self.asked.append(("bundle_facts", licence_id))
        return self.bundle_built

    def bundle(
        self, licence_id: int, offset: int = 0, length: int | None = None
    ) -> Iterator[bytes]:
        self.asked.append(("bundle", (licence_id, offset, length)))
        if isinstance(self.decision, Denied):
            raise NotReleased(self.decision.sentence, self.decision.reason.value)
        stop = len(CONTENT) if length is None else offset + length
        for start in range(offset, stop, 65_536):
            if self.broken_at is None or start >= self.broken_at:
                self.trouble()
            yield CONTENT[start : min(start + 65_536, stop)]

    def tombstone(self, contribution_id: bytes) -> Tombstone:
        self._ask("tombstone", contribution_id)
        return TOMBSTONE

    def hand_over(
        self, ask: HandoverAsk, ids: Sequence[bytes], signature: bytes
    ) -> tuple[HandedShare, ...]:
        self._ask("hand_over", (ask, tuple(ids), signature))
        return HANDED

    def status(self) -> KeeperStatus:
        self._ask("status", None)
        return STATUS

    def clear(self) -> None:
        """Allow, hand out and forget everything again."""
        fresh = ShelfKeeper()
        self.decision, self.bundle_built = fresh.decision, fresh.bundle_built
        self.trouble, self.broken_at, self.asked = fresh.trouble, fresh.broken_at, fresh.asked

    def _ask(self, name: str, said: object) -> None:
        self.asked.append((name, said))
        self.trouble()


@contextmanager
def served(app: Callable[..., Any]) -> Iterator[str]:
    """The application behind uvicorn on a free port; its URL."""
    with bound("127.0.0.1", 0) as listening:
        server = ApiServer(app, listening)
        server.start()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            server.stop()
