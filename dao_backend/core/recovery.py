"""From opened bundles to content keys, for a whole edition at once.

The buyer's side of a release: each share is checked against its commitment in the manifest, so
that a bad one names its keeper; then keys are combined in blocks and checked against their ids.
A bundle may have gaps: each key is combined from shares of keepers that have none there. Where
the manifest has no commitments, nobody can check a share, and every place counts as a gap.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dao_backend.core.crypto import ContentKey
from dao_backend.core.identity import key_id
from dao_backend.core.manifest import Entry, Published
from dao_backend.core.packing import hex_of
from dao_backend.core.shamir import SECRET as SHARE
from dao_backend.core.shamir import Bytes, combine_many
from dao_backend.core.shares import GAP, share_commitment
from dao_backend.errors import (
    InconsistentDealing,
    InputError,
    InvalidShareIndex,
    NotEnoughShares,
    ShareMismatch,
)

BLOCK = 65_536
"""Keys combined at a time."""

Closed = InconsistentDealing | NotEnoughShares
"""Why a contribution has no key that anybody could find."""
Mask = NDArray[np.bool_]


def check_opened(
    published: Published, committees: Mapping[int, bytes], index: int, shares: bytes
) -> None:
    """Raise ShareMismatch unless keeper `index`'s shares of a whole edition are those committed to.

    Gaps pass, and what nobody can check. `committees` gives the committee hash for each epoch in
    the manifest; `shares` are the 32·count bytes of its opened bundle. InvalidShareIndex where a
    contribution has no such keeper.
    """
    entries = published.manifest.entries
    if len(shares) != len(entries) * SHARE:
        raise InputError(f"{len(shares)} bytes are not the shares of {len(entries)} contributions")
    for place, (entry, commitments) in enumerate(zip(entries, published.commitments, strict=True)):
        record = entry.record
        if not commitments:
            continue
        if not 1 <= index <= len(commitments):
            raise InvalidShareIndex(
                f"{hex_of(record.contribution_id)} was not dealt to a keeper {index}"
            )
        share = shares[place * SHARE : (place + 1) * SHARE]
        committee = _committee(committees, record.epoch)
        found = share_commitment(record.contribution_id, committee, index, share)
        if found != commitments[index - 1] and share != GAP:
            name = hex_of(record.contribution_id)
            raise ShareMismatch(f"keeper {index} gave a bad share of {name}", index)


def gaps(shares: bytes) -> int:
    """How many gaps an opened bundle has."""
    return int(np.count_nonzero(~_filled(shares)))


def still_needed(
    published: Published, threshold: int, opened: Mapping[int, bytes], left: int
) -> int:
    """How many more bundles are needed at the least, of `left` that can still be had.

    As many as the contribution lacks that has the fewest shares, those passed over that all who
    are left could not help. `opened` holds what `check_opened` has let pass.
    """
    held = np.zeros(len(published.commitments), np.int16)
    for shares in opened.values():
        held += _filled(shares)
    lacking = threshold - held[_known(published)]
    helped = lacking[lacking <= left]
    return max(threshold - len(opened), int(helped.max(initial=0)))


def recover_edition(
    published: Published,
    committees: Mapping[int, bytes],
    threshold: int,
    opened: Mapping[int, bytes],
) -> Iterator[ContentKey]:
    """The content keys of all entries, in manifest order, from opened bundles by keeper index.

    Uses the lowest indexes that suffice. Raise NotEnoughShares, ShareMismatch naming the keeper
    (leave that bundle out and call again), InconsistentDealing naming the contribution
    (`recover_each` goes on with the others).
    """
    if len(opened) < threshold:
        raise NotEnoughShares(f"{len(opened)} of the {threshold} bundles needed")
    good: dict[int, bytes] = {}
    for index in sorted(opened):
        left = len(opened) - len(good)
        if len(good) >= threshold and not still_needed(published, threshold, good, left):
            break
        check_opened(published, committees, index, opened[index])
        good[index] = opened[index]
    for found in recover_each(published, threshold, good):
        if not isinstance(found, ContentKey):
            raise found
        yield found


def recover_each(
    published: Published, threshold: int, opened: Mapping[int, bytes]
) -> Iterator[ContentKey | Closed]:
    """The same for bundles that `check_opened` has let pass, entry by entry.

    A contribution keeps none of the others back where its shares give another key than its record
    names, or are fewer than the threshold: what comes in its place says so.
    """
    whole = _Opened.of(published, opened)
    entries = published.manifest.entries
    for first in range(0, len(entries), BLOCK):
        block = slice(first, first + BLOCK)
        found, short = whole.secrets(block, threshold)
        secrets = found.tobytes()
        for place, entry in enumerate(entries[block]):
            record = entry.record
            raw = secrets[place * SHARE : (place + 1) * SHARE]
            if place in short:
                known = bool(published.commitments[first + place])
                yield _too_few(entry, threshold, whole.without(first + place), known=known)
            elif key_id(record.contribution_id, raw) == record.key_id:
                yield ContentKey(raw)
            else:
                yield InconsistentDealing(
                    f"good shares of {hex_of(record.contribution_id)} give another key"
                )


@dataclass(frozen=True, slots=True)
class _Opened:
    """Opened bundles side by side, those with the fewest gaps first."""

    indexes: Sequence[int]
    shares: Sequence[Bytes]
    """Of each keeper, shape (count, 32)."""
    held: Mask
    """Shape (keepers, count): which of these are shares that were checked."""

    @staticmethod
    def of(published: Published, opened: Mapping[int, bytes]) -> _Opened:
        known = _known(published)
        held = {index: _filled(opened[index]) & known for index in sorted(opened)}
        indexes = sorted(held, key=lambda index: -np.count_nonzero(held[index]))
        return _Opened(
            indexes,
            [np.frombuffer(opened[index], np.uint8).reshape(-1, SHARE) for index in indexes],
            np.array([held[index] for index in indexes], bool).reshape(len(indexes), len(known)),
        )

    def secrets(self, block: slice, threshold: int) -> tuple[Bytes, frozenset[int]]:
        """The secrets of a block, shape (count, 32), and its places that have too few shares.

        Those combined from the same keepers are combined at once.
        """
        held = self.held[:, block]
        shares = [each[block] for each in self.shares]
        if len(held) >= threshold and held[:threshold].all():
            rows = np.stack(shares[:threshold], axis=1)
            return combine_many(self.indexes[:threshold], rows), frozenset()
        secrets = np.zeros((held.shape[1], SHARE), np.uint8)
        short: set[int] = set()
        for keepers, places in _alike(held & (held.cumsum(axis=0) <= threshold)):
            if len(keepers) < threshold:
                short.update(places.tolist())
                continue
            rows = np.stack([shares[keeper][places] for keeper in keepers], axis=1)
            secrets[places] = combine_many([self.indexes[keeper] for keeper in keepers], rows)
        return secrets, frozenset(short)

    def without(self, place: int) -> tuple[list[int], int]:
        """The keepers that have a gap at a place, and how many shares there are."""
        here = [not each[place].any() for each in self.shares]
        absent = sorted(index for index, gap in zip(self.indexes, here, strict=True) if gap)
        return absent, len(here) - len(absent)


def _alike(used: Mask) -> Iterator[tuple[list[int], NDArray[np.intp]]]:
    """Rows that are used together, with all places (columns) where it is just these."""
    if not len(used):
        yield [], np.arange(used.shape[1])
        return
    packed = np.packbits(used, axis=0)
    _, group, sizes = np.unique(packed, axis=1, return_inverse=True, return_counts=True)
    together = np.argsort(group.ravel(), kind="stable")
    for places in np.split(together, np.cumsum(sizes)[:-1]):
        yield np.flatnonzero(used[:, places[0]]).tolist(), places


def _too_few(
    entry: Entry, threshold: int, found: tuple[list[int], int], *, known: bool
) -> NotEnoughShares:
    name, (absent, count) = hex_of(entry.record.contribution_id), found
    if not known:
        return NotEnoughShares(f"nobody gave the share commitments of {name} to check shares by")
    said = f"only {count} of the {threshold} shares needed of {name} came"
    if len(absent) == 1:
        said += f": keeper {absent[0]} does not hold its own"
    elif absent:
        said += f": keepers {', '.join(map(str, absent))} do not hold theirs"
    return NotEnoughShares(said)


def _filled(shares: bytes) -> Mask:
    """Which places of an opened bundle are not gaps."""
    first, second, third, fourth = np.frombuffer(shares, np.uint64).reshape(-1, SHARE // 8).T
    filled: Mask = (first | second | third | fourth) != 0
    return filled


def _known(published: Published) -> Mask:
    """Of which entries there are commitments; nearly always of all."""
    commitments = published.commitments
    if all(commitments):
        return np.ones(len(commitments), bool)
    return np.fromiter(map(bool, commitments), bool, len(commitments))


def _committee(committees: Mapping[int, bytes], epoch: int) -> bytes:
    try:
        return committees[epoch]
    except KeyError:
        raise InputError(f"the committee of epoch {epoch} is needed") from None
