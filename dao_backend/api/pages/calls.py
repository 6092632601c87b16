"""What a proposal would do: its calls in words, whatever its proposer says of them. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dao_backend.api.pages import words
from dao_backend.api.pages.parts import Fact, Foreign, Text
from dao_backend.core.calls import Step
from dao_backend.core.packing import hex_of

_SHORT = 40
"""Longer values than this are shown by their two ends."""


@dataclass(frozen=True, slots=True)
class Deed:
    """One call."""

    sentence: str
    facts: tuple[Fact, ...]


def deeds(steps: Sequence[Step]) -> tuple[Deed, ...]:
    """All of them, in the order in which they are made."""
    return tuple(Deed(step.sentence, (*_where(step), *_arguments(step))) for step in steps)


def _where(step: Step) -> tuple[Fact, ...]:
    known = step.known
    coin = (Fact("Sends", Text(f"{step.value:,} wei")),) if step.value else ()
    if known is None:
        data = words.code(hex_of(step.data)) if step.data else Text("none")
        return (Fact("Contract", words.account(step.target)), Fact("Data", data), *coin)
    place = Fact("Contract", words.account(step.target), known.contract)
    return (place, Fact("Function", Text(known.function)), *coin)


def _arguments(step: Step) -> tuple[Fact, ...]:
    found = () if step.known is None else step.known.arguments
    facts = []
    for each in found:
        said = step.words(each)
        if said == each.exact and len(said) > _SHORT and said.startswith("0x"):
            facts.append(Fact(each.name, words.code(said)))
        else:
            facts.append(Fact(each.name, Foreign(said), None if said == each.exact else each.exact))
    return tuple(facts)
