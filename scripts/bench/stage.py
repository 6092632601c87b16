"""A collection of any size for measurements: real records, real sealed shares, real databases.

One committee of three of five; keeper 1 is measured. Everything is derived from small numbers, made
once for each size and kept in build/bench.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import numpy as np

from dao_backend.chain.signer import LocalSigner
from dao_backend.core.crypto import ContentKey, SecretKey
from dao_backend.core.events import Contributed
from dao_backend.core.facts import Addresses
from dao_backend.core.identity import contribution_id, key_id
from dao_backend.core.model import (
    Address,
    Committee,
    Edition,
    Keeper,
    Licence,
    LicenceStatus,
    Purpose,
    Record,
)
from dao_backend.core.shares import Dealing, deal, seal_share, seat_of
from dao_backend.core.state import State
from dao_backend.custody.book import SqliteBook
from dao_backend.custody.sqlite import SqliteCustody
from dao_backend.keeper.editions import Editions
from dao_backend.keeper.ledger import FinalView
from dao_backend.keeper.office import Keyring, Office
from dao_backend.ports.book import Listed
from dao_backend.ports.chain import AgreedChain, Block
from dao_backend.ports.keepers import StoredShare
from dao_backend.storage.embedded import EmbeddedBlobStore
from dao_backend.wiring.hygiene import hide_memory

KEPT = Path(__file__).resolve().parents[2] / "build" / "bench"
VERSION = 3
"""Of what is kept: a change of any table or format begins anew."""
PLENTY = 2**40
"""Bytes free on the disk, for who asks."""
CHAIN, THRESHOLD, KEEPERS = 31337, 3, 5
COLLECTION, UNITS = 0, 10
_CHUNK = 1_000


def seed(label: str, number: int = 0) -> bytes:
    """32 bytes that depend on nothing else."""
    return hashlib.sha256(f"bench {label} {number}".encode()).digest()


def signer(label: str, number: int = 0) -> LocalSigner:
    """An account."""
    return LocalSigner(seed(label, number))


def sealing(index: int, epoch: int = 1) -> SecretKey:
    """A keeper's sealing key."""
    return SecretKey(seed(f"sealing {epoch}", index))


_NAMES = (
    "timelock", "token", "registry", "governor", "desk", "licence", "vault", "keepers", "offers",
    "disputes", "meter", "strike", "council",
)  # fmt: skip
ADDRESSES = Addresses(CHAIN, 1, *(signer(name).address for name in _NAMES))
COMMITTEE = Committee(
    CHAIN,
    ADDRESSES.keepers,
    1,
    THRESHOLD,
    tuple(
        Keeper(index, signer("operator", index).address, sealing(index).public, "")
        for index in range(1, KEEPERS + 1)
    ),
)
BLOCK = Block(1, seed("block"), seed("parent"), 1_800_000_000)
LICENCE_ID = 1


@dataclass(frozen=True, slots=True)
class Made:
    """One contribution, dealt."""

    record: Record
    nonce: bytes
    content_key: ContentKey
    dealing: Dealing


def contributor(number: int) -> LocalSigner:
    """Whose contribution `number` is."""
    return signer("contributor", number % 50)


_CONTRIBUTORS: dict[int, Address] = {}


def made(number: int) -> Made:
    """Contribution `number`."""
    own = number % 50
    if own not in _CONTRIBUTORS:
        _CONTRIBUTORS[own] = contributor(own).address
    nonce, content_key = seed("nonce", number), ContentKey(seed("content key", number))
    named = contribution_id(CHAIN, ADDRESSES.registry, _CONTRIBUTORS[own], nonce)
    dealing = deal(content_key, named, COMMITTEE)
    record = Record(
        contribution_id=named,
        contributor=_CONTRIBUTORS[own],
        collection=COLLECTION,
        cid_digest=seed("cid", number),
        length=1_000 + number,
        envelope_commitment=seed("envelope", number),
        key_id=key_id(named, content_key.raw),
        share_root=dealing.share_root,
        epoch=1,
    )
    return Made(record, nonce, content_key, dealing)


def sealed_to_first(one: Made) -> bytes:
    """Keeper 1's share in its box."""
    return seal_share(sealing(1).public, seat_of(one.record, COMMITTEE, 1), one.dealing.shares[0])


class Stage:
    """The files of one size."""

    def __init__(self, size: int, root: Path = KEPT) -> None:
        self.size = size
        self.folder = root / f"{VERSION}-{size}"

    def prepare(self) -> None:
        """Make what is missing; on all cores, a few hundred microseconds for each contribution."""
        if self.folder.exists():
            return
        being_made = self.folder.with_name(f"{self.folder.name}.{os.getpid()}")
        shutil.rmtree(being_made, ignore_errors=True)
        being_made.mkdir(parents=True)
        custody = SqliteCustody(being_made / "custody.sqlite")
        book = SqliteBook(being_made / "book.sqlite")
        opened = [(being_made / f"opened-{index}").open("wb") for index in range(1, THRESHOLD + 1)]
        for number, (kept, shares) in enumerate(self._chunks()):
            custody.add_all(kept)
            first = number * _CHUNK + 1
            book.write([_listed(each, first + at) for at, each in enumerate(kept)])
            for file, column in zip(opened, shares, strict=True):
                file.write(column)
        for file in opened:
            file.close()
        custody.close()
        book.close()
        being_made.rename(self.folder)

    def _chunks(self) -> Iterator[tuple[list[StoredShare], list[bytes]]]:
        ranges = [
            range(first, min(first + _CHUNK, self.size)) for first in range(0, self.size, _CHUNK)
        ]
        with ProcessPoolExecutor(os.cpu_count()) as pool:
            yield from pool.map(_dealt, ranges)

    def shares(self, index: int) -> bytes:
        """Keeper `index`'s opened shares, in the order of contribution ids."""
        numbers = np.fromfile(self.folder / f"opened-{index}", "S64")
        return numbers.view(np.uint8).reshape(-1, 64)[np.argsort(numbers)][:, 32:].tobytes()

    @property
    def edition(self) -> Edition:
        """All contributions."""
        return Edition(1, COLLECTION, 1_700_000_000, self.size * UNITS, self.size, 1)

    @property
    def licence(self) -> Licence:
        """What a buyer got of it."""
        return Licence(
            licence_id=LICENCE_ID,
            holder=signer("buyer").address,
            collection=COLLECTION,
            edition_id=1,
            purposes=Purpose.EVALUATE,
            issued_at=BLOCK.timestamp,
            expiry=2_000_000_000,
            royalty_bps=0,
            terms_hash=bytes(32),
            release_key=SecretKey(seed("release key")).public,
            status=LicenceStatus.ACTIVE,
        )

    @contextmanager
    def office(self, work: Path, cores: int = 1, custody: Path | None = None) -> Iterator[Office]:
        """Keeper 1's place over these files; bundles go to `work`."""
        held = SqliteCustody(custody or self.folder / "custody.sqlite")
        book = SqliteBook(self.folder / "book.sqlite")
        try:
            yield Office(
                index=1,
                operator=signer("operator", 1),
                keys=Keyring([sealing(1)]),
                chain=cast(AgreedChain, BenchChain()),
                relay=None,
                custody=held,
                book=book,
                bundles=EmbeddedBlobStore(work / "bundles"),
                randomness=os.urandom,
                clock=lambda: BLOCK.timestamp,
                reach=_nobody,
                room=lambda: PLENTY,
                cores=cores,
                harden=hide_memory,
            )
        finally:
            held.close()
            book.close()

    def editions(self, office: Office) -> Editions:
        """As the keeper rebuilds them; the book is whole already."""
        return Editions(office, lambda: nullcontext(self.view))

    @property
    def view(self) -> FinalView:
        """The final log has sealed the edition."""
        state = State(editions={1: self.edition}, history_count=self.edition.history_count)
        return FinalView(BLOCK, state)


class BenchChain:
    """The few answers of a chain that these measurements need."""

    addresses = ADDRESSES

    def committee(self, _epoch: int) -> Committee:
        """The one committee."""
        return COMMITTEE

    def current_epoch(self) -> int:
        """The first."""
        return 1


def _nobody(seat: Keeper) -> object:
    raise NotImplementedError(f"keeper {seat.index} is not part of a measurement")


def _listed(kept: StoredShare, position: int) -> Listed:
    return Listed(position, Contributed(kept.record, UNITS, ADDRESSES.desk))


def _dealt(numbers: range) -> tuple[list[StoredShare], list[bytes]]:
    """Contributions as keeper 1 holds them, and (id, opened share) of the first keepers."""
    kept, shares = [], [bytearray() for _ in range(THRESHOLD)]
    for number in numbers:
        one = made(number)
        kept.append(
            StoredShare(
                one.record,
                one.dealing.commitments,
                sealed_to_first(one),
                bytes(65),
                sealing(1).public,
            )
        )
        for column, share in zip(shares, one.dealing.shares[:THRESHOLD], strict=True):
            column.extend(one.record.contribution_id + share)
    return kept, [bytes(column) for column in shares]
