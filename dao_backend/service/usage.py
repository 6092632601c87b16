"""Take the minimum of licences that stay silent. Anybody may; the service does it for all."""

from __future__ import annotations

from collections.abc import Iterator

from dao_backend.ports.chain import ChainReader, ChainWriter, Sent
from dao_backend.ports.happenings import MeterRow
from dao_backend.ports.index import Index

PAGE = 200


class UsageDesk:
    """The service's side of metered use, paid for by the relayer."""

    def __init__(self, chain: ChainReader, relay: ChainWriter, index: Index) -> None:
        self._chain = chain
        self._relay = relay
        self._index = index

    def meters(self) -> Iterator[MeterRow]:
        """Those that silence can still cost something, newest first."""
        after: str | None = None
        while True:
            page = self._index.meters(after=after, limit=PAGE)
            yield from (row for row in page.rows if row.balance or not row.lapsed)
            if page.next is None:
                return
            after = page.next

    def take_minimum(self, licence_id: int) -> Sent | None:
        """Take what is due for whole silent periods; None where nothing is."""
        if not self._chain.silent_periods(licence_id):
            return None
        return self._relay.take_minimum(licence_id)
