"""What requests, offers and counter-offers share: the text, the arbiter, metering, the money."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dao_backend.cli.amounts import parse_native, parse_tokens
from dao_backend.cli.lookup import account_of
from dao_backend.errors import InputError, InsufficientFunds, UnreadablePath

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dao_backend.core.metering import Metering
    from dao_backend.core.model import Address
    from dao_backend.ports.chain import ChainReader

DAY = 86_400
MAX_ROYALTY = 50.0
"""Percent; see IAccessDesk."""

Text = Annotated[
    Path | None, typer.Option(help="File with the terms in words; its SHA-256 is filed.")
]
Arbiter = Annotated[str | None, typer.Option(help="Account that rules disputes.")]
MeterPrice = Annotated[str | None, typer.Option(help="What each unit of use costs.")]
MeterMinimum = Annotated[
    str | None, typer.Option(help="What a period without a report costs.", show_default=False)
]
MeterBond = Annotated[str | None, typer.Option(help="Escrowed with the price, and kept full.")]
MeterPeriod = Annotated[
    float | None, typer.Option(help="Days that one report may cover; from an hour to a year.")
]


@dataclass(frozen=True, slots=True)
class Metered:
    """The options about metering, before they are checked."""

    price: str | None
    minimum: str | None
    bond: str | None
    period: float | None

    def read(self, asset: Address) -> Metering | None:
        """None where no option was given; InputError for terms that no contract takes."""
        from dao_backend.core.metering import Metering

        given = (self.price, self.minimum, self.bond)
        if self.period is None and not any(given):
            return None
        price, minimum, bond = (0 if each is None else amount_of(asset, each) for each in given)
        read = Metering(price, minimum, bond, round((self.period or 0) * DAY))
        if read.problem is not None:
            raise InputError(read.problem)
        return read


def amount_of(asset: Address, text: str) -> int:
    """An amount in the smallest unit of `asset`; InputError."""
    from dao_backend.core.model import NATIVE

    return parse_native(text) if asset == NATIVE else parse_tokens(text)


def arbiter_of(text: str | None) -> Address:
    """The account that rules disputes, the zero address for nobody; InvalidAddress."""
    from dao_backend.core.model import NATIVE

    return NATIVE if text is None else account_of(text)


def seconds_of(days: float) -> int:
    """A licence's length; InputError unless it is one day at least."""
    if days < 1:
        raise InputError("a licence runs for a day at least")
    return round(days * DAY)


def royalty_of(percent: float) -> int:
    """Basis points; InputError unless the contracts take them."""
    if not 0 <= percent <= MAX_ROYALTY:
        raise InputError(f"a royalty is 0 to {MAX_ROYALTY:g} percent")
    return round(percent * 100)


def text_hash(path: Path | None) -> bytes:
    """SHA-256 of the terms' text, 32 zero bytes where there is none; UnreadablePath."""
    if path is None:
        return bytes(32)
    try:
        return hashlib.sha256(path.read_bytes()).digest()
    except OSError as error:
        raise UnreadablePath(f"{path} cannot be read: {error.strerror}") from error


def require_funds(chain: ChainReader, payer: Address, costs: Mapping[Address, int]) -> None:
    """InsufficientFunds unless `payer` holds so much of each asset; gas comes on top."""
    from dao_backend.cli.lookup import asset_text
    from dao_backend.core.model import NATIVE

    for asset, needed in costs.items():
        held = chain.balance(payer, asset)
        if held < needed:
            hint = " (on the local chain: `ddao wallet fund`)" if asset == NATIVE else ""
            raise InsufficientFunds(
                f"{payer} holds {asset_text(asset, held)}, "
                f"{asset_text(asset, needed)} are needed{hint}"
            )
