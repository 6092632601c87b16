"""A keeper hands its shares over to the one that follows at its index.

    asked ──► is it the successor that the final chain names? ──► agreed to? ──► re-seal

The successor's side is in `keeper/takeover.py`.
"""

from __future__ import annotations

from collections.abc import Sequence

import structlog

from dao_backend.core.erasure import is_erasable
from dao_backend.core.model import Contribution, Keeper
from dao_backend.core.packing import keccak256
from dao_backend.core.seats import newest_epoch
from dao_backend.core.typed import recover_signer
from dao_backend.core.typed_keepers import HandoverAsk
from dao_backend.errors import (
    DaoError,
    HistoryMismatch,
    InputError,
    NodesDisagree,
    RecordMismatch,
    Refused,
)
from dao_backend.keeper.erasure import ErasureDesk
from dao_backend.keeper.ledger import FinalLedger, FinalView
from dao_backend.keeper.office import Office
from dao_backend.keeper.resealing import Resealer
from dao_backend.keeper.wholeness import require_same_seat
from dao_backend.ports.keepers import HandedShare, StoredShare

log = structlog.get_logger()
MOST = 500
"""Shares in one answer."""
FRESH = 300
"""Seconds for which a signed wish is good."""


class HandoverDesk:
    """The leaver's side of a handover."""

    def __init__(self, office: Office, ledger: FinalLedger, erasure: ErasureDesk) -> None:
        self._office = office
        self._ledger = ledger
        self._erasure = erasure
        self._resealer = Resealer(office)

    def hand_over(
        self, ask: HandoverAsk, ids: Sequence[bytes], signature: bytes
    ) -> tuple[HandedShare, ...]:
        """See `ports.keepers.Keeper.hand_over`."""
        self._require_sound(ask, ids)
        view = self._ledger.refresh()
        successor = self._successor(view, ask, signature)
        self._require_agreed(ask.epoch, successor)
        wanted = self._wanted(view, ids)
        held = self._office.custody.get_all(list(wanted))
        handed = [
            each
            for kept in held.values()
            for each in self._handed(kept, wanted[kept.record.contribution_id], successor)
        ]
        log.info("handover.given", index=ask.index, epoch=ask.epoch, count=len(handed))
        return tuple(handed)

    def _require_sound(self, ask: HandoverAsk, ids: Sequence[bytes]) -> None:
        if len(ids) > MOST:
            raise InputError(f"{len(ids)} shares were asked for, at most {MOST} are handed over")
        if any(len(each) != 32 for each in ids) or keccak256(b"".join(ids)) != ask.ids:
            raise InputError("the contributions asked for are not those that were signed")
        if abs(self._office.clock() - ask.asked_at) > FRESH:
            raise Refused("the wish is older than five minutes, or one of the two clocks is wrong")

    def _successor(self, view: FinalView, ask: HandoverAsk, signature: bytes) -> Keeper:
        """The keeper of `ask.epoch` at this index, if it has signed.

        Refused, HistoryMismatch, NodesDisagree.
        """
        office, state = self._office, view.state
        found = state.keepers.get((ask.epoch, office.index))
        if found is None or ask.index != office.index or ask.epoch != newest_epoch(state):
            raise Refused(f"no keeper of epoch {ask.epoch} follows at index {ask.index} here")
        domain = office.chain.addresses.domain("KeeperRegistry")
        if recover_signer(domain, ask, signature) != found.operator:
            raise Refused(f"the wish is not signed by operator {found.operator}")
        assert view.block is not None, "a seat stands in a final block"
        try:
            require_same_seat(office.chain, state, ask.epoch, office.index, view.block.number)
        except (HistoryMismatch, NodesDisagree):
            self._ledger.distrust()
            raise
        return found

    def _require_agreed(self, epoch: int, successor: Keeper) -> None:
        office = self._office
        if not office.agrees_to(epoch, successor):
            raise Refused(
                f"the operator of keeper {office.index} has not agreed to hand over to operator "
                f"{successor.operator} with its sealing key of epoch {epoch} yet"
            )

    def _wanted(self, view: FinalView, ids: Sequence[bytes]) -> dict[bytes, Contribution]:
        """Those that are registered and not withdrawn for good.

        A leaver that was succeeded gives what its successor lacks all the same.
        """
        needs = self._erasure.needs(view)
        with self._ledger.reading():
            listed = self._office.book.listed(ids)
        return {named: each for named, each in listed.items() if not is_erasable(each, needs)}

    def _handed(
        self, kept: StoredShare, listed: Contribution, successor: Keeper
    ) -> tuple[HandedShare, ...]:
        """The share in the successor's box, or nothing where it does not open or fit any more."""
        try:
            if kept.record != listed.record:
                raise RecordMismatch("another record was taken in than the one on chain")
            sealed = self._resealer.resealed(kept, successor.sealing_key)
        except DaoError as error:
            named = kept.record.contribution_id.hex()
            log.warning("share.damaged", contribution=named, cause=str(error))
            return ()
        return (HandedShare(kept.record, kept.commitments, sealed),)
