"""`ddao keeper forgo`: what a keeper misses, and its operator's word to go on without it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer

from dao_backend.cli.keeper_unlock import Data
from dao_backend.cli.lookup import contribution_id_of
from dao_backend.cli.session import Session
from dao_backend.errors import InputError

Named = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[ID]…", help="Contributions whose shares it misses, at most 1,000 at once."
    ),
]


def forgo(
    session: Session,
    data: Data,
    contributions: Named = None,
    *,
    missing: Annotated[
        bool, typer.Option("--missing", help="All that the running keeper names as missing.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask whether you mean it.")] = False,
) -> None:
    """Go on without shares that nobody gives this keeper; with no ids, show what it misses.

    The keeper must run: what it names as missing can be forgone, and nothing else.
    It then attests and delivers without them. A share that comes later is used all the same.
    """
    from dao_backend.wiring.keeper_forgoing import forgo as go_on_without
    from dao_backend.wiring.keeper_forgoing import missed, require_absent

    given = tuple(dict.fromkeys(map(contribution_id_of, contributions or ())))
    if given and missing:
        raise InputError("name contributions or say --missing, one of them")
    found = missed(data)
    ids = found if missing else given
    require_absent(data, ids, found)
    _show(session, ids or found)
    if ids:
        _warn(session)
        session.confirm(f"Go on without {_shares(ids)}?", yes=yes)
        go_on_without(data, ids)
        session.screen.say(f"Agreed: this keeper goes on without {_shares(ids)}.")
    left = [each for each in found if each not in ids]
    session.screen.document({"missing": _texts(left), "forgone": _texts(ids)})


def _show(session: Session, ids: Sequence[bytes]) -> None:
    """All of them: among many of a stranger's, one honest contribution could stand unseen."""
    for text in _texts(ids):
        session.screen.say(f"Missing: the share of contribution {text}")
    if not ids:
        session.screen.say("This keeper names nothing as missing.")


def _warn(session: Session) -> None:
    session.screen.say(
        "It will attest and deliver without them, and confirm handovers: whoever buys can open "
        "these contributions only where enough other keepers hold their shares."
    )
    session.screen.say(
        "Ask first whoever may still have them: what was sold with a gap stays sold with it, "
        "though a share that comes later is in every bundle from then on."
    )


def _shares(ids: Sequence[bytes]) -> str:
    return "1 share" if len(ids) == 1 else f"{len(ids)} shares"


def _texts(ids: Sequence[bytes]) -> list[str]:
    return [f"0x{each.hex()}" for each in ids]
