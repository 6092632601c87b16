"""One keeper in this process: the Keeper port over custody, ledger and desks."""

from __future__ import annotations

import threading
import traceback
from collections.abc import Iterator, Sequence

import structlog

from dao_backend import __version__
from dao_backend.core.access import Decision, Step
from dao_backend.core.model import Address, Edition, RequestStatus
from dao_backend.core.packing import hex_of
from dao_backend.core.seats import is_anothers
from dao_backend.core.typed_keepers import HandoverAsk
from dao_backend.errors import DaoError, NotFound, Refused
from dao_backend.keeper.attesting import AttestationDesk
from dao_backend.keeper.editions import Editions
from dao_backend.keeper.erasure import ErasureDesk
from dao_backend.keeper.handover import HandoverDesk
from dao_backend.keeper.intake import IntakeDesk
from dao_backend.keeper.ledger import FinalLedger, FinalView
from dao_backend.keeper.office import Office
from dao_backend.keeper.release import ReleaseDesk
from dao_backend.keeper.takeover import TakeoverDesk
from dao_backend.keeper.unregistered import UnregisteredDesk
from dao_backend.ports.keeper_wire import DELAYED
from dao_backend.ports.keepers import Bundle, HandedShare, Intake, KeeperStatus, Tombstone

log = structlog.get_logger()


class LocalKeeper:
    """See `ports.keepers.Keeper`."""

    def __init__(self, office: Office) -> None:
        self._office = office
        self._ledger = FinalLedger(office.chain, office.book)
        self._erasure = ErasureDesk(office, self._ledger)
        self._unregistered = UnregisteredDesk(office, self._ledger)
        self._intake = IntakeDesk(office, self._ledger, self._erasure, self._unregistered)
        self._editions = Editions(office, self._ledger.reading)
        self._attesting = AttestationDesk(office, self._ledger, self._editions, self._erasure)
        self._release = ReleaseDesk(office, self._ledger, self._editions)
        self._handover = HandoverDesk(office, self._ledger, self._erasure)
        self._takeover = TakeoverDesk(office, self._ledger, self._erasure)
        self._begun = office.clock()
        self._alarm: str | None = None
        self._delayed: tuple[int, ...] = ()

    @property
    def index(self) -> int:
        return self._office.index

    def take_in(self, intake: Intake) -> bytes:
        return self._intake.take_in(intake)

    def commitments(self, contribution_id: bytes) -> tuple[bytes, ...]:
        found = self._office.custody.commitments([contribution_id])
        if contribution_id not in found:
            raise NotFound(f"no share of contribution {hex_of(contribution_id)} was taken in here")
        return found[contribution_id]

    def attestation(self, edition_id: int) -> tuple[bytes, bytes]:
        return self._attesting.attestation(edition_id, self._final_edition)

    def manifest(self, edition_id: int) -> Iterator[bytes]:
        edition, view = self._final_edition(edition_id)
        return self._editions.file(edition, self._editions.rebuilt(view, edition))

    def release(
        self, licence_id: int, asker: Address | None = None, asked_key: bytes | None = None
    ) -> Decision:
        return self._release.decision(licence_id, Step.HAND_OVER, asker, asked_key)

    def bundle_facts(self, licence_id: int) -> Bundle | None:
        entry = self._office.custody.bundle(licence_id)
        if entry is None:
            return None
        return Bundle(entry.cid, entry.length, entry.receipt, entry.signature)

    def bundle(
        self, licence_id: int, offset: int = 0, length: int | None = None
    ) -> Iterator[bytes]:
        return self._release.hand_over(licence_id, offset, length)

    def tombstone(self, contribution_id: bytes) -> Tombstone:
        return self._erasure.tombstone(contribution_id)

    def hand_over(
        self, ask: HandoverAsk, ids: Sequence[bytes], signature: bytes
    ) -> tuple[HandedShare, ...]:
        return self._handover.hand_over(ask, ids, signature)

    def status(self) -> KeeperStatus:
        office, view = self._office, self._ledger.view
        block = view.block
        return KeeperStatus(
            version=__version__,
            operator=office.operator.address,
            index=office.index,
            final_block=0 if block is None else block.number,
            final_time=0 if block is None else block.timestamp,
            shares=office.custody.count(),
            missing=self._takeover.missing(),
            forgone=self._erasure.forgone(),
            bundles=office.custody.bundle_count(),
            delayed=self._delayed,
            running_for=max(0, office.clock() - self._begun),
            proves=office.chain.proves,
            alarm=office.chain.alarm or self._alarm,
            handover=self._takeover.progress(),
        )

    def work(self) -> None:
        """Take the next due step of everything; call it again and again."""
        view = self._ledger.refresh()
        if view.block is None:
            return
        self._deliver(self._waiting(view))
        self._erasure.sweep()
        self._unregistered.sweep()
        self._takeover.take_over()

    def run(self, stop: threading.Event, pause: float) -> None:
        """Work every `pause` seconds until `stop` is set."""
        while not stop.wait(pause):
            try:
                self.work()
                self._alarm = None
            except DaoError as error:
                self._alarm = str(error)
                log.warning("keeper.paused", keeper=self.index, cause=str(error))
            except Exception as error:  # noqa: BLE001  # a defect must not end the keeper
                self._alarm = f"a defect: {type(error).__name__}"
                log.error("keeper.failed", keeper=self.index, **place_of(error))

    def _deliver(self, waiting: Sequence[int]) -> None:
        """Go on with each of these licences; delayed are those with which that failed.

        One that is denied is not delayed: it waits for what its decision names.
        """
        delayed = []
        for licence_id in waiting:
            try:
                self._release.advance(licence_id)
            except DaoError as error:  # one licence's trouble must not hold up the others
                delayed.append(licence_id)
                log.warning(
                    "keeper.delayed", keeper=self.index, licence=licence_id, cause=str(error)
                )
        self._delayed = tuple(delayed[:DELAYED])

    def _waiting(self, view: FinalView) -> list[int]:
        """Licences that this keeper can still deliver to, and has no final receipt for."""
        own, block = self._office.operator.address, view.block
        assert block is not None, "nothing is due before the first final block"
        paid = {
            number
            for number, request in view.state.requests.items()
            if request.status in (RequestStatus.GRANTED, RequestStatus.SETTLED)
        }
        return [
            licence_id
            for licence_id, delivery in view.state.deliveries.items()
            if block.timestamp <= delivery.deliver_by
            and licence_id in paid
            and self.index not in {receipt.index for receipt in delivery.receipts}
            and not is_anothers(view.state, licence_id, self.index, own)
        ]

    def _final_edition(self, edition_id: int) -> tuple[Edition, FinalView]:
        view = self._ledger.refresh()
        if view.block is None:
            raise Refused("no block is final yet")
        try:
            return self._office.chain.edition(edition_id, view.block.number), view
        except NotFound as error:
            raise Refused(f"edition {edition_id} is not sealed in a final block yet") from error


def place_of(error: Exception) -> dict[str, str]:
    """Kind and place of an unforeseen error, without its text: that may hold what is secret."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    return {"kind": type(error).__name__, "place": f"{last.filename}:{last.lineno}"}
