"""`ddao offers` and `ddao accept`: terms that members have passed, and taking them at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from dao_backend.cli.clock import clock, moment
from dao_backend.cli.command import Needs, command
from dao_backend.cli.lookup import Json, asset_text, fetch, rows
from dao_backend.cli.sentences import offer_sentence
from dao_backend.cli.session import Session
from dao_backend.cli.terms import amount_of, require_funds
from dao_backend.cli.voting import Look
from dao_backend.errors import InputError, Refused

if TYPE_CHECKING:
    from dao_backend.core.bargains import Offer
    from dao_backend.ports.bargains import Quote
    from dao_backend.ports.chain import Sent

Number = Annotated[int, typer.Argument(help="Number of the offer.")]


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    command(app, "offers")(offers)
    command(app, "accept", Needs.WALLET)(accept)


def offers(
    session: Session,
    look: Annotated[Look, typer.Argument(help="All of them, or one.")] = Look.LIST,
    number: Annotated[int | None, typer.Argument(help="Number of the offer.")] = None,
) -> None:
    """List standing offers, or show one with what it costs now."""
    if look is Look.SHOW:
        if number is None:
            raise InputError("which offer? `ddao offers show NUMBER`")
        _show(session, number)
        return
    found = list(rows(session.client, "/v1/offers"))
    if not found:
        session.screen.say("Nothing is offered yet; a member can: `ddao propose offer`.")
    session.screen.table(
        ("offer", "collection", "for", "each unit", "taken", "ends", "state"),
        [
            (
                str(each["offerId"]),
                str(each["collection"]),
                ", ".join(each["purposes"]),
                asset_text(each["asset"], each["unitPrice"]),
                f"{each['accepted']} of {each['maxCount']}",
                moment(each["expiry"]),
                each["state"],
            )
            for each in found
        ],
    )
    session.screen.document({"offers": found, "page": session.page("/offers")})


def _show(session: Session, number: int) -> None:
    found: Json = fetch(session.client, f"/v1/offers/{number}")
    screen, shown = session.screen, found["offer"]
    standing = session.client.chain.offer(number)
    screen.say(offer_sentence(standing.offer, session.client.facts))
    screen.say(f"It is {shown['state']}, taken {shown['accepted']} of {shown['maxCount']} times.")
    screen.say(f"It ends {clock(shown['expiry'], found['now'])}")
    if found["quote"] is not None:
        quote = found["quote"]
        screen.say(
            f"Accepting costs {asset_text(shown['asset'], quote['price'])} now, for the "
            f"{quote['units']} units of edition {quote['editionId']}."
        )
    if found["obstacle"] is not None:
        screen.say(f"Nobody can accept it now: {found['obstacle']}")
    screen.document({**found, "page": session.page(f"/offers/{number}")})


def accept(
    session: Session,
    number: Number,
    *,
    most: Annotated[str, typer.Option("--max", help="The most that you pay, bond not included.")],
    min_units: Annotated[int, typer.Option(help="No edition with fewer units.")] = 0,
) -> None:
    """Accept an offer: the licence on the newest edition is yours at once.

    Its price waits in escrow until the keepers have delivered, like that of a request.
    """
    client, wallet = session.client, session.wallet
    offer = client.chain.offer(number).offer
    limit = amount_of(offer.asset, most)
    quote = _acceptable(session, number, offer, limit, min_units)
    session.screen.say(offer_sentence(offer, client.facts))
    session.screen.say(
        f"You pay {asset_text(offer.asset, quote.price)} for the {quote.units} units of edition "
        f"{quote.edition_id}, at the most {asset_text(offer.asset, limit)}."
    )
    if quote.bond:
        session.screen.say(f"A bond of {asset_text(offer.asset, quote.bond)} goes with it.")
    password = session.password(f"Password of wallet {wallet.name}: ")
    signer = session.wallets.open(wallet, password)
    from dao_backend.core.bargains import Acceptance

    key = session.wallets.release_key(wallet, password)
    taken = Acceptance(key, limit, quote.edition_id, min_units)
    _report(session, client.writer(signer).accept_offer(number, taken), offer, key)


def _acceptable(session: Session, number: int, offer: Offer, limit: int, min_units: int) -> Quote:
    """What it costs; what would be refused is raised before a password is asked for."""
    from dao_backend.service.offers import chance_of

    chain, payer = session.client.chain, session.wallet.address
    chance = chance_of(chain, number)
    quote = chance.quote
    if quote is None or chance.obstacle is not None:
        raise Refused(chance.obstacle or "nobody can accept it now")
    if quote.price > limit:
        raise Refused(
            f"offer {number} costs {asset_text(offer.asset, quote.price)} now, more than the "
            f"{asset_text(offer.asset, limit)} that you would pay"
        )
    if quote.units < min_units:
        raise Refused(
            f"edition {quote.edition_id} holds {quote.units} units, you want {min_units} at least"
        )
    if offer.arbiter == payer:
        raise Refused("this wallet rules the disputes of that offer and cannot be its buyer")
    require_funds(chain, payer, {offer.asset: quote.price + quote.bond})
    return quote


def _report(session: Session, sent: Sent, offer: Offer, key: bytes) -> None:
    from dao_backend.core.events import OfferAccepted

    taken = next(event.fact for event in sent.events if isinstance(event.fact, OfferAccepted))
    screen, number = session.screen, taken.request_id
    screen.say(f"Licence {number} is yours, in transaction 0x{sent.hash.hex()}.")
    screen.say(f"Once the keepers have delivered: `ddao pull {number}`.")
    screen.document(
        {
            "offerId": taken.offer_id,
            "requestId": number,
            "licenceId": number,
            "transaction": "0x" + sent.hash.hex(),
            "asset": offer.asset,
            "price": str(taken.price),
            "releaseKey": "0x" + key.hex(),
            "page": session.page(f"/licences/{number}"),
        }
    )
