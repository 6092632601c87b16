"""Joins the commands to one program."""

from __future__ import annotations

from typing import Annotated

import typer

from dao_backend import __version__
from dao_backend.cli import (
    answering,
    attesting,
    browsing,
    buying,
    checking,
    disputing,
    earning,
    editions,
    giving,
    guarding,
    keeper_group,
    keeping,
    leaving,
    metering,
    node,
    offering,
    proposing,
    pulling,
    relaying,
    release_keys,
    requests,
    setup,
    status,
    striking,
    voting,
    wallets,
)
from dao_backend.cli.exits import help_text

app = typer.Typer(
    name="ddao",
    epilog=help_text(),
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,  # its tracebacks could show the values of variables
    context_settings={"help_option_names": ["-h", "--help"]},
)

for part in (
    node,
    setup,
    wallets,
    giving,
    leaving,
    status,
    voting,
    earning,
    browsing,
    buying,
    offering,
    answering,
    proposing,
    striking,
    guarding,
    attesting,
    pulling,
    relaying,
    requests,
    disputing,
    metering,
    release_keys,
    checking,
    editions,
    keeping,
    keeper_group,
):
    part.register(app)


def _version(wanted: bool) -> None:  # noqa: FBT001  # Typer calls it so
    if wanted:
        typer.echo(f"ddao {__version__}")
        raise typer.Exit


@app.callback(no_args_is_help=True)
def options(
    *,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Pool encrypted data, vote on who may use it, and share what it earns."""
