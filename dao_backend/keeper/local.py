"""One keeper in this process: the Keeper port over custody, ledger and desks."""

from __future__ import annotations

import threading
import traceback
from collections.abc import Iterator

import structlog

from dao_backend.core import manifest
from dao_backend.core.access import Allowed, Decision, Step
from dao_backend.core.manifest import Manifest, Published
from dao_backend.core.model import Address, Edition, RequestStatus
from dao_backend.core.typed import Attestation, digest
from dao_backend.errors import DaoError, InputError, NotFound, NotReleased, Refused
from dao_backend.keeper.intake import IntakeDesk
from dao_backend.keeper.ledger import FinalLedger, FinalView, manifest_of
from dao_backend.keeper.office import Office
from dao_backend.keeper.release import ReleaseDesk
from dao_backend.ports.keepers import Bundle, Intake

log = structlog.get_logger()


class LocalKeeper:
    """See `ports.keepers.Keeper`."""

    def __init__(self, office: Office) -> None:
        self._office = office
        self._ledger = FinalLedger(office.chain)
        self._intake = IntakeDesk(office)
        self._release = ReleaseDesk(office, self._ledger)

    @property
    def index(self) -> int:
        return self._office.index

    def take_in(self, intake: Intake) -> bytes:
        return self._intake.take_in(intake)

    def commitments(self, contribution_id: bytes) -> tuple[bytes, ...]:
        return self._office.custody.get(contribution_id).commitments

    def attestation(self, edition_id: int) -> tuple[bytes, bytes]:
        _, built = self._final_manifest(edition_id)
        try:
            root = manifest.root(built)
        except InputError as error:
            raise Refused(f"edition {edition_id} is not attested: {error}") from error
        domain = self._office.chain.addresses.domain("KeeperRegistry")
        signature = self._office.operator.sign_digest(digest(domain, Attestation(edition_id, root)))
        return root, signature

    def manifest(self, edition_id: int) -> Iterator[bytes]:
        _, built = self._final_manifest(edition_id)
        own = tuple(self.commitments(entry.record.contribution_id) for entry in built.entries)
        return manifest.encode(Published(built, own))

    def release(
        self, licence_id: int, asker: Address | None = None, asked_key: bytes | None = None
    ) -> Decision:
        return self._release.decision(licence_id, Step.HAND_OVER, asker, asked_key)

    def bundle_facts(self, licence_id: int) -> Bundle | None:
        entry = self._office.custody.bundle(licence_id)
        return None if entry is None else Bundle(entry.cid, entry.length, entry.receipt)

    def bundle(
        self, licence_id: int, offset: int = 0, length: int | None = None
    ) -> Iterator[bytes]:
        decision = self.release(licence_id)
        entry = self._office.custody.bundle(licence_id)
        if not isinstance(decision, Allowed):
            raise NotReleased(decision.sentence, decision.reason.value)
        if entry is None:
            raise NotReleased("The bundle is not built yet.")
        return self._office.bundles.open(entry.cid, offset, length)

    def work(self) -> None:
        for licence_id in self._waiting(self._ledger.refresh()):
            try:
                self._release.advance(licence_id)
            except DaoError as error:  # one licence's trouble must not hold up the others
                log.warning(
                    "keeper.delayed", keeper=self.index, licence=licence_id, cause=str(error)
                )

    def run(self, stop: threading.Event, pause: float) -> None:
        """Work every `pause` seconds until `stop` is set."""
        while not stop.wait(pause):
            try:
                self.work()
            except DaoError as error:
                log.warning("keeper.paused", keeper=self.index, cause=str(error))
            except Exception as error:  # noqa: BLE001  # a defect must not end the keeper
                log.error("keeper.failed", keeper=self.index, **_place_of(error))

    def _waiting(self, view: FinalView) -> list[int]:
        """Licences that this keeper can still deliver to, and has no final receipt for."""
        if view.block is None:
            return []
        paid = (RequestStatus.GRANTED, RequestStatus.SETTLED)
        return [
            licence_id
            for licence_id, delivery in view.state.deliveries.items()
            if view.block.timestamp <= delivery.deliver_by
            and view.state.requests[licence_id].status in paid
            and self.index not in {receipt.index for receipt in delivery.receipts}
        ]

    def _final_manifest(self, edition_id: int) -> tuple[Edition, Manifest]:
        view: FinalView = self._ledger.refresh()
        if view.block is None:
            raise Refused("no block is final yet")
        try:
            edition = self._office.chain.edition(edition_id, view.block.number)
        except NotFound as error:
            raise Refused(f"edition {edition_id} is not sealed in a final block yet") from error
        return edition, manifest_of(self._office.chain, view, edition)


def _place_of(error: Exception) -> dict[str, str]:
    """Kind and place of an unforeseen error, without its text: that may hold what is secret."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    return {"kind": type(error).__name__, "place": f"{last.filename}:{last.lineno}"}
