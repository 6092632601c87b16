"""The keepers that one service works with: those in its own process, and all others over HTTP."""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from dao_backend.client.keeper import Patience
from dao_backend.core.model import Address
from dao_backend.core.model import Keeper as Seat
from dao_backend.custody.book import SqliteBook
from dao_backend.custody.sqlite import SqliteCustody
from dao_backend.keeper.local import LocalKeeper
from dao_backend.keeper.office import Keyring, Office
from dao_backend.ports.chain import AgreedChain, ChainWriter
from dao_backend.ports.keepers import Keeper
from dao_backend.storage.embedded import EmbeddedBlobStore
from dao_backend.wiring.folder import free_bytes
from dao_backend.wiring.identities import KeeperIdentity
from dao_backend.wiring.orphans import drop_orphans
from dao_backend.wiring.reaching import Reaching


class Directory:
    """Keepers by their seats on chain, those that a vote has just seated too."""

    def __init__(self) -> None:
        self._own: Mapping[Address, LocalKeeper] = {}
        self._others = Reaching(Patience())

    def add_own(self, own: Mapping[Address, LocalKeeper]) -> None:
        """Those of this process, by their operators' accounts."""
        self._own = own

    def __call__(self, seat: Seat) -> Keeper:
        """In this process where that keeper is, else at its endpoint."""
        return self._own.get(seat.operator) or self._others(seat)

    def close(self) -> None:
        """Close every connection."""
        self._others.close()


@dataclass(frozen=True, slots=True)
class LocalKeepers:
    """The keepers of this process, in index order."""

    keepers: tuple[LocalKeeper, ...]
    databases: tuple[SqliteCustody | SqliteBook, ...]


def open_local_keepers(
    data: Path,
    identities: tuple[KeeperIdentity, ...],
    chain: AgreedChain,
    relay: ChainWriter,
    directory: Directory,
) -> LocalKeepers:
    """Each with a custody, a book and a bundle store of its own; DatabaseUnavailable."""
    keepers: dict[Address, LocalKeeper] = {}
    databases: list[SqliteCustody | SqliteBook] = []
    for index, identity in enumerate(identities, 1):
        folder = data / f"keeper-{index}"
        custody = SqliteCustody(folder / "custody.sqlite")
        book = SqliteBook(folder / "book.sqlite")
        bundles = EmbeddedBlobStore(folder / "bundles")
        drop_orphans(custody, bundles)
        office = Office(
            index=index,
            operator=identity.operator,
            keys=Keyring([identity.sealing]),
            chain=chain,
            relay=relay,
            custody=custody,
            book=book,
            bundles=bundles,
            randomness=secrets.token_bytes,
            clock=lambda: int(time.time()),
            reach=directory,
            room=partial(free_bytes, folder),
            approves_handover=True,
        )
        keepers[identity.operator.address] = LocalKeeper(office)
        databases += [custody, book]
    directory.add_own(keepers)
    return LocalKeepers(tuple(keepers.values()), tuple(databases))
