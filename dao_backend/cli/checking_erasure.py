"""`ddao verify erasure`: whether the keepers' shares of a withdrawn contribution are gone.

Who ever held a share is read from the chain's log, and each is asked for its signed statement.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated

import typer

from dao_backend.cli.clock import moment
from dao_backend.cli.log import Log, chain_log
from dao_backend.cli.lookup import Json, contribution_id_of
from dao_backend.cli.session import Session
from dao_backend.errors import DaoError, NotFound, Refused

if TYPE_CHECKING:
    from dao_backend.core.model import Address, Contribution, Keeper
    from dao_backend.ports.keepers import Tombstone
    from dao_backend.wiring.client import Client

NOT_ERASED = 3
"""Exit code where too many shares are left: the rules do not have it that they are gone."""


@dataclass(frozen=True, slots=True)
class Holder:
    """A keeper that may have held the share of its index, and what it states."""

    seat: Keeper
    since: int
    """Chain time at which its first committee was formed."""
    stated: Tombstone | None
    reason: str
    """Why nothing is stated, in the keeper's words."""
    needed: tuple[str, ...] = ()
    """What the chain's log still needs its share for, in sentences."""


def verify_erasure(
    session: Session, contribution: Annotated[str, typer.Argument(help="The contribution's id.")]
) -> int:
    """Ask every keeper that ever held a share of a withdrawn contribution whether it is erased.

    What each states is signed, and checked against its operator on chain. Exit code 3 where so
    many shares are left that keepers could still open it.
    """
    client, named = session.client, contribution_id_of(contribution)
    log = chain_log(session)
    found = log.state.contributions.get(named)
    if found is None:
        raise NotFound(f"the chain's log holds no contribution {contribution}")
    if found.withdrawn_at is None:
        raise Refused(f"contribution {contribution} is not withdrawn: its shares are needed")
    now = client.chain.head().timestamp
    holders = [
        each if each.stated is not None else replace(each, needed=_needed(log, found, now, each))
        for each in _holders(client, log, named, found.record.epoch)
    ]
    size = sum(1 for epoch, _ in log.state.keepers if epoch == found.record.epoch)
    threshold = log.state.committees[found.record.epoch].threshold
    left = sorted({each.seat.index for each in holders if each.stated is None})
    erased = len(left) < threshold
    _show(session, holders)
    session.screen.say(_conclusion(len(left), size, threshold))
    session.screen.document(
        {
            "contributionId": contribution.lower(),
            "erased": erased,
            "threshold": threshold,
            "sharesLeft": left,
            "keepers": [_json(each) for each in holders],
            "page": session.page(f"/contributions/{contribution.lower()}"),
        }
    )
    return 0 if erased else NOT_ERASED


def _holders(client: Client, log: Log, named: bytes, first: int) -> list[Holder]:
    """Everybody who may have held a share, in order of index and time, with what it states."""
    asked = {(seat.index, seat.operator): (seat, epoch) for epoch, seat in _seats(log, first)}
    answers: dict[tuple[int, Address], Tombstone | DaoError] = {}
    for epoch in {epoch for _, epoch in asked.values()}:
        seats = [seat for seat, newest in asked.values() if newest == epoch]
        told = client.questions.ask_all(seats, lambda keeper: keeper.tombstone(named))
        answers |= {(seat.index, seat.operator): told[seat.index] for seat in seats}
    holders: list[Holder] = []
    for (index, operator), (seat, _) in sorted(asked.items(), key=lambda each: each[0][0]):
        since = min(
            log.formed[epoch]
            for epoch, other in _seats(log, first)
            if (other.index, other.operator) == (index, operator)
        )
        holders.append(_judged(client, seat, since, named, answers[(index, operator)]))
    return [each for each in holders if not _came_later(each, holders)]


def _seats(log: Log, first: int) -> Iterator[tuple[int, Keeper]]:
    """The seats of all committees from epoch `first` on, with their epochs, oldest first."""
    for (epoch, _), seat in sorted(log.state.keepers.items()):
        if epoch >= first:
            yield epoch, seat


def _judged(
    client: Client, seat: Keeper, since: int, named: bytes, answer: Tombstone | DaoError
) -> Holder:
    """What a keeper's answer is worth."""
    from dao_backend.core.receipts import is_signed

    if isinstance(answer, DaoError):
        return Holder(seat, since, None, str(answer))
    said, domain = answer.erasure, client.facts.addresses.domain("KeeperRegistry")
    if (said.contribution_id, said.index) != (named, seat.index):
        return Holder(seat, since, None, "its statement is about another share")
    if not is_signed(domain, said, seat, answer.signature):
        return Holder(seat, since, None, "its statement is not signed by its operator")
    return Holder(seat, since, answer, "")


def _needed(log: Log, found: Contribution, now: int, holder: Holder) -> tuple[str, ...]:
    """Why the share is left, by the log alone: an honest keeper keeps it for nothing else."""
    from dao_backend.core.erasure import why_needed

    return tuple(
        f"the newest edition {why.edition_id} still lists it"
        if why.licence_id is None or why.until is None
        else f"licence {why.licence_id} awaits its bundle until {moment(why.until)}"
        for why in why_needed(log.state, found, now, holder.seat.index)
    )


def _came_later(holder: Holder, holders: Sequence[Holder]) -> bool:
    """Whether all who held the share before had erased it when this one's committee was formed.

    Then there was nobody to have it from.
    """
    same = (each for each in holders if each.seat.index == holder.seat.index)
    before = [each for each in same if each.since < holder.since]
    return bool(before) and all(
        each.stated is not None and each.stated.erasure.erased_at <= holder.since for each in before
    )


def _conclusion(left: int, size: int, threshold: int) -> str:
    if left >= threshold:
        return f"{left} of {size} shares are left, and it takes {threshold} to open it."
    few = f"fewer than {threshold} shares are left" if left else "no share is left"
    return (
        f"{size - left} of {size} shares are erased by all who held them: {few}, it cannot be "
        "opened by keepers any more. A buyer to whom it was delivered before keeps what it bought."
    )


def _show(session: Session, holders: Sequence[Holder]) -> None:
    session.screen.table(
        ("keeper", "operator", "share", "erased", "remarks"),
        [
            (
                str(each.seat.index),
                each.seat.operator,
                "left" if each.stated is None else "erased",
                "" if each.stated is None else moment(each.stated.erasure.erased_at),
                each.reason if each.stated is None else _cause(each.stated),
            )
            for each in holders
        ],
    )
    for each in holders:
        if each.needed:
            what = "; ".join(each.needed)
            session.screen.say(f"By the chain's log, keeper {each.seat.index} waits: {what}.")


def _cause(tombstone: Tombstone) -> str:
    return tombstone.erasure.cause.name.lower().replace("_", " ")


def _json(holder: Holder) -> Json:
    stated = holder.stated
    return {
        "index": holder.seat.index,
        "operator": holder.seat.operator,
        "endpoint": holder.seat.endpoint,
        "erased": stated is not None,
        "erasedAt": None if stated is None else stated.erasure.erased_at,
        "cause": None if stated is None else _cause(stated),
        "signature": None if stated is None else "0x" + stated.signature.hex(),
        "reason": holder.reason or None,
        "neededFor": list(holder.needed),
    }
