"""A keeper that may have no seat yet: it waits for one on the final chain, and then works.

started ──► no epoch names its operator: waits, says so, refuses ──► seat ──► LocalKeeper
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence

import structlog

from dao_backend import __version__
from dao_backend.core.access import Decision
from dao_backend.core.model import Address
from dao_backend.core.typed_keepers import HandoverAsk
from dao_backend.errors import DaoError, Refused
from dao_backend.keeper.local import LocalKeeper, place_of
from dao_backend.ports.chain import AgreedChain, Block
from dao_backend.ports.keepers import Bundle, HandedShare, Intake, KeeperStatus, Tombstone

log = structlog.get_logger()


class SeatedLater:
    """The Keeper port of an operator, from before it has a seat; see `ports.keepers.Keeper`.

    Without a seat every question but `status` is Refused.
    """

    def __init__(
        self,
        operator: Address,
        chain: AgreedChain,
        open_keeper: Callable[[int], LocalKeeper],
        clock: Callable[[], int],
    ) -> None:
        self._operator = operator
        self._chain = chain
        self._open = open_keeper
        self._clock = clock
        self._begun = clock()
        self._seen: Block | None = None
        self._trouble: str | None = None
        self._seated: LocalKeeper | None = None

    def run(self, stop: threading.Event, pause: float) -> None:
        """Look for the seat every `pause` seconds, then keep it, until `stop` is set."""
        told = False
        while not stop.is_set():
            seated = self._take_seat()
            if seated is not None:
                log.info("keeper.seated", keeper=seated.index, operator=self._operator)
                seated.run(stop, pause)
                return
            if self._trouble is None and not told:
                log.info("keeper.waiting", operator=self._operator, cause="no seat on chain yet")
                told = True
            stop.wait(pause)

    def _take_seat(self) -> LocalKeeper | None:
        """The keeper that works from now on; None where there is no seat, or trouble."""
        try:
            self._seen = self._chain.finalized()
            index = seat_index(self._chain, self._operator, self._seen)
            if index:
                self._seated = self._open(index)
            self._trouble = None
        except DaoError as error:
            self._trouble = str(error)
            log.warning("keeper.paused", operator=self._operator, cause=self._trouble)
        except Exception as error:  # noqa: BLE001  # a defect must not end the keeper
            self._trouble = f"a defect: {type(error).__name__}"
            log.error("keeper.failed", operator=self._operator, **place_of(error))
        return self._seated

    # --- the port ---------------------------------------------------------------------------

    @property
    def index(self) -> int:
        """0 while there is no seat."""
        return 0 if self._seated is None else self._seated.index

    def take_in(self, intake: Intake) -> bytes:
        return self._keeper.take_in(intake)

    def commitments(self, contribution_id: bytes) -> tuple[bytes, ...]:
        return self._keeper.commitments(contribution_id)

    def attestation(self, edition_id: int) -> tuple[bytes, bytes]:
        return self._keeper.attestation(edition_id)

    def manifest(self, edition_id: int) -> Iterator[bytes]:
        return self._keeper.manifest(edition_id)

    def release(
        self, licence_id: int, asker: Address | None = None, asked_key: bytes | None = None
    ) -> Decision:
        return self._keeper.release(licence_id, asker, asked_key)

    def bundle_facts(self, licence_id: int) -> Bundle | None:
        return self._keeper.bundle_facts(licence_id)

    def bundle(
        self, licence_id: int, offset: int = 0, length: int | None = None
    ) -> Iterator[bytes]:
        return self._keeper.bundle(licence_id, offset, length)

    def tombstone(self, contribution_id: bytes) -> Tombstone:
        return self._keeper.tombstone(contribution_id)

    def hand_over(
        self, ask: HandoverAsk, ids: Sequence[bytes], signature: bytes
    ) -> tuple[HandedShare, ...]:
        return self._keeper.hand_over(ask, ids, signature)

    def status(self) -> KeeperStatus:
        if self._seated is not None:
            return self._seated.status()
        block = self._seen
        return KeeperStatus(
            version=__version__,
            operator=self._operator,
            index=0,
            final_block=0 if block is None else block.number,
            final_time=0 if block is None else block.timestamp,
            shares=0,
            missing=(),
            forgone=(),
            bundles=0,
            delayed=(),
            running_for=self._clock() - self._begun,
            proves=self._chain.proves,
            alarm=self._trouble,
            handover=None,
        )

    @property
    def _keeper(self) -> LocalKeeper:
        if self._seated is None:
            raise Refused(
                f"the final chain names operator {self._operator} in no committee yet: this keeper "
                "waits for its seat"
            )
        return self._seated


def seat_index(chain: AgreedChain, operator: Address, final: Block) -> int:
    """Where an operator sits, or sat: its index, the same in all epochs; 0 where it never did."""
    if final.number < chain.addresses.first_block:
        return 0
    for epoch in range(chain.current_epoch(final.number), 0, -1):
        for seat in chain.committee(epoch, final.number).keepers:
            if seat.operator == operator:
                return seat.index
    return 0
