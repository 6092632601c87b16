"""A keeper sees to it that it holds what it should, and takes over what its predecessors hold.

    next contributions ──► needed? ──► held, under the newest key? ──► count it
                                   ├── under an earlier key ──► seal it anew
                                   └── no ──► ask those before, newest first ──► check ──► store
    all gone through, nothing missing but what is forgone ──► sign the confirmation

Goes through the contributions in the order of the history, some at a time, and stays behind the
last; what was missing at the end is looked for again from the beginning. Nothing is taken that does
not fit the record in the checked log, so that a keeper before can hold back, but not deceive.
What the operator goes on without is asked for with the rest, and every hour after that, as a
keeper before may still hold it and keeps it until it is taken; but nothing waits for it.
Anybody may post the confirmation.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import structlog

from dao_backend.core.erasure import is_erasable
from dao_backend.core.model import Address, Contribution
from dao_backend.core.seats import last_seat, newest_epoch
from dao_backend.core.typed import digest
from dao_backend.core.typed_keepers import Handover
from dao_backend.errors import DaoError, NodesDisagree
from dao_backend.keeper.asking import Asking, Post
from dao_backend.keeper.erasure import ErasureDesk
from dao_backend.keeper.holding import forgone
from dao_backend.keeper.ledger import FinalLedger, FinalView
from dao_backend.keeper.office import Office
from dao_backend.keeper.resealing import Resealer
from dao_backend.keeper.unregistered import note
from dao_backend.keeper.wholeness import require_proven
from dao_backend.ports.keepers import HandoverProgress, StoredShare

log = structlog.get_logger()
PAGE = 1_000
AT_ONCE = 2
"""Seconds after which the rest is left for the next time: licences must not wait."""
PAUSE = 30
"""Seconds at least before what is missing is looked for again."""
LATER = 3_600
"""The same where all that is not held is forgone."""
_SCANS = 10
"""Looking for it takes at most one part of so many of the keeper's time."""


@dataclass(slots=True)
class Round:
    """One way through the contributions."""

    post: Post
    begun: int
    """Unix time."""
    needed: int
    """How many of earlier epochs are to be held, as far as is known: all but those that may be
    erased, or are forgone and not held."""
    forgone: int
    """How many the operator went on without when it began."""
    reading: int
    """Of the log that it goes by."""
    until: int = 0
    """Position in the history up to which everything was looked at."""
    held: int = 0
    missing: int = 0
    """How many of earlier epochs are not held under the newest key, and not forgone."""
    absent: int = 0
    """How many of earlier epochs are not held, and forgone."""
    named: list[bytes] = field(default_factory=list)
    """What is neither held nor forgone, of any epoch, at most a page."""
    taken: int = 0
    silent: set[Address] = field(default_factory=set)
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
        self._asking = Asking(office, self._resealer)
        self._round: Round | None = None
        self._survey: Survey | None = None
        self._known: Post | None = None
        """Where a round has ended already: the next one is told of when it has ended too."""
        self._confirmed: Confirmed | None = None

    def missing(self) -> tuple[bytes, ...]:
        """Contributions whose shares should be here and are not, at most 1,000 of them.

        What the operator goes on without is not among them.
        """
        named = () if self._survey is None else self._survey.named
        given_since = self._office.custody.sealed_to(named)
        settled = given_since.keys() | forgone(self._office, named, given_since)
        return tuple(each for each in named if each not in settled)

    def progress(self) -> HandoverProgress | None:
        """How far the newest epoch's handover is; None in the first epoch, and without a seat.

        What is forgone counts as needed only once it is held, so that the two numbers meet.
        """
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
        current = self._current(post, view.reading)
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

    def _current(self, post: Post, reading: int) -> Round:
        """The round under way, or a new one where that is over, or for another committee or log."""
        current, now = self._round, self._office.clock()
        given_up = self._office.custody.forgone_count()
        same = current is not None and (current.post, current.reading) == (post, reading)
        if current is None or not same or _is_over(current, now, given_up):
            dealt = self._office.book.dealt_before(post.epoch)
            current = self._round = Round(post, now, dealt, given_up, reading)
        return current

    # --- one page -----------------------------------------------------------------------------

    def _next_page(self, current: Round) -> bool:
        """Look at what comes next in the history; False at its end."""
        with self._ledger.reading() as view:
            page = self._office.book.contributions(current.until, PAGE)
        if view.reading != current.reading:
            return False
        if page:
            self._look_at(current, view, page)
            current.until = page[-1].history_count
        elif current.ended is None:
            self._end(current, view)
        if current.ended is not None or self._known != current.post:
            named = tuple(current.named)
            self._survey = Survey(current.post, current.needed, current.held, named)
        return bool(page)

    def _end(self, current: Round, view: FinalView) -> None:
        """Everything was looked at once; where nothing of earlier epochs is missing, confirm it.

        What is signed is good on the real chain, whatever log it was signed by: that is proven.
        """
        epoch, is_due = current.post.epoch, current.post.newest and current.post.epoch > 1
        signed = self._confirmed is not None and self._confirmed.epoch == epoch
        final = self._office.index in view.state.holding.get(epoch, frozenset())
        confirms = is_due and current.missing == 0 and not signed and not final
        if confirms:
            self._require_proven(view)
        current.ended, self._known = self._office.clock(), current.post
        if confirms:
            self._confirmed = Confirmed(epoch, self._signed(epoch))
            log.info("handover.complete", index=self._office.index, epoch=epoch, held=current.held)

    def _require_proven(self, view: FinalView) -> None:
        try:
            require_proven(self._office.chain, view, ())
        except NodesDisagree:
            self._ledger.distrust()
            raise

    def _look_at(self, current: Round, view: FinalView, page: Sequence[Contribution]) -> None:
        note(self._office.custody, page)
        needs, post = self._erasure.needs(view), current.post
        own = [each for each in page if each.record.epoch <= post.epoch]
        wanted = {each.record.contribution_id: each for each in own if not is_erasable(each, needs)}
        here = self._here(post, list(wanted))
        lacking = {named: each for named, each in wanted.items() if named not in here}
        if post.newest:
            taken = self._asking.take(post, view.state, lacking, current.silent)
            current.taken += len(taken)
            here |= taken
        without = forgone(self._office, list(wanted), here)
        absent = [named for named in wanted if named not in here and named not in without]
        earlier = {each.record.contribution_id for each in own if each.record.epoch < post.epoch}
        current.needed -= len(earlier - wanted.keys()) + len(earlier & without)
        current.absent += len(earlier & without)
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

    def _signed(self, epoch: int) -> bytes:
        domain = self._office.chain.addresses.domain("KeeperRegistry")
        return self._office.operator.sign_digest(
            digest(domain, Handover(epoch, self._office.index))
        )


def _is_over(current: Round, now: int, given_up: int) -> bool:
    """Whether something is not held, and it is time to look again.

    The operator, who has given up more meanwhile, waits no longer than whoever was given shares.
    """
    if current.ended is None or not (current.named or current.absent):
        return False
    pause = PAUSE if current.named else LATER
    soon = current.taken or current.forgone != given_up
    scanned = 0 if soon else _SCANS * (current.ended - current.begun)
    return now >= current.ended + max(pause, scanned)
