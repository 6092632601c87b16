"""Steps 7 to 9: requests with escrow, votes, and the one grant."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256

from dao_backend.core.access import Reason
from dao_backend.core.lifecycle import Action
from dao_backend.core.model import (
    NATIVE,
    Address,
    ProposalState,
    Purpose,
    RequestStatus,
    Terms,
    Vote,
)
from dao_backend.core.typed import Ballot, Withdrawal, digest
from dao_backend.demo.acts_giving import verify_edition
from dao_backend.demo.checks import holds, refused, same
from dao_backend.demo.inputs import CODE
from dao_backend.demo.story import BUYERS, Contributed, Figures, Story, Telling, coins
from dao_backend.errors import ContractRefused
from dao_backend.service.releases import UNAVAILABLE

PRICE = 5 * 10**18
DAY = 86_400
TERMS = b"The data may be used to fine-tune one model, which may be published."


def request(story: Story) -> Telling:
    """Three buyers escrow the price; the desk files each one's proposal."""
    desk = story.facts.addresses.desk
    fee = story.system.chain.filing_fee()
    before = story.system.chain.balance(desk, NATIVE)
    for name in BUYERS:
        buyer, terms = story.writer(name), terms_of(story, name)
        _refuse_bad_terms(buyer.request, terms)
        held = story.system.chain.balance(buyer.account, NATIVE)
        buyer.request(terms)
        story.requests[name] = len(story.requests) + 1
        paid = held - story.system.chain.balance(buyer.account, NATIVE)
        holds(paid >= PRICE + fee, "price and fee leave the buyer's account")
    story.settle_down()
    taken = story.system.chain.balance(desk, NATIVE) - before
    same(taken, len(BUYERS) * (PRICE + fee), "what the desk holds")
    bad = ["price below the minimum", "purposes outside the collection", "unsafe release key"]
    return Telling(
        f"{len(BUYERS)} buyers escrow {coins(PRICE)} each; refused: {', '.join(bad)}",
        {
            "requests": len(story.requests),
            "escrow_wei": str(len(BUYERS) * PRICE),
            "fees_wei": str(len(BUYERS) * fee),
            "refused": bad,
        },
    )


def terms_of(story: Story, name: str) -> Terms:
    """What a buyer asks for."""
    return Terms(
        collection=CODE,
        purposes=Purpose.FINE_TUNE | Purpose.EVALUATE,
        asset=NATIVE,
        price=PRICE,
        duration=365 * DAY,
        royalty_bps=250,
        terms_hash=sha256(TERMS).digest(),
        release_key=story.release_keys[name].public,
        min_edition=1,
        min_units=1,
    )


def _refuse_bad_terms(file: Callable[[Terms], object], terms: Terms) -> None:
    cheap = replace(terms, price=1)
    refused(ContractRefused, "PriceTooLow", lambda: file(cheap))
    foreign = replace(terms, purposes=Purpose(1 << 9))
    refused(ContractRefused, "PurposesNotOffered", lambda: file(foreign))
    unsafe = replace(terms, release_key=bytes(32))
    refused(ContractRefused, "ReleaseKeyLowOrder", lambda: file(unsafe))


def vote(story: Story) -> Telling:
    """Members vote with what they held at the snapshot; relayed ballots cost them nothing."""
    released(story, "acme", Reason.VOTE_NOT_PASSED)
    story.pass_time(story.chain.record.parameters.voting.delay + 1)
    choices = {"acme": Vote.FOR, "blue": Vote.AGAINST, "cobalt": Vote.FOR}
    for name, choice in choices.items():
        proposal = story.system.chain.request(story.requests[name]).proposal_id
        for member in story.voters:
            cast(story, proposal, choice, member.address)
        again = lambda number=proposal: cast(  # noqa: E731
            story, number, Vote.ABSTAIN, story.voters[0].address
        )
        refused(ContractRefused, "AlreadyVoted", again)
    story.follow()
    tallies = {name: _tally(story, name) for name in choices}
    story.pass_time(_vote_length(story))
    states = {name: _state(story, name) for name in choices}
    same(
        states,
        {
            "acme": ProposalState.SUCCEEDED,
            "blue": ProposalState.DEFEATED,
            "cobalt": ProposalState.SUCCEEDED,
        },
        "the states of the proposals",
    )
    ballots = len(choices) * len(story.voters)
    return Telling(
        f"{ballots} relayed ballots: acme's request passes, blue's is voted down, cobalt's passes; "
        "second ballots are refused",
        {"tallies": tallies, "states": {name: state.value for name, state in states.items()}},
    )


def cast(story: Story, proposal: int, choice: Vote, voter: Address) -> bytes:
    """Relay one signed ballot."""
    signer = story.people[story.name_of(voter)]
    message = digest(story.facts.addresses.domain("DataGovernor"), Ballot(proposal, choice, voter))
    return story.gateway.vote(proposal, choice, voter, signer.sign_digest(message))


def grant(story: Story) -> Telling:
    """A member leaves, a new edition is sealed, and the grant can only be on that one."""
    act = story.system.requests.act
    for name in ("acme", "cobalt"):
        act(story.requests[name], Action.QUEUE)
    released(story, "acme", Reason.NOT_EXECUTED)
    story.withdrawn = _withdraw(story)
    story.pass_time(story.chain.record.parameters.seal_interval)
    story.system.editions.seal(CODE)
    edition_id = story.system.chain.newest_edition(CODE)
    number = story.requests["acme"]
    waits = refused(ContractRefused, "EditionNotAttested", lambda: act(number, Action.EXECUTE))
    story.settle_down()
    story.system.editions.attest(edition_id)
    act(number, Action.EXECUTE)
    released(story, "acme", Reason.GRANT_NOT_FINAL)
    licence = story.system.chain.licence(number)
    holds(licence is not None and licence.edition_id == edition_id, "the newest edition is granted")
    story.settle_down()
    edition = verify_edition(story, edition_id)
    refunds = {name: str(_refund(story, name)) for name in ("blue", "cobalt")}
    name = story.withdrawn.item.path.name
    return Telling(
        f"jon withdraws {name}; acme is granted edition {edition_id} without it, once attested; "
        f"blue (voted down) and cobalt (too late) have {coins(PRICE)} back each",
        {
            "licence": number,
            "withdrawn": name,
            "granted_on": edition,
            "before_attestation": waits,
            "refunds_wei": refunds,
        },
    )


def _withdraw(story: Story) -> Contributed:
    """Jon takes one contribution back, by signature."""
    mine = next(one for one in story.registered if one.item.member == "jon")
    identity = mine.record.contribution_id
    deadline = story.system.chain.head().timestamp + DAY
    message = digest(story.facts.addresses.domain("DataRegistry"), Withdrawal(identity, deadline))
    signature = story.people["jon"].sign_digest(message)
    story.gateway.withdraw(identity, deadline, signature)
    again = lambda: story.gateway.withdraw(identity, deadline, signature)  # noqa: E731
    refused(ContractRefused, "ContributionNotActive", again)
    return mine


def _refund(story: Story, name: str) -> int:
    """The whole price comes back, to the wei, and anybody can send it."""
    number, buyer = story.requests[name], story.people[name].address
    late = story.system.chain.request(number).execute_by - story.system.chain.head().timestamp
    if name == "cobalt":
        story.pass_time(late + 1)
        execute = lambda: story.system.requests.act(number, Action.EXECUTE)  # noqa: E731
        refused(ContractRefused, "TooLateToExecute", execute)
    before = story.system.chain.balance(buyer, NATIVE)
    story.gateway.write(f"/v1/requests/{number}/refund", {})
    back = story.system.chain.balance(buyer, NATIVE) - before
    same(back, PRICE, f"what {name} has back")
    same(story.system.chain.request(number).status, RequestStatus.REFUNDED, "the request's status")
    return back


def released(story: Story, name: str, expected: Reason | None) -> str | None:
    """Ask every keeper for the bundle; all must give the same reason, or none where it is ready.

    Of those that were stopped, the service says just that.
    """
    said = story.gateway.bundles(story.requests[name])
    for one in said:
        reason = None if expected is None else expected.value
        wanted = UNAVAILABLE if one.index in story.troupe.stopped else reason
        same(one.reason, wanted, f"the answer of keeper {one.index}")
    return said[0].sentence


def _tally(story: Story, name: str) -> Figures:
    row = story.system.index.request(story.requests[name])
    proposal = story.system.index.proposal(row.proposal_id)
    return {
        "for": str(proposal.votes_for),
        "against": str(proposal.votes_against),
        "quorum": str(story.system.chain.proposal_quorum(row.proposal_id)),
    }


def _state(story: Story, name: str) -> ProposalState:
    proposal = story.system.chain.request(story.requests[name]).proposal_id
    return story.system.chain.proposal_state(proposal)


def _vote_length(story: Story) -> int:
    voting = story.chain.record.parameters.voting
    return voting.period + voting.extension + 1
