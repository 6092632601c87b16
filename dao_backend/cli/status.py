"""`ddao status`: where the DAO, a contribution or a request stands, and what happens next."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from dao_backend.cli import config as configuration
from dao_backend.cli.answering import tell_answer
from dao_backend.cli.clock import clock, moment
from dao_backend.cli.command import Needs, command
from dao_backend.cli.disputing import tell_dispute
from dao_backend.cli.lookup import Json, contribution_id_of, fetch, rows
from dao_backend.cli.screen import sentence
from dao_backend.cli.sentences import request_sentence
from dao_backend.cli.session import Session
from dao_backend.cli.voting import tell_proposal
from dao_backend.errors import InputError, NotFound

if TYPE_CHECKING:
    from dao_backend.core.model import Request

_NEXT = {
    "unscored": "It scored nothing and cannot be registered.",
    "pending": "It is appraised; its registration is on its way.",
    "registered": "It stands in every edition that is sealed from now on.",
    "withdrawn": "Editions sealed before the withdrawal keep it; later ones are without it.",
}


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    command(app, "status", Needs.WALLET)(status)


def status(
    session: Session,
    what: Annotated[
        list[str] | None,
        typer.Argument(help="A contribution's id, or `request NUMBER`; else an overview."),
    ] = None,
) -> None:
    """Show where something stands, its clock, and what happens next."""
    match what or []:
        case []:
            _overview(session)
        case ["request", number] | [number] if number.isdecimal():
            _request(session, int(number))
        case [text] if text.startswith("0x"):
            _contribution(session, text.lower())
        case _:
            raise InputError("say which: a contribution's id, or `request NUMBER`")


# --- one contribution -----------------------------------------------------------------------


def _contribution(session: Session, text: str) -> None:
    contribution_id_of(text)
    found = fetch(session.client, f"/v1/contributions/{text}")
    screen, record = session.screen, found["record"]
    screen.say(f"Contribution {text} of {record['contributor']}: {found['status']}")
    screen.say(f"{found['units']} units in collection {record['collection']}, {found['cid']}")
    for name, at in (("Registered", "registeredAt"), ("Withdrawn", "withdrawnAt")):
        if found[at] is not None:
            screen.say(f"{name} {moment(found[at])}")
    screen.say(f"Next: {_NEXT[found['status']]}")
    screen.document({**found, "page": session.page(f"/contributions/{text}")})


# --- one request ----------------------------------------------------------------------------


def _request(session: Session, number: int) -> None:
    client, screen = session.client, session.screen
    request = client.chain.request(number)
    state, now = request.status.name.lower(), client.chain.head().timestamp
    screen.say(request_sentence(request, client.facts))
    screen.say(f"It is {state}.")
    proposal = _proposal(session, request)
    counter = tell_answer(session, request, now)
    if state == "pending":
        screen.say(f"To be granted by   {clock(request.execute_by, now)}")
    screen.say(f"To be delivered by {clock(request.deliver_by, now)}")
    dispute = tell_dispute(session, number)
    bundles = _bundles(session, request)
    screen.document(
        {
            "requestId": number,
            "buyer": request.buyer,
            "status": state,
            "asset": request.terms.asset,
            "price": str(request.terms.price),
            "executeBy": request.execute_by,
            "deliverBy": request.deliver_by,
            "proposal": proposal,
            "counter": counter,
            "dispute": dispute,
            "bundles": bundles,
            "page": session.page(f"/requests/{number}"),
        }
    )


def _proposal(session: Session, request: Request) -> Json | None:
    """Its vote; None where an accepted offer or counter-offer took its place."""
    if not request.proposal_id:
        return None
    found = fetch(session.client, f"/v1/proposals/{request.proposal_id}")
    tell_proposal(session, found)
    return found


def _bundles(session: Session, request: Request) -> list[Json]:
    """What each keeper says, once there is a licence."""
    client = session.client
    if client.chain.licence(request.request_id) is None:
        return []
    found = client.gateway.bundles(request.request_id, request.buyer)
    for each in found:
        said = each.sentence or f"hands over: `ddao pull {request.request_id}`"
        session.screen.say(f"Keeper {each.index}: {said}")
    return [
        {"index": each.index, "ready": each.ready, "reason": each.reason, "sentence": each.sentence}
        for each in found
    ]


# --- everything -----------------------------------------------------------------------------


def _overview(session: Session) -> None:
    from dao_backend.service.offers import brake as braked

    client, screen = session.client, session.screen
    dao = fetch(client, "/v1/dao")
    totals, now = dao["totals"], dao["head"]["timestamp"]
    screen.say(f"{dao['name']} on chain {dao['chainId']}, {moment(now)}")
    screen.say(
        f"{totals['members']} members, {totals['contributions']} contributions, "
        f"{totals['editions']} editions, {totals['licences']} licences"
    )
    screen.say(
        f"Newest block {dao['head']['number']}, final {dao['finalized']['number']}, "
        f"indexed {dao['indexed']['number'] if dao['indexed'] else 'none'}"
    )
    brake = braked(client.chain)
    if brake is not None:
        screen.say(brake)
    own = _own(session)
    screen.document({"dao": dao, **own, "page": session.page("/")})


def _own(session: Session) -> Json:
    """What the wallet has under way; nothing without a wallet."""
    from dao_backend.wiring.outbox import Outbox

    unfinished = Outbox(configuration.home() / "unfinished").ids()
    for each in unfinished:
        session.screen.say(f"Not finished: {each}; contribute the same path again.")
    try:
        account = session.wallet.address
    except NotFound as error:
        session.screen.say(sentence(str(error)))
        return {"account": None, "unfinished": unfinished}
    client = session.client
    requests = list(rows(client, "/v1/requests", buyer=account))
    contributions = list(rows(client, "/v1/contributions", contributor=account))
    pending = fetch(client, "/v1/pending", contributor=account)["rows"]
    units = [client.chain.units(account, each.number) for each in client.facts.collections]
    screen = session.screen
    screen.say(f"Wallet {account}: {sum(units)} units, {len(contributions)} contributions")
    screen.table(
        ("request", "collection", "status", "to be granted by"),
        [
            (
                str(each["requestId"]),
                str(each["terms"]["collection"]),
                each["status"],
                moment(each["executeBy"]),
            )
            for each in requests
        ],
    )
    for each in pending:
        screen.say(f"Waiting to be indexed: {each['record']['contributionId']}")
    return {
        "account": account,
        "units": [str(each) for each in units],
        "contributions": contributions,
        "pending": pending,
        "requests": requests,
        "unfinished": unfinished,
    }
