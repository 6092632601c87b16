"""How shares pass from a keeper to the one that follows at its index.

    leaver:     asked ──► is it the successor that the final chain names? ──► agreed to? ──► re-seal
    successor:  what is missing? ──► ask the keepers before it, newest first ──► check ──► store
                                └── nothing ──► sign the confirmation, which anybody may post

A share keeps its seat: contribution, record, the committee it was dealt to, and index. Only the key
that it is sealed to changes. The successor asks for what it lacks, so that it goes on after any
interruption, and takes nothing that does not fit the commitments in the record.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

import structlog

from dao_backend.core.erasure import is_erasable
from dao_backend.core.model import Contribution, Keeper
from dao_backend.core.packing import keccak256
from dao_backend.core.shares import (
    Seat,
    open_share,
    require_commitments,
    seal_share,
    seat_of,
)
from dao_backend.core.typed import IntakeReceipt, digest, record_hash, recover_signer
from dao_backend.core.typed_keepers import Handover, HandoverAsk
from dao_backend.errors import DaoError, InputError, RecordMismatch, Refused
from dao_backend.keeper.ledger import FinalLedger, FinalView
from dao_backend.keeper.office import Office
from dao_backend.ports.keepers import HandedShare, HandoverProgress, StoredShare

log = structlog.get_logger()
MOST = 500
"""Shares in one answer."""
PAGE = 1_000
FRESH = 300
"""Seconds for which a signed wish is good."""


class HandoverDesk:
    """Both sides of a handover, for one keeper."""

    def __init__(self, office: Office, ledger: FinalLedger) -> None:
        self._office = office
        self._ledger = ledger

    # --- the leaver -------------------------------------------------------------------------

    def hand_over(
        self, ask: HandoverAsk, ids: Sequence[bytes], signature: bytes
    ) -> tuple[HandedShare, ...]:
        """See `ports.keepers.Keeper.hand_over`."""
        office = self._office
        if len(ids) > MOST:
            raise InputError(f"{len(ids)} shares were asked for, at most {MOST} are handed over")
        if keccak256(b"".join(ids)) != ask.ids:
            raise InputError("the contributions asked for are not those that were signed")
        if abs(office.clock() - ask.asked_at) > FRESH:
            raise Refused("the wish is older than five minutes, or one of the two clocks is wrong")
        successor = self._successor(ask, signature)
        if not (office.approves_handover or office.custody.handover_approved(ask.epoch)):
            raise Refused(
                f"the operator of keeper {office.index} has not agreed to hand over to the "
                f"committee of epoch {ask.epoch} yet"
            )
        held = office.custody.get_all(list(ids))
        here = (held[each] for each in ids if each in held)
        return tuple(self._resealed(each, successor.sealing_key) for each in here)

    def _successor(self, ask: HandoverAsk, signature: bytes) -> Keeper:
        """The keeper of `ask.epoch` at this index, if it has signed; Refused."""
        office, state = self._office, self._ledger.refresh().state
        domain = office.chain.addresses.domain("KeeperRegistry")
        signer = recover_signer(domain, ask, signature)
        found = state.keepers.get((ask.epoch, office.index))
        newest = max((epoch for epoch, _ in state.keepers), default=0)
        if ask.index != office.index or ask.epoch != newest or found is None:
            raise Refused(f"no keeper of epoch {ask.epoch} follows at index {ask.index} here")
        if signer != found.operator:
            raise Refused(f"the wish is not signed by operator {found.operator}")
        return found

    def _resealed(self, kept: StoredShare, sealing_key: bytes) -> HandedShare:
        seat = self._seat(kept)
        share = self._opened(kept, seat)
        return HandedShare(kept.record, kept.commitments, seal_share(sealing_key, seat, share))

    def _seat(self, kept: StoredShare) -> Seat:
        committee = self._office.chain.committee(kept.record.epoch)
        return seat_of(kept.record, committee, self._office.index)

    def _opened(self, kept: StoredShare, seat: Seat) -> bytes:
        secret = self._office.keys.secret(kept.sealed_to)
        return open_share(secret, kept.sealed_share, seat, kept.commitments[seat.index - 1])

    # --- the successor ----------------------------------------------------------------------

    def take_over(self, view: FinalView) -> None:
        """Fetch what is missing from the keepers before, and seal one's own to the newest key."""
        own = self._own(view)
        if own is None or own[0] == 1 or self._is_confirmed(view, own[0]):
            return
        for page in self._needed(view, own[0]):
            held = self._office.custody.get_all([each.record.contribution_id for each in page])
            self._reseal_own(held.values(), own[1].sealing_key)
            self._fetch([each for each in page if each.record.contribution_id not in held], own)

    def progress(self, view: FinalView) -> HandoverProgress | None:
        """How far the newest epoch's handover is; None in the first epoch."""
        own = self._own(view)
        if own is None or own[0] == 1:
            return None
        epoch, keeper = own
        needed = held = 0
        for page in self._needed(view, epoch):
            kept = self._office.custody.get_all([each.record.contribution_id for each in page])
            needed += len(page)
            held += sum(each.sealed_to == keeper.sealing_key for each in kept.values())
        confirmation = self._confirmation(epoch) if held == needed else None
        return HandoverProgress(epoch, needed, held, confirmation)

    def missing(self, view: FinalView, most: int = PAGE) -> tuple[bytes, ...]:
        """Contributions whose shares should be here and are not, at most so many."""
        own = self._own(view)
        if own is None:
            return ()
        found: list[bytes] = []
        for page in self._needed(view, own[0] + 1):
            held = self._office.custody.get_all([each.record.contribution_id for each in page])
            found += [
                each.record.contribution_id
                for each in page
                if each.record.contribution_id not in held
            ]
            if len(found) >= most:
                break
        return tuple(found[:most])

    def _own(self, view: FinalView) -> tuple[int, Keeper] | None:
        """The newest epoch, and this operator's seat in it; None where it has none."""
        newest = max((epoch for epoch, _ in view.state.keepers), default=0)
        found = view.state.keepers.get((newest, self._office.index))
        if found is None or found.operator != self._office.operator.address:
            return None
        return newest, found

    def _is_confirmed(self, view: FinalView, epoch: int) -> bool:
        return self._office.index in view.state.holding.get(epoch, frozenset())

    def _needed(self, view: FinalView, epoch: int) -> Iterator[tuple[Contribution, ...]]:
        """What was dealt before `epoch` and may still be sold or delivered, page by page."""
        assert view.block is not None, "a seat stands in a final block"
        book, state, now = self._office.book, view.state, view.block.timestamp
        for read in (book.active, book.withdrawn):
            after = b""
            while page := read(after, PAGE):
                after = page[-1].record.contribution_id
                yield tuple(
                    each
                    for each in page
                    if each.record.epoch < epoch
                    and not is_erasable(each, state, now, self._office.index)
                )

    def _reseal_own(self, held: Iterable[StoredShare], sealing_key: bytes) -> None:
        """Seal what was sealed to an earlier key of this keeper to its newest one."""
        old = [each for each in held if each.sealed_to != sealing_key]
        resealed = [self._resealed(each, sealing_key) for each in old]
        self._office.custody.reseal(
            [
                replace(kept, sealed_share=handed.sealed_share, sealed_to=sealing_key)
                for kept, handed in zip(old, resealed, strict=True)
            ]
        )

    def _fetch(self, missing: Sequence[Contribution], own: tuple[int, Keeper]) -> None:
        """Ask the keepers of earlier epochs at this index, newest first, for what is missing."""
        wanted = {each.record.contribution_id: each for each in missing}
        for epoch in range(own[0] - 1, 0, -1):
            asked = list(wanted)
            for start in range(0, len(asked), MOST):
                self._ask(epoch, asked[start : start + MOST], wanted, own)

    def _ask(
        self,
        epoch: int,
        ids: list[bytes],
        wanted: dict[bytes, Contribution],
        own: tuple[int, Keeper],
    ) -> None:
        """Take over what one keeper gives of `ids`; what it gave is no longer wanted."""
        office = self._office
        before = self._ledger.view.state.keepers.get((epoch, office.index))
        if before is None or before.operator == office.operator.address:
            return
        ask = HandoverAsk(own[0], office.index, keccak256(b"".join(ids)), office.clock())
        domain = office.chain.addresses.domain("KeeperRegistry")
        signature = office.operator.sign_digest(digest(domain, ask))
        try:
            given = office.reach(before).hand_over(ask, ids, signature)
            taken = [self._checked(each, wanted, own[1].sealing_key) for each in given]
        except DaoError as error:
            log.warning("handover.delayed", epoch=epoch, index=office.index, cause=str(error))
            return
        office.custody.add_all(taken)
        for each in taken:
            wanted.pop(each.record.contribution_id, None)
        log.info("handover.taken", epoch=epoch, index=office.index, count=len(taken))

    def _checked(
        self, handed: HandedShare, wanted: dict[bytes, Contribution], sealing_key: bytes
    ) -> StoredShare:
        """What was handed over, once it is the share that the record on chain commits to."""
        office, record = self._office, handed.record
        listed = wanted.get(record.contribution_id)
        if listed is None or listed.record != record:
            raise RecordMismatch("a share was handed over that belongs to no record asked for")
        committee = office.chain.committee(record.epoch)
        require_commitments(record, handed.commitments, len(committee.keepers))
        domain = office.chain.addresses.domain("DataRegistry")
        receipt = IntakeReceipt(record_hash(record), office.index)
        signature = office.operator.sign_digest(digest(domain, receipt))
        kept = StoredShare(record, handed.commitments, handed.sealed_share, signature, sealing_key)
        self._opened(kept, seat_of(record, committee, office.index))
        return kept

    def _confirmation(self, epoch: int) -> bytes:
        domain = self._office.chain.addresses.domain("KeeperRegistry")
        message = Handover(epoch, self._office.index)
        return self._office.operator.sign_digest(digest(domain, message))
