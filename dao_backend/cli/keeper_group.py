"""`ddao keeper`: the committee as the chain has it, and a keeper of one's own from end to end."""

from __future__ import annotations

import typer

from dao_backend.cli import (
    keeper_asking,
    keeper_forgoing,
    keeper_leaving,
    keeper_making,
    keeper_rotating,
    keeper_running,
    keeper_saving,
    keeping,
)
from dao_backend.cli.command import Needs, command


def register(app: typer.Typer) -> None:
    """Add the commands of the group."""
    group = typer.Typer(no_args_is_help=True, help="Run a keeper of one's own; list them all.")
    command(group, "list")(keeping.keepers)
    command(group, "init", Needs.PASSWORD)(keeper_making.init)
    command(group, "run", Needs.PASSWORD)(keeper_running.run)
    command(group, "status", Needs.NOTHING)(keeper_asking.status)
    command(group, "rotate", Needs.PASSWORD)(keeper_rotating.rotate)
    command(group, "export-backup", Needs.NOTHING)(keeper_saving.export_backup)
    command(group, "restore", Needs.NOTHING)(keeper_saving.restore)
    command(group, "handover", Needs.NOTHING)(keeper_leaving.handover)
    command(group, "forgo", Needs.NOTHING)(keeper_forgoing.forgo)
    app.add_typer(group, name="keeper")
