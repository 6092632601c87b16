"""Does what anybody may do, so that nobody has to: seal, attest, queue, execute, settle and more.

It also brings to the chain what keepers have signed, and gives them again what they missed.

It holds no power: every step is a transaction that any account could send, and a step that is
not due is refused by the contracts. Without it a DAO goes on as long as anybody sends them.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import structlog

from dao_backend.core.model import ProposalState, RequestStatus
from dao_backend.errors import ContractRefused, DaoError, Refused
from dao_backend.ports.chain import ChainReader
from dao_backend.ports.index import EditionRow, Index, RequestRow
from dao_backend.service.editions import EditionDesk
from dao_backend.service.missed import MissedShares
from dao_backend.service.motions import MotionDesk
from dao_backend.service.posting import Carried, ReceiptDesk
from dao_backend.service.requests import RequestDesk
from dao_backend.service.usage import UsageDesk
from dao_backend.service.withdrawals import Forgetting

log = structlog.get_logger()

PAGE = 200
OPEN = (RequestStatus.PENDING, RequestStatus.COUNTERED, RequestStatus.GRANTED)


@dataclass(frozen=True, slots=True)
class Duties:
    """What the worker works on."""

    chain: ChainReader
    index: Index
    editions: EditionDesk
    requests: RequestDesk
    motions: MotionDesk
    usage: UsageDesk
    receipts: ReceiptDesk
    missed: MissedShares
    forgetting: Forgetting
    seal_interval: int
    """Seconds between two editions of one collection, at least."""


class Worker:
    """Goes over everything that may be due, again and again."""

    def __init__(self, duties: Duties) -> None:
        self._duties = duties

    def run_once(self) -> None:
        """Take every step that is due now; what a step raises is logged, and the next one tried.

        DatabaseUnavailable where the index cannot be read.
        """
        for collection in self._duties.index.collections():
            self._try("seal", self._seal, collection.number)
        for row in self._open_editions():
            self._try("attest", self._attest, row.edition.edition_id)
        for licence_id in self._duties.receipts.awaited():
            self._try("receipt", self._post_receipts, licence_id)
        for request in self._open_requests():
            self._try("advance", self._advance, request.request_id)
        for motion in self._duties.motions.unfinished():
            self._try("motion", self._carry_out, motion.proposal_id)
        for meter in self._duties.usage.meters():
            self._try("minimum", self._take_minimum, meter.licence_id)
        epoch = self._duties.chain.current_epoch()
        self._try("handover", self._confirm_handovers, epoch)
        self._try("missed", self._give_missed, epoch)
        self._try("forget", self._forget_withdrawn, epoch)

    def run(self, stop: threading.Event, pause: float) -> None:
        """Work every `pause` seconds until `stop` is set."""
        while not stop.wait(pause):
            try:
                self.run_once()
            except DaoError as error:
                log.warning("worker.paused", cause=str(error))
            except Exception:  # a defect in one round must not end all the others
                log.exception("worker.failed")

    def _try(self, step: str, act: Callable[[int], None], number: int) -> None:
        try:
            act(number)
        except (ContractRefused, Refused) as error:
            log.debug("worker.not_due", step=step, number=number, cause=str(error))
        except DaoError as error:
            log.warning("worker.delayed", step=step, number=number, cause=str(error))

    def _seal(self, collection: int) -> None:
        """Seal once the interval has passed since the last edition, or since the first change."""
        duties = self._duties
        now = duties.chain.head().timestamp
        since = self._last_sealed(collection)
        if since is None or now - since < duties.seal_interval:
            return
        sent = duties.editions.seal(collection)
        log.info("edition.sealed", collection=collection, transaction=sent.hash.hex())

    def _last_sealed(self, collection: int) -> int | None:
        newest = self._duties.index.editions(collection=collection, limit=1).rows
        return newest[0].edition.timepoint if newest else self._first_registered(collection)

    def _first_registered(self, collection: int) -> int | None:
        """When the oldest contribution was registered; rows come newest first."""
        oldest: int | None = None
        after: str | None = None
        while True:
            page = self._duties.index.contributions(collection=collection, after=after, limit=PAGE)
            if page.rows:
                oldest = page.rows[-1].registered_at
            if page.next is None:
                return oldest
            after = page.next

    def _attest(self, edition_id: int) -> None:
        done = self._duties.editions.attest(edition_id)
        if done is None:
            return
        log.info("edition.attested", edition=edition_id, transaction=done.sent.hash.hex())
        for index, fault in done.faults.items():
            log.warning("keeper.at_fault", keeper=index, edition=edition_id, cause=str(fault))

    def _post_receipts(self, licence_id: int) -> None:
        self._tell("receipt.posted", self._duties.receipts.post(licence_id), licence=licence_id)

    def _confirm_handovers(self, epoch: int) -> None:
        self._tell("handover.confirmed", self._duties.receipts.confirm(), epoch=epoch)

    def _tell(self, event: str, carried: Carried, **about: int) -> None:
        for index in carried.posted:
            log.info(event, keeper=index, **about)
        for index, fault in carried.faults.items():
            log.debug("keeper.at_fault", keeper=index, cause=str(fault), **about)

    def _give_missed(self, _epoch: int) -> None:
        for index, given in self._duties.missed.give_again().items():
            log.info("shares.given_again", keeper=index, count=len(given.taken))
            for contribution_id, error in given.refused:
                log.warning(
                    "share.refused",
                    keeper=index,
                    contribution=contribution_id.hex(),
                    cause=str(error),
                )

    def _forget_withdrawn(self, _epoch: int) -> None:
        forgotten = self._duties.forgetting.forget()
        if forgotten:
            log.info("shares.forgotten", contributions=forgotten)

    def _advance(self, request_id: int) -> None:
        if self._awaits_answer(request_id):
            return
        action = self._duties.requests.advance(request_id)
        if action is not None:
            log.info("request.advanced", request=request_id, action=action.value)

    def _carry_out(self, proposal_id: int) -> None:
        action = self._duties.motions.advance(proposal_id)
        if action is not None:
            log.info("motion.advanced", proposal=str(proposal_id), action=action.value)

    def _take_minimum(self, licence_id: int) -> None:
        sent = self._duties.usage.take_minimum(licence_id)
        if sent is not None:
            log.info("usage.minimum_taken", licence=licence_id, transaction=sent.hash.hex())

    def _awaits_answer(self, request_id: int) -> bool:
        """Whether its vote was lost and members vote on other terms for it meanwhile.

        The refund would be theirs to lose: until the last moment of a grant it is left to others.
        """
        duties = self._duties
        request = duties.index.request(request_id)
        if request.status is not RequestStatus.PENDING:
            return False
        lost = duties.chain.proposal_state(request.proposal_id) is ProposalState.DEFEATED
        in_time = duties.chain.head().timestamp <= request.execute_by
        return lost and in_time and duties.motions.answer_to(request) is not None

    def _open_editions(self) -> Iterator[EditionRow]:
        """The newest edition of each collection, where it is not attested yet."""
        index = self._duties.index
        for collection in index.collections():
            for row in index.editions(collection=collection.number, limit=1).rows:
                if row.edition.root is None and row.contributions:
                    yield row

    def _open_requests(self) -> Iterator[RequestRow]:
        after: str | None = None
        while True:
            page = self._duties.index.requests(after=after, limit=PAGE)
            for row in page.rows:
                if row.status in OPEN:
                    yield row
            if page.next is None:
                return
            after = page.next
