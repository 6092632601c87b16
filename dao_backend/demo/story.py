"""Who takes part in the demo, and what has happened so far."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from dao_backend.chain.anvil import TimeMachine
from dao_backend.chain.sender import Sender
from dao_backend.chain.signer import LocalSigner, create_keystore, open_keystore
from dao_backend.chain.writer import Writer
from dao_backend.core.crypto import ContentKey, SecretKey
from dao_backend.core.facts import Facts
from dao_backend.core.model import Address, Record
from dao_backend.demo.checks import PromiseBroken
from dao_backend.demo.inputs import MEMBERS, Item
from dao_backend.demo.troupe import Troupe
from dao_backend.ports.gateway import Gateway
from dao_backend.service.buying import Purchase
from dao_backend.service.contributing import Sealed
from dao_backend.service.sources import Source
from dao_backend.wiring.local import LocalChain
from dao_backend.wiring.system import System

BUYERS = ("acme", "blue", "cobalt")
"""Acme is granted a licence, Blue is voted down, Cobalt's vote is not executed in time."""
MAX_BYTES = 1024**3
PATIENCE = 180.0
"""Seconds that keepers get to build their bundles."""
LOOK = 0.1

Progress = Callable[[str, int, int], None]
"""Told what is being done, how far it is, and of how much."""


Figures = dict[str, object]
"""What a step measured, by name; whole numbers of wei are text, as JSON would round them."""


@dataclass(frozen=True, slots=True)
class Telling:
    """A step as it is told: one line for people, and its figures."""

    line: str
    figures: Figures


def mib(size: int) -> str:
    """Bytes as people read them."""
    return f"{size / 1024**2:,.1f} MiB"


def coins(wei: int) -> str:
    """Wei as people read them, exactly."""
    text = f"{wei // 10**18}.{wei % 10**18:018d}".rstrip("0").rstrip(".")
    return f"{text} coin"


@dataclass(frozen=True, slots=True)
class Offered:
    """An item that was looked at and can be read."""

    item: Item
    source: Source


@dataclass(frozen=True, slots=True)
class Contributed:
    """An item with its public facts, and what the appraiser said it is worth."""

    item: Item
    source: Source
    record: Record
    units: int = 0


@dataclass(slots=True)
class Story:
    """The cast, the machinery, and what the acts leave for one another."""

    system: System
    chain: LocalChain
    gateway: Gateway
    data: Path
    """What the service keeps."""
    work: Path
    """What the cast keeps."""
    progress: Progress
    items: list[Item]
    ordinary: bool
    """Whether the default input is told, with its promised numbers."""
    people: dict[str, LocalSigner] = field(default_factory=dict)
    release_keys: dict[str, SecretKey] = field(default_factory=dict)
    offered: list[Offered] = field(default_factory=list)
    sealed: list[tuple[Offered, Sealed]] = field(default_factory=list)
    registered: list[Contributed] = field(default_factory=list)
    worthless: list[tuple[str, str]] = field(default_factory=list)
    """Name and reason of what was not registered."""
    requests: dict[str, int] = field(default_factory=dict)
    balances: dict[str, int] = field(default_factory=dict)
    withdrawn: Contributed | None = None
    troupe: Troupe = field(default_factory=Troupe)
    purchase: Purchase | None = None

    @property
    def facts(self) -> Facts:
        """What every client knows of the DAO."""
        return self.system.facts

    @property
    def time(self) -> TimeMachine:
        """The clock of the local chain."""
        return TimeMachine(self.chain.rpc)

    @property
    def voters(self) -> list[LocalSigner]:
        """The first three contributors who hold units."""
        holders = {one.item.member for one in self.registered}
        return [self.people[name] for name in MEMBERS if name in holders][:3]

    @property
    def keys(self) -> tuple[ContentKey, ...]:
        """What the buyer has recovered."""
        found = () if self.purchase is None else self.purchase.keys
        return tuple(key for key in found if isinstance(key, ContentKey))

    def cast(self, rounds: int) -> None:
        """Give everybody a keystore file and open it; buyers get coin and a release key.

        `rounds` is the cost of the keystores' passwords, which are random and thrown away here.
        """
        for name in (*MEMBERS, *BUYERS):
            path, password = self.work / "wallets" / f"{name}.json", secrets.token_hex(16)
            path.parent.mkdir(parents=True, exist_ok=True)
            create_keystore(path, password, secrets.token_bytes(32), rounds)
            self.people[name] = open_keystore(path, password)
        for name in BUYERS:
            self.chain.fund(self.people[name].address)
            self.release_keys[name] = SecretKey(secrets.token_bytes(32))

    def writer(self, name: str) -> Writer:
        """Transactions of one of the cast."""
        node = self.chain.node
        return Writer(node, self.facts.addresses, Sender(node, self.people[name]))

    def name_of(self, account: Address) -> str:
        """Whose account it is."""
        return next(name for name, signer in self.people.items() if signer.address == account)

    def pass_time(self, seconds: int) -> None:
        """Let chain time pass and the index follow."""
        self.time.advance(seconds)
        self.follow()

    def settle_down(self) -> None:
        """Mine until everything so far is final, and let the index follow."""
        self.time.finalize()
        self.follow()

    def until(self, reached: Callable[[], bool], what: str) -> None:
        """Wait for keepers that work beside this process; PromiseBroken after `PATIENCE`."""
        end = time.monotonic() + PATIENCE
        while not reached():
            if time.monotonic() > end:
                raise PromiseBroken(f"within {PATIENCE:.0f} seconds: {what}")
            time.sleep(LOOK)

    def follow(self) -> None:
        """Bring the index level with the chain."""
        self.system.indexer.sync_once()
