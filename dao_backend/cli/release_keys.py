"""`ddao release-key`: have a licence's bundles sealed to another key than the request named."""

from __future__ import annotations

from typing import Annotated

import typer

from dao_backend.cli.clock import moment
from dao_backend.cli.command import Needs, command
from dao_backend.cli.session import Session
from dao_backend.errors import NotFound, Refused

Number = Annotated[int, typer.Argument(help="Number of the licence.")]


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    group = typer.Typer(no_args_is_help=True, help="The key that a licence is delivered to.")
    command(group, "rotate", Needs.WALLET)(rotate)
    command(group, "apply")(apply)
    app.add_typer(group, name="release-key")


def rotate(session: Session, number: Number) -> None:
    """Make a new release key and announce it; it can be applied after a delay of ten minutes.

    Only before any keeper has posted its receipt: what is delivered stays sealed to the old key.
    """
    from dao_backend.core.events import ReleaseKeyAnnounced

    _require_rotatable(session, number)
    wallet, client = session.wallet, session.client
    password = session.password(f"Password of wallet {wallet.name}: ")
    signer = session.wallets.open(wallet, password)
    key = session.wallets.new_release_key(wallet, password)
    sent = client.writer(signer).announce_release_key(number, key)
    announced = next(one.fact for one in sent.events if isinstance(one.fact, ReleaseKeyAnnounced))
    screen, transaction = session.screen, "0x" + sent.hash.hex()
    screen.say(f"Announced (transaction {transaction}).")
    screen.say(f"From {moment(announced.earliest)} on: `ddao release-key apply {number}`.")
    screen.document(
        {
            "licenceId": number,
            "transaction": transaction,
            "releaseKey": "0x" + key.hex(),
            "earliest": announced.earliest,
            "page": session.page(f"/licences/{number}"),
        }
    )


def apply(session: Session, number: Number) -> None:
    """Put the announced key in force; the service sends the transaction at its own cost."""
    answer = session.client.gateway.write(f"/v1/licences/{number}/release-key", {})
    assert isinstance(answer, dict), "the gateway gives decoded JSON"
    transaction = answer["transaction"]
    session.screen.say(f"Applied: keepers seal to the new key (transaction {transaction}).")
    page = session.page(f"/licences/{number}")
    session.screen.document({"licenceId": number, "transaction": transaction, "page": page})


def _require_rotatable(session: Session, number: int) -> None:
    """Refused where the contracts would, before a password is asked for."""
    chain, account = session.client.chain, session.wallet.address
    licence, delivery = chain.licence(number), chain.delivery(number)
    if licence is None:
        raise NotFound(f"there is no licence {number}: a key can be rotated once it is granted")
    if licence.holder != account:
        raise Refused(f"licence {number} is {licence.holder}'s; the wallet is {account}")
    if delivery is not None and delivery.posted:
        raise Refused(f"a keeper has posted its receipt for licence {number}: the key stays")
