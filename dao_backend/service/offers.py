"""Standing offers as buyers ask about them: the terms, what they cost now, what is in the way."""

from __future__ import annotations

from dataclasses import dataclass

from dao_backend.core.offers import OfferState
from dao_backend.errors import ContractRefused
from dao_backend.ports.bargains import Quote
from dao_backend.ports.chain import ChainReader
from dao_backend.ports.happenings import OfferRow
from dao_backend.ports.index import Index


@dataclass(frozen=True, slots=True)
class Chance:
    """What accepting would cost now; with an obstacle where nobody can."""

    quote: Quote | None
    """None where the contracts name no price."""
    obstacle: str | None


@dataclass(frozen=True, slots=True)
class OfferView:
    """An offer's row with what the chain says of it now."""

    row: OfferRow
    state: OfferState
    chance: Chance
    now: int
    """Timestamp of the newest block."""


def offer_view(chain: ChainReader, index: Index, offer_id: int) -> OfferView:
    """One offer; NotFound."""
    row, now = index.offer(offer_id), chain.head().timestamp
    return OfferView(row, row.state(now), chance_of(chain, offer_id), now)


def chance_of(chain: ChainReader, offer_id: int) -> Chance:
    """What the contracts would say to a buyer who accepts now; NotFound for an unknown offer."""
    try:
        quote = chain.quote(offer_id)
    except ContractRefused as error:
        return Chance(None, str(error))
    return Chance(quote, brake(chain) or _unsold(chain, offer_id, quote))


def brake(chain: ChainReader) -> str | None:
    """Why nothing at all is granted now; None where nothing is in the way."""
    now = chain.head().timestamp
    if chain.last_pause().until > now:
        return "The council has paused the DAO: nothing is granted until the pause is over."
    if chain.strike_until() > now:
        return "Members are on strike: nothing is granted until it is over."
    return None


def _unsold(chain: ChainReader, offer_id: int, quote: Quote) -> str | None:
    """What about the edition, or the price, the desk would refuse."""
    if chain.edition(quote.edition_id).root is None:
        return f"Edition {quote.edition_id} is not attested by its keepers yet."
    if not quote.units:
        return f"Edition {quote.edition_id} holds no units, there is nothing to buy."
    least = chain.minimum_price(chain.offer(offer_id).offer.asset)
    if not least:
        return "Nothing can be paid in this offer's asset any more."
    if quote.price < least:
        return f"The price of {quote.price} is below the least that the DAO takes, {least}."
    return None
