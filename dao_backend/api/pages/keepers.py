"""The committees: who holds key shares, what they did, what they could do together. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from dao_backend.api.pages import commands, security, trust, words
from dao_backend.api.pages.parts import (
    Column,
    Command,
    Fact,
    Foreign,
    Listing,
    Number,
    State,
    Text,
    Tone,
    Value,
)
from dao_backend.core.model import Committee, Keeper
from dao_backend.ports.committees import CommitteeRow
from dao_backend.ports.keepers import HandoverProgress, KeeperStatus
from dao_backend.service.keeper_board import KeepersView, Uptime, Word

_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_UNKNOWN = Text("unknown")
_SHOWN = 5
"""Delayed licences that are named."""


@dataclass(frozen=True, slots=True)
class Now:
    """The present, in unix seconds: of the chain, and of the service's machine."""

    chain: int
    machine: int


@dataclass(frozen=True, slots=True)
class Keepers:
    """The page."""

    title: str
    lead: str
    apart: str
    """How independent the keepers are, as far as can be seen from here."""
    facts: tuple[Fact, ...]
    said: Listing
    powers: Listing
    seats: Listing
    epochs: Listing
    commands: tuple[Command, ...]


def keepers(view: KeepersView, committee: Committee, now: Now, *, embedded: bool) -> Keepers:
    """Everything that is public; `committee` is the one that serves."""
    few = trust.too_few(committee)
    return Keepers(
        title="Keepers",
        lead="Each content key is cut into shares before it leaves its contributor. A keeper "
        f"holds one share of each and gives it, sealed to the buyer, once the grant is final. "
        f"{_needed(committee)}",
        apart=_apart(committee, embedded=embedded),
        facts=_facts(view, committee, now),
        said=_said(view, now),
        powers=security.powers(
            (*(() if few is None else (few,)), trust.keepers_together(committee)),
            "What they could do",
        ),
        seats=_seats(view),
        epochs=_epochs(view, now),
        commands=(commands.keepers(), commands.doctor()),
    )


def _needed(committee: Committee) -> str:
    size, threshold = len(committee.keepers), committee.threshold
    if size == 1:
        return "Here there is one keeper: it alone decides."
    return f"It takes {threshold} of {size} to open anything."


def _apart(committee: Committee, *, embedded: bool) -> str:
    size = len(committee.keepers)
    if embedded and size == 1:
        return "It runs inside this service, on one machine: whoever runs that can read everything."
    hosts = {urlsplit(keeper.endpoint).hostname for keeper in committee.keepers}
    if embedded or hosts <= {*_LOOPBACK, None}:
        return (
            f"All {size} keepers run on one machine: whoever runs it holds all their shares and "
            "can read everything. The figures show how a committee works; they protect from nobody."
        )
    return (
        "Whether different people run them is not visible on chain: compare the operators, and "
        "ask them."
    )


def _facts(view: KeepersView, committee: Committee, now: Now) -> tuple[Fact, ...]:
    newest = view.committees[0] if view.committees else None
    facts = [
        Fact("Serving epoch", words.number(committee.epoch)),
        Fact("Keepers", words.number(len(committee.keepers))),
        Fact("Needed to open", words.number(committee.threshold)),
    ]
    if newest is not None and newest.epoch != committee.epoch:
        said = f"{len(newest.confirmed)} of {len(newest.keepers)} keepers confirmed"
        note = f"{newest.threshold} are needed; no edition can be sealed until then"
        facts.append(Fact(f"Handover to epoch {newest.epoch}", Text(said), note))
    asked = view.asked_at
    facts.append(
        Fact("Last asked", _UNKNOWN if asked is None else words.moment(asked, now.machine))
    )
    return tuple(facts)


# --- what they say --------------------------------------------------------------------------


def _said(view: KeepersView, now: Now) -> Listing:
    return Listing(
        caption="What each keeper says of itself",
        columns=(
            Column("Keeper"),
            Column("State"),
            Column("Final block", figures=True),
            Column("Shares", figures=True),
            Column("Missing", figures=True),
            Column("Goes on without", figures=True),
            Column("Answered"),
            Column("Remarks"),
        ),
        rows=tuple(_word(word, now) for word in view.words),
        empty="No keeper has been asked yet.",
    )


def _word(word: Word, now: Now) -> tuple[Value, ...]:
    status = word.status
    return (
        Text(f"Keeper {word.seat.index}"),
        _standing(word),
        *((_UNKNOWN,) * 4 if status is None else _figures(status)),
        _uptime(word.uptime, now),
        _remark(word),
    )


def _remark(word: Word) -> Text | Foreign:
    status = word.status
    if word.problem is not None or status is None:
        return Foreign(word.problem or "")
    if status.delayed:
        return Text(f"failed to go on with {_licences(status.delayed)}")
    return Text(_progress(status.handover))


def _licences(numbers: Sequence[int]) -> str:
    shown = [str(number) for number in numbers[:_SHOWN]]
    if len(numbers) > _SHOWN:
        shown.append(f"{len(numbers) - _SHOWN} more")
    return f"{'licence' if len(numbers) == 1 else 'licences'} {words.listed(shown)}"


def _standing(word: Word) -> State:
    if word.status is None:
        silent = State("silent", Tone.BAD)
        return silent if word.uptime else State("not heard yet", Tone.WAITING)
    if word.problem is not None:
        return State("alarm", Tone.BAD)
    return State("delayed", Tone.WAITING) if word.status.delayed else State("answers", Tone.GOOD)


def _figures(status: KeeperStatus) -> tuple[Value, ...]:
    return (
        words.number(status.final_block),
        words.number(status.shares),
        _named(status.missing),
        _named(status.forgone),
    )


def _named(ids: Sequence[bytes]) -> Number:
    return Number("1,000 or more") if len(ids) >= 1_000 else words.number(len(ids))


def _progress(progress: HandoverProgress | None) -> str:
    if progress is None:
        return "nothing to take over"
    if progress.confirmation is not None:
        return f"has taken over {words.counted(progress.held, 'share')}"
    return f"has taken over {progress.held:,} of {words.counted(progress.needed, 'share')}"


def _uptime(uptime: Uptime | None, now: Now) -> Text:
    if uptime is None:
        return _UNKNOWN
    share = words.percent(uptime.answered, uptime.asked)
    since = words.duration(max(now.machine - uptime.since, 0))
    return Text(f"{share} of {words.counted(uptime.asked, 'question')} in {since}")


# --- what the chain says --------------------------------------------------------------------


def _seats(view: KeepersView) -> Listing:
    return Listing(
        caption="Seats and receipts",
        columns=(
            Column("Epoch"),
            Column("Keeper"),
            Column("Operator"),
            Column("Sealing key"),
            Column("Endpoint"),
            Column("Receipts", figures=True),
        ),
        rows=tuple(
            (
                Text(str(row.epoch)),
                Text(f"Keeper {seat.index}"),
                words.account(seat.operator),
                words.hashed(seat.sealing_key),
                Foreign(seat.endpoint) if seat.endpoint else Text("none stated"),
                Number(f"{receipts:,} of {row.deliveries:,}"),
            )
            for row in view.committees
            for seat, receipts in zip(row.keepers, row.receipts, strict=True)
        ),
        empty="The chain names no keeper.",
    )


def _epochs(view: KeepersView, now: Now) -> Listing:
    earlier = (*view.committees[1:], None)
    return Listing(
        caption="Epochs, newest first",
        columns=(
            Column("Epoch"),
            Column("Formed"),
            Column("State"),
            Column("Needed"),
            Column("What changed"),
        ),
        rows=tuple(
            (
                Text(str(row.epoch)),
                words.moment(row.formed_at, now.chain),
                _state(row, view.serving_epoch),
                Text(f"{row.threshold} of {len(row.keepers)}"),
                Text(_changes(row, before)),
            )
            for row, before in zip(view.committees, earlier, strict=True)
        ),
        empty="The chain names no committee.",
    )


def _state(row: CommitteeRow, serving: int) -> State:
    if row.epoch == serving:
        return State("serves", Tone.GOOD)
    if row.epoch > serving:
        return State("takes over", Tone.WAITING)
    return State("over", Tone.OVER)


def _changes(row: CommitteeRow, before: CommitteeRow | None) -> str:
    if before is None:
        return "the first committee"
    pairs = zip(before.keepers, row.keepers, strict=False)
    told = [told for old, new in pairs if (told := _change(old, new)) is not None]
    return words.listed(told) or "nothing"


def _change(old: Keeper, new: Keeper) -> str | None:
    if old.operator != new.operator:
        return f"keeper {new.index} is another operator"
    if old.sealing_key != new.sealing_key:
        return f"keeper {new.index} has another sealing key"
    if old.endpoint != new.endpoint:
        return f"keeper {new.index} is reached elsewhere"
    return None
