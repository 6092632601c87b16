"""The release decision: every reason against it, then the one way through."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dao_backend.core.access import (
    Allowed,
    Decision,
    Denied,
    Facts,
    Reason,
    Step,
    View,
    decide,
)
from dao_backend.core.model import (
    NATIVE,
    Edition,
    Licence,
    LicenceStatus,
    ProposalState,
    Purpose,
    Request,
    RequestStatus,
    Terms,
)
from tests.support.core_actors import seed, wallet

NOW, EXECUTE_BY, DELIVER_BY, EXPIRY = 1_000, 2_000, 3_000, 4_000
TERMS = Terms(
    collection=0,
    purposes=Purpose.EVALUATE,
    asset=NATIVE,
    price=10**18,
    duration=3_000,
    royalty_bps=0,
    terms_hash=seed("terms"),
    release_key=seed("release key"),
    min_edition=1,
    min_units=1,
)
REQUEST = Request(7, wallet(1), TERMS, EXECUTE_BY, DELIVER_BY, RequestStatus.GRANTED, 99)
LICENCE = Licence(
    licence_id=7,
    holder=wallet(1),
    collection=0,
    edition_id=3,
    purposes=Purpose.EVALUATE,
    issued_at=900,
    expiry=EXPIRY,
    royalty_bps=0,
    terms_hash=seed("terms"),
    release_key=seed("release key"),
    status=LicenceStatus.ACTIVE,
)
EDITION = Edition(3, 0, 800, 100, 12, 1, seed("root"))
NOTHING = View(None, None, None, frozenset())
PENDING = replace(REQUEST, status=RequestStatus.PENDING)
ASKED = View(PENDING, ProposalState.ACTIVE, None, frozenset())
GRANTED = View(REQUEST, ProposalState.EXECUTED, LICENCE, frozenset())
POSTED = replace(GRANTED, posted=frozenset({2, 3}), delivered=True)
ALONE = replace(GRANTED, posted=frozenset({2}))
READY = Facts(
    final=POSTED,
    head=POSTED,
    now=NOW,
    edition=EDITION,
    history_matches=True,
    rebuilt_root=seed("root"),
    keeper=2,
    stated_digest=seed("bundle"),
    held_digest=seed("bundle"),
)
BOTH = pytest.mark.parametrize("step", list(Step))


def reason(facts: Facts, step: Step = Step.HAND_OVER) -> Reason:
    """Why the step is denied."""
    decision = decide(facts, step)
    assert isinstance(decision, Denied)
    assert decision.sentence.endswith(".")
    return decision.reason


def at_both(view: View, **changed: object) -> Facts:
    """The same view, final and newest."""
    return replace(READY, final=view, head=view, **changed)


@BOTH
def test_decide__nothing_asked__is_unknown(step: Step) -> None:
    """A number that nobody filed is no licence."""
    assert reason(at_both(NOTHING, edition=None), step) is Reason.UNKNOWN_LICENCE


@BOTH
def test_decide__request_not_final__is_denied(step: Step) -> None:
    """A request that a reorganisation can undo counts for nothing yet."""
    facts = replace(READY, final=NOTHING, head=ASKED, edition=None)
    assert reason(facts, step) is Reason.REQUEST_NOT_FINAL


@BOTH
@pytest.mark.parametrize(
    "state",
    [
        ProposalState.PENDING,
        ProposalState.ACTIVE,
        ProposalState.DEFEATED,
        ProposalState.CANCELED,
        ProposalState.EXPIRED,
    ],
)
def test_decide__vote_not_passed__is_denied(step: Step, state: ProposalState) -> None:
    """Nothing leaves before the vote has passed, nor after it has failed."""
    facts = at_both(replace(ASKED, proposal=state), edition=None)
    assert reason(facts, step) is Reason.VOTE_NOT_PASSED


@BOTH
@pytest.mark.parametrize("state", [ProposalState.SUCCEEDED, ProposalState.QUEUED])
@pytest.mark.parametrize("now", [NOW, EXECUTE_BY + 1])
def test_decide__passed_but_not_executed__is_denied(
    step: Step, state: ProposalState, now: int
) -> None:
    """A passed vote is no licence, whether it can still be executed or not."""
    facts = at_both(replace(ASKED, proposal=state), edition=None, now=now)
    assert reason(facts, step) is Reason.NOT_EXECUTED


@BOTH
@pytest.mark.parametrize("before", [ASKED, NOTHING])
def test_decide__grant_not_final__is_denied(step: Step, before: View) -> None:
    """A grant in a block that may be reorganised releases nothing."""
    facts = replace(READY, final=before, head=GRANTED, edition=None)
    assert reason(facts, step) is Reason.GRANT_NOT_FINAL


@BOTH
@pytest.mark.parametrize("seen_at", ["head", "final"])
@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (RequestStatus.REFUNDED, Reason.REFUNDED),
        (RequestStatus.CANCELLED, Reason.CANCELLED),
    ],
)
def test_decide__money_went_back__is_denied_at_once(
    step: Step, seen_at: str, status: RequestStatus, expected: Reason
) -> None:
    """Nobody gets key and refund: a refund counts before it is final."""
    view = replace(POSTED, request=replace(REQUEST, status=status))
    assert reason(replace(READY, **{seen_at: view}), step) is expected


@BOTH
@pytest.mark.parametrize("seen_at", ["head", "final"])
@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (LicenceStatus.SUSPENDED, Reason.SUSPENDED),
        (LicenceStatus.REVOKED, Reason.REVOKED),
        (LicenceStatus.NONE, Reason.UNKNOWN_LICENCE),
    ],
)
def test_decide__licence_not_active__is_denied_at_once(
    step: Step, seen_at: str, status: LicenceStatus, expected: Reason
) -> None:
    """A suspension or revocation stops releases as soon as it is seen."""
    view = replace(POSTED, licence=replace(LICENCE, status=status))
    assert reason(replace(READY, **{seen_at: view}), step) is expected


@BOTH
def test_decide__expired__is_denied_from_the_very_second(step: Step) -> None:
    """At its expiry a licence releases nothing any more."""
    assert reason(replace(READY, now=EXPIRY), step) is Reason.EXPIRED
    assert isinstance(decide(replace(READY, now=EXPIRY - 1), step), Allowed)


@BOTH
@pytest.mark.parametrize("edition", [None, replace(EDITION, root=None)])
def test_decide__edition_not_attested__is_denied(step: Step, edition: Edition | None) -> None:
    """Without an attested root nobody knows what was sold."""
    assert reason(replace(READY, edition=edition), step) is Reason.EDITION_NOT_ATTESTED


@BOTH
def test_decide__history_does_not_fold__is_denied(step: Step) -> None:
    """A node that hides an event causes no release."""
    assert reason(replace(READY, history_matches=False), step) is Reason.HISTORY_MISMATCH


@BOTH
@pytest.mark.parametrize("rebuilt", [None, seed("other root")])
def test_decide__attested_root_is_not_ours__is_denied(step: Step, rebuilt: bytes | None) -> None:
    """A keeper releases only what it has rebuilt itself."""
    assert reason(replace(READY, rebuilt_root=rebuilt), step) is Reason.ROOT_MISMATCH


@BOTH
def test_decide__another_wallet_asks__is_denied(step: Step) -> None:
    """A licence serves its holder."""
    assert reason(replace(READY, asker=wallet(2)), step) is Reason.OTHER_WALLET


@BOTH
def test_decide__another_key_is_asked_for__is_denied(step: Step) -> None:
    """No parameter can name another release key than the licence's."""
    assert reason(replace(READY, asked_key=seed("mine")), step) is Reason.OTHER_KEY


def test_decide__build_after_deliver_by__is_denied() -> None:
    """After deliverBy no receipt is accepted, so that no bundle is built."""
    late = at_both(GRANTED, now=DELIVER_BY + 1)
    assert reason(late, Step.BUILD) is Reason.TOO_LATE_TO_DELIVER


def test_decide__hand_over_before_the_receipt__is_denied() -> None:
    """First the receipt, then the bundle."""
    assert reason(at_both(GRANTED)) is Reason.RECEIPT_NOT_POSTED


def test_decide__only_other_keepers_receipts__is_denied() -> None:
    """A keeper answers for its own receipt."""
    others = replace(GRANTED, posted=frozenset({1, 3}), delivered=True)
    assert reason(at_both(others)) is Reason.RECEIPT_NOT_POSTED


def test_decide__receipt_not_final__is_denied() -> None:
    """A receipt that can be reorganised away does not hand a bundle over."""
    assert reason(replace(READY, final=GRANTED)) is Reason.RECEIPT_NOT_FINAL


@pytest.mark.parametrize("head", [ALONE, POSTED])
@pytest.mark.parametrize("now", [NOW, DELIVER_BY + 1])
def test_decide__too_few_receipts_final__is_denied(head: View, now: int) -> None:
    """Below the threshold the buyer can still be refunded, whatever the keeper has posted."""
    assert reason(replace(READY, final=ALONE, head=head, now=now)) is Reason.NOT_DELIVERED


@pytest.mark.parametrize(
    "digests",
    [
        {"stated_digest": None},
        {"held_digest": None},
        {"stated_digest": None, "held_digest": None},
        {"held_digest": seed("another bundle")},
    ],
)
def test_decide__bundle_is_not_the_one_stated__is_denied(digests: dict[str, object]) -> None:
    """A keeper restored from an old backup does not hand over another bundle."""
    assert reason(replace(READY, **digests)) is Reason.RECEIPT_MISMATCH


def allowed(decision: Decision) -> Allowed:
    """The decision, which must be Allowed."""
    assert isinstance(decision, Allowed), decision
    return decision


@BOTH
@pytest.mark.parametrize("status", [RequestStatus.GRANTED, RequestStatus.SETTLED])
def test_decide__everything_final__is_allowed_to_the_licences_key(
    step: Step, status: RequestStatus
) -> None:
    """The key that shares go to is the licence's, before and after settlement."""
    view = replace(POSTED, request=replace(REQUEST, status=status))
    found = allowed(decide(at_both(view), step))
    assert found == Allowed(LICENCE.release_key, LICENCE.edition_id)


def test_decide__build_on_a_final_grant__is_allowed_up_to_deliver_by() -> None:
    """A receipt may be posted until the last second of delivery."""
    allowed(decide(at_both(GRANTED, now=DELIVER_BY), Step.BUILD))


def test_decide__receipt_posted_in_time__is_handed_over_after_deliver_by() -> None:
    """Delivery in time is a receipt in time; the bundle can be fetched later."""
    allowed(decide(replace(READY, now=DELIVER_BY + 1), Step.HAND_OVER))
    allowed(decide(replace(READY, now=DELIVER_BY + 1), Step.BUILD))


@BOTH
def test_decide__holder_asks_with_its_own_key__is_allowed(step: Step) -> None:
    """Naming oneself and one's own key changes nothing."""
    facts = replace(READY, asker=LICENCE.holder, asked_key=LICENCE.release_key)
    assert decide(facts, step) == decide(READY, step)


@pytest.mark.parametrize("seen", ["final", "head"])
def test_decide__receipted_bundle_lost__builds_no_other(seen: str) -> None:
    """A keeper that no longer holds what its receipt states makes no second bundle."""
    facts = replace(READY, final=GRANTED, head=GRANTED, held_digest=None, stated_digest=None)
    assert isinstance(decide(facts, Step.BUILD), Allowed)
    assert reason(replace(facts, **{seen: POSTED}), Step.BUILD) is Reason.RECEIPT_MISMATCH
