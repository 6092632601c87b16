"""`ddao dispute`: say that a delivery was none, rule about that, and send the bond on."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dao_backend.cli.clock import clock
from dao_backend.cli.command import Needs, command
from dao_backend.cli.lookup import Json, asset_text, fetch
from dao_backend.cli.session import Session
from dao_backend.cli.terms import require_funds, text_hash
from dao_backend.errors import Refused

if TYPE_CHECKING:
    from dao_backend.core.model import Address
    from dao_backend.ports.chain import Sent

Number = Annotated[int, typer.Argument(help="Number of the request.")]
QUIET = ("without-arbiter", "not-delivered")
"""Phases in which nothing runs."""


class Ruling(StrEnum):
    """What an arbiter says."""

    UPHOLD = "uphold"
    REJECT = "reject"


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    group = typer.Typer(no_args_is_help=True, help="Receipts, but no data: dispute a delivery.")
    command(group, "open", Needs.WALLET)(open_dispute)
    command(group, "rule", Needs.WALLET)(rule)
    command(group, "take-bond", Needs.WALLET)(take_bond)
    command(group, "forfeit")(forfeit)
    app.add_typer(group, name="dispute")


def open_dispute(
    session: Session,
    number: Number,
    *,
    claim: Annotated[Path, typer.Option(help="File that says what is wrong; its hash is filed.")],
) -> None:
    """Dispute a delivery as its buyer; takes a bond, which a rejected dispute loses."""
    found, hashed = dispute_of(session, number), text_hash(claim)
    account = _require(session, found, "buyer", ("contestable",))
    require_funds(session.client.chain, account, {found["asset"]: int(found["bond"])})
    session.screen.say(
        f"A bond of {asset_text(found['asset'], found['bond'])} is taken now. It comes back unless "
        f"the arbiter, {found['arbiter']}, finds against you."
    )
    sent = session.client.writer(session.signer()).open_dispute(number, hashed)
    _tell(session, number, "Disputed; the price stays in escrow", sent, claimHash=_hex(hashed))


def rule(
    session: Session,
    number: Number,
    ruling: Annotated[Ruling, typer.Argument(help="For the buyer, or against it.")],
    *,
    reason: Annotated[Path, typer.Option(help="File that says why; its hash is filed.")],
) -> None:
    """Rule about a dispute as the arbiter that the terms name. It cannot be changed."""
    found, hashed = dispute_of(session, number), text_hash(reason)
    _require(session, found, "arbiter", ("open",))
    upheld = ruling is Ruling.UPHOLD
    where = "back to the buyer" if upheld else "on to the members"
    session.screen.say(f"Price and bond of request {number} go {where}.")
    writer = session.client.writer(session.signer())
    sent = writer.rule(number, upheld=upheld, reason_hash=hashed)
    done = "Upheld" if upheld else "Rejected"
    _tell(session, number, done, sent, reasonHash=_hex(hashed))


def take_bond(session: Session, number: Number) -> None:
    """Take the bond of an upheld dispute back, or of one that nobody ruled in time."""
    found = dispute_of(session, number)
    account = _require(session, found, "buyer", ("upheld", "unruled"))
    if found["bondPaid"]:
        raise Refused(f"the bond of request {number} came back already")
    sent = session.client.writer(session.signer()).take_dispute_bond(number, account)
    _tell(session, number, f"The bond came back to {account}", sent)


def forfeit(session: Session, number: Number) -> None:
    """Send the bond of a rejected dispute to the members; the service sends it at its own cost."""
    answer = session.client.gateway.write(f"/v1/requests/{number}/dispute/forfeit", {})
    assert isinstance(answer, dict), "the gateway gives decoded JSON"
    _document(session, number, "The bond is the members'", answer["transaction"])


def dispute_of(session: Session, number: int) -> Json:
    """Where a request's delivery stands."""
    return fetch(session.client, f"/v1/requests/{number}/dispute")


def tell_dispute(session: Session, number: int) -> Json:
    """Say it, with its clock, where an arbiter is named; what the API says."""
    found = dispute_of(session, number)
    if found["phase"] not in QUIET:
        end = "" if found["until"] is None else f" Until {clock(found['until'], found['now'])}."
        session.screen.say(f"{found['sentence']}{end}")
    return found


def _require(session: Session, found: Json, role: str, phases: tuple[str, ...]) -> Address:
    """The wallet's account; Refused where it is not its turn, before a password is asked for."""
    account = session.wallet.address
    if found["phase"] not in phases:
        raise Refused(found["sentence"])
    if found[role] != account:
        raise Refused(f"the {role} is {found[role]}; the wallet is {account}")
    return account


def _tell(session: Session, number: int, done: str, sent: Sent, **more: str) -> None:
    _document(session, number, done, _hex(sent.hash), **more)


def _document(session: Session, number: int, done: str, transaction: str, **more: str) -> None:
    session.screen.say(f"{done} (transaction {transaction}).")
    page = session.page(f"/requests/{number}")
    session.screen.document({"requestId": number, "transaction": transaction, **more, "page": page})


def _hex(value: bytes) -> str:
    return "0x" + value.hex()
