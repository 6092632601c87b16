"""`ddao request`: ask for a collection's newest edition, with the price in escrow."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dao_backend.cli.clock import moment
from dao_backend.cli.command import Needs, command
from dao_backend.cli.lookup import account_of, asset_text, collection_of
from dao_backend.cli.sentences import terms_sentence
from dao_backend.cli.session import Session
from dao_backend.cli.terms import (
    Arbiter,
    MeterBond,
    Metered,
    MeterMinimum,
    MeterPeriod,
    MeterPrice,
    Text,
    amount_of,
    arbiter_of,
    require_funds,
    royalty_of,
    seconds_of,
    text_hash,
)
from dao_backend.errors import (
    InputError,
    PriceBelowMinimum,
    PurposesOutsideCollection,
)

if TYPE_CHECKING:
    from dao_backend.core.metering import Metering
    from dao_backend.core.model import Address, Collection, Terms
    from dao_backend.ports.chain import Sent
    from dao_backend.wiring.wallets import Wallet


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    command(app, "request", Needs.WALLET)(request)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the options say, before it is checked."""

    purposes: list[str]
    asset: Address
    price: int
    days: int
    royalty: float
    min_edition: int
    min_units: int
    terms: Path | None
    arbiter: Address
    metering: Metering


def request(  # noqa: PLR0913  # each is an option of the command
    session: Session,
    collection: Annotated[str, typer.Argument(help="Name or number.")],
    *,
    purpose: Annotated[list[str], typer.Option(help="What for; give it again for another one.")],
    pay: Annotated[str, typer.Option(help="Price: 1.5 (ether), 5000 wei, or a token's units.")],
    asset: Annotated[str | None, typer.Option(help="An ERC-20 token to pay in.")] = None,
    days: Annotated[int, typer.Option(help="How long the licence runs from its grant.")] = 365,
    royalty: Annotated[float, typer.Option(help="Percent of what you earn with it.")] = 0.0,
    min_edition: Annotated[int, typer.Option(help="No edition older than this one.")] = 0,
    min_units: Annotated[int, typer.Option(help="No edition with fewer units.")] = 0,
    terms: Text = None,
    arbiter: Arbiter = None,
    meter_price: MeterPrice = None,
    meter_minimum: MeterMinimum = None,
    meter_bond: MeterBond = None,
    meter_period: MeterPeriod = None,
) -> None:
    """File a request with its price in escrow; members vote on it.

    The price comes back when the vote is lost or a deadline passes; the filing fee never does.
    """
    from dao_backend.core.metering import UNMETERED
    from dao_backend.core.model import NATIVE

    client, wallet = session.client, session.wallet
    chosen = collection_of(client.facts, collection)
    token = NATIVE if asset is None else account_of(asset)
    price = amount_of(token, pay)
    rules = arbiter_of(arbiter)
    use = Metered(meter_price, meter_minimum, meter_bond, meter_period).read(token) or UNMETERED
    wanted = Wanted(purpose, token, price, days, royalty, min_edition, min_units, terms, rules, use)
    fee = _require_acceptable(session, wallet.address, chosen, wanted)
    stated = _terms(chosen, wanted, bytes(32))
    session.screen.say(terms_sentence(wallet.address, stated, client.facts))
    session.screen.say(f"Filing costs {asset_text(NATIVE, fee)} besides, which never comes back.")
    password = session.password(f"Password of wallet {wallet.name}: ")
    signer = session.wallets.open(wallet, password)
    final = _terms(chosen, wanted, _release_key(session, wallet, password))
    _report(session, client.writer(signer).request(final), final)


def _require_acceptable(
    session: Session, buyer: Address, chosen: Collection, wanted: Wanted
) -> int:
    """Raise what the chain would refuse, before a password is asked for; the filing fee."""
    from dao_backend.core.model import Purpose

    chain = session.client.chain
    asked = Purpose.parse(wanted.purposes)
    if not asked or asked not in chosen.purposes:
        offered = ", ".join(Purpose.names_of(chosen.purposes))
        beyond = ", ".join(Purpose.names_of(asked & ~chosen.purposes))
        raise PurposesOutsideCollection(f"{chosen.name} is not for {beyond}, only for {offered}")
    minimum, fee = chain.minimum_price(wanted.asset), chain.filing_fee()
    if wanted.price < minimum:
        raise PriceBelowMinimum(
            f"{asset_text(wanted.asset, wanted.price)} is below the minimum of "
            f"{asset_text(wanted.asset, minimum)}"
        )
    if wanted.arbiter == buyer:
        raise InputError("the buyer cannot be the arbiter of its own purchase")
    require_funds(chain, buyer, _costs(wanted, fee))
    return fee


def _costs(wanted: Wanted, fee: int) -> dict[Address, int]:
    """What is taken of each asset, gas aside."""
    from dao_backend.core.model import NATIVE

    costs = {NATIVE: fee}
    costs[wanted.asset] = costs.get(wanted.asset, 0) + wanted.price + wanted.metering.bond
    return costs


def _terms(chosen: Collection, wanted: Wanted, release_key: bytes) -> Terms:
    from dao_backend.core.model import Purpose, Terms

    return Terms(
        collection=chosen.number,
        purposes=Purpose.parse(wanted.purposes),
        asset=wanted.asset,
        price=wanted.price,
        duration=seconds_of(wanted.days),
        royalty_bps=royalty_of(wanted.royalty),
        terms_hash=text_hash(wanted.terms),
        release_key=release_key,
        min_edition=wanted.min_edition,
        min_units=wanted.min_units,
        arbiter=wanted.arbiter,
        metering=wanted.metering,
    )


def _release_key(session: Session, wallet: Wallet, password: str) -> bytes:
    """The wallet's newest release key, made now where there is none."""
    known = session.wallets.release_keys(wallet)
    return known[-1] if known else session.wallets.new_release_key(wallet, password)


def _report(session: Session, sent: Sent, terms: Terms) -> None:
    from dao_backend.core.events import Requested

    filed = next(event.fact for event in sent.events if isinstance(event.fact, Requested))
    screen = session.screen
    screen.say(f"Filed as request {filed.request_id} in transaction 0x{sent.hash.hex()}.")
    screen.say(f"It must be granted by {moment(filed.execute_by)}, or the price comes back.")
    screen.say(f"See `ddao status {filed.request_id}`.")
    screen.document(
        {
            "requestId": filed.request_id,
            "proposalId": str(filed.proposal_id),
            "transaction": "0x" + sent.hash.hex(),
            "asset": terms.asset,
            "price": str(terms.price),
            "releaseKey": "0x" + terms.release_key.hex(),
            "executeBy": filed.execute_by,
            "deliverBy": filed.deliver_by,
            "page": session.page(f"/requests/{filed.request_id}"),
        }
    )
