"""The state that follows from the log: a fold over decoded events, in order.

`fold` is pure: it returns a new state and leaves the old one as it was, so that a
reorganisation is answered by folding again from an earlier state. States are values; their
dictionaries are never changed after `fold` has returned them.
An event that refers to something the log never created means that the log has a gap: that is
a HistoryMismatch, as is an event out of order.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import singledispatch

from dao_backend.core import events as e
from dao_backend.core.events.bargaining import Bargaining
from dao_backend.core.events.licensing import Licensing
from dao_backend.core.identity import committee_hash
from dao_backend.core.model import (
    Address,
    Collection,
    Committee,
    Contribution,
    Edition,
    Keeper,
    ProposalState,
)
from dao_backend.core.sales import apply_sale
from dao_backend.core.state import Delivery, Folding, Proposal, State
from dao_backend.errors import HistoryMismatch, InputError, NotFound

_PROPOSAL_AFTER: dict[type[e.Fact], ProposalState] = {
    e.ProposalExecuted: ProposalState.EXECUTED,
    e.ProposalCanceled: ProposalState.CANCELED,
}


def fold(state: State, events: Iterable[e.LogEvent]) -> State:
    """The state after `events`; raise HistoryMismatch for a gap or a wrong order."""
    folding = Folding(state)
    for event in events:
        folding.begin(event)
        try:
            _apply(event.fact, folding)
        except LookupError as error:
            name = type(event.fact).__name__
            raise HistoryMismatch(f"{name} refers to what the log never created") from error
    return folding.done()


def committee_of(state: State, chain_id: int, registry: Address, epoch: int) -> Committee:
    """The committee of `epoch`; NotFound, or HistoryMismatch unless its hash is the logged one."""
    formed = state.committees.get(epoch)
    if formed is None:
        raise NotFound(f"there is no committee of epoch {epoch}")
    keepers = [keeper for (own, _), keeper in sorted(state.keepers.items()) if own == epoch]
    try:
        committee = Committee(chain_id, registry, epoch, formed.threshold, tuple(keepers))
    except InputError as error:
        raise HistoryMismatch(f"the log lacks keepers of epoch {epoch}") from error
    if committee_hash(committee) != formed.committee_hash:
        raise HistoryMismatch(f"the keepers in the log are not the committee of epoch {epoch}")
    return committee


@singledispatch
def _apply(fact: e.Fact, to: Folding) -> None:  # noqa: ARG001  # one handler for each type
    raise TypeError(f"the ledger does not know {type(fact).__name__}")


@_apply.register
def _(
    fact: e.ContributionSkipped  # as the type says
    | e.GenesisReached
    | e.CapsChanged
    | e.UniquenessAttested
    | e.AttestorAdded
    | e.AttestorRemoved
    | e.MinterNominated
    | e.MinterChanged
    | e.BallotSkipped
    | e.StrikeCalled
    | e.Pledged
    | e.PledgeWithdrawn
    | e.StrikeBegun
    | e.GuardianAppointed
    | e.PauseBegun
    | e.PauseEnded,
    to: Folding,
) -> None:
    """Changes neither what stands in an edition nor who may read it: the index keeps it."""


# --- contributions --------------------------------------------------------------------------


@_apply.register
def _(fact: e.CollectionCreated, to: Folding) -> None:
    collection = Collection(fact.collection, fact.name, fact.purposes)
    to.state.collections[fact.collection] = collection


@_apply.register
def _(fact: e.AppraiserAdded, to: Folding) -> None:
    to.state.appraisers[fact.appraiser] = fact


@_apply.register
def _(fact: e.AppraiserRemoved, to: Folding) -> None:
    del to.state.appraisers[fact.appraiser]


@_apply.register
def _(fact: e.Contributed, to: Folding) -> None:
    record = fact.record
    if record.contribution_id in to.state.contributions:
        raise HistoryMismatch("the log registers one contribution twice")
    to.chain(fact)
    contribution = Contribution(record, fact.units, fact.appraiser, to.count)
    to.state.contributions[record.contribution_id] = contribution
    held = (record.contributor, record.collection)
    to.state.units[held] = to.state.units.get(held, 0) + fact.units


@_apply.register
def _(fact: e.Withdrawn, to: Folding) -> None:
    found = to.state.contributions[fact.contribution_id]
    stated = (fact.contributor, fact.collection, fact.units)
    if found.withdrawn_at is not None:
        raise HistoryMismatch("the log withdraws one contribution twice")
    if stated != (found.record.contributor, found.record.collection, found.units):
        raise HistoryMismatch("a withdrawal does not fit its contribution")
    to.chain(fact)
    to.state.contributions[fact.contribution_id] = replace(found, withdrawn_at=to.count)
    to.state.units[(fact.contributor, fact.collection)] -= fact.units


@_apply.register
def _(fact: e.Left, to: Folding) -> None:
    to.chain(fact)
    gone = [
        found
        for found in to.state.contributions.values()
        if found.record.contributor == fact.member and found.withdrawn_at is None
    ]
    units = [0] * len(fact.units)
    for found in gone:
        units[found.record.collection] += found.units
        left = replace(found, withdrawn_at=to.count)
        to.state.contributions[found.record.contribution_id] = left
        to.state.units[(fact.member, found.record.collection)] = 0
    if tuple(units) != fact.units:
        raise HistoryMismatch("a member left with other units than the log gave it")


@_apply.register
def _(fact: e.MemberAdded, to: Folding) -> None:
    to.state.members[fact.member] = fact.index


# --- editions and keepers -------------------------------------------------------------------


@_apply.register
def _(fact: e.EditionSealed, to: Folding) -> None:
    if fact.history_count > to.count:
        raise HistoryMismatch("an edition covers changes that the log does not hold")
    to.state.editions[fact.edition_id] = Edition(
        edition_id=fact.edition_id,
        collection=fact.collection,
        timepoint=fact.timepoint,
        total_units=fact.total_units,
        history_count=fact.history_count,
        epoch=fact.epoch,
    )


@_apply.register
def _(fact: e.EditionAttested, to: Folding) -> None:
    editions = to.state.editions
    editions[fact.edition_id] = replace(editions[fact.edition_id], root=fact.root)


@_apply.register
def _(fact: e.CommitteeFormed, to: Folding) -> None:
    to.state.committees[fact.epoch] = fact


@_apply.register
def _(fact: e.KeeperJoined, to: Folding) -> None:
    keeper = Keeper(fact.index, fact.operator, fact.sealing_key, fact.endpoint)
    to.state.keepers[(fact.epoch, fact.index)] = keeper


@_apply.register
def _(fact: e.HandoverConfirmed, to: Folding) -> None:
    holding = to.state.holding
    holding[fact.epoch] = holding.get(fact.epoch, frozenset()) | {fact.index}


@_apply.register
def _(fact: e.EpochServing, to: Folding) -> None:
    to.serving_epoch = fact.epoch


@_apply.register
def _(fact: e.DeliveryOpened, to: Folding) -> None:
    to.state.deliveries[fact.licence_id] = Delivery(fact.edition_id, fact.deliver_by, fact.epoch)


@_apply.register
def _(fact: e.ReceiptPosted, to: Folding) -> None:
    delivery = to.state.deliveries[fact.licence_id]
    receipts = (*delivery.receipts, fact)
    to.state.deliveries[fact.licence_id] = replace(delivery, receipts=receipts)


# --- requests and licences ------------------------------------------------------------------


@_apply.register
def _(fact: Bargaining | Licensing, to: Folding) -> None:
    apply_sale(fact, to)


# --- money ----------------------------------------------------------------------------------


@_apply.register
def _(fact: e.Deposited, to: Folding) -> None:
    pot = (fact.edition_id, fact.asset)
    net = fact.amount - fact.reserve_cut - fact.keeper_cut
    to.state.deposits[pot] = (*to.state.deposits.get(pot, ()), net)


@_apply.register
def _(fact: e.Claimed, to: Folding) -> None:
    if (fact.edition_id, fact.asset) not in to.state.deposits:
        raise HistoryMismatch("a claim was paid from an edition that received nothing")
    own = (fact.edition_id, fact.asset, fact.member)
    to.state.claimed[own] = to.state.claimed.get(own, 0) + fact.amount


# --- votes ----------------------------------------------------------------------------------


@_apply.register
def _(fact: e.ProposalCreated, to: Folding) -> None:
    to.state.proposals[fact.proposal_id] = Proposal(
        fact.proposal_id, fact.proposer, fact.vote_start, fact.vote_end, fact.description
    )


@_apply.register
def _(fact: e.VoteCast, to: Folding) -> None:
    ballot = (fact.proposal_id, fact.voter)
    if ballot in to.state.ballots:
        raise HistoryMismatch("the log counts one ballot twice")
    proposal = to.state.proposals[fact.proposal_id]
    votes = list(proposal.votes)
    votes[fact.support] += fact.weight
    to.state.ballots[ballot] = fact
    against, in_favour, abstaining = votes
    tally = (against, in_favour, abstaining)
    to.state.proposals[fact.proposal_id] = replace(proposal, votes=tally)


@_apply.register
def _(fact: e.ProposalExtended, to: Folding) -> None:
    proposal = to.state.proposals[fact.proposal_id]
    extended = replace(proposal, vote_end=fact.extended_deadline)
    to.state.proposals[fact.proposal_id] = extended


@_apply.register
def _(fact: e.ProposalQueued, to: Folding) -> None:
    proposal = to.state.proposals[fact.proposal_id]
    to.state.proposals[fact.proposal_id] = replace(proposal, eta=fact.eta)


@_apply.register
def _(fact: e.ProposalExecuted | e.ProposalCanceled, to: Folding) -> None:
    to.end_proposal(fact.proposal_id, _PROPOSAL_AFTER[type(fact)])
