"""`ddao wallet`: accounts in keystore files, release keys beside them, play money."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dao_backend.cli.amounts import native_text, parse_native
from dao_backend.cli.command import Needs, command
from dao_backend.cli.lookup import account_of
from dao_backend.cli.session import Session

if TYPE_CHECKING:
    from dao_backend.wiring.wallets import Wallet

Name = Annotated[
    str | None, typer.Argument(help="Name of the wallet; else the one of `ddao init`.")
]


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    group = typer.Typer(no_args_is_help=True, help="Accounts, release keys and play money.")
    command(group, "new", Needs.PASSWORD)(new)
    command(group, "list", Needs.NOTHING)(list_wallets)
    command(group, "show")(show)
    command(group, "import", Needs.PASSWORD)(take)
    command(group, "release-key", Needs.PASSWORD)(release_key)
    command(group, "fund")(fund)
    app.add_typer(group, name="wallet")


def new(session: Session, name: Name = None) -> None:
    """Make an account in a keystore file that only you can read.

    Nobody can recover the password or the file: keep a copy of both.
    """
    chosen = name or session.config.wallet
    wallet = session.wallets.new(
        chosen, session.password(f"Password for wallet {chosen}: ", twice=True)
    )
    session.screen.say(f"Wallet {wallet.name}: {wallet.address}")
    session.screen.say(f"Kept in {wallet.path}; keep a copy of it and of the password.")
    session.screen.document(_described(wallet))


def list_wallets(session: Session) -> None:
    """List your wallets; no password is needed."""
    wallets = session.wallets.all()
    session.screen.table(
        ("wallet", "address", "file"),
        [(each.name, each.address, str(each.path)) for each in wallets],
    )
    if not wallets:
        session.screen.say("There is none yet: make one with `ddao wallet new`.")
    session.screen.document({"wallets": [_described(each) for each in wallets]})


def show(session: Session, name: Name = None) -> None:
    """Show a wallet's balance, units and release keys; no password is needed."""
    from dao_backend.core.model import NATIVE

    wallet = session.wallets.find(name or session.config.wallet)
    client, screen = session.client, session.screen
    balance = client.chain.balance(wallet.address, NATIVE)
    collections = client.facts.collections
    units = {each.name: client.chain.units(wallet.address, each.number) for each in collections}
    keys = ["0x" + key.hex() for key in session.wallets.release_keys(wallet)]
    screen.say(f"Wallet {wallet.name}: {wallet.address}")
    screen.say(f"Balance: {native_text(balance)}")
    screen.table(("collection", "units"), [(key, str(value)) for key, value in units.items()])
    for key in keys:
        screen.say(f"Release key {key}")
    screen.document(
        {
            **_described(wallet),
            "balance": str(balance),
            "units": {key: str(value) for key, value in units.items()},
            "releaseKeys": keys,
            "page": session.page(f"/members/{wallet.address}") if any(units.values()) else None,
        }
    )


def take(
    session: Session,
    keystore: Annotated[Path, typer.Argument(help="A keystore file of Ape, Foundry or geth.")],
    name: Annotated[str | None, typer.Option(help="Name here; else the file's.")] = None,
) -> None:
    """Copy a keystore file of another program; it keeps its password."""
    password = session.password(f"Password of {keystore}: ")
    wallet = session.wallets.take(name or keystore.stem, keystore, password)
    session.screen.say(f"Wallet {wallet.name}: {wallet.address}")
    session.screen.document(_described(wallet))


def release_key(
    session: Session,
    name: Name = None,
    *,
    new_key: Annotated[
        bool, typer.Option("--new", help="Make another one, for requests from now on.")
    ] = False,
) -> None:
    """Show the key that what you buy is sealed to; make it where there is none.

    It lies beside the keystore, under the same password. Who loses it cannot open what was bought.
    """
    book = session.wallets
    wallet = book.find(name or session.config.wallet)
    keys = book.release_keys(wallet)
    if keys and not new_key:
        public = keys[-1]
    else:
        public = book.new_release_key(
            wallet, session.password(f"Password of wallet {wallet.name}: ")
        )
    session.screen.say("0x" + public.hex())
    session.screen.document({"wallet": wallet.name, "releaseKey": "0x" + public.hex()})


def fund(
    session: Session,
    whom: Annotated[
        str | None, typer.Argument(help="A wallet's name or an address; else your wallet.")
    ] = None,
    amount: Annotated[str, typer.Option(help="How much: 1.5 (ether) or 5000 wei.")] = "100",
) -> None:
    """Make play money, on the local chain only."""
    from dao_backend.core.model import NATIVE

    named = whom or session.config.wallet
    wei = parse_native(amount)
    account = account_of(named) if named.startswith("0x") else session.wallets.find(named).address
    session.client.fund(account, wei)
    balance = session.client.chain.balance(account, NATIVE)
    session.screen.say(f"{account} now holds {native_text(balance)}.")
    session.screen.document({"address": account, "balance": str(balance)})


def _described(wallet: Wallet) -> dict[str, object]:
    return {"wallet": wallet.name, "address": wallet.address, "file": str(wallet.path)}
