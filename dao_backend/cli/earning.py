"""`ddao earnings`: what a member is owed, line by line, and taking it."""

from __future__ import annotations

from typing import Annotated

import typer

from dao_backend.cli.command import Needs, command
from dao_backend.cli.lookup import Json, account_of, asset_text, fetch
from dao_backend.cli.session import Session

SOURCES = {
    "price": "a licence's price",
    "usage": "metered use",
    "royalty": "a royalty",
    "dispute-bond": "a lost dispute's bond",
    "direct": "a payment beside any licence",
}


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    command(app, "earnings", Needs.WALLET)(earnings)


def earnings(
    session: Session,
    account: Annotated[str | None, typer.Argument(help="A member; else your wallet.")] = None,
    *,
    claim: Annotated[
        bool, typer.Option("--claim", help="Have everything that is due paid out, at no cost.")
    ] = False,
) -> None:
    """Show every line of a member's statement; each can be computed again by hand.

    A claim pays the member itself, or the payee it named, whoever asks for it: no password.
    """
    from dao_backend.core.model import address

    member = account_of(account) if account else session.wallet.address
    found = fetch(session.client, f"/v1/members/{address(member)}/statement")
    screen = session.screen
    screen.table(
        ("edition", "units", "of", "due", "as computed"),
        [
            (
                str(line["editionId"]),
                line["units"],
                line["totalUnits"],
                asset_text(line["asset"], line["due"]),
                line["formula"],
            )
            for line in found["lines"]
        ],
    )
    for each in found["deposits"]:
        screen.say(f"Edition {each['editionId']} got {_received(each)}.")
    for each in found["due"]:
        screen.say(f"Due now: {asset_text(each['asset'], each['amount'])}")
    if not found["lines"]:
        screen.say("Nothing was paid yet for an edition in which this member holds units.")
    claimed = _claim(session, member, found) if claim else []
    page = session.page(f"/members/{member}")
    screen.document({**found, "claimed": claimed, "page": page})


def _received(deposit: Json) -> str:
    """What came in, and what it was for."""
    licence = deposit["royaltyFor"]
    purpose = SOURCES[deposit["source"]] + (f" for licence {licence}" if licence else "")
    return f"{asset_text(deposit['asset'], deposit['amount'])}, {purpose}"


def _claim(session: Session, member: str, found: Json) -> list[Json]:
    """Have every line with something due paid out."""
    claimed = []
    for line in found["lines"]:
        if not int(line["due"]):
            continue
        body = {"editionId": line["editionId"], "asset": line["asset"]}
        answer = session.client.gateway.write(f"/v1/members/{member}/claims", body)
        assert isinstance(answer, dict), "the gateway gives decoded JSON"
        paid = {**body, "amount": line["due"], "transaction": answer["transaction"]}
        session.screen.say(
            f"Paid {asset_text(line['asset'], line['due'])} of edition {line['editionId']} "
            f"in transaction {answer['transaction']}."
        )
        claimed.append(paid)
    if not claimed:
        session.screen.say("Nothing is due now.")
    return claimed
