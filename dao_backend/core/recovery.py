"""From opened bundles to content keys, for a whole edition at once.

The buyer's side of a release: each share is checked against its commitment in the manifest, so
that a bad one names its keeper; then keys are combined in blocks and checked against their ids.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from dao_backend.core.crypto import ContentKey
from dao_backend.core.identity import key_id
from dao_backend.core.manifest import Published
from dao_backend.core.packing import hex_of
from dao_backend.core.shamir import SECRET as SHARE
from dao_backend.core.shamir import combine_many
from dao_backend.core.shares import share_commitment
from dao_backend.errors import (
    InconsistentDealing,
    InputError,
    InvalidShareIndex,
    NotEnoughShares,
    ShareMismatch,
)

BLOCK = 65_536
"""Keys combined at a time."""


def check_opened(
    published: Published, committees: Mapping[int, bytes], index: int, shares: bytes
) -> None:
    """Raise ShareMismatch unless keeper `index`'s shares of a whole edition are those committed to.

    `committees` gives the committee hash for each epoch in the manifest; `shares` are the
    32·count bytes of its opened bundle. InvalidShareIndex where a contribution has no such keeper.
    """
    entries = published.manifest.entries
    if len(shares) != len(entries) * SHARE:
        raise InputError(f"{len(shares)} bytes are not the shares of {len(entries)} contributions")
    for place, (entry, commitments) in enumerate(zip(entries, published.commitments, strict=True)):
        record = entry.record
        if not 1 <= index <= len(commitments):
            raise InvalidShareIndex(
                f"{hex_of(record.contribution_id)} was not dealt to a keeper {index}"
            )
        share = shares[place * SHARE : (place + 1) * SHARE]
        committee = _committee(committees, record.epoch)
        if (
            share_commitment(record.contribution_id, committee, index, share)
            != commitments[index - 1]
        ):
            name = hex_of(record.contribution_id)
            raise ShareMismatch(f"keeper {index} gave a bad share of {name}", index)


def recover_edition(
    published: Published,
    committees: Mapping[int, bytes],
    threshold: int,
    opened: Mapping[int, bytes],
) -> Iterator[ContentKey]:
    """The content keys of all entries, in manifest order, from opened bundles by keeper index.

    Uses the `threshold` lowest indexes. Raise NotEnoughShares, ShareMismatch naming the keeper
    (leave that bundle out and call again), InconsistentDealing naming the contribution
    (`recover_each` goes on with the others).
    """
    if len(opened) < threshold:
        raise NotEnoughShares(f"{len(opened)} of the {threshold} bundles needed")
    chosen = sorted(opened)[:threshold]
    for index in chosen:
        check_opened(published, committees, index, opened[index])
    for found in recover_each(published, {index: opened[index] for index in chosen}):
        if isinstance(found, InconsistentDealing):
            raise found
        yield found


def recover_each(
    published: Published, opened: Mapping[int, bytes]
) -> Iterator[ContentKey | InconsistentDealing]:
    """The same for shares that `check_opened` has let pass, as many bundles as the threshold.

    A contribution whose shares give another key than its record names keeps none of the others
    back: what comes in its place says so.
    """
    chosen = sorted(opened)
    columns = [np.frombuffer(opened[index], np.uint8).reshape(-1, SHARE) for index in chosen]
    entries = published.manifest.entries
    for first in range(0, len(entries), BLOCK):
        rows = np.stack([column[first : first + BLOCK] for column in columns], axis=1)
        secrets = combine_many(chosen, rows).tobytes()
        for place, entry in enumerate(entries[first : first + BLOCK]):
            record = entry.record
            raw = secrets[place * SHARE : (place + 1) * SHARE]
            if key_id(record.contribution_id, raw) == record.key_id:
                yield ContentKey(raw)
            else:
                yield InconsistentDealing(
                    f"good shares of {hex_of(record.contribution_id)} give another key"
                )


def _committee(committees: Mapping[int, bytes], epoch: int) -> bytes:
    try:
        return committees[epoch]
    except KeyError:
        raise InputError(f"the committee of epoch {epoch} is needed") from None
