"""`ddao keepers`: who holds the key shares, what each says now, and what each has done."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import typer

from dao_backend.cli.command import command
from dao_backend.cli.lookup import Json, rows
from dao_backend.cli.session import Session

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dao_backend.core.model import Committee, Keeper
    from dao_backend.errors import DaoError
    from dao_backend.ports.chain import ChainReader
    from dao_backend.ports.keepers import KeeperStatus

    Answer = KeeperStatus | DaoError

_SHOWN = 5
"""Delayed licences that are named."""


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    command(app, "keepers")(keepers)


def keepers(session: Session) -> None:
    """Ask every keeper itself how it is, and show what the chain says of all of them.

    Only the numbers of licences come from the service.
    """
    chain = session.client.chain
    serving, newest = chain.serving_epoch(), chain.current_epoch()
    committees = [chain.committee(epoch) for epoch in range(newest, 0, -1)]
    final, head = chain.finalized().number, chain.head().number
    epochs = _epochs(session, committees, serving)
    asked = [each for each in committees if each.epoch in (serving, newest)]
    words = [word for each in asked for word in _words(session, each)]
    _tell(session, next(each for each in committees if each.epoch == serving), final, head)
    _show(session, words, epochs)
    session.screen.document(
        {
            "servingEpoch": serving,
            "newestEpoch": newest,
            "finalized": final,
            "head": head,
            "keepers": words,
            "epochs": epochs,
            "page": session.page("/keepers"),
        }
    )


def _words(session: Session, committee: Committee) -> list[Json]:
    """What each keeper of a committee says within three seconds."""
    answers = session.client.questions.ask_all(committee.keepers, lambda keeper: keeper.status())
    return [_word(seat, answers[seat.index], committee.epoch) for seat in committee.keepers]


def _word(seat: Keeper, answer: Answer, epoch: int) -> Json:
    """A keeper's own word, as far as it is one."""
    from dao_backend.ports.keeper_wire import status_json
    from dao_backend.ports.keepers import KeeperStatus

    status = answer if isinstance(answer, KeeperStatus) else None
    problem = str(answer) if status is None else status.alarm
    if status is not None and status.operator != seat.operator:
        problem = f"it says that it is {status.operator}'s"
    return {
        "epoch": epoch,
        "index": seat.index,
        "operator": seat.operator,
        "endpoint": seat.endpoint,
        "answers": status is not None,
        "problem": problem,
        "status": None if status is None else status_json(status),
    }


def _epochs(session: Session, committees: list[Committee], serving: int) -> list[Json]:
    """What the chain says of every committee, newest first."""
    chain = session.client.chain
    posted, opened = _receipts(session, chain)
    return [
        {
            "epoch": each.epoch,
            "threshold": each.threshold,
            "serving": each.epoch == serving,
            "deliveries": opened[each.epoch],
            "keepers": [
                {
                    "index": seat.index,
                    "operator": seat.operator,
                    "sealingKey": "0x" + seat.sealing_key.hex(),
                    "endpoint": seat.endpoint,
                    "handoverConfirmed": chain.is_holding(each.epoch, seat.index),
                    "receipts": posted[(each.epoch, seat.index)],
                }
                for seat in each.keepers
            ],
        }
        for each in committees
    ]


def _receipts(
    session: Session, chain: ChainReader
) -> tuple[Counter[tuple[int, int]], Counter[int]]:
    """Receipts by epoch and index, and deliveries by epoch, as the chain has them."""
    posted: Counter[tuple[int, int]] = Counter()
    opened: Counter[int] = Counter()
    for licence in rows(session.client, "/v1/licences"):
        delivery = chain.delivery(licence["licenceId"])
        if delivery is not None:
            opened[delivery.epoch] += 1
            posted.update((delivery.epoch, index) for index in delivery.posted)
    return posted, opened


def _tell(session: Session, committee: Committee, final: int, head: int) -> None:
    size, threshold = len(committee.keepers), committee.threshold
    who = "its one keeper" if size == 1 else f"any {threshold} of its {size} keepers together"
    session.screen.say(
        f"Epoch {committee.epoch} serves: {who} can read and release everything, unnoticed."
    )
    if threshold > 1:
        session.screen.say(f"Fewer than {threshold} can read nothing and release nothing.")
    session.screen.say(f"Block {final} is final, {head} is the newest.")


def _show(session: Session, words: list[Json], epochs: list[Json]) -> None:
    screen = session.screen
    screen.table(
        ("epoch", "keeper", "answers", "final", "shares", "missing", "running", "remarks"),
        [_line(each) for each in words],
    )
    screen.table(
        ("epoch", "keeper", "operator", "endpoint", "handover", "receipts"),
        [
            (
                str(epoch["epoch"]),
                str(seat["index"]),
                seat["operator"],
                seat["endpoint"],
                _handover(epoch, confirmed=seat["handoverConfirmed"]),
                f"{seat['receipts']} of {epoch['deliveries']}",
            )
            for epoch in epochs
            for seat in epoch["keepers"]
        ],
    )


def _handover(epoch: Json, *, confirmed: bool) -> str:
    if epoch["epoch"] == 1:
        return "none"
    return "confirmed" if confirmed else "awaited"


def _line(word: Json) -> tuple[str, ...]:
    from dao_backend.cli.amounts import duration_text

    start, status = (str(word["epoch"]), str(word["index"])), word["status"]
    if status is None:
        return (*start, "no", "", "", "", "", word["problem"])
    return (
        *start,
        "yes",
        str(status["finalBlock"]),
        str(status["shares"]),
        str(len(status["missing"])),
        duration_text(status["runningFor"]),
        "; ".join(_remarks(word["problem"], status)),
    )


def _remarks(problem: str | None, status: Json) -> Iterator[str]:
    delayed, handover = status["delayed"], status["handover"]
    if problem is not None:
        yield problem
    if status["forgone"]:
        yield f"goes on without {len(status['forgone'])}"
    if delayed:
        more = f" and {len(delayed) - _SHOWN} more" if len(delayed) > _SHOWN else ""
        noun = "licence" if len(delayed) == 1 else "licences"
        yield f"failed to go on with {noun} {', '.join(map(str, delayed[:_SHOWN]))}{more}"
    if handover is not None:
        yield f"has taken over {handover['held']} of {handover['needed']} shares"
