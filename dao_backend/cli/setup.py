"""`ddao init` and `ddao doctor`: choose a service and a wallet; find out what is missing."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dao_backend.cli import config as configuration
from dao_backend.cli.command import Needs, command
from dao_backend.cli.exits import exit_code
from dao_backend.cli.session import Session
from dao_backend.errors import NotFound

if TYPE_CHECKING:
    from dao_backend.core.facts import Facts
    from dao_backend.wiring.wallets import Wallet

Rpc = Annotated[
    str | None, typer.Option(help="A node of one's own, instead of the one the service names.")
]
Data = Annotated[
    Path | None,
    typer.Option(help="Data folder to check.  [default: ~/.local/share/ddao]"),
]


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    command(app, "init", Needs.WALLET)(init)
    command(app, "doctor")(doctor)


def init(session: Session, rpc: Rpc = None) -> None:
    """Choose a service and a wallet; a wallet that does not exist is made.

    Who the service speaks for is written down: should it ever speak for another DAO, later
    commands refuse it.
    """
    from dao_backend.wiring.client import Pin, open_client

    before, choices = session.config, session.choices
    service = choices.service or before.service
    node = rpc or (before.rpc if service == before.service else None)
    client = open_client(service, node)
    try:
        client.chain.head()
    finally:
        client.close()
    name = choices.wallet or before.wallet
    wallet = _found_or_made(session, name)
    pin = Pin.of(client.facts)
    path = configuration.save(
        replace(
            before,
            service=service,
            wallet=name,
            rpc=node,
            chain_id=pin.chain_id,
            registry=pin.registry,
        )
    )
    _introduce(session, client.facts, wallet)
    session.screen.say(f"Written to {path}.")
    session.screen.document(
        {
            "service": service,
            "dao": client.facts.name,
            "chainId": pin.chain_id,
            "registry": pin.registry,
            "wallet": name,
            "address": None if wallet is None else wallet.address,
            "config": str(path),
        }
    )


def _found_or_made(session: Session, name: str) -> Wallet | None:
    """The wallet of that name; None where it is missing and nobody can give a password."""
    book = session.wallets
    try:
        return book.find(name)
    except NotFound:
        if session.choices.password_file is None and not sys.stdin.isatty():
            return None
    session.screen.say(f"Wallet {name} is new. Its password cannot be recovered: keep it well.")
    return book.new(name, session.password(f"Password for wallet {name}: ", twice=True))


def _introduce(session: Session, facts: Facts, wallet: Wallet | None) -> None:
    screen = session.screen
    named = ", ".join(collection.name for collection in facts.collections)
    screen.say(f"{facts.name}, on chain {facts.addresses.chain_id}, with the collections {named}.")
    keepers, threshold = len(facts.committee.keepers), facts.committee.threshold
    screen.say(f"{threshold} of {keepers} key keepers together can read what is contributed.")
    if wallet is None:
        screen.say("There is no wallet yet: make one with `ddao wallet new`.")
    else:
        screen.say(f"Your account is {wallet.address} (wallet {wallet.name}).")
        screen.say("Next: `ddao contribute PATH --collection NAME`, or `ddao browse` to buy.")


def doctor(session: Session, data: Data = None) -> int:
    """Check everything that is needed, and say how to mend what is missing."""
    from dao_backend.wiring.doctor import examine

    config = session.config
    findings = examine(session.choices.service or config.service, config.rpc, data)
    rows = [("ok" if found.error is None else "NO", found.name, found.detail) for found in findings]
    session.screen.table(("", "check", "found"), rows)
    failed = [found for found in findings if found.error is not None]
    for found in failed:
        session.screen.say(f"{found.name}: {found.fix}")
    session.screen.document(
        {
            "ok": not failed,
            "checks": [
                {
                    "name": found.name,
                    "ok": found.error is None,
                    "detail": found.detail,
                    "fix": found.fix,
                }
                for found in findings
            ],
        }
    )
    first = next((found.error for found in failed if found.error is not None), None)
    return 0 if first is None else exit_code(first)
