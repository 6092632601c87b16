"""How each figure is taken; every one runs in a process of its own, whose memory is its own too.

What is said of one core, and how it grows, is counted in that core's own time, so that others who
work on the machine change little. The rest is counted by the clock on the wall.
"""

from __future__ import annotations

import itertools
import os
import resource
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from dao_backend.core.identity import committee_hash
from dao_backend.core.typed import digest
from dao_backend.keeper.building import Builder
from dao_backend.ports.keepers import Intake, Tombstone
from scripts.bench import files
from scripts.bench.stage import (
    ADDRESSES,
    BLOCK,
    COMMITTEE,
    THRESHOLD,
    Stage,
    contributor,
    made,
    sealed_to_first,
    sealing,
)

Figures = Mapping[str, float]
"""By the names of `rows`."""
TIMED = 5_000
"""Contributions that are enough for what goes one by one."""
BLOCKS = 20
"""Times that the same shares are combined, as one time alone is too short."""


def release(size: int, work: Path) -> Figures:
    """One keeper on one core."""
    return {"release_keys_per_s_per_core": size / _release_seconds(size, work, cores=1)}


def release_all(size: int, work: Path) -> Figures:
    """One keeper on every core, and the memory of its own process."""
    rate = size / _release_seconds(size, work, cores=os.cpu_count() or 1)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    unit = 1 if sys.platform == "darwin" else 1024  # bytes there, KiB elsewhere
    return {"release_keys_per_s": rate, "release_rss_mib": peak * unit / 2**20}


def release_growth(size: int, work: Path) -> Figures:
    """The smaller one first, so that what is done once is not in the larger one alone."""
    return {"release_growth": _growth(lambda n: _release_seconds(n, work, cores=1), size)}


def manifest(size: int, work: Path) -> Figures:
    """From the book to the root."""
    return {"manifest_entries_per_s_per_core": size / _manifest_seconds(size, work)}


def manifest_growth(size: int, work: Path) -> Figures:
    """Sorting the leaves is all that is not linear."""
    return {"manifest_growth": _growth(lambda n: _manifest_seconds(n, work), size)}


def combine(size: int, work: Path) -> Figures:  # noqa: ARG001  # every measure is called alike
    """The vectorised combination alone, block by block as the buyer does it."""
    return {"combine_keys_per_s": size / _combine_seconds(size)}


def combine_growth(size: int, work: Path) -> Figures:  # noqa: ARG001  # every measure is called alike
    """Blocks have one size, so that the caches see no difference."""
    return {"combine_growth": _growth(_combine_seconds, size)}


def recover(size: int, work: Path) -> Figures:
    """Everything that the buyer does between opened bundles and content keys."""
    from dao_backend.core.manifest import Manifest, Published
    from dao_backend.core.recovery import recover_edition

    stage = Stage(size)
    with stage.office(work) as office:
        entries = tuple(office.book.entries(0, size))
        where = ADDRESSES
        whole = Manifest(where.chain_id, where.registry, 0, size, entries)
        ids = [entry.record.contribution_id for entry in entries]
        commitments = {}
        for some in _thousands(ids):
            commitments |= office.custody.commitments(some)
    published = Published(whole, tuple(commitments[named] for named in ids))
    opened = {index: stage.shares(index) for index in range(1, THRESHOLD + 1)}
    hashes = {1: committee_hash(COMMITTEE)}
    with _clock(time.process_time) as seconds:
        keys = sum(1 for _ in recover_edition(published, hashes, THRESHOLD, opened))
    return {"recover_keys_per_s": keys / seconds[0]}


def intake(size: int, work: Path) -> Figures:
    """Through the keeper's own door, each synced to disk before its receipt is signed."""
    from dao_backend.keeper.local import LocalKeeper

    count = min(size, TIMED)
    given = [_intake(size + number) for number in range(count)]
    with Stage(size).office(work, custody=work / "custody.sqlite") as office:
        keeper = LocalKeeper(office)
        with _clock() as seconds:
            for each in given:
                keeper.take_in(each)
    return {"intake_per_s": count / seconds[0]}


def handover(size: int, work: Path) -> Figures:
    """What the leaver does for its successor, 500 shares at a time."""
    from dao_backend.keeper.handover import MOST
    from dao_backend.keeper.resealing import Resealer

    count, successor = min(size, 4 * TIMED), sealing(1, epoch=2).public
    with Stage(size).office(work) as office:
        resealer, after, done = Resealer(office), b"", 0
        with _clock() as seconds:
            while done < count and (ids := office.custody.ids(after, MOST)):
                for kept in office.custody.get_all(ids).values():
                    resealer.resealed(kept, successor)
                after, done = ids[-1], done + len(ids)
    return {"handover_keys_per_s": done / seconds[0]}


def erase(size: int, work: Path) -> Figures:
    """Shares overwritten, each with a signed tombstone, a thousand in one transaction."""
    from dao_backend.core.typed_keepers import Cause, Erasure

    copy = work / "custody.sqlite"
    files.copy(Stage(size).folder / "custody.sqlite", copy)
    domain = ADDRESSES.domain("KeeperRegistry")
    with Stage(size).office(work, custody=copy) as office:
        gone, limit = 0, min(size, 4 * TIMED)
        with _clock() as seconds:
            while gone < limit and (ids := office.custody.ids(limit=1_000)):
                said = [Erasure(each, 1, Cause.WITHDRAWN, BLOCK.timestamp) for each in ids]
                sign = office.operator.sign_digest
                office.custody.erase([Tombstone(e, sign(digest(domain, e))) for e in said])
                gone += len(ids)
    return {"erase_per_s": gone / seconds[0]}


def encrypt_vs_copy(size: int, work: Path) -> Figures:
    """As a share of the speed of a copy in the same run."""
    return {"encrypt_vs_copy": files.encrypt_ratio(work, files.length_for(size))}


def decrypt_vs_copy(size: int, work: Path) -> Figures:
    """As a share of the speed of a copy in the same run."""
    return {"decrypt_vs_copy": files.decrypt_ratio(work, files.length_for(size))}


def _release_seconds(size: int, work: Path, cores: int) -> float:
    """Opened, checked, bundled and on disk; the manifest is rebuilt before."""
    stage = Stage(size)
    with stage.office(work, cores) as office:
        rebuilt = stage.editions(office).rebuilt(stage.view, stage.edition)
        office.custody.drop_bundle(stage.licence.licence_id)
        with _clock(time.process_time if cores == 1 else time.perf_counter) as seconds:
            entry = Builder(office).build(stage.licence, stage.edition, rebuilt, BLOCK)
        office.custody.drop_bundle(stage.licence.licence_id)
        office.bundles.delete(entry.cid)
        assert entry.receipt.count == size, "the bundle holds every share"
    return seconds[0]


def _manifest_seconds(size: int, work: Path) -> float:
    stage = Stage(size)
    with stage.office(work) as office, _clock(time.process_time) as seconds:
        rebuilt = stage.editions(office).rebuilt(stage.view, stage.edition)
        assert rebuilt.summary.count == size, "the manifest lists every contribution"
    return seconds[0]


def _combine_seconds(size: int) -> float:
    import numpy as np

    from dao_backend.core.recovery import BLOCK as AT_ONCE
    from dao_backend.core.shamir import combine_many

    indexes = list(range(1, THRESHOLD + 1))
    columns = [np.frombuffer(Stage(size).shares(each), np.uint8) for each in indexes]
    rows = np.stack([column.reshape(-1, 32) for column in columns], axis=1)
    with _clock(time.process_time) as seconds:
        for _ in range(BLOCKS):
            for first in range(0, size, AT_ONCE):
                combine_many(indexes, rows[first : first + AT_ONCE])
    return seconds[0] / BLOCKS


def _growth(seconds: Callable[[int], float], size: int) -> float:
    """Time of a contribution at `size`, as a multiple of that at a tenth of it."""
    small = max(size // 10, 1)
    Stage(small).prepare()
    seconds(small)  # what is done once in a process is not counted
    return (seconds(size) / size) / (seconds(small) / small)


def _intake(number: int) -> Intake:
    one = made(number)
    domain = ADDRESSES.domain("DataRegistry")
    signature = contributor(number).sign_digest(digest(domain, one.record))
    commitments, sealed = one.dealing.commitments, sealed_to_first(one)
    return Intake(one.record, one.nonce, signature, 1, commitments, sealed)


def _thousands(ids: list[bytes]) -> Iterator[list[bytes]]:
    rest = iter(ids)
    while some := list(itertools.islice(rest, 1_000)):
        yield some


@contextmanager
def _clock(now: Callable[[], float] = time.perf_counter) -> Iterator[list[float]]:
    """A list that has the seconds in it once the block is left."""
    found: list[float] = []
    begun = now()
    yield found
    found.append(now() - begun)
