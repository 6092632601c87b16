"""`ddao proposals` and `ddao vote`: what is being decided, and a member's say in it."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from dao_backend.cli.clock import clock
from dao_backend.cli.command import Needs, command
from dao_backend.cli.lookup import Json, fetch, proposal_id_of, rows
from dao_backend.cli.motions import steps_of, tell_steps
from dao_backend.cli.sentences import request_sentence
from dao_backend.cli.session import Session
from dao_backend.errors import InputError, Refused


class Look(StrEnum):
    """What to do with proposals."""

    LIST = "list"
    SHOW = "show"


class Support(StrEnum):
    """A ballot."""

    FOR = "for"
    AGAINST = "against"
    ABSTAIN = "abstain"


Number = Annotated[int, typer.Argument(help="Number of the request, or id of the proposal.")]
Send = Annotated[
    bool, typer.Option("--send", help="Send an own transaction instead of a relayed signature.")
]


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    command(app, "proposals")(proposals)
    command(app, "vote", Needs.WALLET)(vote)


def proposals(
    session: Session,
    look: Annotated[Look, typer.Argument(help="All of them, or one.")] = Look.LIST,
    number: Annotated[
        int | None, typer.Argument(help="Number of the request, or id of the proposal.")
    ] = None,
) -> None:
    """List proposals with tally and clock, or show one with its ballots."""
    if look is Look.SHOW:
        if number is None:
            raise InputError("which proposal? `ddao proposals show NUMBER`")
        _show(session, proposal_id_of(session.client, number))
        return
    found = list(rows(session.client, "/v1/proposals"))
    session.screen.table(
        ("request", "would do", "state", "for", "against", "abstain", "quorum", "next"),
        [
            (
                _name(each),
                " ".join(call["sentence"] for call in each["calls"]),
                each["state"],
                each["votesFor"],
                each["votesAgainst"],
                each["votesAbstain"],
                each["quorum"] or "–",
                each["next"]["sentence"],
            )
            for each in found
        ],
    )
    page = session.page("/proposals")
    session.screen.document({"proposals": found, "page": page})


def _show(session: Session, proposal_id: int) -> None:
    path = f"/v1/proposals/{proposal_id}"
    found = fetch(session.client, path)
    ballots = list(rows(session.client, f"{path}/ballots"))
    tell_proposal(session, found)
    session.screen.table(
        ("member", "ballot", "votes"),
        [(each["voter"], each["support"], each["weight"]) for each in ballots],
    )
    page = session.page(f"/proposals/{proposal_id}")
    session.screen.document({**found, "ballotsCast": ballots, "page": page})


def tell_proposal(session: Session, found: Json) -> None:
    """Tally and clock of one proposal."""
    screen, now = session.screen, found["now"]
    screen.say(f"Proposal {found['proposalId']} is {found['state']}.")
    if found["requestId"] is None:
        tell_steps(session, steps_of(session, found))
        screen.say(f"Its proposer, {found['proposer']}, says:")
    screen.say(found["description"])
    quorum = found["quorum"] or "known at the snapshot"
    screen.say(
        f"For {found['votesFor']}, against {found['votesAgainst']}, "
        f"abstaining {found['votesAbstain']}; quorum {quorum}."
    )
    screen.say(f"Voting opens  {clock(found['snapshot'], now)}")
    screen.say(f"Voting closes {clock(found['voteEnd'], now)}")
    if found["eta"] is not None:
        screen.say(f"Timelock ends {clock(found['eta'], now)}")
    screen.say(f"Next: {found['next']['sentence']}")


def vote(
    session: Session,
    number: Number,
    support: Annotated[Support, typer.Argument(help="Your ballot.")],
    *,
    send: Send = False,
) -> None:
    """Sign a ballot, which the service relays at its own cost. A vote cannot be changed.

    Why an account cannot vote is said before a password is asked for.
    """
    from dao_backend.core.model import Vote
    from dao_backend.core.typed import Ballot, digest

    client, wallet = session.client, session.wallet
    proposal_id = proposal_id_of(client, number)
    path = f"/v1/proposals/{proposal_id}"
    standing = fetch(client, f"{path}/eligibility", voter=wallet.address)
    found = fetch(client, path)
    if not standing["eligible"]:
        raise Refused(standing["sentence"])
    session.screen.say(_question(session, found))
    session.screen.say(f"You vote {support.value.upper()} with {standing['votes']} votes.")
    signer, choice = session.signer(), Vote[support.name]
    if send:
        transaction = client.writer(signer).vote(proposal_id, choice).hash
    else:
        ballot = Ballot(proposal_id, choice, wallet.address)
        domain = client.facts.addresses.domain("DataGovernor")
        signature = signer.sign_digest(digest(domain, ballot))
        transaction = client.gateway.vote(proposal_id, choice, wallet.address, signature)
    session.screen.say(f"Counted in transaction 0x{transaction.hex()}.")
    page = session.page(f"/proposals/{proposal_id}")
    session.screen.document(
        {
            "proposalId": str(proposal_id),
            "requestId": found["requestId"],
            "voter": wallet.address,
            "support": support.value,
            "votes": standing["votes"],
            "transaction": "0x" + transaction.hex(),
            "page": page,
        }
    )


def _question(session: Session, found: Json) -> str:
    """What is voted on: a request's own terms as the chain has them, else the proposal's calls."""
    if found["requestId"] is None:
        steps = steps_of(session, found)
        tell_steps(session, steps)
        return " ".join(step.sentence for step in steps)
    request = session.client.chain.request(found["requestId"])
    return request_sentence(request, session.client.facts)


def _name(found: Json) -> str:
    return str(found["requestId"] or found["proposalId"])
