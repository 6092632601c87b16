"""Carries what keepers have signed to the chain: receipts of bundles, and finished handovers.

Anybody may do the same. A keeper without coin posts nothing itself, and one that does not answer
holds up nobody else's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import TypeVar

from dao_backend.core.history import active_at, require_history
from dao_backend.core.ledger import fold
from dao_backend.core.model import Keeper as Seat
from dao_backend.core.model import Receipt
from dao_backend.core.receipts import is_bundle_receipt, is_signed
from dao_backend.core.state import State
from dao_backend.core.typed_keepers import Handover
from dao_backend.errors import DaoError, InvalidSignature
from dao_backend.ports.chain import ChainReader, ChainWriter, Delivery
from dao_backend.ports.index import Index, LicenceRow
from dao_backend.ports.keepers import Bundle, KeeperStatus
from dao_backend.service.keepers import Keepers

T = TypeVar("T")
PAGE = 200
Listed = Callable[[int], int]
"""How many contributions an edition lists."""
SECONDS = 5.0
"""How long a keeper may take: the next round asks again."""


@dataclass(frozen=True, slots=True)
class Carried:
    """What one round brought to the chain."""

    posted: tuple[int, ...]
    """Indexes of the keepers whose word was posted."""
    faults: Mapping[int, DaoError]
    """Why not, by keeper index; a keeper that has signed nothing yet stands in neither."""


class Carrier:
    """Fetches, checks, posts; `relay` pays."""

    def __init__(
        self, chain: ChainReader, relay: ChainWriter, keepers: Keepers, listed: Listed
    ) -> None:
        self._chain = chain
        self._relay = relay
        self._keepers = keepers
        self._listed = listed

    def post(self, licence_id: int) -> Carried:
        """Post the receipts of a licence that are signed and not on chain yet."""
        delivery = self._chain.delivery(licence_id)
        if delivery is None:
            return Carried((), {})
        seats = self._chain.committee(delivery.epoch).keepers
        silent = [seat for seat in seats if seat.index not in delivery.posted]
        answers = self._keepers.ask_all(
            silent, lambda keeper: keeper.bundle_facts(licence_id), SECONDS
        )
        posted: list[int] = []
        faults: dict[int, DaoError] = {}
        for seat in silent:
            try:
                bundle = _given(answers[seat.index])
                if bundle is not None:
                    self._post(licence_id, delivery, seat, bundle)
                    posted.append(seat.index)
            except DaoError as error:
                faults[seat.index] = error
        return Carried(tuple(posted), faults)

    def confirm(self) -> Carried:
        """Post the handovers of the newest epoch that are finished and not on chain yet."""
        epoch = self._chain.current_epoch()
        seats = [
            seat
            for seat in self._chain.committee(epoch).keepers
            if epoch > 1 and not self._chain.is_holding(epoch, seat.index)
        ]
        answers = self._keepers.ask_all(seats, lambda keeper: keeper.status(), SECONDS)
        posted: list[int] = []
        faults: dict[int, DaoError] = {}
        for seat in seats:
            try:
                if self._confirm(epoch, seat, _given(answers[seat.index])):
                    posted.append(seat.index)
            except DaoError as error:
                faults[seat.index] = error
        return Carried(tuple(posted), faults)

    def _post(self, licence_id: int, delivery: Delivery, seat: Seat, bundle: Bundle) -> None:
        """InvalidSignature for what is not this keeper's receipt of this very delivery."""
        edition = self._chain.edition(delivery.edition_id)
        assert edition.root is not None, "a delivery is opened on an attested edition"
        given = bundle.receipt
        stated = Receipt(
            licence_id=licence_id,
            index=seat.index,
            bundle_digest=given.bundle_digest,
            bundle_length=given.bundle_length,
            count=self._listed(delivery.edition_id),
            edition_root=edition.root,
            release_key_hash=given.release_key_hash,  # the contract holds it against the licence
        )
        domain = self._chain.addresses.domain("KeeperRegistry")
        if not is_bundle_receipt(domain, given, bundle.signature, seat, stated):
            raise InvalidSignature("its receipt is not its own, or not of this delivery")
        self._relay.post_receipt_for(given, bundle.signature)

    def _confirm(self, epoch: int, seat: Seat, status: KeeperStatus) -> bool:
        progress = status.handover
        if progress is None or progress.epoch != epoch or progress.confirmation is None:
            return False
        domain = self._chain.addresses.domain("KeeperRegistry")
        if not is_signed(domain, Handover(epoch, seat.index), seat, progress.confirmation):
            raise InvalidSignature("its confirmation of the handover is not its own")
        self._relay.confirm_handover(epoch, seat.index, progress.confirmation)
        return True


class ReceiptDesk(Carrier):
    """The same for everything that is awaited, with an index that knows what that is."""

    def __init__(
        self, chain: ChainReader, relay: ChainWriter, index: Index, keepers: Keepers
    ) -> None:
        super().__init__(chain, relay, keepers, lambda named: index.edition(named).contributions)
        self._index = index

    def awaited(self) -> Iterator[int]:
        """Licences for which another receipt could be posted now."""
        now = self._chain.head().timestamp
        for row in self._licences():
            if now <= row.deliver_by:
                yield row.licence.licence_id

    def _licences(self) -> Iterator[LicenceRow]:
        after: str | None = None
        while True:
            page = self._index.licences(after=after, limit=PAGE)
            yield from page.rows
            if page.next is None:
                return
            after = page.next


def listed_by_log(chain: ChainReader) -> Listed:
    """Counts by the chain's own log, which is read when first asked; HistoryMismatch."""

    @cache
    def state() -> State:
        head = chain.head().number
        found = fold(State(), chain.logs(chain.addresses.first_block, head))
        require_history(found.history_head, found.history_count, *chain.history(head))
        return found

    def listed(edition_id: int) -> int:
        edition, contributions = chain.edition(edition_id), state().contributions.values()
        active = active_at(contributions, edition.collection, edition.history_count)
        return sum(1 for _ in active)

    return listed


def _given(answer: T | DaoError) -> T:
    if isinstance(answer, DaoError):
        raise answer
    return answer
