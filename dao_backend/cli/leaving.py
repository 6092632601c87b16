"""`ddao leave`: take back everything that a wallet has contributed."""

from __future__ import annotations

from typing import Annotated

import typer

from dao_backend.cli.command import Needs, command
from dao_backend.cli.giving import WITHDRAWAL_SECONDS, Send
from dao_backend.cli.lookup import rows
from dao_backend.cli.session import Session
from dao_backend.errors import Refused


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    command(app, "leave", Needs.WALLET)(leave)


def leave(
    session: Session,
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask whether you mean it.")] = False,
    send: Send = False,
) -> None:
    """Leave: withdraw every contribution of this wallet at once, and burn all its units.

    Editions already sold stay sold, and keep paying. You may come back with new contributions.
    """
    from dao_backend.core.typed import Departure, digest

    client, account = session.client, session.wallet.address
    units = [client.chain.units(account, each.number) for each in client.facts.collections]
    if not any(units):
        raise Refused(f"{account} holds no units: there is nothing to leave with")
    taken = _foretell(session, account, units)
    session.confirm("Leave with everything?", yes=yes)
    signer = session.signer()
    if send:
        transaction = "0x" + client.writer(signer).leave_all().hash.hex()
    else:
        deadline = client.chain.head().timestamp + WITHDRAWAL_SECONDS
        wish = Departure(account, client.chain.tenure(account), deadline)
        signature = signer.sign_digest(digest(client.facts.addresses.domain("DataRegistry"), wish))
        body = {"deadline": deadline, "signature": "0x" + signature.hex()}
        answer = client.gateway.write(f"/v1/members/{account}/departure", body)
        assert isinstance(answer, dict), "the gateway gives decoded JSON"
        transaction = answer["transaction"]
    session.screen.say(f"Left in transaction {transaction}.")
    session.screen.document(
        {
            "account": account,
            "contributions": taken,
            "units": [str(each) for each in units],
            "transaction": transaction,
            "page": session.page(f"/members/{account}"),
        }
    )


def _foretell(session: Session, account: str, units: list[int]) -> list[str]:
    """Say what it does; ids of the contributions that go, as far as they are indexed."""
    client, screen = session.client, session.screen
    found = rows(client, "/v1/contributions", contributor=account)
    gone = [each for each in found if each["status"] == "registered"]
    names = {each.number: each.name for each in client.facts.collections}
    screen.table(
        ("contribution", "collection", "units"),
        [
            (
                each["record"]["contributionId"],
                names.get(each["record"]["collection"], str(each["record"]["collection"])),
                each["units"],
            )
            for each in gone
        ],
    )
    screen.say(f"Every contribution of {account} is withdrawn at once, these {len(gone)} and any")
    screen.say(f"that is registered meanwhile; its {sum(units)} units and their votes are burnt.")
    screen.say("Editions already sold stay sold, and keep paying. This cannot be undone.")
    return [each["record"]["contributionId"] for each in gone]
