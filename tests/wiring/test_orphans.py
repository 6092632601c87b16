"""Bundles that nothing names go at a keeper's start; everything else stays."""

from __future__ import annotations

from pathlib import Path

from structlog.testing import capture_logs

from dao_backend.core.model import ROOT_CHUNK
from dao_backend.custody.sqlite import SqliteCustody
from dao_backend.storage.embedded import EmbeddedBlobStore
from dao_backend.wiring.orphans import drop_orphans
from tests.custody.held import entry


def test_drop_orphans__logged_and_not__removes_the_others_whole(tmp_path: Path) -> None:
    """Blob and sidecar go together, a lone sidecar too, and files that are no blobs stay."""
    custody = SqliteCustody(tmp_path / "custody.sqlite")
    store = EmbeddedBlobStore(tmp_path / "bundles")
    logged, orphan, half = (
        store.put([bytes([number]) * (ROOT_CHUNK + 1)]).cid for number in range(3)
    )
    small = store.put([b"small"]).cid
    (tmp_path / "bundles" / "blobs" / half).unlink()
    foreign = tmp_path / "bundles" / "blobs" / "notes.txt"
    foreign.write_text("mine")
    custody.log_bundle(entry(1, cid=logged))
    with capture_logs() as logs:
        assert drop_orphans(custody, store) == 3
        assert drop_orphans(custody, store) == 0
    assert logs == [{"event": "bundles.orphaned", "count": 3, "log_level": "info"}]
    assert store.names() == {logged}
    assert len(b"".join(store.open(logged))) == ROOT_CHUNK + 1
    assert not any(store.has(each) for each in (orphan, half, small))
    assert foreign.read_text() == "mine"
    custody.close()
