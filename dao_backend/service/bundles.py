"""One licence's bundles: where to ask for them, what they are held against, how they open."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from dao_backend.core import bundle as bundles
from dao_backend.core.bundle import HEADER, Bound
from dao_backend.core.crypto import SecretKey
from dao_backend.core.identity import committee_hash
from dao_backend.core.manifest import Published
from dao_backend.core.model import Committee, Edition, Keeper, Licence
from dao_backend.core.recovery import check_opened, still_needed
from dao_backend.ports.chain import ChainReader, Delivery
from dao_backend.ports.gateway import Gateway
from dao_backend.service.fetching import Failure, Pace, Source, Step, Wanted, fetch
from dao_backend.service.keepers import Reach
from dao_backend.service.receipts import receipts_of
from dao_backend.service.sources import read_blocks, reading

Watch = Callable[[int], AbstractContextManager[Step]]
"""Given the bytes to come, makes what is told how many came."""


@contextmanager
def unwatched(_total: int) -> Iterator[Step]:
    """Nobody is told."""
    yield lambda _done: None


@dataclass(frozen=True, slots=True)
class Case:
    """A delivered licence, and what its shares are held against."""

    licence: Licence
    delivery: Delivery
    edition: Edition
    published: Published


class BundleDesk:
    """Gets bundles, and opens them with the release key's secret half."""

    def __init__(
        self,
        gateway: Gateway,
        chain: ChainReader,
        release_secret: SecretKey,
        reach: Reach | None,
        pace: Pace,
    ) -> None:
        self._gateway = gateway
        self._chain = chain
        self._secret = release_secret
        self._reach = reach
        self._pace = pace

    def opened(
        self, case: Case, committee: Committee, folder: Path, watch: Watch
    ) -> tuple[dict[int, bytes], tuple[Failure, ...]]:
        """Shares by keeper index from bundles that are good, and what was wrong with keepers.

        As many bundles as every contribution needs that those who are left can help.
        """
        dealt = self._committees(case.published)
        opened: dict[int, bytes] = {}

        def accept(index: int, path: Path) -> int:
            shares = self._shares(case, index, path)
            check_opened(case.published, dealt, index, shares)
            opened[index] = shares
            left = len(committee.keepers) - len(opened)
            return still_needed(case.published, committee.threshold, opened, left)

        needed, length = committee.threshold, bundles.length_of(len(case.published.commitments))
        with watch(needed * length) as step:
            wanted = self._wanted(case, committee)
            failures = fetch(wanted, needed, accept, folder, self._pace, step)
        return opened, failures

    def _wanted(self, case: Case, committee: Committee) -> list[Wanted]:
        """Every keeper's bundle; those with a receipt on chain come first."""
        receipts = receipts_of(self._chain, case.licence, case.delivery)
        number = case.licence.licence_id
        wanted = [
            Wanted(seat.index, receipts.get(seat.index), self._sources(number, seat))
            for seat in committee.keepers
        ]
        return sorted(wanted, key=lambda each: each.receipt is None)

    def _sources(self, licence_id: int, seat: Keeper) -> tuple[Source, ...]:
        """The keeper itself, and the service, which passes on what the keeper gives it."""

        def relayed(offset: int) -> Iterator[bytes]:
            return self._gateway.bundle(licence_id, seat.index, offset)

        reach = self._reach
        if reach is None:
            return (Source(relayed),)

        def own(offset: int) -> Iterator[bytes]:
            return reach(seat).bundle(licence_id, offset)

        return (Source(own), Source(relayed, " (relayed by the service)"))

    def _committees(self, published: Published) -> dict[int, bytes]:
        """Hashes of the committees that the edition's contributions were dealt to, by epoch."""
        epochs = {entry.record.epoch for entry in published.manifest.entries}
        return {epoch: committee_hash(self._chain.committee(epoch)) for epoch in epochs}

    def _shares(self, case: Case, index: int, path: Path) -> bytes:
        """What a whole bundle holds; IntegrityError unless it is bound to this licence."""
        where, edition = self._chain.addresses, case.edition
        assert edition.root is not None, "the manifest was decoded under this root"
        with reading(path), path.open("rb") as file:
            start = file.read(HEADER)
            expected = Bound(
                chain_id=where.chain_id,
                desk=where.desk,
                licence_id=case.licence.licence_id,
                edition_root=edition.root,
                index=index,
                release_key=self._secret.public,
                block_hash=bundles.read_header(start).block_hash,
            )
            file.seek(0)
            count = len(case.published.commitments)
            return bundles.read(self._secret, expected, count, read_blocks(file))
