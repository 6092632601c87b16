"""What keepers hold: shares, statements that they are erased, and bundles."""

from __future__ import annotations

from dao_backend.core.model import Receipt
from dao_backend.core.typed_keepers import Cause, Erasure
from dao_backend.ports.keepers import BundleEntry, StoredShare, Tombstone
from tests.support.core_actors import committee, dealt, seed

LICENCE = 2**62


def share(number: int) -> StoredShare:
    """What the keeper takes in of contribution `number`."""
    made = dealt(number, committee(3, 5))
    return StoredShare(
        made.record, made.dealing.commitments, b"sealed", bytes(65), seed("sealing key")
    )


def stone(number: int, cause: Cause = Cause.WITHDRAWN, erased_at: int = 7) -> Tombstone:
    """The statement that the share of contribution `number` is erased."""
    named = share(number).record.contribution_id
    return Tombstone(Erasure(named, 3, cause, erased_at), bytes(65))


def entry(licence_id: int = LICENCE, label: str = "bundle", cid: str = "bafy") -> BundleEntry:
    """A bundle that was built."""
    receipt = Receipt(licence_id, 3, seed(label), 5000, 42, seed("root"), seed("key hash"))
    return BundleEntry(licence_id, cid, 5000, receipt, bytes(65))
