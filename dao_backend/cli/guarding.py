"""`ddao council`: what the guardian may do, with its own wallet, and what it has done."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from dao_backend.cli.amounts import duration_text
from dao_backend.cli.clock import clock, moment
from dao_backend.cli.command import Needs, command
from dao_backend.cli.lookup import Json, fetch, proposal_id_of
from dao_backend.cli.motions import motion_of
from dao_backend.cli.session import Session
from dao_backend.cli.voting import Number
from dao_backend.errors import InputError, Refused

if TYPE_CHECKING:
    from dao_backend.ports.chain import Sent

DAY = 86_400
LONGEST = 7


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    group = typer.Typer(no_args_is_help=True, help="The guardian's brake.")
    command(group, "show")(show)
    command(group, "pause", Needs.WALLET)(pause)
    command(group, "unpause", Needs.WALLET)(unpause)
    command(group, "cancel", Needs.WALLET)(cancel)
    app.add_typer(group, name="council")


def show(session: Session) -> None:
    """Show the guardian, its mandate, and whether it has paused or can."""
    found, say = fetch(session.client, "/v1/council"), session.screen.say
    now = found["now"]
    say(found["sentence"])
    if found["guardian"] is not None:
        say(f"Guardian {found['guardian']}, mandate until {clock(found['mandateUntil'], now)}")
    if found["pause"] is not None:
        begun, until = (moment(found["pause"][each]) for each in ("begin", "until"))
        say(f"Newest pause: {begun} to {until}")
    if found["phase"] == "resting":
        say(f"It can pause again {clock(found['pausableFrom'], now)}")
    session.screen.document({**found, "page": session.page("/")})


def pause(
    session: Session,
    days: Annotated[float, typer.Argument(help="How long, at most 7; 0.5 is twelve hours.")],
) -> None:
    """Pause: nothing is registered, requested, accepted or granted. Not again for 37 days."""
    seconds = round(days * DAY)
    if not 0 < seconds <= LONGEST * DAY:
        raise InputError(f"a pause of {days:g} days is not allowed: at most {LONGEST}")
    found = _guarded(session)
    if found["phase"] != "ready":
        again = moment(found["pausableFrom"])
        raise Refused(f"{found['sentence']} The next pause is possible from {again} on")
    session.screen.say(f"You pause the DAO for {duration_text(seconds)}; votes and money go on.")
    sent = session.client.writer(session.signer()).pause(seconds)
    _tell(session, "Paused", sent)


def unpause(session: Session) -> None:
    """End your pause before its time; when you can pause again stays as it is."""
    found = _guarded(session)
    if not found["paused"]:
        raise Refused("nothing is paused now")
    sent = session.client.writer(session.signer()).unpause()
    _tell(session, "The pause is over", sent)


def cancel(session: Session, number: Number) -> None:
    """Cancel a proposal that has passed and is queued, unless it is about the council."""
    client = session.client
    proposal_id = proposal_id_of(client, number)
    found = fetch(client, f"/v1/proposals/{proposal_id}")
    _guarded(session)
    if found["state"] != "queued":
        raise Refused(
            f"proposal {number} is {found['state']}: only what is queued can be cancelled"
        )
    if found["calls"][0]["target"] == client.facts.addresses.council:
        raise Refused("a proposal about the council itself cannot be cancelled by it")
    motion = motion_of(found)
    session.screen.say(f"You void a vote that has passed: proposal {number}.")
    sent = client.writer(session.signer()).cancel_queued(motion)
    session.screen.say(f"Cancelled in transaction 0x{sent.hash.hex()}.")
    session.screen.document(
        {
            "proposalId": str(proposal_id),
            "transaction": "0x" + sent.hash.hex(),
            "page": session.page(f"/proposals/{proposal_id}"),
        }
    )


def _guarded(session: Session) -> Json:
    """The council; Refused unless the wallet is its guardian's and the mandate lasts."""
    found, account = fetch(session.client, "/v1/council"), session.wallet.address
    if found["guardian"] != account:
        named = found["guardian"] or "nobody"
        raise Refused(f"the guardian is {named}; the wallet is {account}")
    if found["now"] > found["mandateUntil"]:
        raise Refused(f"the guardian's mandate ended {moment(found['mandateUntil'])}")
    return found


def _tell(session: Session, done: str, sent: Sent) -> None:
    found = fetch(session.client, "/v1/council")
    session.screen.say(f"{done} (transaction 0x{sent.hash.hex()}).")
    session.screen.document(
        {
            "phase": found["phase"],
            "pause": found["pause"],
            "transaction": "0x" + sent.hash.hex(),
            "page": session.page("/"),
        }
    )
