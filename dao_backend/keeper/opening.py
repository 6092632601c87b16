"""Opens the shares of an edition in their order, each checked, on one core or on several.

What is sealed goes to the workers and what is opened comes back through pipes; the secret keys go
there once, when a worker begins. A worker shares nothing else with its parent, and ends with it.
"""

from __future__ import annotations

import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing import connection, get_context, parent_process
from typing import NamedTuple

from dao_backend.core.crypto import SecretKey
from dao_backend.core.packing import hex_of
from dao_backend.core.shares import GAP, Seat, open_share
from dao_backend.errors import IntegrityError, ResourceError, ShareError
from dao_backend.keeper.office import Keyring, Office

WINDOW = 2
"""Batches under way for each core."""


class Sealed(NamedTuple):
    """One share that is to be opened; a tuple, as a million of them are made for one bundle."""

    contribution_id: bytes
    record_hash: bytes
    """Of the record on chain."""
    committee_hash: bytes
    commitment: bytes
    sealed_share: bytes
    sealed_to: bytes


Batch = Sequence[Sealed | None]
"""None stands where a gap is to be left: nothing that is held is ever taken for one."""


def open_all(office: Office, batches: Iterable[Batch]) -> Iterator[bytes]:
    """The opened shares and gaps of every batch, 32 bytes each, in order.

    ShareError names the contribution whose share does not open or is not the one committed to,
    NotFound a key that is not here, ResourceError a worker that ended early.
    """
    waiting = iter(batches)
    first = next(waiting, [])
    second = next(waiting, [])
    if office.cores == 1 or not second:  # a worker takes longer to begin than one batch takes
        for batch in _chained(first, second, waiting):
            yield open_batch(office.keys, office.index, batch)
        return
    with _workers(office) as pool:
        yield from _in_order(pool, office.cores * WINDOW, _chained(first, second, waiting))


def open_batch(keys: Keyring, index: int, batch: Batch) -> bytes:
    """The opened shares of one batch, 32 bytes each, of keeper `index`; see `open_all`."""
    shares = bytearray()
    for each in batch:
        if each is None:
            shares += GAP
            continue
        named, record_hash, committee_hash, commitment, sealed_share, sealed_to = each
        seat = Seat(named, record_hash, committee_hash, index)
        try:
            shares += open_share(keys.secret(sealed_to), sealed_share, seat, commitment)
        except IntegrityError as error:
            raise ShareError(f"the share of {hex_of(named)} cannot be released: {error}") from error
    return bytes(shares)


def _chained(first: Batch, second: Batch, rest: Iterator[Batch]) -> Iterator[Batch]:
    yield from (batch for batch in (first, second) if batch)
    yield from rest


def _in_order(pool: ProcessPoolExecutor, window: int, batches: Iterable[Batch]) -> Iterator[bytes]:
    under_way: deque[Future[bytes]] = deque()
    for batch in batches:
        under_way.append(pool.submit(_open_there, batch))
        if len(under_way) == window:
            yield under_way.popleft().result()
    while under_way:
        yield under_way.popleft().result()


@contextmanager
def _workers(office: Office) -> Iterator[ProcessPoolExecutor]:
    """Processes that begin empty: nothing of this one's memory is copied into them."""
    pool = ProcessPoolExecutor(
        office.cores,
        mp_context=get_context("spawn"),
        initializer=_begin,
        initargs=(office.keys.raw(), office.index, office.harden),
    )
    try:
        yield pool
    except BrokenProcessPool as error:
        raise ResourceError(
            "a process that opens shares ended before its work was done; nothing was built"
        ) from error
    finally:
        pool.shutdown(cancel_futures=True)


# --- in a worker ----------------------------------------------------------------------------

_keys, _index = Keyring([]), 0
"""This worker's; empty in every other process."""


def _begin(secrets: tuple[bytes, ...], index: int, harden: Callable[[], None]) -> None:
    global _keys, _index  # a worker begins once, and has no other place
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group: the parent ends
    harden()
    _keys, _index = Keyring(map(SecretKey, secrets)), index
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """A parent that is killed tells nobody, and its worker would wait for ever."""
    parent = parent_process()
    assert parent is not None, "a worker was started by its keeper"
    connection.wait([parent.sentinel])
    os._exit(1)


def _open_there(batch: Batch) -> bytes:
    return open_batch(_keys, _index, batch)
