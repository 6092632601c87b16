"""`ddao usage` and `ddao royalty`: report what was used, keep the bond full, pay the members."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dao_backend.cli.clock import moment
from dao_backend.cli.command import Needs, command
from dao_backend.cli.lookup import Json, account_of, asset_text, fetch
from dao_backend.cli.session import Session
from dao_backend.cli.terms import amount_of, require_funds, text_hash
from dao_backend.errors import InputError, Refused

if TYPE_CHECKING:
    from dao_backend.core.model import Address

Number = Annotated[int, typer.Argument(help="Number of the licence.")]


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    group = typer.Typer(no_args_is_help=True, help="Metered use of a licence, after delivery.")
    command(group, "show")(show)
    command(group, "report", Needs.WALLET)(report)
    command(group, "fund", Needs.WALLET)(fund)
    command(group, "close", Needs.WALLET)(close)
    command(group, "take-bond", Needs.WALLET)(take_bond)
    command(group, "minimum")(minimum)
    app.add_typer(group, name="usage")
    command(app, "royalty", Needs.WALLET)(royalty)


def show(session: Session, number: Number) -> None:
    """Show what is used, reported and owed."""
    found, say = usage_of(session, number), session.screen.say
    metering, asset = found["metering"], found["asset"]
    say(found["sentence"])
    say(f"Used and paid: {found['used']} units at {asset_text(asset, metering['unitPrice'])}.")
    left, whole = asset_text(asset, found["balance"]), asset_text(asset, metering["bond"])
    say(f"Bond: {left} of {whole} are left.")
    say(f"Reported until {moment(found['reportedUntil'])}; due by {moment(found['reportBy'])}.")
    if int(found["minimumDue"]):
        due = asset_text(asset, found["minimumDue"])
        say(f"Silent for {found['silentPeriods']} periods: {due} can be taken.")
    if found["closesAt"] is not None:
        say(f"What is left is the holder's from {moment(found['closesAt'])} on.")
    session.screen.document({**found, "page": session.page(f"/licences/{number}")})


def report(
    session: Session,
    number: Number,
    units: Annotated[int, typer.Argument(min=0, help="All units used since the beginning.")],
) -> None:
    """Sign what you have used so far; the service relays it, and the bond pays the members."""
    from dao_backend.core.typed import Voucher, digest

    found = usage_of(session, number)
    _require_holder(session, found)
    more = units - int(found["used"])
    if more < 0:
        raise Refused(f"{found['used']} units are reported and paid already: {units} are fewer")
    owed = more * int(found["metering"]["unitPrice"])
    if owed > int(found["balance"]):
        raise Refused(
            f"{asset_text(found['asset'], owed)} are owed and the bond holds only "
            f"{asset_text(found['asset'], found['balance'])}: add to it first, `ddao usage fund`"
        )
    session.screen.say(
        f"{units} units used until {moment(found['latest'])}: the bond pays "
        f"{asset_text(found['asset'], owed)}."
    )
    voucher = Voucher(number, units, found["latest"])
    domain = session.client.facts.addresses.domain("UsageMeter")
    signature = session.signer().sign_digest(digest(domain, voucher))
    body = {"units": str(units), "until": voucher.until, "signature": "0x" + signature.hex()}
    answer = session.client.gateway.write(f"/v1/licences/{number}/vouchers", body)
    assert isinstance(answer, dict), "the gateway gives decoded JSON"
    _tell(session, number, "Reported", answer["transaction"], units=str(units), amount=str(owed))


def fund(
    session: Session,
    number: Number,
    amount: Annotated[
        str | None, typer.Argument(help="What to add.  [default: what the bond lacks]")
    ] = None,
) -> None:
    """Add to the bond; a licence that lapsed is in force again once the bond is full."""
    found, account = usage_of(session, number), session.wallet.address
    if found["closesAt"] is not None:
        raise Refused(found["sentence"])
    asset: Address = found["asset"]
    added = int(found["missing"]) if amount is None else amount_of(asset, amount)
    if not added:
        raise Refused(f"the bond of licence {number} is full")
    require_funds(session.client.chain, account, {asset: added})
    session.screen.say(f"{asset_text(asset, added)} are added to the bond.")
    sent = session.client.writer(session.signer()).fund_bond(number, added)
    _tell(session, number, "Added", "0x" + sent.hash.hex(), amount=str(added))


def close(session: Session, number: Number) -> None:
    """End the use for ever: the licence lapses, and a period later the bond's rest is yours."""
    found = usage_of(session, number)
    _require_holder(session, found)
    if found["closesAt"] is not None:
        raise Refused(found["sentence"])
    session.screen.say("The licence lapses now, for ever. Report what you have used before.")
    sent = session.client.writer(session.signer()).close_meter(number)
    _tell(session, number, "Closing", "0x" + sent.hash.hex())


def take_bond(session: Session, number: Number) -> None:
    """Take what is left of the bond, a period after `ddao usage close`."""
    found = usage_of(session, number)
    account = _require_holder(session, found)
    if found["phase"] != "closed" or found["emptied"]:
        later = "" if found["closesAt"] is None else f" It can be from {moment(found['closesAt'])}."
        done = "It was taken already." if found["emptied"] else f"It cannot be taken yet.{later}"
        raise Refused(f"the bond of licence {number}: {done}")
    sent = session.client.writer(session.signer()).take_meter_bond(number, account)
    _tell(session, number, f"The rest of the bond went to {account}", "0x" + sent.hash.hex())


def minimum(session: Session, number: Number) -> None:
    """Take the minimum of a silent licence for the members; the service sends it at its cost."""
    answer = session.client.gateway.write(f"/v1/licences/{number}/minimum", {})
    assert isinstance(answer, dict), "the gateway gives decoded JSON"
    _tell(session, number, "The minimum is the members'", answer["transaction"])


def royalty(
    session: Session,
    number: Number,
    amount: Annotated[str, typer.Argument(help="1.5 (ether), 5000 wei, or a token's units.")],
    *,
    report_file: Annotated[
        Path, typer.Option("--report", help="File that says what it is for; its hash is filed.")
    ],
    asset: Annotated[str | None, typer.Option(help="An ERC-20 token to pay in.")] = None,
) -> None:
    """Pay the members of a licence's edition; anybody may, at any time."""
    from dao_backend.core.model import NATIVE

    client, account = session.client, session.wallet.address
    token = NATIVE if asset is None else account_of(asset)
    paid, hashed = amount_of(token, amount), text_hash(report_file)
    if not paid:
        raise InputError("a royalty of nothing cannot be paid")
    edition = fetch(client, f"/v1/licences/{number}")["editionId"]
    require_funds(client.chain, account, {token: paid})
    session.screen.say(f"The members of edition {edition} get {asset_text(token, paid)}.")
    sent = client.writer(session.signer()).pay_royalty(number, token, paid, hashed)
    told = {"amount": str(paid), "asset": str(token), "reportHash": "0x" + hashed.hex()}
    _tell(session, number, "Paid", "0x" + sent.hash.hex(), **told)


def usage_of(session: Session, number: int) -> Json:
    """A metered licence's account; NotFound."""
    return fetch(session.client, f"/v1/licences/{number}/usage")


def _require_holder(session: Session, found: Json) -> Address:
    account = session.wallet.address
    if found["holder"] != account:
        raise Refused(
            f"licence {found['licenceId']} is {found['holder']}'s; the wallet is {account}"
        )
    return account


def _tell(session: Session, number: int, done: str, transaction: str, **more: str) -> None:
    session.screen.say(f"{done} (transaction {transaction}).")
    page = session.page(f"/licences/{number}")
    session.screen.document({"licenceId": number, "transaction": transaction, **more, "page": page})
