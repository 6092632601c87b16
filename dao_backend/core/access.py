"""Whether a keeper may build the bundle of a licence, and whether it may hand it over.

    asked ──► answers proven? ──► granted? ──► in force? ──► edition sound? ──► asker the holder?
                                                                                       │
    hand over ◄── t receipts final? ◄── own receipt final and the right one? ◄── build ┘

The keeper reads the facts by itself, at a finalized block and at the head. What allows must be
final; what forbids (a refund, a suspension, a lapse) counts as soon as it is seen. A lapse forbids
nothing until the time for delivery is over: it comes after the price was paid, and a short period
between two reports must not keep from the buyer what it was paid for. The key that a
bundle is sealed to comes out of the final licence: nothing an asker says can name another, and a
key that its holder has rotated in the meantime fails at the receipt, which the chain refuses.
Where the nodes' answers are not what the state root proves, or not the same, nothing is decided on.
A bundle is handed over only when t receipts are final, not just the keeper's own: until then the
buyer can still be refunded, and keepers that side with it could give their shares in private.
A denied access is a result with its reason, not an exception.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import assert_never

from dao_backend.core.decisions import Allowed as Allowed  # noqa: PLC0414  # a part of this
from dao_backend.core.decisions import Decision as Decision  # noqa: PLC0414  # a part too
from dao_backend.core.decisions import Denied as Denied  # noqa: PLC0414  # a part too
from dao_backend.core.decisions import Reason as Reason  # noqa: PLC0414  # a part too
from dao_backend.core.model import (
    Address,
    Edition,
    Licence,
    LicenceStatus,
    ProposalState,
    Request,
    RequestStatus,
)


class Step(Enum):
    """What the keeper is about to do."""

    BUILD = "build the bundle and post its receipt"
    HAND_OVER = "hand the bundle over"


@dataclass(frozen=True, slots=True)
class View:
    """What the chain said of one licence at one block."""

    request: Request | None
    proposal: ProposalState | None
    """State of the request's proposal; None where there is no request, or no vote behind it."""
    licence: Licence | None
    posted: frozenset[int]
    """Indexes of the keepers whose receipts are on chain."""
    delivered: bool = False
    """Whether these are as many as the committee's threshold: no refund for want of receipts."""


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything that the decision rests on."""

    final: View
    """At the newest block that k of m nodes call final."""
    head: View
    """At the newest block, which may still be reorganised."""
    now: int
    """Timestamp of the newest block, the later one in case of doubt."""
    edition: Edition | None
    """The licence's edition at the final block, None where there is no final licence."""
    history_matches: bool
    """Whether the keeper's fold of the final log gives the history head that the chain states."""
    rebuilt_root: bytes | None
    """Root of the manifest that the keeper itself rebuilt for the edition, None if it could not."""
    keeper: int
    """The keeper's own index."""
    asker: Address | None = None
    """The signed-in account, where the asker named one."""
    asked_key: bytes | None = None
    """A release key that the asker named, where it did."""
    stated_digest: bytes | None = None
    """Digest in the keeper's own receipt at the final block."""
    held_digest: bytes | None = None
    """Digest of the bundle that lies ready."""
    seated: bool = True
    """Whether the keeper sits in the committee under which the delivery was opened."""
    contradictions: tuple[str, ...] = ()
    """What proofs against the final block's state root say otherwise than the nodes do."""


def decide(facts: Facts, step: Step) -> Decision:
    """The first reason against `step`, in the order in which a person would ask, or Allowed."""
    for check in (_proven, _granted, _in_force, _right_committee, _sound_edition, _right_asker):
        denied = check(facts)
        if denied is not None:
            return denied
    denied = _STEP_CHECKS[step](facts)
    if denied is not None:
        return denied
    licence = facts.final.licence
    assert licence is not None, "_granted denies without a final licence"
    return Allowed(licence.release_key, licence.edition_id)


def nodes_disagree(sentence: str) -> Denied:
    """The denial where there are no facts to decide on, because the nodes give different ones."""
    return Denied(Reason.NODES_DISAGREE, sentence)


def _proven(facts: Facts) -> Denied | None:
    if facts.contradictions:
        return Denied(
            Reason.PROOF_MISMATCH,
            "What the nodes answer is not what the state root proves: "
            + "; ".join(facts.contradictions)
            + ".",
        )
    return None


def _granted(facts: Facts) -> Denied | None:
    seen = facts.head.request or facts.final.request
    if seen is None:
        return Denied(Reason.UNKNOWN_LICENCE, "There is no request or licence with this number.")
    for view in (facts.head, facts.final):
        ended = _ended(view)
        if ended is not None:
            return ended
    if facts.final.licence is not None:
        return None
    if facts.head.licence is not None:
        return Denied(Reason.GRANT_NOT_FINAL, "The grant is on chain, but not final yet.")
    if facts.final.request is None:
        return Denied(Reason.REQUEST_NOT_FINAL, "The request's block is not final yet.")
    return _awaiting(seen, facts)


def _ended(view: View) -> Denied | None:
    """Denied when the money has gone, or is going, back to the buyer."""
    status = RequestStatus.NONE if view.request is None else view.request.status
    match status:
        case RequestStatus.CANCELLED:
            return Denied(Reason.CANCELLED, "The buyer has cancelled the request.")
        case RequestStatus.REFUNDED:
            return Denied(Reason.REFUNDED, "The price was refunded, and with it the licence ended.")
        case (
            RequestStatus.NONE
            | RequestStatus.PENDING
            | RequestStatus.COUNTERED
            | RequestStatus.GRANTED
            | RequestStatus.SETTLED
        ):
            return None
        case _:
            assert_never(status)


def _awaiting(request: Request, facts: Facts) -> Denied:
    """What a request without a licence waits for."""
    if request.status is RequestStatus.COUNTERED:
        return Denied(
            Reason.COUNTERED,
            "The members answered with other terms, which the buyer has not accepted yet.",
        )
    state = facts.head.proposal
    if state in (ProposalState.DEFEATED, ProposalState.CANCELED, ProposalState.EXPIRED):
        return Denied(Reason.VOTE_NOT_PASSED, f"The vote has ended: the proposal is {state.value}.")
    if state in (None, ProposalState.PENDING, ProposalState.ACTIVE):
        return Denied(Reason.VOTE_NOT_PASSED, "The vote has not passed yet.")
    if facts.now > request.execute_by:
        return Denied(Reason.NOT_EXECUTED, "The vote passed, but was not executed in time.")
    return Denied(Reason.NOT_EXECUTED, "The vote has passed, but is not executed yet.")


def _in_force(facts: Facts) -> Denied | None:
    for view in (facts.head, facts.final):
        denied = None if view.licence is None else _licence_in_force(view.licence, view, facts.now)
        if denied is not None:
            return denied
    return None


def _licence_in_force(licence: Licence, view: View, now: int) -> Denied | None:
    match licence.status:
        case LicenceStatus.SUSPENDED:
            return Denied(Reason.SUSPENDED, "The DAO has suspended the licence.")
        case LicenceStatus.REVOKED:
            return Denied(Reason.REVOKED, "The licence was revoked.")
        case LicenceStatus.NONE:
            return Denied(Reason.UNKNOWN_LICENCE, "There is no licence with this number.")
        case LicenceStatus.ACTIVE if now >= licence.expiry:
            return Denied(Reason.EXPIRED, "The licence has expired.")
        case LicenceStatus.ACTIVE if licence.lapsed and _delivery_is_over(view, now):
            return Denied(
                Reason.LAPSED,
                "The licence has lapsed: its use is not reported, or its bond not full.",
            )
        case LicenceStatus.ACTIVE:
            return None
        case _:
            assert_never(licence.status)


def _delivery_is_over(view: View, now: int) -> bool:
    return view.request is None or now > view.request.deliver_by


def _right_committee(facts: Facts) -> Denied | None:
    if facts.seated:
        return None
    return Denied(
        Reason.OTHER_COMMITTEE,
        "The licence is delivered by another committee, in which this keeper has no seat.",
    )


def _sound_edition(facts: Facts) -> Denied | None:
    if facts.edition is None or facts.edition.root is None:
        return Denied(Reason.EDITION_NOT_ATTESTED, "The edition has no final attested root yet.")
    if not facts.history_matches:
        return Denied(
            Reason.HISTORY_MISMATCH,
            "The log that the nodes serve does not give the history head that the chain states.",
        )
    if facts.rebuilt_root != facts.edition.root:
        return Denied(
            Reason.ROOT_MISMATCH, "The attested root is not that of the contributions on chain."
        )
    return None


def _right_asker(facts: Facts) -> Denied | None:
    licence = facts.final.licence
    assert licence is not None, "_granted denies without a final licence"
    if facts.asker is not None and facts.asker != licence.holder:
        return Denied(Reason.OTHER_WALLET, "The licence belongs to another account.")
    if facts.asked_key is not None and facts.asked_key != licence.release_key:
        return Denied(Reason.OTHER_KEY, "The licence names another release key.")
    return None


def _may_build(facts: Facts) -> Denied | None:
    request = facts.final.request
    posted = facts.keeper in facts.final.posted | facts.head.posted
    if posted and facts.held_digest is None:
        return Denied(
            Reason.RECEIPT_MISMATCH, "A receipt is on chain for a bundle that is not here any more."
        )
    if request is not None and not posted and facts.now > request.deliver_by:
        return Denied(
            Reason.TOO_LATE_TO_DELIVER, "The time for delivery is over; the buyer can be refunded."
        )
    return None


def _may_hand_over(facts: Facts) -> Denied | None:
    if facts.keeper not in facts.final.posted:
        if facts.keeper in facts.head.posted:
            return Denied(
                Reason.RECEIPT_NOT_FINAL, "The keeper's receipt is on chain, but not final yet."
            )
        return Denied(Reason.RECEIPT_NOT_POSTED, "The keeper has not posted its receipt yet.")
    if facts.stated_digest is None or facts.stated_digest != facts.held_digest:
        return Denied(
            Reason.RECEIPT_MISMATCH, "The bundle at hand is not the one that the receipt states."
        )
    if not facts.final.delivered:
        return Denied(
            Reason.NOT_DELIVERED,
            "The keeper's receipt is final, but too few of the other keepers' are.",
        )
    return None


_STEP_CHECKS: dict[Step, Callable[[Facts], Denied | None]] = {
    Step.BUILD: _may_build,
    Step.HAND_OVER: _may_hand_over,
}
