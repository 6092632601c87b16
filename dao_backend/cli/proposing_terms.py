"""`ddao propose offer`, `amend-offer`, `withdraw-offer`, `counter`: what members would sell how."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from dao_backend.cli.command import Needs, command
from dao_backend.cli.lookup import account_of, collection_of, fetch
from dao_backend.cli.motions import Why, put
from dao_backend.cli.sentences import answer_sentence, offer_sentence
from dao_backend.cli.session import Session
from dao_backend.cli.terms import (
    DAY,
    Arbiter,
    MeterBond,
    Metered,
    MeterMinimum,
    MeterPeriod,
    MeterPrice,
    Text,
    amount_of,
    arbiter_of,
    royalty_of,
    seconds_of,
    text_hash,
)
from dao_backend.errors import InputError, PurposesOutsideCollection, Refused

if TYPE_CHECKING:
    from dao_backend.core.bargains import CounterOffer, Offer
    from dao_backend.core.model import Address, Terms

Number = Annotated[int, typer.Argument(help="Number of the offer.")]
Purposes = Annotated[list[str] | None, typer.Option(help="What for; give it again for another.")]
Days = Annotated[int | None, typer.Option(help="How long a licence runs.")]
Royalty = Annotated[float | None, typer.Option(help="Percent of what the buyer earns with it.")]
UnitPrice = Annotated[
    str | None, typer.Option(help="For each unit of the edition: 0.001 (ether), 5 wei, tokens.")
]
OpenDays = Annotated[float | None, typer.Option(help="Days from now in which it can be taken.")]
Count = Annotated[int | None, typer.Option(help="How often it can be taken.")]

_YEAR = 365
_OPEN_DAYS = 90
_TIMES = 1000


def register(group: typer.Typer) -> None:
    """Add the commands of this module."""
    command(group, "offer", Needs.WALLET)(offer)
    command(group, "amend-offer", Needs.WALLET)(amend_offer)
    command(group, "withdraw-offer", Needs.WALLET)(withdraw_offer)
    command(group, "counter", Needs.WALLET)(counter)


@dataclass(frozen=True, slots=True)
class Stated:
    """What the options say about terms; None where one says nothing."""

    purposes: list[str] | None
    days: int | None
    royalty: float | None
    terms: Path | None
    arbiter: str | None
    metered: Metered

    def changes(self, asset: Address) -> dict[str, Any]:
        """The fields, of an offer or of a counter-offer, that the options name; InputError."""
        from dao_backend.core.model import Purpose

        named: dict[str, Any] = {
            "purposes": Purpose.parse(self.purposes) if self.purposes else None,
            "duration": None if self.days is None else seconds_of(self.days),
            "royalty_bps": None if self.royalty is None else royalty_of(self.royalty),
            "terms_hash": None if self.terms is None else text_hash(self.terms),
            "arbiter": None if self.arbiter is None else arbiter_of(self.arbiter),
            "metering": self.metered.read(asset),
        }
        return {name: value for name, value in named.items() if value is not None}


def offer(  # noqa: PLR0913  # each is an option of the command
    session: Session,
    collection: Annotated[str, typer.Argument(help="Name or number.")],
    *,
    purpose: Annotated[list[str], typer.Option(help="What for; give it again for another.")],
    unit_price: Annotated[
        str, typer.Option(help="For each unit of the edition: 0.001 (ether), 5 wei, tokens.")
    ],
    asset: Annotated[str | None, typer.Option(help="An ERC-20 token to be paid in.")] = None,
    days: Annotated[int, typer.Option(help="How long a licence runs.")] = _YEAR,
    royalty: Annotated[float, typer.Option(help="Percent of what the buyer earns with it.")] = 0.0,
    open_days: Annotated[
        float, typer.Option(help="Days from now in which it can be taken.")
    ] = _OPEN_DAYS,
    count: Annotated[int, typer.Option(help="How often it can be taken.")] = _TIMES,
    terms: Text = None,
    arbiter: Arbiter = None,
    meter_price: MeterPrice = None,
    meter_minimum: MeterMinimum = None,
    meter_bond: MeterBond = None,
    meter_period: MeterPeriod = None,
    why: Why = "",
) -> None:
    """Propose a standing offer: terms that any buyer may accept without another vote."""
    from dao_backend.core.model import NATIVE

    paid = NATIVE if asset is None else account_of(asset)
    metered = Metered(meter_price, meter_minimum, meter_bond, meter_period)
    stated = Stated(purpose, days, royalty, terms, arbiter, metered)
    bare = replace(
        _bare(session, collection, paid),
        unit_price=amount_of(paid, unit_price),
        expiry=_expiry(session, open_days),
        max_count=count,
    )
    wanted = replace(bare, **stated.changes(paid))
    _require_sound(session, wanted)
    title = f"Publish an offer. {offer_sentence(wanted, session.client.facts)}"
    put(session, title, why, lambda writer, words: writer.propose_offer(wanted, words))


def amend_offer(  # noqa: PLR0913  # each is an option of the command
    session: Session,
    number: Number,
    *,
    purpose: Purposes = None,
    unit_price: UnitPrice = None,
    days: Days = None,
    royalty: Royalty = None,
    open_days: OpenDays = None,
    count: Count = None,
    terms: Text = None,
    arbiter: Arbiter = None,
    meter_price: MeterPrice = None,
    meter_minimum: MeterMinimum = None,
    meter_bond: MeterBond = None,
    meter_period: MeterPeriod = None,
    why: Why = "",
) -> None:
    """Propose another offer in the place of one; what is left out stays as it is.

    It counts its acceptances from the beginning.
    """
    metered = Metered(meter_price, meter_minimum, meter_bond, meter_period)
    stated = Stated(purpose, days, royalty, terms, arbiter, metered)
    old = _standing(session, number)
    changes = stated.changes(old.asset)
    if unit_price is not None:
        changes["unit_price"] = amount_of(old.asset, unit_price)
    if open_days is not None:
        changes["expiry"] = _expiry(session, open_days)
    if count is not None:
        changes["max_count"] = count
    wanted = replace(old, **changes)
    if wanted == old:
        raise InputError("say what is to be different: the options name it")
    _require_sound(session, wanted)
    title = f"Replace offer {number}. {offer_sentence(wanted, session.client.facts)}"
    put(
        session,
        title,
        why,
        lambda writer, words: writer.propose_offer_change(number, wanted, words),
    )


def withdraw_offer(session: Session, number: Number, *, why: Why = "") -> None:
    """Propose to close an offer; the licences that came of it stay."""
    _standing(session, number)
    title = f"Withdraw offer {number}."
    put(session, title, why, lambda writer, words: writer.propose_offer_end(number, words))


def counter(  # noqa: PLR0913  # each is an option of the command
    session: Session,
    request: Annotated[int, typer.Argument(help="Number of the request.")],
    *,
    price: Annotated[str | None, typer.Option(help="In the asset of the request.")] = None,
    purpose: Purposes = None,
    days: Days = None,
    royalty: Royalty = None,
    terms: Text = None,
    arbiter: Arbiter = None,
    meter_price: MeterPrice = None,
    meter_minimum: MeterMinimum = None,
    meter_bond: MeterBond = None,
    meter_period: MeterPeriod = None,
    answer_days: Annotated[float, typer.Option(help="Days that the buyer has to accept.")] = 7,
    why: Why = "",
) -> None:
    """Propose to answer a request with other terms; what is left out stays as the buyer asked.

    The vote must be carried out while the request can still be granted.
    """
    from dao_backend.core.model import RequestStatus

    metered = Metered(meter_price, meter_minimum, meter_bond, meter_period)
    stated = Stated(purpose, days, royalty, terms, arbiter, metered)
    found = session.client.chain.request(request)
    if found.status is not RequestStatus.PENDING:
        raise Refused(f"request {request} is {found.status.name.lower()}: too late for an answer")
    changes = stated.changes(found.terms.asset)
    if price is not None:
        changes["price"] = amount_of(found.terms.asset, price)
    wanted = replace(_as_asked(found.terms, round(answer_days * DAY)), **changes)
    if not changes:
        raise InputError("say what is to be different: the options name it")
    _require_within(session, found.terms.collection, wanted)
    title = answer_sentence(found, wanted, session.client.facts)
    put(session, title, why, lambda writer, words: writer.propose_counter(request, wanted, words))


def _bare(session: Session, collection: str, asset: Address) -> Offer:
    """An offer that says nothing yet but what is sold, and what it is paid in."""
    from dao_backend.core.bargains import Offer
    from dao_backend.core.metering import UNMETERED
    from dao_backend.core.model import NATIVE, Purpose

    return Offer(
        collection=collection_of(session.client.facts, collection).number,
        purposes=Purpose(0),
        asset=asset,
        unit_price=0,
        duration=0,
        royalty_bps=0,
        terms_hash=bytes(32),
        arbiter=NATIVE,
        metering=UNMETERED,
        expiry=0,
        max_count=0,
    )


def _as_asked(terms: Terms, answer_period: int) -> CounterOffer:
    from dao_backend.core.bargains import CounterOffer

    return CounterOffer(
        purposes=terms.purposes,
        price=terms.price,
        duration=terms.duration,
        royalty_bps=terms.royalty_bps,
        terms_hash=terms.terms_hash,
        arbiter=terms.arbiter,
        metering=terms.metering,
        answer_period=answer_period,
    )


def _standing(session: Session, number: int) -> Offer:
    """The offer as the chain has it; Refused where a vote has closed it."""
    found = session.client.chain.offer(number).offer
    state = fetch(session.client, f"/v1/offers/{number}")["offer"]["state"]
    if state in ("withdrawn", "replaced"):
        raise Refused(f"offer {number} is {state} already")
    return found


def _expiry(session: Session, days: float) -> int:
    if days <= 0:
        raise InputError("an offer is open for some time: --open-days is above 0")
    return session.client.chain.head().timestamp + round(days * DAY)


def _require_sound(session: Session, wanted: Offer) -> None:
    if not wanted.unit_price or wanted.max_count < 1:
        raise InputError("an offer has a price for each unit, and can be taken once at least")
    if wanted.expiry <= session.client.chain.head().timestamp:
        raise InputError("the offer would be over: give --open-days")
    _require_within(session, wanted.collection, wanted)


def _require_within(session: Session, number: int, wanted: Offer | CounterOffer) -> None:
    """PurposesOutsideCollection where nobody could ever accept these terms."""
    from dao_backend.core.model import Purpose

    offered = collection_of(session.client.facts, str(number)).purposes
    if not wanted.purposes or wanted.purposes not in offered:
        beyond = ", ".join(Purpose.names_of(wanted.purposes & ~offered)) or "nothing"
        known = ", ".join(Purpose.names_of(offered))
        raise PurposesOutsideCollection(f"this collection is not for {beyond}, only for {known}")
