"""`ddao strike`: members together refuse new licences, if enough of them pledge."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from dao_backend.cli.amounts import duration_text
from dao_backend.cli.clock import clock, moment
from dao_backend.cli.command import Needs, command
from dao_backend.cli.lookup import Json, fetch, rows
from dao_backend.cli.session import Session
from dao_backend.errors import InputError, Refused

if TYPE_CHECKING:
    from dao_backend.core.model import Address

Send = Annotated[
    bool, typer.Option("--send", help="Send an own transaction instead of a relayed signature.")
]


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    group = typer.Typer(no_args_is_help=True, help="Members together refuse new licences.")
    command(group, "show")(show)
    command(group, "call", Needs.WALLET)(call)
    command(group, "pledge", Needs.WALLET)(pledge)
    command(group, "unpledge", Needs.WALLET)(unpledge)
    app.add_typer(group, name="strike")


def show(session: Session) -> None:
    """Show whether members are on strike, what is pledged, and earlier calls."""
    found, say = fetch(session.client, "/v1/strike"), session.screen.say
    earlier, settings = list(rows(session.client, "/v1/strikes")), found["settings"]
    say(found["sentence"])
    for name, at in (("Pledge until  ", "deadline"), ("On until      ", "until")):
        if found[at] is not None:
            say(f"{name} {clock(found[at], found['now'])}")
    if found["callableFrom"] is not None:
        say(f"Cooldown until {clock(found['callableFrom'], found['now'])}")
    say(
        f"It takes {settings['thresholdBps'] / 100:g} % of all units, pledged within "
        f"{duration_text(settings['pledgePeriod'])}, and lasts "
        f"{duration_text(settings['duration'])}."
    )
    session.screen.table(
        ("call", "by", "why", "pledged", "of", "pledges", "begun"),
        [
            (
                str(each["strikeId"]),
                each["member"],
                each["reason"],
                each["pledged"],
                each["needed"],
                str(each["pledges"]),
                "no" if each["begunAt"] is None else moment(each["begunAt"]),
            )
            for each in earlier
        ],
    )
    session.screen.document({**found, "calls": earlier, "page": session.page("/strike")})


def call(
    session: Session,
    reason: Annotated[str, typer.Argument(help="Why, for those who are to pledge.")],
) -> None:
    """Call to strike, and pledge your own units; one call at a time, none in a cooldown."""
    found = fetch(session.client, "/v1/strike")
    if not reason.strip():
        raise InputError("say why: nobody pledges to a call without a reason")
    if found["phase"] != "idle":
        raise Refused(_busy(found))
    units = _units(session, found["now"] - 1)
    if not units:
        raise Refused(f"{session.wallet.address} holds no units: only members call to strike")
    session.screen.say(f"You call to strike and pledge {units} units: {reason}")
    sent = session.client.writer(session.signer()).call_strike(reason)
    _tell(session, "Called", "0x" + sent.hash.hex(), units=str(units))


def pledge(session: Session, *, send: Send = False) -> None:
    """Sign a pledge of your units to the newest call; the service relays it at its own cost.

    Nothing happens until enough is pledged; then nothing is granted for the time of the strike.
    """
    from dao_backend.core.typed import digest
    from dao_backend.core.typed_members import Pledge

    client, account = session.client, session.wallet.address
    found = _pledging(session)
    if client.chain.has_pledged(found["strikeId"], account):
        raise Refused(f"{account} has already pledged to this call")
    units = _units(session, found["timepoint"])
    if not units:
        raise Refused(
            f"{account} held no units at {moment(found['timepoint'])}, when the strike was called: "
            "units received later count in later calls"
        )
    reason = found["call"]["reason"] if found["call"] else "its reason is not indexed yet"
    session.screen.say(f"Call {found['strikeId']}: {reason}")
    session.screen.say(f"You pledge {units} of the {found['needed']} units that it takes.")
    signer = session.signer()
    if send:
        transaction = "0x" + client.writer(signer).pledge().hash.hex()
    else:
        domain = client.facts.addresses.domain("DataStrike")
        signature = signer.sign_digest(digest(domain, Pledge(found["strikeId"], account)))
        body = {"member": account, "signature": "0x" + signature.hex()}
        answer = client.gateway.write("/v1/strike/pledges", body)
        assert isinstance(answer, dict), "the gateway gives decoded JSON"
        transaction = answer["transaction"]
    _tell(session, "Pledged", transaction, units=str(units))


def unpledge(session: Session) -> None:
    """Take your pledge back, by your own transaction, as long as the strike has not begun.

    It counts again only by your own transaction: `ddao strike pledge --send`.
    """
    client, account = session.client, session.wallet.address
    found = _pledging(session)
    if not client.chain.has_pledged(found["strikeId"], account):
        raise Refused(f"{account} has no pledge to take back")
    sent = client.writer(session.signer()).unpledge()
    units = _units(session, found["timepoint"])
    _tell(session, "Taken back", "0x" + sent.hash.hex(), units=str(units))


def _pledging(session: Session) -> Json:
    """The call under way; Refused where none takes pledges."""
    found = fetch(session.client, "/v1/strike")
    if found["phase"] != "pledging":
        raise Refused(f"no call takes pledges now: {found['sentence']}")
    return found


def _busy(found: Json) -> str:
    """Why nobody can call now."""
    if found["phase"] == "pledging":
        return "a call is under way already: pledge to that one with `ddao strike pledge`"
    return f"{found['sentence']} It can be called from {moment(found['callableFrom'])} on"


def _units(session: Session, timepoint: int) -> int:
    """What the wallet's own account held in all collections at a past second."""
    client = session.client
    account: Address = session.wallet.address
    numbers = (each.number for each in client.facts.collections)
    return sum(client.chain.past_units(account, number, timepoint) for number in numbers)


def _tell(session: Session, done: str, transaction: str, **more: str) -> None:
    found = fetch(session.client, "/v1/strike")
    session.screen.say(f"{done} in transaction {transaction}. {found['sentence']}")
    session.screen.document(
        {
            "strikeId": found["strikeId"],
            "phase": found["phase"],
            "pledged": found["pledged"],
            "needed": found["needed"],
            "transaction": transaction,
            **more,
            "page": session.page("/strike"),
        }
    )
