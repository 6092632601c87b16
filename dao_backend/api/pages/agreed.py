"""Terms beside price and purposes that offers, counter-offers and requests have in common. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from dao_backend.api.pages import words
from dao_backend.api.pages.parts import Fact, Text
from dao_backend.core.metering import Metering
from dao_backend.core.model import NATIVE, Address


def beside(arbiter: Address, metering: Metering, asset: Address) -> str:
    """The same as sentences, for who votes on them; nothing where neither is named."""
    ruled = "" if arbiter == NATIVE else f" Disputes about the delivery are ruled by {arbiter}."
    if metering.absent:
        return ruled
    return (
        f"{ruled} Use is metered: {words.money(metering.unit_price, asset).text} for each unit, "
        f"{words.money(metering.minimum, asset).text} for every "
        f"{words.duration(metering.period)} without a report, against a bond of "
        f"{words.money(metering.bond, asset).text}."
    )


def agreed(arbiter: Address, metering: Metering, asset: Address) -> tuple[Fact, ...]:
    """Who rules disputes, and how later use is paid for; nothing where neither is named."""
    ruled = (Fact("Disputes are ruled by", words.account(arbiter)),) if arbiter != NATIVE else ()
    if metering.absent:
        return ruled
    return (
        *ruled,
        Fact("Each unit of use", words.money(metering.unit_price, asset)),
        Fact("Reports cover", Text(words.duration(metering.period)), "at the most"),
        Fact("Silence costs", words.money(metering.minimum, asset), "for each such period"),
        Fact("Bond", words.money(metering.bond, asset), "in escrow with the price, kept full"),
    )


def named(collection: int, names: Mapping[int, str]) -> str:
    """A collection in the middle of a sentence."""
    name = names.get(collection)
    return f"collection {collection}" if name is None else f"collection “{name}”"


def plus_royalty(bps: int) -> str:
    """What follows a price; nothing where there is no royalty."""
    return f", plus a royalty of {words.basis_points(bps)}" if bps else ""
