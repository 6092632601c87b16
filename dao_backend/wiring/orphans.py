"""Removes bundles that nothing names: a keeper that crashed between writing one and logging it.

Nobody has heard of such a bundle, and another one was or will be built in its place.
"""

from __future__ import annotations

import structlog

from dao_backend.ports.custody import Custody
from dao_backend.storage.embedded import EmbeddedBlobStore

log = structlog.get_logger()


def drop_orphans(custody: Custody, bundles: EmbeddedBlobStore) -> int:
    """How many went, while nobody builds any; DatabaseUnavailable, StorageUnavailable."""
    orphans = bundles.names() - custody.bundle_cids()
    for cid in orphans:
        bundles.delete(cid)
    if orphans:
        log.info("bundles.orphaned", count=len(orphans))
    return len(orphans)
