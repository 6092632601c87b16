"""The strike: whether members refuse new licences, what is pledged, and earlier calls. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from dao_backend.api.pages import commands, words
from dao_backend.api.pages.parts import (
    Column,
    Command,
    Fact,
    Foreign,
    Listing,
    State,
    Text,
    Tone,
    Value,
)
from dao_backend.core.striking import StrikePhase
from dao_backend.ports.happenings import StrikeRow
from dao_backend.ports.index import Page
from dao_backend.service.safeguards import StrikeView

STATES = {
    StrikePhase.IDLE: State("nobody strikes", Tone.OVER),
    StrikePhase.PLEDGING: State("called", Tone.WAITING),
    StrikePhase.ON: State("on strike", Tone.BAD),
    StrikePhase.COOLDOWN: State("over, in its cooldown", Tone.OVER),
}
ENDS = {
    StrikePhase.PLEDGING: "Pledges are taken until",
    StrikePhase.ON: "Nothing is granted until",
    StrikePhase.COOLDOWN: "The next can be called",
}


@dataclass(frozen=True, slots=True)
class Striking:
    """The page."""

    title: str
    heading: str
    state: State
    sentence: str
    reason: str | None
    """Why the newest call was made, in its caller's words, while it matters."""
    facts: tuple[Fact, ...]
    calls: Listing
    commands: tuple[Command, ...]


def strike(view: StrikeView, calls: Page[StrikeRow], here: str, first: str | None) -> Striking:
    """As it stands now."""
    phase, row = view.standing.phase, view.row
    matters = row is not None and phase in (StrikePhase.PLEDGING, StrikePhase.ON)
    return Striking(
        title="Strike",
        heading="The members' strike",
        state=STATES[phase],
        sentence=view.standing.sentence,
        reason=row.reason if matters and row is not None else None,
        facts=_facts(view),
        calls=_listing(calls, view.standing.now, here, first),
        commands=(
            commands.strike(),
            commands.pledge() if phase is StrikePhase.PLEDGING else commands.call_strike(),
        ),
    )


def _facts(view: StrikeView) -> tuple[Fact, ...]:
    standing, settings = view.standing, view.settings
    phase, ends = standing.phase, standing.ends
    share = words.percent(standing.pledged, standing.needed)
    pledged = Fact(
        "Pledged",
        words.number(standing.pledged),
        f"of {standing.needed:,} units that it takes: {share}",
    )
    return (
        *((pledged,) if view.newest is not None else ()),
        *(() if ends is None else (Fact(ENDS[phase], words.moment(ends, standing.now)),)),
        Fact("It takes", Text(f"{words.basis_points(settings.threshold_bps)} of all units")),
        Fact("Pledged within", Text(words.duration(settings.pledge_period))),
        Fact("It lasts", Text(words.duration(settings.duration)), "and so does its cooldown"),
    )


def _listing(page: Page[StrikeRow], now: int, here: str, first: str | None) -> Listing:
    return Listing(
        caption="Calls to strike, newest first",
        columns=(
            Column("Call"),
            Column("By"),
            Column("Why"),
            Column("Pledged", figures=True),
            Column("Needed", figures=True),
            Column("Called"),
            Column("Came of it"),
        ),
        rows=tuple(_row(row, now) for row in page.rows),
        empty="Nobody has ever called to strike. Any member can:",
        hint=commands.call_strike(),
        next=words.following(here, page.next),
        first=first,
    )


def _row(row: StrikeRow, now: int) -> tuple[Value, ...]:
    return (
        words.number(row.strike_id),
        words.account(row.member, member=True),
        Foreign(words.first_line(row.reason)),
        words.number(row.pledged),
        words.number(row.needed),
        words.moment(row.called_at, now),
        _outcome(row, now),
    )


def _outcome(row: StrikeRow, now: int) -> State:
    if row.until is not None:
        on = now < row.until
        return State("on strike" if on else "a strike, over", Tone.BAD if on else Tone.OVER)
    if now <= row.deadline:
        return State("takes pledges", Tone.WAITING)
    return State("too little was pledged", Tone.OVER)
