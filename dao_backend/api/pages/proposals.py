"""Proposals: what is voted on, how it stands, what happens next, and who voted. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import assert_never

from dao_backend.api.pages import commands, words
from dao_backend.api.pages.calls import Deed, deeds
from dao_backend.api.pages.parts import (
    Column,
    Command,
    Fact,
    Foreign,
    Link,
    Listing,
    ListPage,
    State,
    Text,
    Tone,
    Value,
)
from dao_backend.api.pages.tally import Tally, tally
from dao_backend.core.events import VoteCast
from dao_backend.core.model import ProposalState, Vote
from dao_backend.ports.index import Page, RequestRow
from dao_backend.service.votes import ProposalView

STATES = {
    ProposalState.PENDING: State("not open yet", Tone.WAITING),
    ProposalState.ACTIVE: State("open", Tone.OPEN),
    ProposalState.CANCELED: State("cancelled", Tone.OVER),
    ProposalState.DEFEATED: State("defeated", Tone.BAD),
    ProposalState.SUCCEEDED: State("passed", Tone.GOOD),
    ProposalState.QUEUED: State("passed, in the timelock", Tone.GOOD),
    ProposalState.EXPIRED: State("expired", Tone.OVER),
    ProposalState.EXECUTED: State("carried out", Tone.GOOD),
}
CHOICES: dict[int, str] = {Vote.FOR: "for", Vote.AGAINST: "against", Vote.ABSTAIN: "abstain"}
EMPTY = (
    "Nothing was ever put to the vote. Each request for access files a proposal of its own; "
    "the first one appears here."
)


@dataclass(frozen=True, slots=True)
class OneProposal:
    """One of them."""

    title: str
    heading: str
    state: State
    asked: str | None
    """What the request behind it asks for, in a sentence."""
    request: Link | None
    next: str
    tally: Tally
    clock: tuple[Fact, ...]
    deeds: tuple[Deed, ...]
    """What it would do, whatever its description says."""
    proposer: Value
    description: str
    ballots: Listing
    commands: tuple[Command, ...]


def overview(page: Page[ProposalView], here: str, first: str | None) -> ListPage:
    """The list."""
    columns = (
        Column("Proposal"),
        Column("For", figures=True),
        Column("Against", figures=True),
        Column("Abstain", figures=True),
        Column("Clock"),
        Column("State"),
    )
    return ListPage(
        title="Proposals",
        lead="Members vote with what they held when the vote opened. A passed proposal waits "
        "in the timelock before anybody may carry it out.",
        listing=Listing(
            caption="Proposals, newest first",
            columns=columns,
            rows=tuple(_row(view) for view in page.rows),
            empty=EMPTY,
            hint=commands.browse(),
            next=words.following(here, page.next),
            first=first,
        ),
        commands=(commands.proposals(),),
    )


def one(
    view: ProposalView,
    request: RequestRow | None,
    asked: str | None,
    ballots: Page[VoteCast],
    here: str,
    first: str | None,
) -> OneProposal:
    """One proposal; `asked` is the request's terms as a sentence."""
    row = view.row
    name = named(row.request_id, row.description)
    return OneProposal(
        title=f"Proposal: {name}",
        heading=name,
        state=STATES[view.state],
        asked=asked,
        request=None
        if request is None
        else Link(f"request {request.request_id}", f"/requests/{request.request_id}"),
        next=what_next(view),
        tally=tally(row.votes_for, row.votes_abstain, row.votes_against, view.quorum, row.ballots),
        clock=_clock(view),
        deeds=deeds(view.steps),
        proposer=words.account(row.proposer),
        description=row.description,
        ballots=_ballots(ballots, here, first),
        commands=_commands(view),
    )


def what_next(view: ProposalView) -> str:
    """What can be done now, by whom and until when."""
    if view.brake is not None:
        return f"The timelock has run out. {view.brake}"
    if view.next.by == "anybody":
        return f"{view.next.sentence} Anybody may send that transaction; this service does it."
    return _waiting(view) or f"{_ending(view)} Nothing more is to be done."


def _waiting(view: ProposalView) -> str | None:
    """What an unfinished proposal waits for; None for a finished one."""
    row, now = view.row, view.now
    match view.state:
        case ProposalState.PENDING:
            opens = words.relative(row.vote_start + 1, now)
            return f"Voting opens {opens}. What is held at that moment counts."
        case ProposalState.ACTIVE:
            return (
                f"Members can vote for another {words.duration(view.closes_in)}. Each "
                "late ballot that turns it to passing keeps it open longer, so that others can "
                "answer."
            )
        case ProposalState.SUCCEEDED:
            return "The vote has passed. Anybody may put it into the timelock."
        case ProposalState.QUEUED:
            if view.eta is None or view.eta <= now:
                return "The timelock has run out. Anybody may carry it out."
            return f"The vote has passed. The timelock opens {words.relative(view.eta, now)}."
        case (
            ProposalState.EXECUTED
            | ProposalState.DEFEATED
            | ProposalState.CANCELED
            | ProposalState.EXPIRED
        ):
            return None
        case _:
            assert_never(view.state)


_ENDINGS = {
    ProposalState.EXECUTED: "The vote has passed and was carried out.",
    ProposalState.CANCELED: "It was cancelled before it could pass.",
    ProposalState.EXPIRED: "It passed, but was not carried out in time.",
}


def _ending(view: ProposalView) -> str:
    row = view.row
    if view.state in _ENDINGS:
        return _ENDINGS[view.state]
    if view.quorum is not None and row.votes_for + row.votes_abstain < view.quorum:
        return "The vote has ended below its quorum."
    return "The vote has ended with no more votes for than against."


def named(request_id: int | None, description: str) -> str:
    """What a proposal is called: by its request, else by the first line of its description."""
    if request_id is not None:
        return f"Grant request {request_id}"
    return words.first_line(description) or "A proposal without a description"


def _row(view: ProposalView) -> tuple[Value, ...]:
    row = view.row
    return (
        Foreign(named(view.row.request_id, view.row.description), f"/proposals/{row.proposal_id}"),
        words.number(row.votes_for),
        words.number(row.votes_against),
        words.number(row.votes_abstain),
        Text(_short_clock(view)),
        STATES[view.state],
    )


def _short_clock(view: ProposalView) -> str:
    row, now = view.row, view.now
    if view.state is ProposalState.PENDING:
        return f"opens {words.relative(row.vote_start + 1, now)}"
    if view.state is ProposalState.QUEUED and view.eta is not None and view.eta > now:
        return f"timelock opens {words.relative(view.eta, now)}"
    verb = "closes" if view.state is ProposalState.ACTIVE else "closed"
    if row.vote_end > now and verb == "closed":
        return "closed early"
    return f"{verb} {words.relative(row.vote_end, now)}"


def _clock(view: ProposalView) -> tuple[Fact, ...]:
    row, now = view.row, view.now
    eta = view.eta
    timelock = (Fact("Timelock opens", words.moment(eta, now)),) if eta is not None else ()
    return (
        Fact("Votes are counted as of", words.moment(row.vote_start, now)),
        Fact("Voting closes", words.moment(row.vote_end, now)),
        *timelock,
        Fact("Number", words.code(str(row.proposal_id)), "what wallets and contracts call it"),
    )


def _ballots(page: Page[VoteCast], here: str, first: str | None) -> Listing:
    columns = (
        Column("Voter"),
        Column("Choice"),
        Column("Votes", figures=True),
        Column("Reason given"),
    )
    return Listing(
        caption="Ballots, newest first",
        columns=columns,
        rows=tuple(
            (
                words.account(cast.voter, member=True),
                Text(_choice(cast.support)),
                words.number(cast.weight),
                Foreign(cast.reason) if cast.reason else Text("none"),
            )
            for cast in page.rows
        ),
        empty="Nobody has voted yet.",
        next=words.following(here, page.next),
        first=first,
    )


def _choice(support: int) -> str:
    return CHOICES.get(support, f"choice {support}")


def _commands(view: ProposalView) -> tuple[Command, ...]:
    request_id = view.row.request_id
    number = view.row.proposal_id if request_id is None else request_id
    look = commands.proposal(number)
    open_soon = view.state in (ProposalState.PENDING, ProposalState.ACTIVE)
    return (commands.vote(number), look) if open_soon else (look,)
