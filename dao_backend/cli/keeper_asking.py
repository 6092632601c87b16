"""`ddao keeper status`: what one keeper says of itself."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dao_backend.cli.session import Session
from dao_backend.errors import InputError, NodesDisagree

if TYPE_CHECKING:
    from dao_backend.ports.keepers import HandoverProgress, KeeperStatus

_SHOWN = 10
_PROOFS = {
    True: "its nodes prove what they say",
    False: "its nodes serve none",
    None: "not asked for yet",
}

Endpoint = Annotated[str | None, typer.Option(help="URL of any keeper, instead of a folder.")]
OwnData = Annotated[Path | None, typer.Option(help="Data folder of a keeper of this machine.")]


def status(session: Session, data: OwnData = None, endpoint: Endpoint = None) -> int:
    """Ask a running keeper how it is; the exit code is not 0 while it gives an alarm."""
    from contextlib import closing

    from dao_backend.cli.exits import exit_code
    from dao_backend.wiring.keeper_asking import reach, url_of

    if (data is None) == (endpoint is None):
        raise InputError("name the keeper by --data or by --endpoint, one of them")
    url = endpoint if data is None else url_of(data)
    assert url is not None, "one of the two is given"
    with closing(reach(url)) as keeper:
        found = keeper.status()
    _show(session, url, found)
    return exit_code(NodesDisagree()) if found.alarm is not None else 0


def _show(session: Session, url: str, found: KeeperStatus) -> None:
    from dao_backend.ports.keeper_wire import status_json

    screen = session.screen
    screen.table(("keeper", url), _rows(found))
    if not found.index:
        screen.say("It waits: the final chain gives its operator no seat yet.")
    _name(session, "Missing: the share of contribution", found.missing)
    if found.missing:
        screen.say("What nobody gives it, it can go on without: `ddao keeper forgo`.")
    _name(session, "Goes on without: contribution", found.forgone)
    if found.delayed:
        licences = ", ".join(map(str, found.delayed[:_SHOWN]))
        screen.say(f"It could not go on with licences {licences}: its log says why.")
    if found.alarm is not None:
        screen.say(f"ALARM: {found.alarm}")
    screen.document({"url": url, **status_json(found)})


def _name(session: Session, what: str, ids: Sequence[bytes]) -> None:
    for each in ids[:_SHOWN]:
        session.screen.say(f"{what} 0x{each.hex()}")
    if len(ids) > _SHOWN:
        session.screen.say(f"… and {len(ids) - _SHOWN} more.")


def _rows(found: KeeperStatus) -> list[tuple[str, str]]:
    return [
        ("index", str(found.index) if found.index else "none"),
        ("operator", found.operator),
        ("version", found.version),
        ("final block", f"{found.final_block}, {_moment(found.final_time)}"),
        ("shares", str(found.shares)),
        ("missing", str(len(found.missing))),
        ("goes on without", str(len(found.forgone))),
        ("bundles", str(found.bundles)),
        ("delayed", str(len(found.delayed))),
        ("proofs", _PROOFS[found.proves]),
        ("handover", _handover(found.handover)),
        ("running for", f"{found.running_for} s"),
        ("alarm", found.alarm or "none"),
    ]


def _moment(time: int) -> str:
    if not time:
        return "nothing read yet"
    return datetime.fromtimestamp(time, UTC).isoformat(sep=" ", timespec="seconds")


def _handover(found: HandoverProgress | None) -> str:
    if found is None:
        return "none"
    done = "confirmed" if found.confirmation is not None else "under way"
    return f"epoch {found.epoch}: {found.held} of {found.needed} shares, {done}"
