"""A keeper sees to it that it holds what it should, and takes over what its predecessors hold.

    next contributions ──► needed? ──► held, under the newest key? ──► count it
                                   ├── under an earlier key ──► seal it anew
                                   └── no ──► ask those before, newest first ──► check ──► store
    all gone through, nothing missing ──► sign the confirmation, which anybody may post

Goes through the contributions in the order of the history, some at a time, and stays behind the
last; what was missing at the end is looked for again from the beginning. Nothing is taken that does
not fit the record in the checked log, so that a keeper before can hold back, but not deceive.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

import structlog

from dao_backend.core.erasure import is_erasable
from dao_backend.core.model import Contribution, Keeper
from dao_backend.core.packing import keccak256
from dao_backend.core.seats import last_seat, newest_epoch
from dao_backend.core.shares import require_commitments
from dao_backend.core.state import State
from dao_backend.core.typed import IntakeReceipt, digest, record_hash
from dao_backend.core.typed_keepers import Handover, HandoverAsk
from dao_backend.errors import DaoError, RecordMismatch
from dao_backend.keeper.erasure import ErasureDesk
from dao_backend.keeper.handover import MOST
from dao_backend.keeper.ledger import FinalLedger, FinalView
from dao_backend.keeper.office import Office
from dao_backend.keeper.resealing import Resealer
from dao_backend.ports.keepers import HandedShare, HandoverProgress, StoredShare

log = structlog.get_logger()
PAGE = 1_000
AT_ONCE = 2
"""Seconds after which the rest is left for the next time: licences must not wait."""
PAUSE = 30
"""Seconds at least before what is missing is looked for again."""
_SCANS = 10
"""Looking for it takes at most one part of so many of the keeper's time."""


@dataclass(frozen=True, slots=True)
class Post:
    """Where this keeper sits: what it should hold follows from it."""

    epoch: int
    seat: Keeper
    newest: bool
    """Whether it is dealt to now; otherwise it only keeps what it has until it is succeeded."""


@dataclass(slots=True)
class Round:
    """One way through the contributions."""

    post: Post
    begun: int
    """Unix time."""
    needed: int
    """How many of earlier epochs there are that may not be erased, as far as is known."""
    until: int = 0
    """Position in the history up to which everything was looked at."""
    held: int = 0
    missing: int = 0
    """How many of earlier epochs are not held under the newest key."""
    named: list[bytes] = field(default_factory=list)
    """What is not held, of any epoch, at most a page."""
    taken: int = 0
    silent: set[str] = field(default_factory=set)
    """Operators that did not answer, and are asked no more in this round."""
    ended: int | None = None
    """When it first came to the end."""


@dataclass(frozen=True, slots=True)
class Survey:
    """What is known so far."""

    post: Post
    needed: int
    held: int
    named: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Confirmed:
    """That everything of earlier epochs is held: signed once."""

    epoch: int
    signature: bytes


class TakeoverDesk:
    """The successor's side of a handover, and the look-out for lost shares."""

    def __init__(self, office: Office, ledger: FinalLedger, erasure: ErasureDesk) -> None:
        self._office = office
        self._ledger = ledger
        self._erasure = erasure
        self._resealer = Resealer(office)
        self._round: Round | None = None
        self._survey: Survey | None = None
        self._known: Post | None = None
        """Where a round has ended already: the next one is told of when it has ended too."""
        self._confirmed: Confirmed | None = None

    def missing(self) -> tuple[bytes, ...]:
        """Contributions whose shares should be here and are not, at most 1,000 of them."""
        named = () if self._survey is None else self._survey.named
        given_since = self._office.custody.sealed_to(named)
        return tuple(each for each in named if each not in given_since)

    def progress(self) -> HandoverProgress | None:
        """How far the newest epoch's handover is; None in the first epoch, and without a seat."""
        survey, confirmed = self._survey, self._confirmed
        if survey is None or not survey.post.newest or survey.post.epoch == 1:
            return None
        epoch = survey.post.epoch
        is_final = self._office.index in self._ledger.view.state.holding.get(epoch, frozenset())
        due = confirmed is not None and confirmed.epoch == epoch and not is_final
        signature = confirmed.signature if confirmed is not None and due else None
        return HandoverProgress(epoch, survey.needed, survey.held, signature)

    def take_over(self) -> None:
        """Go on for some seconds. HistoryMismatch while the log is doubted, DatabaseUnavailable.

        NotFound where the sealing key that the chain names for this keeper is not in its keystore.
        """
        with self._ledger.reading() as view:
            post = self._post(view)
        if post is None:
            self._round = self._survey = None
            return
        current = self._current(post)
        until = self._office.clock() + AT_ONCE
        while self._next_page(current) and self._office.clock() <= until:
            pass

    def _post(self, view: FinalView) -> Post | None:
        """None where this operator never sat, or somebody has followed it."""
        office, state = self._office, view.state
        last = last_seat(state, office.index, office.operator.address)
        if last is None or self._erasure.is_succeeded(view):
            return None
        epoch, seat = last
        newest = epoch == newest_epoch(state)
        if newest:
            office.keys.secret(seat.sealing_key)  # what is sealed to a lost key is lost
        return Post(epoch, seat, newest)

    def _current(self, post: Post) -> Round:
        """The round under way, or a new one where that is over or for another committee."""
        current, now = self._round, self._office.clock()
        if current is None or current.post != post or _is_over(current, now):
            dealt = self._office.book.dealt_before(post.epoch)
            current = self._round = Round(post, begun=now, needed=dealt)
        return current

    # --- one page -----------------------------------------------------------------------------

    def _next_page(self, current: Round) -> bool:
        """Look at what comes next in the history; False at its end."""
        with self._ledger.reading() as view:
            page = self._office.book.contributions(current.until, PAGE)
        if page:
            self._look_at(current, view, page)
            current.until = page[-1].history_count
        elif current.ended is None:
            self._end(current)
        if current.ended is not None or self._known != current.post:
            named = tuple(current.named)
            self._survey = Survey(current.post, current.needed, current.held, named)
        return bool(page)

    def _end(self, current: Round) -> None:
        """Everything was looked at once; where nothing of earlier epochs is missing, confirm it."""
        current.ended, self._known = self._office.clock(), current.post
        epoch, is_due = current.post.epoch, current.post.newest and current.post.epoch > 1
        signed = self._confirmed is not None and self._confirmed.epoch == epoch
        final = self._office.index in self._ledger.view.state.holding.get(epoch, frozenset())
        if is_due and current.missing == 0 and not signed and not final:
            self._confirmed = Confirmed(epoch, self._signed(epoch))
            log.info("handover.complete", index=self._office.index, epoch=epoch, held=current.held)

    def _look_at(self, current: Round, view: FinalView, page: Sequence[Contribution]) -> None:
        needs, post = self._erasure.needs(view), current.post
        own = [each for each in page if each.record.epoch <= post.epoch]
        wanted = {each.record.contribution_id: each for each in own if not is_erasable(each, needs)}
        here = self._here(post, list(wanted))
        lacking = {named: each for named, each in wanted.items() if named not in here}
        if post.newest:
            here |= self._fetched(current, view.state, lacking)
        absent = [named for named in wanted if named not in here]
        earlier = {each.record.contribution_id for each in own if each.record.epoch < post.epoch}
        current.needed -= len(earlier - wanted.keys())
        current.held += len(earlier & here)
        current.missing += len(earlier.intersection(absent))
        current.named += absent[: PAGE - len(current.named)]

    def _here(self, post: Post, ids: Sequence[bytes]) -> set[bytes]:
        """What is held, and sealed to the newest key from now on."""
        sealed_to = self._office.custody.sealed_to(ids)
        if not post.newest:
            return set(sealed_to)
        key = post.seat.sealing_key
        under_earlier = [named for named, under in sealed_to.items() if under != key]
        kept = {named for named, under in sealed_to.items() if under == key}
        return kept | self._resealed(under_earlier, key)

    def _resealed(self, ids: Sequence[bytes], key: bytes) -> set[bytes]:
        """Seal what was sealed to an earlier key of this keeper to its newest one."""
        if not ids:
            return set()
        changed: list[StoredShare] = []
        for kept in self._office.custody.get_all(ids).values():
            try:
                sealed = self._resealer.resealed(kept, key)
            except DaoError as error:
                named = kept.record.contribution_id.hex()
                log.warning("share.damaged", contribution=named, cause=str(error))
                continue
            changed.append(replace(kept, sealed_share=sealed, sealed_to=key))
        self._office.custody.reseal(changed)
        return {each.record.contribution_id for each in changed}

    # --- from the keepers before ----------------------------------------------------------------

    def _fetched(
        self, current: Round, state: State, lacking: dict[bytes, Contribution]
    ) -> set[bytes]:
        """Ask the keepers of earlier epochs at this index, newest first; what is here now."""
        taken: set[bytes] = set()
        asked = {self._office.operator.address, *current.silent}
        for epoch in range(current.post.epoch - 1, 0, -1):
            before = state.keepers.get((epoch, self._office.index))
            if before is None or before.operator in asked:
                continue
            asked.add(before.operator)
            wanted = {
                named: each
                for named, each in lacking.items()
                if each.record.epoch <= epoch and named not in taken
            }
            taken |= self._asked(current, before, wanted)
        return taken

    def _asked(
        self, current: Round, before: Keeper, wanted: dict[bytes, Contribution]
    ) -> set[bytes]:
        taken: set[bytes] = set()
        ids = list(wanted)
        for start in range(0, len(ids), MOST):
            try:
                given = self._answer(current.post, before, ids[start : start + MOST])
            except DaoError as error:
                current.silent.add(before.operator)
                log.warning("handover.delayed", operator=before.operator, cause=str(error))
                break
            taken |= self._stored(self._fitting(current.post, given, wanted))
        if taken:
            current.taken += len(taken)
            self._tell(current, before)
        return taken

    def _answer(self, post: Post, before: Keeper, ids: Sequence[bytes]) -> tuple[HandedShare, ...]:
        office = self._office
        ask = HandoverAsk(post.epoch, office.index, keccak256(b"".join(ids)), office.clock())
        domain = office.chain.addresses.domain("KeeperRegistry")
        signature = office.operator.sign_digest(digest(domain, ask))
        return office.reach(before).hand_over(ask, ids, signature)

    def _tell(self, current: Round, before: Keeper) -> None:
        log.info(
            "handover.taken",
            index=self._office.index,
            epoch=current.post.epoch,
            operator=before.operator,
            taken=current.taken,
            held=current.held,
            needed=current.needed,
        )

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
                log.warning("handover.unfit", contribution=named.hex(), cause=str(error))
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

    def _stored(self, shares: Sequence[StoredShare]) -> set[bytes]:
        self._office.custody.add_all(shares)
        return {each.record.contribution_id for each in shares}

    def _signed(self, epoch: int) -> bytes:
        domain = self._office.chain.addresses.domain("KeeperRegistry")
        return self._office.operator.sign_digest(
            digest(domain, Handover(epoch, self._office.index))
        )


def _is_over(current: Round, now: int) -> bool:
    """Whether something is missing, and it is time to look again."""
    if current.ended is None or not current.named:
        return False
    scanned = 0 if current.taken else _SCANS * (current.ended - current.begun)
    return now >= current.ended + max(PAUSE, scanned)
