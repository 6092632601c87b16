"""`ddao keeper handover`: who follows at this keeper's index, and the operator's word on it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from dao_backend.cli.keeper_unlock import Data
from dao_backend.cli.session import Session

if TYPE_CHECKING:
    from dao_backend.wiring.keeper_handover import Succession, Tenure


def handover(
    session: Session,
    data: Data,
    epoch: Annotated[
        int | None, typer.Option(help="Agree to hand over to the seat shown for this epoch.")
    ] = None,
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask whether you mean it.")] = False,
) -> None:
    """Show who sits at this keeper's index in each epoch; with --epoch, agree to hand over.

    The successor then fetches the shares from this running keeper, each sealed to itself alone.
    """
    from dao_backend.wiring.keeper_handover import approve, succession

    found = succession(data)
    if epoch is None:
        _show(session, found)
        session.screen.document(_document(found))
        return
    old, new = found.successor(epoch)
    _compare(session, old, new)
    if not new.is_approved:
        session.confirm(f"Give all shares of keeper {found.index} to {new.seat.operator}?", yes=yes)
        approve(data, new)
    session.screen.say(f"Agreed: this keeper hands its shares over to {new.seat.operator}.")
    session.screen.document(
        {"index": found.index, "epoch": epoch, "old": _tenure(old), "new": _tenure(new)}
    )


def _show(session: Session, found: Succession) -> None:
    session.screen.say(f"Index {found.index}; the committee of epoch {found.serving} delivers.")
    session.screen.table(
        ("epoch", "operator", "endpoint", "holds all", "handover"),
        [
            (
                str(each.epoch),
                f"{each.seat.operator}{' (this keeper)' if each.is_own else ''}",
                each.seat.endpoint,
                "yes" if each.is_holding else "no",
                _word(each),
            )
            for each in found.tenures
        ],
    )


def _word(tenure: Tenure) -> str:
    if tenure.is_own:
        return ""
    return "agreed to" if tenure.is_approved else "not agreed to"


def _compare(session: Session, old: Tenure, new: Tenure) -> None:
    """Old and new seat side by side."""
    session.screen.table(
        ("", f"this keeper, epoch {old.epoch}", f"its successor, epoch {new.epoch}"),
        [
            ("operator", old.seat.operator, new.seat.operator),
            ("sealing key", f"0x{old.seat.sealing_key.hex()}", f"0x{new.seat.sealing_key.hex()}"),
            ("endpoint", old.seat.endpoint, new.seat.endpoint),
        ],
    )


def _document(found: Succession) -> dict[str, object]:
    return {
        "index": found.index,
        "servingEpoch": found.serving,
        "epochs": [_tenure(each) for each in found.tenures],
    }


def _tenure(tenure: Tenure) -> dict[str, object]:
    return {
        "epoch": tenure.epoch,
        "operator": tenure.seat.operator,
        "sealing_key": f"0x{tenure.seat.sealing_key.hex()}",
        "endpoint": tenure.seat.endpoint,
        "own": tenure.is_own,
        "holding": tenure.is_holding,
        "approved": tenure.is_approved,
    }
