"""Asks the keepers before for shares, and takes nothing that does not fit the records on chain.

    keepers of earlier epochs at this index, newest first ──► what each may hold ──► answer
                                          each share: record ──► commitments ──► opens ──► store

A keeper before can hold its shares back, but cannot deceive: what does not fit is named in the log
and left out, and the rest of its answer is taken.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import structlog

from dao_backend.core.model import Address, Contribution, Keeper
from dao_backend.core.packing import hex_of, keccak256
from dao_backend.core.shares import require_commitments
from dao_backend.core.state import State
from dao_backend.core.typed import IntakeReceipt, digest, record_hash
from dao_backend.core.typed_keepers import HandoverAsk
from dao_backend.errors import DaoError, RecordMismatch
from dao_backend.keeper.handover import MOST
from dao_backend.keeper.office import Office
from dao_backend.keeper.resealing import Resealer
from dao_backend.ports.keepers import HandedShare, StoredShare

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Post:
    """Where this keeper sits: what it should hold follows from it."""

    epoch: int
    seat: Keeper
    newest: bool
    """Whether it is dealt to now; otherwise it only keeps what it has until it is succeeded."""


class Asking:
    """The successor's side of a handover, as far as others are in it."""

    def __init__(self, office: Office, resealer: Resealer) -> None:
        self._office = office
        self._resealer = resealer

    def take(
        self, post: Post, state: State, lacking: dict[bytes, Contribution], silent: set[Address]
    ) -> set[bytes]:
        """What was missing and is here now, by contribution id.

        Operators that do not answer, or refuse, are added to `silent` and asked no more.
        DatabaseUnavailable, ChainUnavailable.
        """
        taken: set[bytes] = set()
        asked = {self._office.operator.address, *silent}
        for epoch in range(post.epoch - 1, 0, -1):
            before = state.keepers.get((epoch, self._office.index))
            if before is None or before.operator in asked:
                continue
            asked.add(before.operator)
            wanted = {
                named: each
                for named, each in lacking.items()
                if each.record.epoch <= epoch and named not in taken
            }
            taken |= self._asked(post, before, wanted, silent)
        return taken

    def _asked(
        self,
        post: Post,
        before: Keeper,
        wanted: dict[bytes, Contribution],
        silent: set[Address],
    ) -> set[bytes]:
        taken: set[bytes] = set()
        ids = list(wanted)
        for start in range(0, len(ids), MOST):
            try:
                given = self._answer(post, before, ids[start : start + MOST])
            except DaoError as error:
                silent.add(before.operator)
                log.warning("handover.delayed", operator=before.operator, cause=str(error))
                break
            taken |= self._stored(self._fitting(post, given, wanted))
        if ids:
            log.info(
                "handover.taken",
                index=self._office.index,
                epoch=post.epoch,
                operator=before.operator,
                asked=len(ids),
                taken=len(taken),
            )
        return taken

    def _answer(self, post: Post, before: Keeper, ids: Sequence[bytes]) -> tuple[HandedShare, ...]:
        office = self._office
        ask = HandoverAsk(post.epoch, office.index, keccak256(b"".join(ids)), office.clock())
        domain = office.chain.addresses.domain("KeeperRegistry")
        signature = office.operator.sign_digest(digest(domain, ask))
        return office.reach(before).hand_over(ask, ids, signature)

    def _fitting(
        self, post: Post, given: Iterable[HandedShare], wanted: dict[bytes, Contribution]
    ) -> list[StoredShare]:
        """Those shares that the records on chain commit to; the others are named in the log."""
        found: dict[bytes, StoredShare] = {}
        for handed in given:
            named = handed.record.contribution_id
            try:
                found[named] = self._checked(handed, wanted.get(named), post.seat.sealing_key)
            except DaoError as error:
                log.warning("handover.unfit", contribution=hex_of(named), cause=str(error))
        return list(found.values())

    def _checked(
        self, handed: HandedShare, listed: Contribution | None, sealing_key: bytes
    ) -> StoredShare:
        record, office = handed.record, self._office
        if listed is None or listed.record != record:
            raise RecordMismatch("a share was handed over that belongs to no record asked for")
        committee = self._resealer.committee(record.epoch)
        require_commitments(record, handed.commitments, len(committee.keepers))
        domain = office.chain.addresses.domain("DataRegistry")
        receipt = IntakeReceipt(record_hash(record), office.index)
        signature = office.operator.sign_digest(digest(domain, receipt))
        kept = StoredShare(record, handed.commitments, handed.sealed_share, signature, sealing_key)
        self._resealer.opened(kept)
        return kept

    def _stored(self, fitting: list[StoredShare]) -> set[bytes]:
        """What was erased here as withdrawn does not come back, and keeps the others out."""
        try:
            self._office.custody.add_all(fitting)
        except RecordMismatch as error:
            log.warning("handover.unfit", cause=str(error))
            return set()
        return {each.record.contribution_id for each in fitting}
