"""Requests: a buyer's terms as a sentence, where they stand, and when the money goes back. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import assert_never

from dao_backend.api.pages import commands, words
from dao_backend.api.pages.agreed import agreed, beside, named, plus_royalty
from dao_backend.api.pages.answers import answer
from dao_backend.api.pages.disputes import dispute
from dao_backend.api.pages.parts import (
    Column,
    Command,
    Fact,
    Link,
    Listing,
    ListPage,
    State,
    Tone,
    Value,
)
from dao_backend.core.model import RequestStatus, Terms
from dao_backend.ports.index import Page, RequestRow
from dao_backend.service.bargaining import DisputeView

STATES = {
    RequestStatus.NONE: State("unknown", Tone.OVER),
    RequestStatus.PENDING: State("awaiting the vote", Tone.WAITING),
    RequestStatus.COUNTERED: State("answered with other terms", Tone.WAITING),
    RequestStatus.GRANTED: State("granted", Tone.GOOD),
    RequestStatus.SETTLED: State("delivered and paid", Tone.GOOD),
    RequestStatus.REFUNDED: State("refunded", Tone.OVER),
    RequestStatus.CANCELLED: State("cancelled by the buyer", Tone.OVER),
}
OPEN = (RequestStatus.PENDING, RequestStatus.COUNTERED, RequestStatus.GRANTED)
"""While the price is in escrow and deadlines run."""
REFUND_RULE = (
    "If the vote fails, or nothing is granted in time, or too few keepers post their receipts in "
    "time, the whole price goes back to the buyer; anybody may send that transaction. Only the "
    "filing fee is kept, against spam."
)


@dataclass(frozen=True, slots=True)
class OneRequest:
    """One of them."""

    title: str
    heading: str
    state: State
    sentence: str
    next: str
    facts: tuple[Fact, ...]
    deadlines: tuple[Fact, ...]
    answer: tuple[str, tuple[Fact, ...]] | None
    """Other terms that members offered, in a sentence and in facts."""
    dispute: tuple[str, tuple[Fact, ...]] | None
    """Where the delivery stands before its arbiter; None where the terms name none."""
    refund_rule: str | None
    """None once the price has left escrow."""
    commands: tuple[Command, ...]


def overview(
    page: Page[RequestRow], names: Mapping[int, str], now: int, here: str, first: str | None
) -> ListPage:
    """The list."""
    columns = (
        Column("Request"),
        Column("Collection"),
        Column("Buyer"),
        Column("Price", figures=True),
        Column("Filed"),
        Column("State"),
    )
    return ListPage(
        title="Requests",
        lead="A buyer files terms with the price in escrow. Silence has an outcome: every "
        "deadline is on chain, and what is not granted or delivered in time is refunded.",
        listing=Listing(
            caption="Requests, newest first",
            columns=columns,
            rows=tuple(_row(row, names, now) for row in page.rows),
            empty="Nobody has asked for access yet. A buyer needs no units to ask:",
            hint=commands.browse(),
            next=words.following(here, page.next),
            first=first,
        ),
        commands=(commands.browse(),),
    )


def terms(of: Terms, names: Mapping[int, str]) -> str:
    """What is asked for, as one plain sentence."""
    return (
        f"The buyer asks to {words.purposes(of.purposes)} with {named(of.collection, names)} for "
        f"{words.duration(of.duration)}, and pays {words.money(of.price, of.asset).text}"
        f"{plus_royalty(of.royalty_bps)}."
        f"{_conditions(of)}{beside(of.arbiter, of.metering, of.asset)}"
    )


def one(
    row: RequestRow, contested: DisputeView | None, names: Mapping[int, str], now: int
) -> OneRequest:
    """One request; `contested` where its terms name an arbiter."""
    number = row.request_id
    return OneRequest(
        title=f"Request {number}",
        heading=f"Request {number}",
        state=STATES[row.status],
        sentence=terms(row.terms, names),
        next=_what_next(row, now),
        facts=_facts(row, names, now),
        deadlines=_deadlines(row, now),
        answer=answer(row, now),
        dispute=None if contested is None else dispute(contested),
        refund_rule=REFUND_RULE if row.status in OPEN else None,
        commands=(commands.status(number), *_then(row)),
    )


_OVER = {
    RequestStatus.SETTLED: "The keys were delivered, and the price has gone to the edition's "
    "members.",
    RequestStatus.REFUNDED: "The whole price went back to the buyer. Nothing more is to be done.",
    RequestStatus.CANCELLED: "The buyer took it back before the vote opened. Nothing more is to be "
    "done.",
    RequestStatus.NONE: "Nothing is known of it.",
}


def _what_next(row: RequestRow, now: int) -> str:
    match row.status:
        case RequestStatus.PENDING if now > row.execute_by:
            return "The time to grant it is over. Anybody may send the price back to the buyer."
        case RequestStatus.PENDING:
            left = words.duration(row.execute_by - now)
            return f"The members decide. It must be granted within {left}, or it is refunded."
        case RequestStatus.COUNTERED:
            return (
                "The members answered with other terms. The buyer accepts or declines them; once "
                "its time is over, anybody may send the price back."
            )
        case RequestStatus.GRANTED if now > row.deliver_by:
            return (
                "The time for delivery is over. Anybody may send the price to the members, if "
                "enough receipts came in time, and else back to the buyer."
            )
        case RequestStatus.GRANTED:
            left = words.duration(row.deliver_by - now)
            return f"The keepers deliver the keys within {left}; the price waits in escrow."
        case (
            RequestStatus.SETTLED
            | RequestStatus.REFUNDED
            | RequestStatus.CANCELLED
            | RequestStatus.NONE
        ):
            return _OVER[row.status]
        case _:
            assert_never(row.status)


def _deadlines(row: RequestRow, now: int) -> tuple[Fact, ...]:
    """Those that still run."""
    grant = Fact("To be granted by", words.moment(row.execute_by, now), "or it is refunded")
    delivery = Fact("Keys delivered by", words.moment(row.deliver_by, now), "or it is refunded")
    match row.status:
        case RequestStatus.PENDING:
            return (grant, delivery)
        case RequestStatus.GRANTED:
            return (delivery,)
        case _:
            return ()


def _facts(row: RequestRow, names: Mapping[int, str], now: int) -> tuple[Fact, ...]:
    asked = row.terms
    return (
        Fact("Buyer", words.account(row.buyer)),
        Fact("Collection", words.collection(asked.collection, names)),
        Fact("Price", words.money(asked.price, asked.asset)),
        *agreed(asked.arbiter, asked.metering, asked.asset),
        Fact("Filed", words.moment(row.filed_at, now)),
        *_voted(row),
        *_granted(row),
        Fact("Hash of the terms' text", words.terms_hash(asked.terms_hash)),
        Fact("Release key", words.hashed(asked.release_key), "keys are sealed to it alone"),
    )


def _voted(row: RequestRow) -> tuple[Fact, ...]:
    """Its vote; an accepted offer needed none."""
    if row.offer_id is not None:
        return (Fact("Came of", Link(f"offer {row.offer_id}", f"/offers/{row.offer_id}")),)
    return (Fact("Vote", Link("the proposal", f"/proposals/{row.proposal_id}")),)


def _granted(row: RequestRow) -> tuple[Fact, ...]:
    """What was granted, if anything was."""
    number = row.edition_id
    if number is None:
        return ()
    return (
        Fact("Granted on", Link(f"edition {number}", f"/editions/{number}")),
        Fact("Licence", Link(f"licence {row.request_id}", f"/licences/{row.request_id}")),
    )


def _conditions(of: Terms) -> str:
    edition = f" on edition {of.min_edition} or a newer one" if of.min_edition else ""
    units = f" with at least {words.counted(of.min_units, 'unit')}" if of.min_units else ""
    return f" It must be granted{edition}{units}." if edition or units else ""


def _then(row: RequestRow) -> tuple[Command, ...]:
    """What members, and later the buyer, can do."""
    if row.status is RequestStatus.PENDING:
        return (commands.proposal(row.request_id),)
    if row.status is RequestStatus.COUNTERED:
        return (commands.accept_counter(row.request_id), commands.decline(row.request_id))
    granted = row.status in (RequestStatus.GRANTED, RequestStatus.SETTLED)
    return (commands.pull(row.request_id),) if granted else ()


def _row(row: RequestRow, names: Mapping[int, str], now: int) -> tuple[Value, ...]:
    return (
        Link(f"Request {row.request_id}", f"/requests/{row.request_id}"),
        words.collection(row.terms.collection, names),
        words.account(row.buyer),
        words.money(row.terms.price, row.terms.asset),
        words.moment(row.filed_at, now),
        STATES[row.status],
    )
