"""Folding the log: what a gap looks like, what follows from a whole one."""

from __future__ import annotations

from dataclasses import replace
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dao_backend.core import events as e
from dao_backend.core import ledger, sales
from dao_backend.core.events.bargaining import Bargaining
from dao_backend.core.events.licensing import Licensing
from dao_backend.core.history import check_history
from dao_backend.core.ledger import committee_of, fold
from dao_backend.core.model import (
    NATIVE,
    LicenceStatus,
    ProposalState,
    RequestStatus,
)
from dao_backend.core.state import State
from dao_backend.errors import HistoryMismatch, NotFound
from tests.support.core_actors import CHAIN, KEEPER_REGISTRY, seed, wallet
from tests.support.story import (
    APPRAISER,
    BUYER,
    MEMBERS,
    RECORDS,
    TERMS,
    contributed,
    contributing,
    delivering,
    founding,
    logged,
    requesting,
    whole_story,
    withdrawn,
)


def told() -> State:
    """The state at the end of the story."""
    return fold(State(), whole_story())


# --- gaps and lies in the log ---------------------------------------------------------------


@pytest.mark.parametrize(
    "facts",
    [
        [withdrawn(0)],
        [contributed(0), contributed(0)],
        [contributed(0), withdrawn(0), withdrawn(0)],
        [contributed(0), withdrawn(0), contributed(0)],
        [contributed(0), replace(withdrawn(0), units=1)],
        [contributed(0), replace(withdrawn(0), contributor=wallet(9))],
        [contributed(0), replace(withdrawn(0), collection=1)],
        [e.AppraiserRemoved(APPRAISER)],
        [e.EditionAttested(1, seed("root"))],
        [contributed(0), e.EditionSealed(1, 0, 1, 10, 2, 1)],
        [e.ReceiptPosted(7, 1, seed("bundle"), 1, 1)],
        [e.Granted(7, 1)],
        [e.Settled(7, 1, NATIVE, 1)],
        [e.Refunded(7, BUYER, NATIVE, 1)],
        [e.Cancelled(7, NATIVE, 1)],
        [e.LicenceSuspended(7)],
        [e.LicenceReinstated(7)],
        [e.LicenceRevoked(7)],
        [e.Claimed(1, NATIVE, BUYER, BUYER, 1)],
        [e.VoteCast(99, BUYER, 1, 1, "")],
        [e.ProposalExtended(99, 1)],
        [e.ProposalQueued(99, 1)],
        [e.ProposalExecuted(99)],
        [e.ProposalCanceled(99)],
        [*requesting(), e.VoteCast(99, RECORDS[0].contributor, 1, 10, "")],
        [*requesting(), e.VoteCast(99, wallet(9), 3, 10, "")],
    ],
    ids=lambda facts: type(facts[-1]).__name__,
)
def test_fold__what_cannot_follow__is_refused(facts: list[e.Fact]) -> None:
    """An event about something that the log never created, or ended before, is a gap or a lie."""
    with pytest.raises(HistoryMismatch):
        fold(State(), logged(facts))


def test_fold__event_again_or_out_of_order__is_refused() -> None:
    """Events come once, in the order of the chain."""
    events = whole_story()
    with pytest.raises(HistoryMismatch):
        fold(told(), events[-1:])
    with pytest.raises(HistoryMismatch):
        fold(State(), [events[1], events[0]])


def test_committee_of__unknown_epoch__is_not_found() -> None:
    """There is no committee before it was formed."""
    with pytest.raises(NotFound):
        committee_of(told(), CHAIN, KEEPER_REGISTRY, 2)


@pytest.mark.parametrize("kept", [[0], [1, 2], []])
def test_committee_of__keeper_event_omitted__is_refused(kept: list[int]) -> None:
    """A committee that lacks a keeper does not have the hash that was logged."""
    facts = founding()
    joined = [fact for fact in facts if isinstance(fact, e.KeeperJoined)]
    rest = [fact for fact in facts if fact not in joined]
    state = fold(State(), logged([*rest, *[joined[number] for number in kept]]))
    with pytest.raises(HistoryMismatch):
        committee_of(state, CHAIN, KEEPER_REGISTRY, 1)


# --- what follows ---------------------------------------------------------------------------


def test_fold__every_kind_of_fact__has_its_handler() -> None:
    """No event that the chain adapter decodes is unknown to the ledger."""
    known = set(ledger._apply.registry) - {object}
    assert known == set(get_args(e.Fact))
    sold = set(sales.apply_sale.registry) - {object}
    assert sold == {*get_args(Bargaining), *get_args(Licensing)}


def test_fold__contributions__count_units_and_history() -> None:
    """Units are those of active contributions, per member and collection."""
    state = told()
    changes = [f for f in contributing() if isinstance(f, e.Contributed | e.Withdrawn)]
    check_history(changes, state.history_head, state.history_count)
    held = {(one.contributor, one.collection): 10 + n for n, one in enumerate(RECORDS[:5])}
    held[(RECORDS[2].contributor, 0)] = 0
    assert state.units == held
    gone = state.contributions[RECORDS[2].contribution_id]
    assert (gone.history_count, gone.withdrawn_at) == (3, 6)
    assert state.members == {RECORDS[0].contributor: 1}


def test_fold__edition_and_committee__are_as_logged() -> None:
    """The attested root stands in the edition; the committee has the logged hash."""
    state = told()
    assert state.editions[1].root == seed("root")
    assert state.editions[1].history_count == 6
    assert committee_of(state, CHAIN, KEEPER_REGISTRY, 1) == MEMBERS
    assert state.appraisers[APPRAISER].sealing_key == seed("appraiser")
    assert [one.name for one in state.collections.values()] == ["code", "tables"]
    assert state.minimum_prices == {NATIVE: 100}


def test_fold__committee_changes__serve_one_after_another() -> None:
    """The newest epoch serves once the log says so; who confirmed is kept by epoch."""
    founded = fold(State(), logged([*founding(), e.EpochServing(1)]))
    assert (founded.serving_epoch, founded.holding) == (1, {})
    changed = logged(
        [
            *founding(),
            e.EpochServing(1),
            e.KeeperJoined(2, 1, wallet(41), seed("other key"), "http://elsewhere"),
            e.CommitteeFormed(2, 2, seed("its hash")),
            e.HandoverConfirmed(2, 3),
            e.HandoverConfirmed(2, 1),
            e.EpochServing(2),
            e.HandoverConfirmed(2, 2),
        ]
    )
    before, after = fold(State(), changed[:-4]), fold(State(), changed)
    assert (before.serving_epoch, before.holding) == (1, {})
    assert (after.serving_epoch, after.holding) == (2, {2: frozenset({1, 2, 3})})
    assert after.keepers[2, 1].operator == wallet(41)
    assert committee_of(after, CHAIN, KEEPER_REGISTRY, 1) == MEMBERS


def test_fold__request_to_settlement__keeps_every_step() -> None:
    """Request, ballots, licence and receipts end as the story tells."""
    state = told()
    request, licence, proposal = state.requests[7], state.licences[7], state.proposals[99]
    assert (request.status, request.terms) == (RequestStatus.SETTLED, TERMS)
    assert proposal.votes == (11, 10, 13)
    assert (proposal.vote_end, proposal.eta) == (1_700_000_300, 1_700_000_400)
    assert proposal.ended is ProposalState.EXECUTED
    assert len(state.ballots) == 3
    assert (licence.holder, licence.status) == (BUYER, LicenceStatus.ACTIVE)
    assert licence.issued_at == 1_700_000_024
    assert [receipt.index for receipt in state.deliveries[7].receipts] == [1, 3]


def test_fold__money__is_net_of_cuts_and_adds_claims_up() -> None:
    """Members share what is left after the cuts; claims of one member add up."""
    state = told()
    assert state.deposits == {(1, NATIVE): (925, 185)}
    assert state.claimed == {(1, NATIVE, RECORDS[0].contributor): 350}


@pytest.mark.parametrize(
    ("fact", "status"),
    [
        (e.Cancelled(7, NATIVE, 1_000), RequestStatus.CANCELLED),
        (e.Refunded(7, BUYER, NATIVE, 1_000), RequestStatus.REFUNDED),
    ],
)
def test_fold__money_goes_back__ends_the_request(fact: e.Fact, status: RequestStatus) -> None:
    """A cancelled or refunded request is shown as such."""
    state = fold(State(), logged([*requesting()[:2], fact]))
    assert state.requests[7].status is status


@pytest.mark.parametrize(
    ("fact", "status"),
    [
        (e.LicenceSuspended(7), LicenceStatus.SUSPENDED),
        (e.LicenceRevoked(7), LicenceStatus.REVOKED),
    ],
)
def test_fold__licence_stopped__is_shown_so(fact: e.Fact, status: LicenceStatus) -> None:
    """A suspension or revocation is the licence's last word."""
    state = fold(State(), logged([*requesting(), fact]))
    assert state.licences[7].status is status


def test_fold__appraiser_removed_and_proposal_canceled__are_gone_and_ended() -> None:
    """A removed appraiser is none any more; a cancelled proposal has ended."""
    facts = [*founding(), e.AppraiserRemoved(APPRAISER), requesting()[0], e.ProposalCanceled(99)]
    state = fold(State(), logged(facts))
    assert state.appraisers == {}
    assert state.proposals[99].ended is ProposalState.CANCELED


@given(cut=st.integers(0, len(whole_story())))
def test_fold__in_two_parts__is_the_whole_and_leaves_the_first_alone(cut: int) -> None:
    """Folding on from an earlier state is a replay: a reorganisation loses nothing."""
    events = whole_story()
    before = fold(State(), events[:cut])
    kept = repr(before)
    assert fold(before, events[cut:]) == told()
    assert repr(before) == kept
    assert len([*founding(), *contributing(), *requesting(), *delivering()]) == len(events)
