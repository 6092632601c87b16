"""`ddao keeper init`: a keeper's folder with its keys, and the seat to propose."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dao_backend.cli.keeper_unlock import Data, KeyFile, known_unlock, new_unlock
from dao_backend.cli.session import Session

if TYPE_CHECKING:
    from dao_backend.custody.keystore import Unlock
    from dao_backend.wiring.keeper_files import SeatFacts

_NODE = "http://127.0.0.1:8545"


def init(  # noqa: PLR0913  # each is an option of the command
    session: Session,
    data: Data,
    endpoint: Annotated[str, typer.Option(help="URL at which everybody will reach this keeper.")],
    listen: Annotated[
        str | None, typer.Option(help="HOST:PORT to listen on.  [default: 127.0.0.1:8801]")
    ] = None,
    dao: Annotated[
        Path | None, typer.Option(help="The DAO's deployment record, where it exists already.")
    ] = None,
    rpc: Annotated[
        list[str] | None, typer.Option(help="A node to ask; give it again for another.")
    ] = None,
    agree: Annotated[
        int | None, typer.Option(help="How many nodes must agree.  [default: more than half]")
    ] = None,
    key_file: KeyFile = None,
    *,
    passphrase: Annotated[
        bool, typer.Option("--passphrase", help="Ask for a passphrase besides the key file.")
    ] = False,
) -> None:
    """Make a keeper's keys and settings in a new folder, and show its seat.

    The seat is what others need: it goes into the deployment file, or into a vote on a committee.
    """
    from dao_backend.core.keeper_config import LISTEN, KeeperConfig, Listen, warning
    from dao_backend.wiring.keeper_files import make_folder, require_new

    nodes = tuple(rpc or (_NODE,))
    where = Listen.parse(listen) if listen else LISTEN
    enough = len(nodes) // 2 + 1 if agree is None else agree
    config = KeeperConfig(endpoint=endpoint, rpc=nodes, listen=where, agree=enough)
    require_new(data)
    unlock = _unlock(session, data, key_file, with_passphrase=passphrase)
    seat = make_folder(data, config, unlock, secrets.token_bytes, dao=dao)
    unwise = warning(config)
    show_seat(session, seat)
    if unwise is not None:
        session.screen.say(unwise)
    session.screen.say(f"Kept in {data}; the keys open with a {unlock.kind}, which nobody resets.")
    _say_next(session, data, has_record=dao is not None)
    session.screen.document({"data": str(data), "seat": seat.mapping(), "warning": unwise})


def _unlock(
    session: Session, data: Path, key_file: Path | None, *, with_passphrase: bool
) -> Unlock:
    """Of new keys, or of those that an interrupted start of this command has made."""
    from dao_backend.wiring.keeper_files import KeeperFolder, has_unfinished_keys

    if not has_unfinished_keys(data):
        return new_unlock(session, key_file, with_passphrase=with_passphrase)
    keys = KeeperFolder(data).keys
    session.screen.say(
        f"Going on with the keys that an interrupted `ddao keeper init` left in {keys}: "
        "they open with what was given then. To begin anew, remove that folder."
    )
    return known_unlock(session, keys, key_file)


def show_seat(session: Session, seat: SeatFacts) -> None:
    """As an item of `committee.keepers`."""
    session.screen.say("The keeper's seat, for a deployment file or a vote:\n")
    session.screen.say(seat.text())


def _say_next(session: Session, data: Path, *, has_record: bool) -> None:
    if not has_record:
        session.screen.say(f"Once the DAO exists, put its record at {data / 'deployment.json'}.")
    session.screen.say(f"Then: ddao keeper run --data {data}")
