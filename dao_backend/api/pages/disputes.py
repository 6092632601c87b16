"""A delivery before an arbiter: who can say what against it, and until when. Pure."""

from __future__ import annotations

from dao_backend.api.pages import words
from dao_backend.api.pages.parts import Fact, Text
from dao_backend.core.disputing import Phase
from dao_backend.service.bargaining import DisputeView

_ENDS = {Phase.CONTESTABLE: "To be disputed by", Phase.OPEN: "To be ruled by"}


def dispute(view: DisputeView) -> tuple[str, tuple[Fact, ...]]:
    """Where it stands, in a sentence and in facts."""
    return view.contest.sentence, (*_clock(view), *_facts(view))


def _clock(view: DisputeView) -> tuple[Fact, ...]:
    contest = view.contest
    if contest.until is None:
        return ()
    end = words.moment(contest.until, contest.now)
    return (Fact(_ENDS[contest.phase], end, "or the receipts stand"),)


def _facts(view: DisputeView) -> tuple[Fact, ...]:
    terms, found = view.request.terms, view.dispute
    arbiter = Fact("Arbiter", words.account(terms.arbiter), "named in the terms")
    bond = words.money(view.bond, terms.asset)
    if found is None:
        return (arbiter, Fact("Bond of a dispute", bond, "lost if the arbiter rejects it"))
    where = "paid out" if found.bond_paid else "held by the contract"
    return (
        arbiter,
        Fact("Bond", bond, where),
        Fact("Hash of the claim", words.hashed(found.claim_hash)),
        *_reason(found.reason_hash),
    )


def _reason(reason_hash: bytes) -> tuple[Fact, ...]:
    if not any(reason_hash):
        return (Fact("Ruling", Text("none yet")),)
    return (Fact("Hash of the ruling's reason", words.hashed(reason_hash)),)
